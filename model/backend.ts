/**
 * One backend instance as a pure function: sessions, a cache of thread versions, an outbox of intents. What it writes is visible
 * to itself at once and durable after `sync`; a crash takes it back to what was durable. A cached view is a version only:
 * the tuple of that version is the ledger's, so that a backend cannot hold anything else.
 */
import { withEntry, withMember, withoutEntry, withoutMember } from './collections.ts';
import { accept, refuse, type Step } from './outcome.ts';

export const nonceLifetimeMs = 300_000;
export const sessionLifetimeMs = 86_400_000;

/** Something a wallet may use until, and not at, `expiresAtMs`. */
export interface Grant {
  readonly wallet: string;
  readonly expiresAtMs: number;
}

/** A client's write that the backend has promised to bring to an end. */
export interface Intent {
  readonly id: string;
  readonly client: string;
  /** `kept` before the client signed; `signed` bytes may be on their way to the ledger. */
  readonly stage: 'kept' | 'signed';
}

export interface BackendMemory {
  /** Sessions by token; a revoked one is gone. */
  readonly sessions: ReadonlyMap<string, Grant>;
  /** Version of each cached thread. */
  readonly cache: ReadonlyMap<string, number>;
  readonly outbox: ReadonlyMap<string, Intent>;
  readonly tokensIssued: number;
}

export interface BackendState {
  readonly running: boolean;
  /** Clients connected here. */
  readonly peers: ReadonlySet<string>;
  /** Unused nonces. */
  readonly nonces: ReadonlyMap<string, Grant>;
  readonly noncesIssued: number;
  readonly memory: BackendMemory;
  readonly durable: BackendMemory;
}

const emptyMemory: BackendMemory = { sessions: new Map(), cache: new Map(), outbox: new Map(), tokensIssued: 0 };

export const freshBackend: BackendState = {
  running: true,
  peers: new Set(),
  nonces: new Map(),
  noncesIssued: 0,
  memory: emptyMemory,
  durable: emptyMemory,
};

export type BackendAction =
  | { readonly kind: 'attach'; readonly client: string }
  | { readonly kind: 'detach'; readonly client: string }
  | { readonly kind: 'issueNonce'; readonly wallet: string; readonly nowMs: number }
  | { readonly kind: 'signIn'; readonly wallet: string; readonly nonce: string; readonly nowMs: number }
  | { readonly kind: 'authorize'; readonly token: string; readonly wallet: string; readonly nowMs: number }
  | { readonly kind: 'signOut'; readonly token: string; readonly wallet: string; readonly nowMs: number }
  /** The thread's events up to that version are in the cache; older news changes nothing. */
  | { readonly kind: 'ingest'; readonly thread: string; readonly version: number }
  | { readonly kind: 'evict'; readonly thread: string }
  | { readonly kind: 'keepIntent'; readonly id: string; readonly client: string }
  | { readonly kind: 'signIntent'; readonly id: string }
  | { readonly kind: 'dropIntent'; readonly id: string }
  | { readonly kind: 'sync' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'restart' };

export type BackendRefusal = 'BackendUnavailable' | 'NonceInvalid' | 'Unauthenticated' | 'IntentUnknown';

/** `issueNonce` gives the nonce, `signIn` the token; everything else gives the empty text. */
export type BackendStep = Step<BackendState, string, BackendRefusal>;

export function stepBackend(state: BackendState, action: BackendAction): BackendStep {
  switch (action.kind) {
    case 'crash':
      return accept(crashed(state), '');
    case 'restart':
      return accept(state.running ? state : { ...state, running: true }, '');
    case 'attach':
    case 'detach':
    case 'issueNonce':
    case 'signIn':
    case 'authorize':
    case 'signOut':
    case 'ingest':
    case 'evict':
    case 'keepIntent':
    case 'signIntent':
    case 'dropIntent':
    case 'sync':
      return state.running ? whileRunning(state, action) : refuse(state, 'BackendUnavailable');
  }
}

/** Whatever was not durable is gone, and so are the connections. */
function crashed(state: BackendState): BackendState {
  return { ...state, running: false, peers: new Set(), nonces: new Map(), memory: state.durable };
}

function whileRunning(state: BackendState, action: Exclude<BackendAction, { kind: 'crash' | 'restart' }>): BackendStep {
  switch (action.kind) {
    case 'attach':
      return accept({ ...state, peers: withMember(state.peers, action.client) }, '');
    case 'detach':
      return accept({ ...state, peers: withoutMember(state.peers, action.client) }, '');
    case 'issueNonce':
    case 'signIn':
    case 'authorize':
    case 'signOut':
      return session(state, action);
    case 'ingest':
      return accept(ingested(state, action.thread, action.version), '');
    case 'evict':
      return accept(remember(state, { cache: withoutEntry(state.memory.cache, action.thread) }), '');
    case 'keepIntent':
    case 'signIntent':
    case 'dropIntent':
      return intent(state, action);
    case 'sync':
      return accept(state.durable === state.memory ? state : { ...state, durable: state.memory }, '');
  }
}

const remember = (state: BackendState, change: Partial<BackendMemory>): BackendState => ({
  ...state,
  memory: { ...state.memory, ...change },
});

function ingested(state: BackendState, thread: string, version: number): BackendState {
  const { cache } = state.memory;
  return (cache.get(thread) ?? 0) >= version ? state : remember(state, { cache: withEntry(cache, thread, version) });
}

const isGood = (grant: Grant | undefined, wallet: string, nowMs: number): boolean =>
  grant !== undefined && grant.wallet === wallet && nowMs < grant.expiresAtMs;

function session(
  state: BackendState,
  action: Extract<BackendAction, { kind: 'issueNonce' | 'signIn' | 'authorize' | 'signOut' }>,
): BackendStep {
  const { wallet, nowMs } = action;
  const { sessions, tokensIssued } = state.memory;
  switch (action.kind) {
    case 'issueNonce': {
      const nonce = `nonce#${state.noncesIssued}`;
      const nonces = withEntry(state.nonces, nonce, { wallet, expiresAtMs: nowMs + nonceLifetimeMs });
      return accept({ ...state, nonces, noncesIssued: state.noncesIssued + 1 }, nonce);
    }
    case 'signIn': {
      const used = { ...state, nonces: withoutEntry(state.nonces, action.nonce) };
      if (!isGood(state.nonces.get(action.nonce), wallet, nowMs)) return refuse(used, 'NonceInvalid');
      const token = `token#${tokensIssued}`;
      const granted = withEntry(sessions, token, { wallet, expiresAtMs: nowMs + sessionLifetimeMs });
      return accept(remember(used, { sessions: granted, tokensIssued: tokensIssued + 1 }), token);
    }
    case 'authorize':
      return isGood(sessions.get(action.token), wallet, nowMs) ? accept(state, '') : refuse(state, 'Unauthenticated');
    case 'signOut':
      if (!isGood(sessions.get(action.token), wallet, nowMs)) return refuse(state, 'Unauthenticated');
      return accept(remember(state, { sessions: withoutEntry(sessions, action.token) }), '');
  }
}

/** Keeping or dropping an intent twice is harmless; signing one that was never kept is not. */
function intent(
  state: BackendState,
  action: Extract<BackendAction, { kind: 'keepIntent' | 'signIntent' | 'dropIntent' }>,
): BackendStep {
  const { outbox } = state.memory;
  const known = outbox.get(action.id);
  switch (action.kind) {
    case 'keepIntent': {
      if (known !== undefined) return accept(state, '');
      const { id, client } = action;
      return accept(remember(state, { outbox: withEntry(outbox, id, { id, client, stage: 'kept' }) }), '');
    }
    case 'signIntent':
      if (known === undefined) return refuse(state, 'IntentUnknown');
      return accept(remember(state, { outbox: withEntry(outbox, action.id, { ...known, stage: 'signed' }) }), '');
    case 'dropIntent':
      return accept(known === undefined ? state : remember(state, { outbox: withoutEntry(outbox, action.id) }), '');
  }
}
