/**
 * What can be explored beside one another, by name: every operation of a client, and what can happen to the system meanwhile. Each says
 * what it needs to be more than a refusal; `scenes.ts` sees to that.
 */
import type { BackendName, ContentName } from '#model/action.ts';
import type { ClientOperation, SystemOperation } from '#simulations/world/concurrent/command.ts';

/** The thread that everything is about. */
export const thread = 'thread#0';
/** What its owner said before anything else. */
export const said: ContentName = { thread, author: 'wallet#0', text: 'said before' };

/** What an operation can refer to. */
export interface Around {
  /** A spec of somebody who is no co-author. */
  readonly spec: ContentName;
  /** The actor's backend, or the first actor's where nobody in particular acts, and the next one. */
  readonly home: BackendName;
  readonly away: BackendName;
}

export interface ClientPartner {
  readonly kind: 'client';
  readonly name: ClientOperation['kind'];
  /** Who can do it: a co-author of the thread, somebody who is none, or anybody. */
  readonly by: 'coAuthor' | 'stranger' | 'anybody';
  readonly needs: Needs;
  readonly op: (around: Around) => ClientOperation;
}

export interface SystemPartner {
  readonly kind: 'system';
  readonly name: string;
  readonly needs: Needs;
  readonly op: (around: Around) => SystemOperation;
}

export type Partner = ClientPartner | SystemPartner;

/** `specToVote`: an open spec; `specToSettle`: one with every vote it waits for; `message`: a recorded one; `second`: a co-author besides. */
export type Need = 'thread' | 'specToVote' | 'specToSettle' | 'message' | 'second';
type Needs = readonly Need[];

const client = (name: ClientPartner['name'], by: ClientPartner['by'], needs: Needs, op: ClientPartner['op']): ClientPartner => ({
  kind: 'client',
  name,
  by,
  needs,
  op,
});

export const clientPartners: readonly ClientPartner[] = [
  client('createThread', 'anybody', [], () => ({ kind: 'createThread', thread: 'thread#1' })),
  client('post', 'coAuthor', ['thread'], () => ({ kind: 'post', thread, text: 'hello' })),
  client('submitSpec', 'stranger', ['thread'], () => ({ kind: 'submitSpec', thread, text: 'let me in', stake: 4_000n })),
  client('vote', 'coAuthor', ['thread', 'specToVote'], ({ spec }) => ({ kind: 'vote', content: spec, choice: 'approve' })),
  client('settle', 'anybody', ['thread', 'specToSettle'], ({ spec }) => ({ kind: 'settle', content: spec })),
  client('divest', 'coAuthor', ['thread', 'second'], () => ({ kind: 'divest', thread })),
  client('readStrong', 'anybody', ['thread'], () => ({ kind: 'readStrong', thread })),
  client('readCached', 'anybody', ['thread'], () => ({ kind: 'readCached', thread })),
  client('search', 'anybody', ['thread', 'message'], () => ({ kind: 'search', text: said.text })),
  client('readContent', 'anybody', ['thread', 'message'], () => ({ kind: 'readContent', thread, from: 0, limit: 64 })),
  client('connect', 'anybody', [], ({ away }) => ({ kind: 'connect', backend: away })),
  client('disconnect', 'anybody', [], () => ({ kind: 'disconnect' })),
  client('signIn', 'anybody', [], () => ({ kind: 'signIn' })),
  client('signOut', 'anybody', [], () => ({ kind: 'signOut' })),
  client('close', 'anybody', [], () => ({ kind: 'close' })),
];

const system = (name: string, needs: Needs, op: SystemPartner['op']): SystemPartner => ({ kind: 'system', name, needs, op });

/** How long a backend is down or an authority away, milliseconds: shorter than an operation waits for it. */
const shortMs = 1_500;
/** As long as a round is apart, in scenes with a pause: it lets everybody's next round begin at once. */
export const pauseMs = 20_000;

export const systemPartners: readonly SystemPartner[] = [
  system('crash', [], ({ home }) => ({ kind: 'crash', backend: home, downMs: shortMs })),
  system('cutSolana', [], () => ({ kind: 'cut', authority: 'solana', forMs: shortMs })),
  system('cutQdrant', [], () => ({ kind: 'cut', authority: 'qdrant', forMs: shortMs })),
  system('pause', [], () => ({ kind: 'pause', ms: pauseMs })),
  // Longer than a blockhash lives.
  system('clockJump', [], ({ home }) => ({ kind: 'clockJump', backend: home, ms: 61_000 })),
  system('fork', [], () => ({ kind: 'fork', count: 1 })),
  system('alterContent', ['thread', 'message'], () => ({ kind: 'alterContent', content: said })),
  system('loseContent', ['thread', 'message'], () => ({ kind: 'loseContent', content: said })),
  system('misorderContent', ['thread', 'message'], () => ({ kind: 'misorderContent', content: said })),
  system('loseMetadata', ['thread'], () => ({ kind: 'loseMetadata', thread })),
  system('alterMetadata', ['thread'], () => ({ kind: 'alterMetadata', thread })),
  system('damageCheckpoint', ['thread'], ({ home }) => ({ kind: 'damage', backend: home, what: 'checkpoint', downMs: shortMs })),
  system('damageThread', ['thread'], ({ home }) => ({ kind: 'damage', backend: home, what: 'thread', downMs: shortMs })),
  system('syncThread', ['thread'], ({ home }) => ({ kind: 'syncThread', backend: home, thread })),
];

export const partners: readonly Partner[] = [...clientPartners, ...systemPartners];

export const partnerNamed = (name: string): Partner | undefined => partners.find((partner) => partner.name === name);
