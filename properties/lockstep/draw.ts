/**
 * From random numbers to a step worth taking. A draw is a handful of small numbers, all of which shrink to the plainest choice;
 * `resolveStep` turns it into a step with the help of the model's state, so that most steps do something and some are refused
 * on purpose. Where the state offers nothing to do of that kind, it takes the plainest step towards such a state (a thread, a spec)
 * instead; null only where there is no such step either.
 */
import type { ContentName, Operation } from '#model/action.ts';
import type { WorldFault } from '#simulations/world/system.ts';
import type { Glimpse, GlimpsedClient } from './glimpse.ts';
import type { Step } from './scenario.ts';

/** Every command of the lockstep property, with how often it is drawn. */
export const commandWeights = {
  createThread: 4,
  post: 8,
  submitSpec: 9,
  vote: 11,
  settle: 7,
  divest: 4,
  readStrong: 4,
  readCached: 4,
  search: 4,
  signIn: 2,
  signOut: 2,
  connect: 3,
  disconnect: 2,
  advanceTime: 4,
  crashBackend: 6,
  restartBackend: 4,
  solanaDown: 8,
  solanaUp: 8,
  qdrantDown: 8,
  qdrantUp: 8,
  loseResponse: 4,
} as const;

export type CommandKind = keyof typeof commandWeights;

/** Natural numbers, each reduced modulo what it chooses from. */
export interface Draw {
  readonly kind: CommandKind;
  readonly client: number;
  readonly target: number;
  readonly detail: number;
  /** 0-9: below 8 aims at a step that succeeds where there is one; 8 and 9 at one that may be refused. */
  readonly aim: number;
}

/** Few texts, so that they collide; the last ones are bad input. */
const texts = ['hello', 'a second thought', 'Ünïcode 🎵 \u0000 ǆ', 'hello ', 'x'.repeat(5_000)];
const badTexts = ['', '\ud800 alone', 'y'.repeat(1_048_577)];
const pausesMs = [1_000, 400, 30_000, 61_000, 3_600_000, 86_400_000, 604_800_000];
const mostThreads = 4;

const pick = <T>(from: readonly T[], index: number): T | undefined => from[index % Math.max(1, from.length)];

/** One of `good`; or one of `wide`, good or not, when the draw aims wide. */
const choose = <T>(draw: Draw, good: readonly T[], wide: readonly T[]): T | undefined =>
  pick(draw.aim < 8 ? good : wide, draw.target);

const goodText = (draw: Draw): string => pick(texts, draw.detail) ?? '';
const anyText = (draw: Draw): string => (draw.aim === 9 ? (pick(badTexts, draw.detail) ?? '') : goodText(draw));

const isAble = (client: GlimpsedClient): boolean => client.backend !== null && client.signedIn;

/** Clients who can act now; rotated so that `draw.client` chooses who comes first. */
function actors(draw: Draw, glimpse: Glimpse): readonly GlimpsedClient[] {
  const able = glimpse.clients.filter(isAble);
  const from = able.length > 0 ? able : glimpse.clients;
  const start = draw.client % Math.max(1, from.length);
  return [...from.slice(start), ...from.slice(0, start)];
}

const byClient = (client: GlimpsedClient | undefined, operation: Operation): Step | null =>
  client === undefined ? null : { kind: 'operation', client: client.name, operation };

interface Placed {
  readonly client: GlimpsedClient;
  readonly thread: Glimpse['threads'][number];
}

const pairs = (draw: Draw, glimpse: Glimpse): readonly Placed[] =>
  actors(draw, glimpse).flatMap((client) => glimpse.threads.map((thread) => ({ client, thread })));

const isCoAuthor = ({ client, thread }: Placed): boolean => thread.coAuthors.includes(client.name);

function resolveCreate(draw: Draw, glimpse: Glimpse): Step | null {
  const known = glimpse.threads.length;
  if (draw.aim < 8 && known >= mostThreads) return null;
  const number = draw.aim < 8 ? known : draw.target % mostThreads;
  return byClient(actors(draw, glimpse)[0], { kind: 'createThread', thread: `thread#${number}` });
}

function resolvePost(draw: Draw, glimpse: Glimpse): Step | null {
  const all = pairs(draw, glimpse);
  const chosen = choose(draw, all.filter(isCoAuthor), all);
  return chosen === undefined
    ? null
    : byClient(chosen.client, { kind: 'post', thread: chosen.thread.thread, text: anyText(draw) });
}

function resolveSubmit(draw: Draw, glimpse: Glimpse): Step | null {
  const least = glimpse.minimumStake;
  const stakes = [least, least + 1n, least * 3n + 7n];
  const wideStakes = [...stakes, least - 1n, 1_000_000_000_000n];
  const all = pairs(draw, glimpse);
  const chosen = choose(
    draw,
    all.filter((each) => !isCoAuthor(each) && each.thread.coAuthors.length < 16),
    all,
  );
  if (chosen === undefined) return null;
  const stake = pick(draw.aim < 8 ? stakes : wideStakes, draw.detail) ?? least;
  return byClient(chosen.client, {
    kind: 'submitSpec',
    thread: chosen.thread.thread,
    text: anyText({ ...draw, detail: draw.detail >> 2 }),
    stake,
  });
}

interface Ballot {
  readonly client: GlimpsedClient;
  readonly content: ContentName;
}

/** A spec that nobody ever submitted. */
const ghost = (thread: string): ContentName => ({ thread, author: 'wallet#0', text: 'never submitted' });

function resolveVote(draw: Draw, glimpse: Glimpse): Step | null {
  const good = pairs(draw, glimpse).flatMap(({ client, thread }): Ballot[] =>
    thread.open.filter((spec) => spec.awaited.includes(client.name)).map(({ content }) => ({ client, content })),
  );
  const wide = pairs(draw, glimpse).flatMap(({ client, thread }): Ballot[] =>
    [...thread.open.map((spec) => spec.content), ...thread.settled, ghost(thread.thread)].map((content) => ({ client, content })),
  );
  // A second vote is the mistake most worth making.
  const again = pairs(draw, glimpse).flatMap(({ client, thread }): Ballot[] =>
    thread.open.filter((spec) => spec.voted.includes(client.name)).map(({ content }) => ({ client, content })),
  );
  const chosen = choose(draw, good, draw.aim === 8 && again.length > 0 ? again : wide);
  // Approval twice as often as denial: approved specs open more of the state space.
  const choice = draw.detail % 3 === 2 ? 'deny' : 'approve';
  return chosen === undefined ? null : byClient(chosen.client, { kind: 'vote', content: chosen.content, choice });
}

function resolveSettle(draw: Draw, glimpse: Glimpse): Step | null {
  const open = glimpse.threads.flatMap((thread) => thread.open);
  const ready = open.filter((spec) => spec.awaited.length === 0 || spec.expiresAtMs <= glimpse.nowMs).map((spec) => spec.content);
  const all = [
    ...open.map((spec) => spec.content),
    ...glimpse.threads.flatMap((thread) => [...thread.settled, ghost(thread.thread)]),
  ];
  // Too early is the interesting mistake here: more settlements than other steps aim wide.
  const content = choose(draw.aim < 6 ? draw : { ...draw, aim: 9 }, ready, all);
  return content === undefined ? null : byClient(actors(draw, glimpse)[0], { kind: 'settle', content });
}

function resolveDivest(draw: Draw, glimpse: Glimpse): Step | null {
  const all = pairs(draw, glimpse);
  const members = all.filter(isCoAuthor);
  const good = members.filter((each) => each.thread.coAuthors.length > 1);
  const chosen = choose(draw, good.length > 0 ? good : members, all);
  return chosen === undefined ? null : byClient(chosen.client, { kind: 'divest', thread: chosen.thread.thread });
}

function resolveRead(kind: 'readStrong' | 'readCached', draw: Draw, glimpse: Glimpse): Step | null {
  const names = glimpse.threads.map((each) => each.thread);
  const thread = choose(draw, names, ['thread#9', ...names]);
  return thread === undefined ? null : byClient(actors(draw, glimpse)[0], { kind, thread });
}

function resolveSearch(draw: Draw, glimpse: Glimpse): Step | null {
  const thread = pick([undefined, ...glimpse.threads.map((each) => each.thread)], draw.target);
  const author = draw.aim < 7 ? undefined : pick(glimpse.clients, draw.detail)?.name;
  return byClient(actors(draw, glimpse)[0], {
    kind: 'search',
    text: goodText(draw),
    ...(thread === undefined ? {} : { thread }),
    ...(author === undefined ? {} : { author }),
  });
}

function resolveSession(kind: 'signIn' | 'signOut' | 'disconnect', draw: Draw, glimpse: Glimpse): Step | null {
  const online = glimpse.clients.filter((each) => each.backend !== null);
  const wanted = kind === 'disconnect' ? online : online.filter((each) => each.signedIn === (kind === 'signOut'));
  return byClient(choose(draw, wanted, glimpse.clients), { kind });
}

function resolveConnect(draw: Draw, glimpse: Glimpse): Step | null {
  const running = glimpse.backends.filter((each) => each.up);
  const offline = glimpse.clients.filter((each) => each.backend === null);
  const backend = pick(draw.aim < 8 && running.length > 0 ? running : glimpse.backends, draw.detail);
  return backend === undefined
    ? null
    : byClient(choose(draw, offline, glimpse.clients), { kind: 'connect', backend: backend.name });
}

/** A plain pause, or one that ends just before, at or just after the next deadline: where boundary mistakes live. */
function resolvePause(draw: Draw, glimpse: Glimpse): Step {
  const deadline = pick(glimpse.deadlinesMs, draw.target);
  const ms =
    draw.aim < 5 || deadline === undefined
      ? (pick(pausesMs, draw.detail) ?? 1_000)
      : deadline - glimpse.nowMs + (pick([0, -1_000, 1_000, -1, 1], draw.detail) ?? 0);
  return { kind: 'advance', ms: Math.max(0, ms) };
}

const faultStep = (fault: WorldFault | null): Step | null => (fault === null ? null : { kind: 'fault', fault });

function resolveBackendFault(kind: 'crashBackend' | 'restartBackend', draw: Draw, glimpse: Glimpse): Step | null {
  const backend = pick(
    glimpse.backends.filter((each) => each.up === (kind === 'crashBackend')),
    draw.target,
  );
  return faultStep(backend === undefined ? null : { kind, backend: backend.name });
}

function resolveLink(kind: 'linkDown' | 'linkUp', authority: 'solana' | 'qdrant', glimpse: Glimpse): Step | null {
  return faultStep(glimpse.links[authority] === (kind === 'linkDown') ? { kind, authority } : null);
}

function resolveLoss(draw: Draw, glimpse: Glimpse): Step | null {
  const reachable = (['solana', 'qdrant'] as const).filter((each) => glimpse.links[each]);
  const authority = pick(reachable, draw.target);
  if (authority === undefined) return null;
  const position = draw.detail % 2 === 0 ? 'after' : 'before';
  return faultStep({ kind: 'loseResponse', authority, position, thenDown: draw.aim >= 5 });
}

const needsSession: ReadonlySet<CommandKind> = new Set([
  'createThread',
  'post',
  'submitSpec',
  'vote',
  'settle',
  'divest',
  'readStrong',
  'readCached',
  'search',
]);

/** Brings somebody back who can act: signs in a client that is connected, else connects one. */
function resolveReturn(draw: Draw, glimpse: Glimpse): Step | null {
  return resolveSession('signIn', { ...draw, aim: 0 }, glimpse) ?? resolveConnect({ ...draw, aim: 0 }, glimpse);
}

/** What must happen before a draw of that kind finds something to do. */
function towards(draw: Draw, glimpse: Glimpse): Step | null {
  switch (draw.kind) {
    case 'settle':
      return resolveVote(draw, glimpse) ?? resolveSubmit(draw, glimpse) ?? resolveCreate(draw, glimpse);
    case 'vote':
    case 'divest':
      return resolveSubmit(draw, glimpse) ?? resolveCreate(draw, glimpse);
    case 'post':
    case 'submitSpec':
    case 'readStrong':
    case 'readCached':
      return resolveCreate(draw, glimpse);
    case 'createThread':
      return resolvePost(draw, glimpse);
    case 'search':
    case 'signIn':
    case 'signOut':
    case 'connect':
    case 'disconnect':
    case 'advanceTime':
    case 'crashBackend':
    case 'restartBackend':
    case 'solanaDown':
    case 'solanaUp':
    case 'qdrantDown':
    case 'qdrantUp':
    case 'loseResponse':
      return null;
  }
}

/** `meant`: the step is of the drawn kind, not merely one towards it. */
export interface ResolvedStep {
  readonly step: Step;
  readonly meant: boolean;
}

/** The step this draw stands for in this state, or null when the state offers none. */
export function resolveStep(draw: Draw, glimpse: Glimpse): ResolvedStep | null {
  if (draw.aim < 8 && needsSession.has(draw.kind) && !glimpse.clients.some(isAble)) {
    const step = resolveReturn(draw, glimpse);
    if (step !== null) return { step, meant: false };
  }
  const meant = meantStep(draw, glimpse);
  if (meant !== null) return { step: meant, meant: true };
  const step = towards(draw, glimpse);
  return step === null ? null : { step, meant: false };
}

function meantStep(draw: Draw, glimpse: Glimpse): Step | null {
  switch (draw.kind) {
    case 'createThread':
      return resolveCreate(draw, glimpse);
    case 'post':
      return resolvePost(draw, glimpse);
    case 'submitSpec':
      return resolveSubmit(draw, glimpse);
    case 'vote':
      return resolveVote(draw, glimpse);
    case 'settle':
      return resolveSettle(draw, glimpse);
    case 'divest':
      return resolveDivest(draw, glimpse);
    case 'readStrong':
    case 'readCached':
      return resolveRead(draw.kind, draw, glimpse);
    case 'search':
      return resolveSearch(draw, glimpse);
    case 'signIn':
    case 'signOut':
    case 'disconnect':
      return resolveSession(draw.kind, draw, glimpse);
    case 'connect':
      return resolveConnect(draw, glimpse);
    case 'advanceTime':
      return resolvePause(draw, glimpse);
    case 'crashBackend':
    case 'restartBackend':
      return resolveBackendFault(draw.kind, draw, glimpse);
    case 'solanaDown':
      return resolveLink('linkDown', 'solana', glimpse);
    case 'solanaUp':
      return resolveLink('linkUp', 'solana', glimpse);
    case 'qdrantDown':
      return resolveLink('linkDown', 'qdrant', glimpse);
    case 'qdrantUp':
      return resolveLink('linkUp', 'qdrant', glimpse);
    case 'loseResponse':
      return resolveLoss(draw, glimpse);
  }
}
