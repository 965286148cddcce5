/** One operation asked of a frontend, and what it is told in symbolic names. */
import { checkText } from '#impl/core/content.ts';
import type { RequestRefusal, WriteResult } from '#impl/core/protocol.ts';
import type { ContentResult, Frontend, ReadResult, SearchResult, SpecKey } from '#impl/frontend/frontend.ts';
import type { BackendId, IntentId } from '#impl/ports/ids.ts';
import type { ContentName, ContentOperation, Operation, WriteOperation } from '#model/action.ts';
import type { Answer } from '#model/observation.ts';
import type { ContentsAnswer, ReadSource } from './history.ts';
import { compareContents, type Names } from './names.ts';
import { observeView } from './observe-services.ts';

const writes: Readonly<Record<WriteOperation['kind'], true>> = {
  createThread: true,
  post: true,
  submitSpec: true,
  vote: true,
  settle: true,
  divest: true,
};

export const isWrite = (operation: Operation): boolean => Object.hasOwn(writes, operation.kind);

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

/** What a client was told. */
export interface Told {
  readonly answer: Answer;
  /** How old a read says it is, milliseconds; null for answers that say nothing of it. */
  readonly ageMs: number | null;
  /** Who a read says has answered it. */
  readonly source?: ReadSource;
}

const told = (answer: Answer): Told => ({ answer, ageMs: null });

const viewTold = (names: Names, result: ReadResult): Told =>
  result.kind === 'refused'
    ? told(refused(result.refusal))
    : { answer: { kind: 'view', view: observeView(names, result.view) }, ageMs: result.ageMs, source: result.source };

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

function contentsAnswer(names: Names, result: Exclude<ContentResult, { kind: 'refused' }>): ContentsAnswer {
  const { thread, version, messageCount, from, texts, missing, next, degraded } = result;
  const named = ({ hash, sequence }: { hash: string; sequence: number }) => ({ sequence, content: names.contentName(hash) });
  return {
    kind: 'contents',
    thread: names.threadName(thread),
    version,
    messageCount,
    from,
    texts: texts.map((each) => ({ ...named(each), text: each.text, source: each.source })),
    missing: missing.map((each) => ({ ...named(each), reason: each.reason })),
    next,
    degraded,
  };
}

/** What a client was told of contents. */
export interface ToldContents {
  readonly answer: Answer | ContentsAnswer;
  readonly ageMs: number | null;
}

export async function performContentRead(frontend: Frontend, operation: ContentOperation, names: Names): Promise<ToldContents> {
  const { thread, from, limit } = operation;
  const result = await frontend.readContent(names.threadId(thread), { from, limit });
  return result.kind === 'refused'
    ? told(refused(result.refusal))
    : { answer: contentsAnswer(names, result), ageMs: result.ageMs };
}

/** @param intent names a write across retries; made up by the client when left out */
export async function performOperation(
  frontend: Frontend,
  client: string,
  operation: Operation,
  names: Names,
  backendOf: (name: string) => BackendId,
  intent?: IntentId,
): Promise<Told> {
  const write = (result: Promise<WriteResult>): Promise<Told> => result.then((each) => told(writeAnswer(each)));
  switch (operation.kind) {
    case 'createThread':
      return write(frontend.createThread(names.threadId(operation.thread), intent));
    case 'post':
    case 'submitSpec': {
      const { thread, text } = operation;
      nameContent(names, { thread, author: client, text });
      const id = names.threadId(thread);
      return write(
        operation.kind === 'post' ? frontend.post(id, text, intent) : frontend.submitSpec(id, text, operation.stake, intent),
      );
    }
    case 'vote':
      return write(frontend.vote(specKey(names, operation.content), operation.choice, intent));
    case 'settle':
      return write(frontend.settle(specKey(names, operation.content), intent));
    case 'divest':
      return write(frontend.divest(names.threadId(operation.thread), intent));
    case 'readStrong':
      return viewTold(names, await frontend.readStrong(names.threadId(operation.thread)));
    case 'readCached':
      return viewTold(names, await frontend.readCached(names.threadId(operation.thread)));
    case 'search': {
      const { text, thread, author } = operation;
      const filter = {
        ...(thread === undefined ? {} : { thread: names.threadId(thread) }),
        ...(author === undefined ? {} : { author: names.walletId(author) }),
      };
      const result = await frontend.search(text, filter);
      return { ...told(hitsAnswer(names, result)), ...(result.kind === 'hits' ? { source: result.source } : {}) };
    }
    case 'connect': {
      const result = await frontend.connect(backendOf(operation.backend));
      return told(result.kind === 'refused' ? refused(result.refusal) : { kind: 'done' });
    }
    case 'disconnect':
    case 'signIn':
    case 'signOut': {
      const result = await frontend[operation.kind]();
      return told(result.kind === 'refused' ? refused(result.refusal) : { kind: 'done' });
    }
  }
}
