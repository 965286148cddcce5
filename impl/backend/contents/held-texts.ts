/**
 * The texts that this backend can put back when the content store loses them: those of its durable table, brought in here or handed in
 * by a client, and those that its cache of contents still has. What the cache had is in the table from the first time it is needed on.
 * Every text given out is what its hash says; a row that is not, is as good as none.
 */
import { isGenuine, type VerifiedContent } from '../../core/content.ts';
import { pack, unpack } from '../../core/json.ts';
import type { ContentHash, ThreadId, WalletId } from '../../ports/ids.ts';
import type { Store, StoreWrite } from '../../ports/store.ts';

/** Content as written to the `texts` table. */
export interface HeldText {
  readonly thread: ThreadId;
  readonly author: WalletId;
  readonly text: string;
}

/** Where a text was: in the table, in the cache, or handed in by a client since the backend was opened. */
export type TextSource = 'store' | 'cache' | 'client';

export interface TextCache {
  find(thread: ThreadId, hash: ContentHash): VerifiedContent | null;
}

type Named = { readonly thread: ThreadId; readonly hash: ContentHash };

export class HeldTexts {
  readonly #store: Store;
  readonly #cache: TextCache | null;
  /** Handed in by clients, and not used since. */
  readonly #handedIn = new Set<ContentHash>();

  constructor(store: Store, cache: TextCache | null = null) {
    this.#store = store;
    this.#cache = cache;
  }

  async has({ thread, hash }: Named): Promise<boolean> {
    return (await this.#row(hash)) !== null || this.#cached(thread, hash) !== null;
  }

  /** null: there is none. Durable when it resolves. */
  async get({ thread, hash }: Named): Promise<{ readonly held: HeldText; readonly from: TextSource } | null> {
    const row = await this.#row(hash);
    if (row !== null) return { held: row, from: this.#handedIn.has(hash) ? 'client' : 'store' };
    const cached = this.#cached(thread, hash);
    if (cached === null) return null;
    const held = { thread, author: cached.author, text: cached.text };
    await this.#store.write([writeOf(hash, held)]);
    await this.#store.sync();
    return { held, from: 'cache' };
  }

  /** For the batch that takes a text from a client. */
  handIn({ hash, thread, author, text }: VerifiedContent): StoreWrite {
    this.#handedIn.add(hash);
    return writeOf(hash, { thread, author, text });
  }

  /** It is put back, or not needed: where it came from does not matter any more. */
  used(hash: ContentHash): void {
    this.#handedIn.delete(hash);
  }

  async #row(hash: ContentHash): Promise<HeldText | null> {
    const row = await this.#store.get('texts', hash);
    const held = row === undefined ? null : unpack<HeldText>(row);
    return held !== null && isGenuine({ hash, ...held }) ? held : null;
  }

  #cached(thread: ThreadId, hash: ContentHash): VerifiedContent | null {
    return this.#cache?.find(thread, hash) ?? null;
  }
}

function writeOf(hash: ContentHash, { thread, author, text }: HeldText): StoreWrite {
  return { kind: 'put', table: 'texts', key: hash, value: pack({ thread, author, text }) };
}
