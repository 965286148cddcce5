/** Short ways to say what happens in a test: a small world, actions by their essentials, and playing them one after the other. */
import type { Action, Fault, Operation } from './action.ts';
import type { Answer } from './observation.ts';
import { observe } from './observe.ts';
import { act } from './system.ts';
import { createWorld, type World } from './world.ts';

export const startMs = 1_700_000_000_000;
export const startS = startMs / 1000;

/** `wallet#0` ... hold 1,000 each; a stake is at least 10. */
export function smallWorld(wallets = 3, backends = 2): World {
  return createWorld({
    wallets: Array.from({ length: wallets }, (_, index) => ({ name: `wallet#${index}`, balance: 1_000n })),
    backends: Array.from({ length: backends }, (_, index) => `backend#${index}`),
    minimumStake: 10n,
    nowMs: startMs,
  });
}

export const asks = (client: number, operation: Operation): Action => ({
  kind: 'operation',
  client: `wallet#${client}`,
  operation,
});

export const creates = (client: number): Action => asks(client, { kind: 'createThread', thread: 'thread#0' });
export const posts = (client: number, text: string): Action => asks(client, { kind: 'post', thread: 'thread#0', text });
export const submits = (client: number, text: string, stake = 100n): Action =>
  asks(client, { kind: 'submitSpec', thread: 'thread#0', text, stake });
export const votes = (client: number, author: number, text: string, choice: 'approve' | 'deny' = 'approve'): Action =>
  asks(client, { kind: 'vote', content: contentBy(author, text), choice });
export const settles = (client: number, author: number, text: string): Action =>
  asks(client, { kind: 'settle', content: contentBy(author, text) });
export const leaves = (client: number): Action => asks(client, { kind: 'divest', thread: 'thread#0' });
export const disconnects = (client: number): Action => asks(client, { kind: 'disconnect' });
export const signsIn = (client: number): Action => asks(client, { kind: 'signIn' });
export const signsOut = (client: number): Action => asks(client, { kind: 'signOut' });
export const reads = (client: number): Action => asks(client, { kind: 'readStrong', thread: 'thread#0' });
export const readsCached = (client: number): Action => asks(client, { kind: 'readCached', thread: 'thread#0' });
export const searches = (client: number, filter: { thread?: string; author?: string } = {}): Action =>
  asks(client, { kind: 'search', text: 'anything', ...filter });
export const connects = (client: number, backend: number): Action =>
  asks(client, { kind: 'connect', backend: `backend#${backend}` });

export const contentBy = (author: number, text: string) => ({ thread: 'thread#0', author: `wallet#${author}`, text });

export const strikes = (fault: Fault): Action => ({ kind: 'fault', fault });
export const loses = (authority: 'solana' | 'qdrant', thenDown: boolean): Action =>
  strikes({ kind: 'loseResponse', authority, thenDown });
export const cuts = (authority: 'solana' | 'qdrant'): Action => strikes({ kind: 'linkDown', authority });
export const mends = (authority: 'solana' | 'qdrant'): Action => strikes({ kind: 'linkUp', authority });
export const crashes = (backend: number): Action => strikes({ kind: 'crashBackend', backend: `backend#${backend}` });
export const restarts = (backend: number): Action => strikes({ kind: 'restartBackend', backend: `backend#${backend}` });

/** `ms` after the start. */
export const at = (ms: number): Action => ({ kind: 'clock', nowMs: startMs + ms });
export const rounds: Action = { kind: 'round' };

/** Every world the actions may lead to, with the answer to the last. */
export function branches(world: World, ...actions: readonly Action[]): readonly { world: World; answer: Answer }[] {
  return actions.reduce<readonly { world: World; answer: Answer }[]>(
    (worlds, action) => worlds.flatMap((each) => act(each.world, action)),
    [{ world, answer: { kind: 'done' } }],
  );
}

/** The one world that the actions lead to. */
export function play(world: World, ...actions: readonly Action[]): World {
  return only(branches(world, ...actions)).world;
}

/** The answer to the last of the actions, when there is only one possible. */
export function answerTo(world: World, ...actions: readonly Action[]): Answer {
  return only(branches(world, ...actions)).answer;
}

function only<Element>(list: readonly Element[]): Element {
  if (list.length !== 1) throw new Error(`expected one possible world, got ${list.length}`);
  return list[0] as Element;
}

export const refused = (code: string): Answer => ({ kind: 'refused', code });
export const confirmed = (version: number): Answer => ({ kind: 'confirmed', version });
export const done: Answer = { kind: 'done' };
export const unsettled: Answer = { kind: 'unsettled' };

/** Every answer the last of the actions may get. */
export const answers = (from: World, ...actions: readonly Action[]): readonly Answer[] =>
  branches(from, ...actions).map(({ answer }) => answer);

/** What one client shows. */
export const client = (from: World, index: number) => observe(from).clients[index];

/** Which versions everybody shows; caches and clients as texts, one for each. */
export const versions = (from: World) => ({
  ledger: observe(from).ledger?.threads.map(({ version }) => version),
  content: observe(from).content?.threads.map(({ version }) => version),
  caches: observe(from).backends.map(({ cache }) => cache.map(({ version }) => version).join()),
  clients: observe(from).clients.map(({ threads }) => threads.map(({ version }) => version).join()),
});

/** The texts Qdrant shows in that state. */
export const texts = (from: World, state: 'recorded' | 'pending') => observe(from).content?.[state].map(({ text }) => text);
