/**
 * What takes part in an update, each in a slot of its own. Write i belongs to client i, which asks backend `home`; both the write and what
 * becomes of it at its backend, on the wire and on the ledger have a slot.
 */
import { slotsOf } from '../explore/spec.ts';
import { type FrontendState, freshFrontend } from '../frontend.ts';
import type { Content, QdrantState } from '../qdrant.ts';
import type { Bytes, Chain, Order } from './chain.ts';
import type { End, Node } from './node.ts';
import type { Phase } from './write.ts';

/** What is between a client and its backend about one write; `preparing`, `executing`, `asking`: the backend has the request. */
export type Wire =
  | 'nothing'
  | 'prepare'
  | 'preparing'
  | 'ready'
  | 'execute'
  | 'executing'
  | 'status'
  | 'asking'
  | End
  | 'unsettled'
  /** A request or its answer went astray, and the client notices. */
  | 'lost';

export interface Client {
  readonly state: FrontendState;
  /** How its write ended, as it was told. */
  readonly told: End | null;
  /** It has asked to prepare a second time. */
  readonly again: boolean;
}

export const freshClient = (backend: string): Client => ({
  state: { ...freshFrontend, backend, tokens: new Map([[backend, 'token']]) },
  told: null,
  again: false,
});

/** What a backend does about a content in Qdrant. */
export type Bringing = 'record' | 'restore' | 'discard';

/** What a backend has seen of a content before it writes to Qdrant: what it is about to do. */
export type Looked = { readonly write: string; readonly next: Bringing } | null;

export interface UpdateSlots {
  readonly chain: Chain;
  readonly qdrant: QdrantState;
  readonly [node: `node#${number}`]: Node;
  readonly [looked: `looked#${number}`]: Looked;
  readonly [client: `client#${number}`]: Client;
  readonly [wire: `wire#${number}`]: Wire;
  readonly [handler: `handler#${number}`]: Phase;
  readonly [bytes: `bytes#${number}`]: Bytes;
}

export const slots = slotsOf<UpdateSlots>();

/** One write of a scope. */
export interface Write {
  readonly index: number;
  /** Number of its backend. */
  readonly home: number;
  readonly order: Order;
  /** null for a write without content. */
  readonly content: Content | null;
}
