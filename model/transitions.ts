/**
 * The total transition table: for every authority, every class of state and every kind of action, the endings there are. The
 * compiler checks that no pair is missing; `transitions.test.ts` checks on every state of a small scope that each reducer ends only
 * as its entry says and that each ending listed here really occurs.
 *
 * A class is that of the action's subject: for Solana a (thread, hash, author) at a clock, for Qdrant a content or a thread's
 * metadata, for a backend or frontend itself.
 */
import type { BackendAction, BackendRefusal, BackendState } from './backend.ts';
import type { FrontendAction, FrontendRefusal, FrontendState } from './frontend.ts';
import type { Metadata, QdrantAction, QdrantEffect, QdrantState } from './qdrant.ts';
import type { Instruction, SolanaRefusal } from './solana/action.ts';
import { awaitedOf } from './solana/settlement.ts';
import { type SolanaState, specKey } from './solana/state.ts';

type Table<Class extends string, Kind extends string, Ending> = Record<Class, Record<Kind, readonly Ending[]>>;

/** `decided`: open and nobody is awaited. `lapsed`: open, somebody is awaited, and its time has come. */
export type SolanaClass = 'noThread' | 'noSpec' | 'open' | 'decided' | 'lapsed' | 'settled';

export interface SolanaSubject {
  readonly thread: string;
  readonly hash: string;
  readonly author: string;
}

export function solanaClass(state: SolanaState, { thread: id, hash, author }: SolanaSubject, nowS: number): SolanaClass {
  const thread = state.threads.get(id);
  if (thread === undefined) return 'noThread';
  const spec = thread.specs.get(specKey(hash, author));
  if (spec === undefined) return 'noSpec';
  if (spec.status !== 'open') return 'settled';
  if (awaitedOf(spec, thread.now.coAuthors).length === 0) return 'decided';
  return nowS >= spec.expiresAtS ? 'lapsed' : 'open';
}

const threadExists = ['ThreadAlreadyExists'] as const;
const posting = ['ok', 'NotCoAuthor', 'HashAlreadyRecorded'] as const;
const leaving = ['ok', 'NotCoAuthor', 'LastCoAuthor'] as const;
const noRoomFor = ['AuthorIsCoAuthor', 'ThreadFull', 'HashAlreadyRecorded'] as const;

/** postMessage: of the subject's hash, by anybody. submitSpec: by the subject's author. vote, settle: by anybody. */
export const solanaTransitions = {
  noThread: {
    createThread: ['ok'],
    postMessage: ['ThreadNotFound'],
    submitSpec: ['ThreadNotFound'],
    vote: ['ThreadNotFound'],
    settle: ['ThreadNotFound'],
    divest: ['ThreadNotFound'],
  },
  noSpec: {
    createThread: threadExists,
    postMessage: posting,
    submitSpec: ['ok', ...noRoomFor, 'StakeBelowMinimum', 'InsufficientFunds'],
    vote: ['SpecNotFound'],
    settle: ['SpecNotFound'],
    divest: leaving,
  },
  open: {
    createThread: threadExists,
    postMessage: posting,
    submitSpec: [...noRoomFor, 'SpecAlreadyOpen'],
    vote: ['ok', 'NotAVoter', 'NotCoAuthor', 'AlreadyVoted'],
    settle: ['NotDecided'],
    divest: leaving,
  },
  decided: {
    createThread: threadExists,
    postMessage: posting,
    submitSpec: [...noRoomFor, 'SpecAlreadyOpen'],
    vote: ['NotAVoter', 'NotCoAuthor', 'AlreadyVoted'],
    settle: ['ok'],
    divest: leaving,
  },
  lapsed: {
    createThread: threadExists,
    postMessage: posting,
    submitSpec: [...noRoomFor, 'SpecAlreadyOpen'],
    vote: ['NotAVoter', 'NotCoAuthor', 'AlreadyVoted', 'SpecExpired'],
    settle: ['ok'],
    divest: leaving,
  },
  settled: {
    createThread: threadExists,
    postMessage: posting,
    submitSpec: [...noRoomFor, 'SpecAlreadySettled'],
    vote: ['SpecAlreadySettled'],
    settle: ['SpecAlreadySettled'],
    divest: leaving,
  },
} as const satisfies Table<SolanaClass, Instruction['kind'], SolanaRefusal | 'ok'>;

export type ContentClass = 'absent' | 'pending' | 'recorded';
export type MetadataClass = 'absent' | 'older' | 'notOlder';
type MetadataActionKind = 'putThread' | 'loseThread';

export const contentClass = (state: QdrantState, hash: string): ContentClass => state.messages.get(hash)?.state ?? 'absent';

/** How what is stored compares with the metadata that an action brings. */
export function metadataClass(state: QdrantState, { thread, version }: Metadata): MetadataClass {
  const stored = state.threads.get(thread);
  if (stored === undefined) return 'absent';
  return stored.version < version ? 'older' : 'notOlder';
}

/** Qdrant refuses nothing; entries are effects. */
export const contentTransitions = {
  absent: {
    putPending: ['stored'],
    putRecorded: ['recorded'],
    markRecorded: ['missing'],
    discardPending: ['discarded'],
    loseMessage: ['missing'],
    alterText: ['missing'],
  },
  pending: {
    putPending: ['kept'],
    putRecorded: ['recorded'],
    markRecorded: ['recorded'],
    discardPending: ['discarded'],
    loseMessage: ['lost'],
    alterText: ['altered'],
  },
  recorded: {
    putPending: ['kept'],
    putRecorded: ['kept', 'recorded'],
    markRecorded: ['kept'],
    discardPending: ['kept'],
    loseMessage: ['lost'],
    alterText: ['altered'],
  },
} as const satisfies Table<ContentClass, Exclude<QdrantAction['kind'], MetadataActionKind>, QdrantEffect>;

export const metadataTransitions = {
  absent: { putThread: ['written'], loseThread: ['missing'] },
  older: { putThread: ['written'], loseThread: ['lost'] },
  notOlder: { putThread: ['superseded'], loseThread: ['lost'] },
} as const satisfies Table<MetadataClass, MetadataActionKind, QdrantEffect>;

export type BackendClass = 'running' | 'crashed';

export const backendClass = (state: BackendState): BackendClass => (state.running ? 'running' : 'crashed');

const unavailable = ['BackendUnavailable'] as const;

export const backendTransitions = {
  running: {
    attach: ['ok'],
    detach: ['ok'],
    issueNonce: ['ok'],
    signIn: ['ok', 'NonceInvalid'],
    authorize: ['ok', 'Unauthenticated'],
    signOut: ['ok', 'Unauthenticated'],
    ingest: ['ok'],
    evict: ['ok'],
    keepIntent: ['ok'],
    signIntent: ['ok', 'IntentUnknown'],
    dropIntent: ['ok'],
    sync: ['ok'],
    crash: ['ok'],
    restart: ['ok'],
  },
  crashed: {
    attach: unavailable,
    detach: unavailable,
    issueNonce: unavailable,
    signIn: unavailable,
    authorize: unavailable,
    signOut: unavailable,
    ingest: unavailable,
    evict: unavailable,
    keepIntent: unavailable,
    signIntent: unavailable,
    dropIntent: unavailable,
    sync: unavailable,
    crash: ['ok'],
    restart: ['ok'],
  },
} as const satisfies Table<BackendClass, BackendAction['kind'], BackendRefusal | 'ok'>;

/** `known`: connected to a backend that gave a token, which may have ended meanwhile. */
export type FrontendClass = 'offline' | 'stranger' | 'known';

export function frontendClass({ backend, tokens }: FrontendState): FrontendClass {
  if (backend === null) return 'offline';
  return tokens.has(backend) ? 'known' : 'stranger';
}

const offline = ['Disconnected'] as const;

export const frontendTransitions = {
  offline: {
    connect: ['ok'],
    disconnect: ['ok'],
    keepToken: offline,
    forgetToken: offline,
    show: offline,
    beginWrite: offline,
    endWrite: ['ok', 'WriteUnknown'],
  },
  stranger: {
    connect: ['ok'],
    disconnect: ['ok'],
    keepToken: ['ok'],
    forgetToken: ['ok'],
    show: ['ok'],
    beginWrite: ['Unauthenticated'],
    endWrite: ['ok', 'WriteUnknown'],
  },
  known: {
    connect: ['ok'],
    disconnect: ['ok'],
    keepToken: ['ok'],
    forgetToken: ['ok'],
    show: ['ok'],
    beginWrite: ['ok'],
    endWrite: ['ok', 'WriteUnknown'],
  },
} as const satisfies Table<FrontendClass, FrontendAction['kind'], FrontendRefusal | 'ok'>;
