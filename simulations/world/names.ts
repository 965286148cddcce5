/**
 * The bridge between symbolic names (`wallet#0`, `thread#1`, a message's thread, author and text) and the ids the implementation
 * uses. Traces, scenarios and observations hold names only, so that they are equal wherever they run.
 */
import { createHash } from 'node:crypto';
import { hashContent } from '#impl/core/content.ts';
import { type ContentHash, type ThreadId, threadId, type WalletId } from '#impl/ports/ids.ts';
import type { ContentName, ThreadName, WalletName } from '#model/action.ts';

/** An id turned up that no step of this world ever named: the implementation made it up, or mixed worlds. */
export class UnknownIdError extends Error {
  constructor(kind: string, id: string) {
    super(`${kind} ${id} belongs to nothing this world has named`);
    this.name = 'UnknownIdError';
  }
}

const hex = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\u0000')).digest('hex');

export class Names {
  readonly #world: string;
  readonly #wallets = new Map<WalletName, WalletId>();
  readonly #walletNames = new Map<string, WalletName>();
  readonly #threads = new Map<ThreadName, ThreadId>();
  readonly #threadNames = new Map<string, ThreadName>();
  readonly #contents = new Map<ContentHash, ContentName>();

  /** @param world distinguishes worlds that share a bank or a server: the same name gives another id in another world */
  constructor(world: string) {
    this.#world = world;
  }

  addWallet(name: WalletName, id: WalletId): void {
    this.#wallets.set(name, id);
    this.#walletNames.set(id, name);
  }

  walletId(name: WalletName): WalletId {
    const id = this.#wallets.get(name);
    if (id === undefined) throw new UnknownIdError('wallet', name);
    return id;
  }

  walletName(id: string): WalletName {
    const name = this.#walletNames.get(id);
    if (name === undefined) throw new UnknownIdError('wallet', id);
    return name;
  }

  walletNameOr(id: string, other: string): WalletName {
    return this.#walletNames.get(id) ?? other;
  }

  threadId(name: ThreadName): ThreadId {
    const known = this.#threads.get(name);
    if (known !== undefined) return known;
    const id = threadId(hex('thread', this.#world, name));
    this.#threads.set(name, id);
    this.#threadNames.set(id, name);
    return id;
  }

  threadName(id: string): ThreadName {
    const name = this.#threadNames.get(id);
    if (name === undefined) throw new UnknownIdError('thread', id);
    return name;
  }

  /** Every thread named so far, sorted by name. */
  threads(): readonly (readonly [ThreadName, ThreadId])[] {
    return [...this.#threads].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  wallets(): readonly (readonly [WalletName, WalletId])[] {
    return [...this.#wallets].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  contentHash(content: ContentName): ContentHash {
    const hash = hashContent({
      thread: this.threadId(content.thread),
      author: this.walletId(content.author),
      text: content.text,
    });
    this.#contents.set(hash, content);
    return hash;
  }

  contentName(hash: string): ContentName {
    const content = this.#contents.get(hash as ContentHash);
    if (content === undefined) throw new UnknownIdError('content hash', hash);
    return content;
  }

  /** Every content named so far. */
  contents(): readonly (readonly [ContentHash, ContentName])[] {
    return [...this.#contents];
  }
}

/** The order observations list contents in: thread, author, text by code unit. */
export function compareContents(a: ContentName, b: ContentName): number {
  for (const part of ['thread', 'author', 'text'] as const) {
    if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  }
  return 0;
}
