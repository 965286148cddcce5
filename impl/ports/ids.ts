/**
 * The branded identifiers every layer of the implementation shares, and the only places that make them.
 * All are lowercase hex except wallets and signatures, which are base58 as the ledger prints them.
 */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** 32 random bytes chosen by the creator, as 64 lowercase hex digits. */
export type ThreadId = Branded<'ThreadId'>;
/** An Ed25519 public key, base58 (32 to 44 characters). */
export type WalletId = Branded<'WalletId'>;
/** SHA-256 of a message's canonical bytes, as 64 lowercase hex digits. */
export type ContentHash = Branded<'ContentHash'>;
/** A transaction's first signature, base58 (64 bytes). */
export type Signature = Branded<'Signature'>;
/** Names one client operation across retries, reconnects and restarts: 1 to 64 characters of `[A-Za-z0-9._:-]`. */
export type IntentId = Branded<'IntentId'>;
/** Names one backend instance: 1 to 64 characters of `[A-Za-z0-9._:-]`. */
export type BackendId = Branded<'BackendId'>;

const hex32 = /^[0-9a-f]{64}$/;
const base58Key = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;
const base58Signature = /^[1-9A-HJ-NP-Za-km-z]{64,88}$/;
const name = /^[A-Za-z0-9._:-]{1,64}$/;

function parser<Id extends string>(what: string, expected: string, pattern: RegExp): (text: string) => Id {
  return (text) => {
    if (!pattern.test(text)) throw new TypeError(`${what}: expected ${expected}, got ${JSON.stringify(text).slice(0, 100)}`);
    return text as Id;
  };
}

/** Whether a text is one, for what may not be what its type says. */
export const isThreadId = (text: string): text is ThreadId => hex32.test(text);
export const isContentHash = (text: string): text is ContentHash => hex32.test(text);
export const isWalletId = (text: string): text is WalletId => base58Key.test(text);
export const isSignature = (text: string): text is Signature => base58Signature.test(text);

/** Each parser returns its argument branded, or throws a TypeError that says what was expected. */
export const threadId: (text: string) => ThreadId = parser('thread id', '64 lowercase hex digits', hex32);
export const contentHash: (text: string) => ContentHash = parser('content hash', '64 lowercase hex digits', hex32);
export const walletId: (text: string) => WalletId = parser('wallet', 'a base58 public key', base58Key);
export const signature: (text: string) => Signature = parser('signature', 'a base58 signature of 64 bytes', base58Signature);
export const intentId: (text: string) => IntentId = parser('intent id', '1 to 64 characters of [A-Za-z0-9._:-]', name);
export const backendId: (text: string) => BackendId = parser('backend id', '1 to 64 characters of [A-Za-z0-9._:-]', name);
