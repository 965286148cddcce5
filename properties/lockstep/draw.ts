/**
 * From random numbers to a step worth taking. A draw is a handful of small numbers, all of which shrink to the plainest choice;
 * `resolveStep` turns it into a step with the help of the model's state, so that most steps do something and some are refused
 * on purpose. It answers null only when the state offers nothing at all to do of that kind.
 */
import type { ContentName, Operation } from '#model/action.ts';
import type { WorldFault } from '#simulations/world/system.ts';
import type { Glimpse, GlimpsedClient } from './glimpse.ts';
import type { Step } from './scenario.ts';

/** Every command of the lockstep property, with how often it is drawn. */
export const commandWeights = {
  createThread: 5,
  post: 8,
  submitSpec: 9,
  vote: 10,
  settle: 7,
  divest: 3,
  readStrong: 4,
  readCached: 4,
  search: 4,
  signIn: 2,
  signOut: 1,
  connect: 3,
  disconnect: 2,
  advanceTime: 4,
  crashBackend: 2,
  restartBackend: 3,
  solanaDown: 1,
  solanaUp: 2,
  qdrantDown: 1,
  qdrantUp: 2,
  loseResponse: 3,
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

/** One of `good`, unless the draw aims wide or there is none: then one of `wide`. */
const choose = <T>(draw: Draw, good: readonly T[], wide: readonly T[]): T | undefined =>
  draw.aim < 8 && good.length > 0 ? pick(good, draw.target) : (pick(wide, draw.target) ?? pick(good, draw.target));

const goodText = (draw: Draw): string => pick(texts, draw.detail) ?? '';
const anyText = (draw: Draw): string => (draw.aim === 9 ? (pick(badTexts, draw.detail) ?? '') : goodText(draw));

/** Clients who can act now; rotated so that `draw.client` chooses who comes first. */
function actors(draw: Draw, glimpse: Glimpse): readonly GlimpsedClient[] {
  const able = glimpse.clients.filter((each) => each.backend !== null && each.signedIn);
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
  const fresh = known < mostThreads && draw.aim < 9;
  return byClient(actors(draw, glimpse)[0], {
    kind: 'createThread',
    thread: `thread#${fresh ? known : draw.target % Math.max(1, known)}`,
  });
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

function resolveVote(draw: Draw, glimpse: Glimpse): Step | null {
  const good = pairs(draw, glimpse).flatMap(({ client, thread }): Ballot[] =>
    thread.open.filter((spec) => spec.awaited.includes(client.name)).map(({ content }) => ({ client, content })),
  );
  const wide = pairs(draw, glimpse).flatMap(({ client, thread }): Ballot[] =>
    [...thread.open.map((spec) => spec.content), ...thread.settled].map((content) => ({ client, content })),
  );
  const chosen = choose(draw, good, wide);
  // Approval twice as often as denial: approved specs open more of the state space.
  const choice = draw.detail % 3 === 2 ? 'deny' : 'approve';
  return chosen === undefined ? null : byClient(chosen.client, { kind: 'vote', content: chosen.content, choice });
}

function resolveSettle(draw: Draw, glimpse: Glimpse): Step | null {
  const open = glimpse.threads.flatMap((thread) => thread.open);
  const ready = open.filter((spec) => spec.awaited.length === 0 || spec.expiresAtMs <= glimpse.nowMs).map((spec) => spec.content);
  const all = [...open.map((spec) => spec.content), ...glimpse.threads.flatMap((thread) => thread.settled)];
  const content = choose(draw, ready, all);
  return content === undefined ? null : byClient(actors(draw, glimpse)[0], { kind: 'settle', content });
}

function resolveDivest(draw: Draw, glimpse: Glimpse): Step | null {
  const all = pairs(draw, glimpse);
  const good = all.filter((each) => isCoAuthor(each) && each.thread.coAuthors.length > 1);
  const chosen = choose(draw, good, all);
  return chosen === undefined ? null : byClient(chosen.client, { kind: 'divest', thread: chosen.thread.thread });
}

function resolveRead(kind: 'readStrong' | 'readCached', draw: Draw, glimpse: Glimpse): Step | null {
  const names = glimpse.threads.map((each) => each.thread);
  const thread = choose(draw, names, [...names, 'thread#9']) ?? 'thread#9';
  return byClient(actors(draw, glimpse)[0], { kind, thread });
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

/** The step this draw stands for in this state, or null when the state offers none. */
export function resolveStep(draw: Draw, glimpse: Glimpse): Step | null {
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
