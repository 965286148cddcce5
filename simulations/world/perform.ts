/** One operation asked of a frontend, and its result as an answer in symbolic names. */
import { checkText } from '#impl/core/content.ts';
import type { RequestRefusal, WriteResult } from '#impl/core/protocol.ts';
import type { Frontend, ReadResult, SearchResult, SpecKey } from '#impl/frontend/frontend.ts';
import type { BackendId } from '#impl/ports/ids.ts';
import type { ContentName, Operation, WriteOperation } from '#model/action.ts';
import type { Answer } from '#model/observation.ts';
import { compareContents, type Names } from './names.ts';
import { observeView } from './observe-services.ts';

const writes: ReadonlySet<Operation['kind']> = new Set<WriteOperation['kind']>([
  'createThread',
  'post',
  'submitSpec',
  'vote',
  'settle',
  'divest',
]);

export const isWrite = (operation: Operation): boolean => writes.has(operation.kind);

const refused = (refusal: RequestRefusal): Answer => ({ kind: 'refused', code: refusal.code });

function writeAnswer(result: WriteResult): Answer {
  switch (result.kind) {
    case 'confirmed':
      return { kind: 'confirmed', version: result.version };
    case 'refused':
      return refused(result.refusal);
    case 'unsettled':
      return { kind: 'unsettled' };
  }
}

const viewAnswer = (names: Names, result: ReadResult): Answer =>
  result.kind === 'refused' ? refused(result.refusal) : { kind: 'view', view: observeView(names, result.view) };

function hitsAnswer(names: Names, result: SearchResult): Answer {
  if (result.kind === 'refused') return refused(result.refusal);
  return { kind: 'hits', hits: result.hits.map((hit) => names.contentName(hit.hash)).sort(compareContents) };
}

function specKey(names: Names, content: ContentName): SpecKey {
  return { thread: names.threadId(content.thread), hash: names.contentHash(content), author: names.walletId(content.author) };
}

/** Contents must be named before their hashes can turn up anywhere; a text that is no content never has a hash. */
function nameContent(names: Names, content: ContentName): void {
  if (checkText(content.text) === null) names.contentHash(content);
}

export async function performOperation(
  frontend: Frontend,
  client: string,
  operation: Operation,
  names: Names,
  backendOf: (name: string) => BackendId,
): Promise<Answer> {
  switch (operation.kind) {
    case 'createThread':
      return writeAnswer(await frontend.createThread(names.threadId(operation.thread)));
    case 'post':
    case 'submitSpec': {
      const { thread, text } = operation;
      nameContent(names, { thread, author: client, text });
      const id = names.threadId(thread);
      return writeAnswer(
        operation.kind === 'post' ? await frontend.post(id, text) : await frontend.submitSpec(id, text, operation.stake),
      );
    }
    case 'vote':
      return writeAnswer(await frontend.vote(specKey(names, operation.content), operation.choice));
    case 'settle':
      return writeAnswer(await frontend.settle(specKey(names, operation.content)));
    case 'divest':
      return writeAnswer(await frontend.divest(names.threadId(operation.thread)));
    case 'readStrong':
      return viewAnswer(names, await frontend.readStrong(names.threadId(operation.thread)));
    case 'readCached':
      return viewAnswer(names, await frontend.readCached(names.threadId(operation.thread)));
    case 'search': {
      const { text, thread, author } = operation;
      const filter = {
        ...(thread === undefined ? {} : { thread: names.threadId(thread) }),
        ...(author === undefined ? {} : { author: names.walletId(author) }),
      };
      return hitsAnswer(names, await frontend.search(text, filter));
    }
    case 'connect': {
      const result = await frontend.connect(backendOf(operation.backend));
      return result.kind === 'refused' ? refused(result.refusal) : { kind: 'done' };
    }
    case 'disconnect':
    case 'signIn':
    case 'signOut': {
      const result = await frontend[operation.kind]();
      return result.kind === 'refused' ? refused(result.refusal) : { kind: 'done' };
    }
  }
}
