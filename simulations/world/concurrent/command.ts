/**
 * What a concurrent scenario can ask of a world, as data: operations of clients, what happens to the system as a whole, and faults
 * that strike a command's port calls. All defaults (first call, plainest argument) are small numbers, so that they shrink.
 */
import type { BackendName, ClientName, ContentName, ContentOperation, Operation, ThreadName } from '#model/action.ts';

/** Done by nobody in particular: the world's own doing. */
export type SystemOperation =
  /** Down for `downMs` of virtual time, then started again. */
  | { readonly kind: 'crash'; readonly backend: BackendName; readonly downMs: number }
  /** Nobody reaches the authority for `forMs`. */
  | { readonly kind: 'cut'; readonly authority: 'solana' | 'qdrant'; readonly forMs: number }
  /** Time passes with nobody doing anything. */
  | { readonly kind: 'pause'; readonly ms: number }
  /** A backend's clock jumps ahead of the others for good. */
  | { readonly kind: 'clockJump'; readonly backend: BackendName; readonly ms: number }
  /** The newest `count` transactions that are not confirmed leave the chain. */
  | { readonly kind: 'fork'; readonly count: number }
  /** Stored text is replaced, or the point removed, behind everybody's back. */
  | { readonly kind: 'alterContent' | 'loseContent'; readonly content: ContentName }
  /** A recorded message is stored at another sequence than the ledger's. */
  | { readonly kind: 'misorderContent'; readonly content: ContentName }
  /** Altered: the stored co-authors of a version are not the ledger's. */
  | { readonly kind: 'loseMetadata' | 'alterMetadata'; readonly thread: ThreadName }
  /** The backend is down for `downMs`, and something of its store is not what was written when it comes back. */
  | { readonly kind: 'damage'; readonly backend: BackendName; readonly what: Damage; readonly downMs: number }
  /** A backend is asked to bring one thread together with the ledger and Qdrant; nobody waits for it. */
  | { readonly kind: 'syncThread'; readonly backend: BackendName; readonly thread: ThreadName }
  /** A backend works once more, beside its own rounds; what it calls can be struck as any command's calls can. */
  | { readonly kind: 'round'; readonly backend: BackendName }
  /** The same of a client's program: it asks what it has missed, and carries out what waits. */
  | { readonly kind: 'clientRound'; readonly client: ClientName }
  /** Everything before it in the list ends before anything after it begins. */
  | { readonly kind: 'barrier' };

/** What of a backend's store is damaged: its newest checkpoint, both, or rows of a thread that it has cached. */
export type Damage = 'checkpoint' | 'checkpoints' | 'thread' | 'message';

/** Done by a client beside its operations. */
export type ClientOperation =
  | Operation
  | ContentOperation
  /** It goes away with all it knows, and comes back knowing nothing. */
  | { readonly kind: 'close' }
  /** It gives up the oldest of its writes that wait at a backend. */
  | { readonly kind: 'giveUp' };

export type WorldOperation = ClientOperation | SystemOperation;

const systemKinds: Readonly<Record<SystemOperation['kind'], true>> = {
  crash: true,
  cut: true,
  pause: true,
  clockJump: true,
  fork: true,
  alterContent: true,
  loseContent: true,
  misorderContent: true,
  loseMetadata: true,
  alterMetadata: true,
  damage: true,
  syncThread: true,
  round: true,
  clientRound: true,
  barrier: true,
};

/** Whether a kind of operation is the world's own doing. */
export const isSystemKind = (kind: string): kind is SystemOperation['kind'] => Object.hasOwn(systemKinds, kind);

export const isSystem = (operation: WorldOperation): operation is SystemOperation => isSystemKind(operation.kind);

/** Forms that a fault can take, the plainest first. */
export const faultForms = {
  'S3-answerLost': ['reset', 'silence'],
  'S8-refused': ['unavailable', 'rateLimited', 'behind'],
  'S9-events': ['drop', 'double', 'swap', 'hide'],
  'S11-forged': ['shape', 'order', 'author', 'version'],
  'Q2-answerLost': ['lost', 'silent', 'waitTimeout', 'timeout408'],
  'Q3-refused': ['unavailable503', 'error500', 'limited429', 'timeout408'],
} as const;

type Form<Kind extends keyof typeof faultForms> = (typeof faultForms)[Kind][number];

/**
 * Ids are those of the README's table. Which port calls each can strike, and on which side, is `faultRules`' to say.
 * `ms` is virtual time; `count`, `index`, `slots`, `back` count from where their rule says.
 */
export type PortFault =
  | { readonly kind: 'S1-dropped' }
  | { readonly kind: 'S2-expired' }
  /** All but the last `leftMs` of a blockhash's life pass first: what is sent lands in one of its last slots. */
  | { readonly kind: 'S2-nearly'; readonly leftMs: number }
  | { readonly kind: 'S3-answerLost'; readonly as: Form<'S3-answerLost'> }
  | { readonly kind: 'S5-twice' }
  | { readonly kind: 'S6-forked'; readonly count: number }
  | { readonly kind: 'S7-lagging'; readonly slots: number }
  /** The same of the thread itself: who knows of no newer slot is shown the past, and cannot know. */
  | { readonly kind: 'S7-oldThread'; readonly slots: number }
  | { readonly kind: 'S8-refused'; readonly as: Form<'S8-refused'> }
  | { readonly kind: 'S9-events'; readonly change: Form<'S9-events'>; readonly index: number }
  | { readonly kind: 'S10-preflight' }
  /** The node tells of an event what the ledger never said. */
  | { readonly kind: 'S11-forged'; readonly as: Forgery }
  | { readonly kind: 'Q1-acknowledged' }
  | { readonly kind: 'Q2-answerLost'; readonly as: Form<'Q2-answerLost'> }
  | { readonly kind: 'Q3-refused'; readonly as: Form<'Q3-refused'> }
  /** Arrives `afterMs` later, as a write of then. */
  | { readonly kind: 'Q4-delayed'; readonly afterMs: number }
  /** The write `back` places before the newest arrives once more. */
  | { readonly kind: 'Q4-again'; readonly back: number }
  | { readonly kind: 'Q5-stale'; readonly forMs: number }
  | { readonly kind: 'Q6-partial' }
  | { readonly kind: 'Q9-altered' }
  | { readonly kind: 'Q9-lost' }
  | { readonly kind: 'B1-crash'; readonly downMs: number }
  | { readonly kind: 'F2-closed' }
  | { readonly kind: 'F3-lost' }
  /** The request has arrived, and its client waits no longer for the answer. */
  | { readonly kind: 'F3-unheard' }
  /** The request arrives once more, `afterMs` later. */
  | { readonly kind: 'F3-again'; readonly afterMs: number }
  | { readonly kind: 'F3-doubled' }
  | { readonly kind: 'C2-slow'; readonly ms: number };

/** `shape`: no event at all. `order`: in a slot before the last one. `author`: by somebody who may not. `version`: of a version yet to come. */
export type Forgery = Form<'S11-forged'>;

export type FaultKind = PortFault['kind'];
