/**
 * Who may act for which wallet, at this backend. A nonce is good once and for five minutes and lives in memory only, so that a
 * restart can only forget it, never honour it twice. A token is told once, stored as its hash, durable before it is told, good for
 * 24 hours or until it is revoked.
 */
import { createHash } from 'node:crypto';
import { pack, unpack } from '../core/json.ts';
import type { RequestRefusal } from '../core/protocol.ts';
import { signInText, verifyText } from '../core/sign-in.ts';
import type { Clock } from '../ports/clock.ts';
import type { BackendId, WalletId } from '../ports/ids.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import { scanAll } from './tables.ts';

export const NONCE_TTL_MS: number = 5 * 60_000;
export const SESSION_TTL_MS: number = 24 * 3_600_000;
/**
 * How long after its end a session still carries a write that it began: a write is checked where it begins, and what is handed in
 * for it later is signed by the wallet itself. Longer than any prepared transaction stays valid.
 */
export const WRITE_GRACE_MS: number = 120_000;
/** Beyond this many unanswered challenges the oldest are forgotten. */
const MAX_NONCES = 10_000;

export interface Session {
  readonly wallet: WalletId;
  readonly expiresAtMs: number;
}

interface Nonce {
  readonly wallet: WalletId;
  readonly expiresAtMs: number;
}

const hashOf = (token: string): string => createHash('sha256').update(token, 'utf8').digest('hex');
const refusal = (code: string, detail: string): RequestRefusal => ({ code, authority: 'backend', detail });

export class Sessions {
  readonly #backend: BackendId;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #sessions = new Map<string, Session>();
  readonly #nonces = new Map<string, Nonce>();

  private constructor(ports: { id: BackendId; store: Store; clock: Clock; random: Random }) {
    this.#backend = ports.id;
    this.#store = ports.store;
    this.#clock = ports.clock;
    this.#random = ports.random;
  }

  static async load(ports: { id: BackendId; store: Store; clock: Clock; random: Random }): Promise<Sessions> {
    const sessions = new Sessions(ports);
    for (const [key, value] of await scanAll(ports.store, 'sessions')) sessions.#sessions.set(key, unpack<Session>(value));
    return sessions;
  }

  /** Issues a nonce for this wallet; both sides build the text to sign from it (`core/sign-in.ts`). */
  challenge(wallet: WalletId): { readonly nonce: string; readonly expiresAtMs: number } {
    const nonce = Buffer.from(this.#random.bytes(32)).toString('hex');
    const expiresAtMs = this.#clock.nowMs() + NONCE_TTL_MS;
    this.#nonces.set(nonce, { wallet, expiresAtMs });
    for (const oldest of this.#nonces.keys()) {
      if (this.#nonces.size <= MAX_NONCES) break;
      this.#nonces.delete(oldest);
    }
    return { nonce, expiresAtMs };
  }

  /** Spends the nonce whatever comes of it. Refuses `NonceUnknown`, `NonceExpired`, `SignatureInvalid`. */
  async signIn(
    wallet: WalletId,
    nonce: string,
    signature: string,
  ): Promise<{ readonly token: string; readonly expiresAtMs: number } | RequestRefusal> {
    const issued = this.#nonces.get(nonce);
    this.#nonces.delete(nonce);
    if (issued === undefined || issued.wallet !== wallet) {
      return refusal('NonceUnknown', 'expected a nonce issued by this backend for this wallet and not used yet');
    }
    const nowMs = this.#clock.nowMs();
    if (nowMs >= issued.expiresAtMs)
      return refusal('NonceExpired', `the nonce was good until ${issued.expiresAtMs}; it is ${nowMs}`);
    const text = signInText({ backend: this.#backend, wallet, nonce, expiresAtMs: issued.expiresAtMs });
    if (!verifyText(wallet, text, signature)) {
      return refusal('SignatureInvalid', `expected ${wallet}'s Ed25519 signature, base58, of the sign-in text`);
    }
    const token = Buffer.from(this.#random.bytes(32)).toString('hex');
    const session: Session = { wallet, expiresAtMs: nowMs + SESSION_TTL_MS };
    const key = hashOf(token);
    await this.#store.write([{ kind: 'put', table: 'sessions', key, value: pack(session) }]);
    await this.#store.sync();
    this.#sessions.set(key, session);
    return { token, expiresAtMs: session.expiresAtMs };
  }

  /** The session a token stands for, or null when it is unknown, revoked, or expired (at least `graceMs` ago). */
  check(token: string, graceMs = 0): Session | null {
    const session = this.#sessions.get(hashOf(token));
    return session !== undefined && this.#clock.nowMs() < session.expiresAtMs + graceMs ? session : null;
  }

  /** Durable once it resolves; from the call on the token is refused. */
  async revoke(token: string): Promise<void> {
    const key = hashOf(token);
    this.#sessions.delete(key);
    await this.#store.write([{ kind: 'delete', table: 'sessions', key }]);
    await this.#store.sync();
  }

  /** Forgets what has expired. Losing this write costs nothing, so it waits for the next sync. */
  async prune(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    for (const [nonce, { expiresAtMs }] of this.#nonces) if (nowMs >= expiresAtMs) this.#nonces.delete(nonce);
    const expired = [...this.#sessions]
      .filter(([, session]) => nowMs >= session.expiresAtMs + WRITE_GRACE_MS)
      .map(([key]) => key);
    if (expired.length === 0) return;
    for (const key of expired) this.#sessions.delete(key);
    await this.#store.write(expired.map((key) => ({ kind: 'delete', table: 'sessions', key })));
  }

  /** Sessions neither revoked nor expired. */
  valid(): readonly Session[] {
    const nowMs = this.#clock.nowMs();
    return [...this.#sessions.values()].filter((session) => nowMs < session.expiresAtMs);
  }
}
