/**
 * For tests: a backend's half of reading contents, over threads that grow by being told to, and a content store whose answers can be
 * held back, so that anything may happen while a fetch is under way.
 */
import bs58 from 'bs58';
import { hashContent } from '../core/content.ts';
import type { Answer, ThreadView } from '../core/protocol.ts';
import { ScriptedClock } from '../core/scripted-clock.ts';
import type { ContentStore } from '../ports/content-store.ts';
import { type ContentHash, type ThreadId, threadId, walletId } from '../ports/ids.ts';
import { failed } from '../ports/outcome.ts';
import { ContentCache, type ContentCacheOptions } from './contents/content-cache.ts';
import { ContentReads } from './contents/content-reads.ts';
import { qdrantDown, ScriptedContent } from './scripted-content.ts';

export type Contents = Answer & { readonly kind: 'contents' };

export const author = walletId(bs58.encode(new Uint8Array(32).fill(7)));
export const threadNumbered = (n: number): ThreadId => threadId((n + 1).toString(16).padStart(2, '0').repeat(32));
export const thread = threadNumbered(0);

const missing: Answer = { kind: 'refused', refusal: { code: 'ThreadNotFound', authority: 'solana', detail: '' } };

export class ScriptedTexts {
  readonly clock = new ScriptedClock();
  readonly content = new ScriptedContent();
  readonly contents: ContentCache;
  readonly reads: ContentReads;
  /** The thread as adopted, at each of its versions. */
  readonly versions = new Map<ThreadId, ThreadView[]>();
  /** Answers of the content store that are held back, each with what lets it go, or has it fail. */
  readonly waiting: ((fails: boolean) => void)[] = [];
  isHolding = false;
  /** Hashes asked of the content store, one list a call. */
  readonly asked: (readonly ContentHash[])[] = [];

  constructor(options: ContentCacheOptions = {}) {
    const viewOf = (id: ThreadId): ThreadView | undefined => this.view(id);
    this.contents = new ContentCache({ clock: this.clock, viewOf }, options);
    const stored = this.content.port;
    const port: Pick<ContentStore, 'messages'> = {
      messages: async (hashes) => {
        this.asked.push(hashes);
        if (!this.isHolding) return stored.messages(hashes);
        const fails = await new Promise<boolean>((resolve) => this.waiting.push(resolve));
        return fails ? failed(qdrantDown) : stored.messages(hashes);
      },
    };
    this.reads = new ContentReads(
      { contentStore: port as ContentStore, clock: this.clock },
      { cache: { view: viewOf }, reads: { strong: async () => missing }, contents: this.contents },
    );
  }

  view(id: ThreadId): ThreadView | undefined {
    return this.versions.get(id)?.at(-1);
  }

  /** A new version with these messages more, each stored. */
  post(texts: readonly string[], id: ThreadId = thread): ThreadView {
    const before = this.view(id);
    const messages = [...(before?.messages ?? [])];
    for (const text of texts) {
      const sequence = messages.length;
      const hash = hashContent({ thread: id, author, text });
      messages.push({ hash, author, sequence });
      this.content.messages.set(hash, { hash, thread: id, author, text, state: 'recorded', sequence });
    }
    const version = (before?.version ?? 0) + 1;
    const view: ThreadView = { thread: id, version, coAuthors: [author], vault: 0n, messages, specs: [] };
    this.versions.set(id, [...(this.versions.get(id) ?? []), view]);
    this.contents.adopt(view);
    return view;
  }

  ask(from: number, limit: number, id: ThreadId = thread, session = 'session'): Promise<Answer> {
    return this.reads.read(session, { token: '', thread: id, from, limit });
  }

  /** As `ask`, of a read that is not refused. */
  async read(from: number, limit: number, id: ThreadId = thread, session = 'session'): Promise<Contents> {
    const answer = await this.ask(from, limit, id, session);
    if (answer.kind !== 'contents') throw new Error(`expected contents, got ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Lets the code that nobody waits for come to rest. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }
}
