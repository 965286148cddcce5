/**
 * One client as a pure function: its connection, one token a backend, confirmed views that never go back, and its own writes
 * whose end it does not know (`optimistic` while the answer is awaited, `unsettled` once it cannot be). Like a backend's cache,
 * a view is a version. Clients do not crash.
 */
import { withEntry, withoutEntry } from './collections.ts';
import { accept, refuse, type Step } from './outcome.ts';

export interface OwnWrite {
  /** The backend that took it. */
  readonly backend: string;
  readonly stage: 'optimistic' | 'unsettled';
}

export interface FrontendState {
  /** null when offline. */
  readonly backend: string | null;
  /** The last token each backend gave. */
  readonly tokens: ReadonlyMap<string, string>;
  /** Version of each thread shown. */
  readonly views: ReadonlyMap<string, number>;
  /** By the write's id. */
  readonly writes: ReadonlyMap<string, OwnWrite>;
}

export const freshFrontend: FrontendState = { backend: null, tokens: new Map(), views: new Map(), writes: new Map() };

export type FrontendAction =
  | { readonly kind: 'connect'; readonly backend: string }
  /** By its own wish or because the other side is gone. */
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'keepToken'; readonly token: string }
  | { readonly kind: 'forgetToken' }
  | { readonly kind: 'show'; readonly thread: string; readonly version: number }
  | { readonly kind: 'beginWrite'; readonly id: string }
  /** The answer to a write came: its end, or that its end is unknown. */
  | { readonly kind: 'endWrite'; readonly id: string; readonly known: boolean };

export type FrontendRefusal = 'Disconnected' | 'Unauthenticated' | 'WriteUnknown';

export type FrontendStep = Step<FrontendState, null, FrontendRefusal>;

export function stepFrontend(state: FrontendState, action: FrontendAction): FrontendStep {
  switch (action.kind) {
    case 'connect':
      return accept(state.backend === action.backend ? state : { ...state, backend: action.backend }, null);
    case 'disconnect':
      return accept(state.backend === null ? state : { ...state, backend: null }, null);
    case 'endWrite': {
      const write = state.writes.get(action.id);
      if (write === undefined) return refuse(state, 'WriteUnknown');
      if (action.known) return accept({ ...state, writes: withoutEntry(state.writes, action.id) }, null);
      return accept({ ...state, writes: withEntry(state.writes, action.id, { ...write, stage: 'unsettled' }) }, null);
    }
    case 'keepToken':
    case 'forgetToken':
    case 'show':
    case 'beginWrite':
      return state.backend === null ? refuse(state, 'Disconnected') : whileConnected(state, state.backend, action);
  }
}

function whileConnected(
  state: FrontendState,
  backend: string,
  action: Extract<FrontendAction, { kind: 'keepToken' | 'forgetToken' | 'show' | 'beginWrite' }>,
): FrontendStep {
  switch (action.kind) {
    case 'keepToken':
      return accept({ ...state, tokens: withEntry(state.tokens, backend, action.token) }, null);
    case 'forgetToken':
      return accept({ ...state, tokens: withoutEntry(state.tokens, backend) }, null);
    case 'show':
      if ((state.views.get(action.thread) ?? 0) >= action.version) return accept(state, null);
      return accept({ ...state, views: withEntry(state.views, action.thread, action.version) }, null);
    case 'beginWrite':
      if (!state.tokens.has(backend)) return refuse(state, 'Unauthenticated');
      return accept({ ...state, writes: withEntry(state.writes, action.id, { backend, stage: 'optimistic' }) }, null);
  }
}
