/**
 * For tests beside the sources: a content store in memory that counts its calls, as the port says; the next call can be made to fail,
 * or to lose its answer after its effect, and what is stored can be changed behind everybody's back.
 */
import type { ContentStore, StoredMessage, ThreadMetadata } from '../ports/content-store.ts';
import type { ContentHash, ThreadId } from '../ports/ids.ts';
import { applied, type Failure, failed, notApplied, type Outcome, ok, type Reply, unknown } from '../ports/outcome.ts';

export const qdrantDown: Failure = { kind: 'unavailable', authority: 'qdrant', code: 'ConnectionRefused', detail: '' };

type Draft = Omit<StoredMessage, 'state' | 'sequence'>;

export class ScriptedContent {
  readonly messages = new Map<ContentHash, StoredMessage>();
  readonly threads = new Map<ThreadId, ThreadMetadata>();
  /** Hashes whose stored point cannot be read as content: reads leave it out, pending writes leave it alone. */
  readonly malformed = new Set<ContentHash>();
  readonly calls: string[] = [];
  down = false;
  /** Writes are acknowledged and leave no trace. */
  forgetful = false;
  loseNext = false;
  onDiscard: () => void = () => undefined;
  /** Called by a read of a thread's messages before it looks. */
  onScroll: () => Promise<void> = async () => undefined;

  /** As the port wants it; what is not scripted is never called. */
  get port(): ContentStore {
    const port: Partial<ContentStore> = {
      putPending: (message) => this.#write('put pending', () => this.#putPending(message)),
      putRecorded: (message) => this.#write('put recorded', () => this.#put({ ...message, state: 'recorded' })),
      markRecorded: (hash, sequence) => this.#write('mark', () => this.#mark(hash, sequence)),
      discardPending: (hash) => this.#write('discard', () => this.#discard(hash)),
      messages: (hashes) => this.#read('read messages', () => this.#foundOf(hashes)),
      threadMessages: async (thread, { after, limit }) => {
        await this.onScroll();
        return this.#read('scroll', () => {
          const all = this.#found().filter((each) => each.thread === thread);
          const from = after === null ? 0 : Number(after);
          const next = from + limit < all.length ? String(from + limit) : null;
          return { messages: all.slice(from, from + limit), next };
        });
      },
      thread: (id) => this.#read('read thread', () => this.threads.get(id) ?? null),
      putThread: (metadata) => this.#write('put thread', () => this.#putThread(metadata)),
    };
    return port as ContentStore;
  }

  state(hash: ContentHash): StoredMessage['state'] | undefined {
    return this.messages.get(hash)?.state;
  }

  /** Changes a stored message behind everybody's back. */
  alter(hash: ContentHash, change: Partial<StoredMessage>): void {
    const stored = this.messages.get(hash);
    if (stored === undefined) throw new Error(`expected ${hash} to be stored`);
    this.messages.set(hash, { ...stored, ...change });
  }

  #found(): readonly StoredMessage[] {
    return [...this.messages.values()].filter(({ hash }) => !this.malformed.has(hash));
  }

  #put(message: StoredMessage): void {
    this.malformed.delete(message.hash);
    this.messages.set(message.hash, message);
  }

  #putPending(message: Draft): void {
    if (!this.messages.has(message.hash)) this.#put({ ...message, state: 'pending', sequence: null });
  }

  #mark(hash: ContentHash, sequence: number): 'recorded' | 'missing' {
    const stored = this.messages.get(hash);
    if (stored === undefined) return 'missing';
    this.messages.set(hash, { ...stored, state: 'recorded', sequence });
    return 'recorded';
  }

  #discard(hash: ContentHash): 'discarded' | 'kept' {
    this.onDiscard();
    if (this.state(hash) === 'recorded') return 'kept';
    this.messages.delete(hash);
    this.malformed.delete(hash);
    return 'discarded';
  }

  #putThread(metadata: ThreadMetadata): 'written' | 'superseded' {
    const stored = this.threads.get(metadata.thread);
    const isSame = JSON.stringify(stored) === JSON.stringify(metadata);
    if (stored !== undefined && (stored.version > metadata.version || isSame)) return 'superseded';
    this.threads.set(metadata.thread, metadata);
    return 'written';
  }

  async #read<T>(name: string, look: () => T): Promise<Reply<T>> {
    this.calls.push(name);
    return this.down ? failed(qdrantDown) : ok(look());
  }

  /** As costs what is asked for, not what there is: benches count on it. */
  #foundOf(hashes: readonly ContentHash[]): StoredMessage[] {
    return [...new Set(hashes)].flatMap((hash) => (this.malformed.has(hash) ? [] : (this.messages.get(hash) ?? [])));
  }

  #restore(messages: ReadonlyMap<ContentHash, StoredMessage>, threads: ReadonlyMap<ThreadId, ThreadMetadata>): void {
    this.messages.clear();
    this.threads.clear();
    for (const [hash, message] of messages) this.messages.set(hash, message);
    for (const [id, metadata] of threads) this.threads.set(id, metadata);
  }

  async #write<T>(name: string, effect: () => T): Promise<Outcome<T>> {
    this.calls.push(name);
    if (this.down) return notApplied(qdrantDown);
    const before = this.forgetful ? ([new Map(this.messages), new Map(this.threads)] as const) : null;
    const value = effect();
    if (before !== null) this.#restore(...before);
    if (!this.loseNext) return applied(value);
    this.loseNext = false;
    return unknown({ ...qdrantDown, kind: 'timeout' });
  }
}
