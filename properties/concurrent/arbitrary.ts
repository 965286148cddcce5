/**
 * Concurrent scenarios as fast-check draws them. Swarm: each scenario knows only some operations and some faults, so that each kind
 * gets room to do its worst. Every number that is drawn shrinks to the plainest choice: fewer commands, no fault, priority 0, serial.
 */
import fc from 'fast-check';
import type { Operation } from '#model/action.ts';
import { type CommandKind, type Draw, resolveStep } from '#properties/lockstep/draw.ts';
import type { StrategySpec } from '#simulations/engine/portfolio.ts';
import {
  type Damage,
  type FaultKind,
  isSystemKind,
  type SystemOperation,
  type WorldOperation,
} from '#simulations/world/concurrent/command.ts';
import type { ConcurrentSetup } from '#simulations/world/concurrent/concurrent-world.ts';
import { type DrawnFault, drawnFaults, faultOf, pick, shortMs, someFaults } from './draw-faults.ts';
import type { Arguments, Step } from './moves/step.ts';
import { isMove, type MoveKind, moves } from './moves.ts';
import type { ConcurrentCommand, ConcurrentScenario } from './scenario.ts';
import { Sketch } from './sketch.ts';

export interface ScenarioShape {
  /** Commands at most, those that set the scene included. */
  readonly maxCommands: number;
  /** Exactly so many instead. */
  readonly exactly?: boolean;
  /** Left out: 3, and sometimes 2 or 4. */
  readonly wallets?: number;
  /** False: nothing fails. */
  readonly faults?: boolean;
}

/** Rounds come by themselves. */
type SystemKind = Exclude<SystemOperation['kind'], 'barrier' | 'round' | 'clientRound'>;
type DrawnKind = Exclude<CommandKind, 'advanceTime' | `${string}Backend` | `${string}Down` | `${string}Up` | 'loseResponse'>;
type Drawable = DrawnKind | SystemKind | 'readContent' | 'close' | 'giveUp' | 'again' | MoveKind;

/** How often each is drawn where a scenario knows it. */
const weights: Readonly<Record<Drawable, number>> = {
  post: 9,
  submitSpec: 8,
  vote: 10,
  settle: 6,
  createThread: 3,
  divest: 3,
  readStrong: 4,
  readCached: 4,
  search: 3,
  again: 3,
  elsewhere: 5,
  outage: 5,
  corrected: 4,
  forsaken: 3,
  lastMoment: 3,
  impatient: 5,
  connect: 2,
  disconnect: 1,
  signIn: 1,
  signOut: 1,
  close: 1,
  giveUp: 1,
  crash: 2,
  cut: 2,
  pause: 2,
  fork: 3,
  clockJump: 1,
  alterContent: 2,
  loseContent: 2,
  misorderContent: 2,
  loseMetadata: 1,
  alterMetadata: 1,
  damage: 2,
  syncThread: 2,
  readContent: 6,
};
const drawables = Object.keys(weights) as readonly Drawable[];
/** What commands of drawn scenarios do, by kind. */
export const drawnKinds: readonly string[] = [
  ...drawables.filter((kind) => kind !== 'again' && !isMove(kind)),
  'round',
  'clientRound',
  'barrier',
];
/** Moves that are nothing where nothing fails. */
const needsFaults: ReadonlySet<Drawable> = new Set(['outage', 'forsaken', 'lastMoment', 'impatient']);
/** Every scenario knows these: without them the others have nothing to work on. */
const always: ReadonlySet<Drawable> = new Set(['post', 'submitSpec', 'vote', 'readStrong']);
/** Scenarios that begin with a talk know these, and draw them more often: what is held matters where Qdrant comes, goes and loses. */
const moreInTalks: Readonly<Partial<Record<Drawable, number>>> = { readContent: 4, cut: 4, loseContent: 10, syncThread: 8 };

interface DrawnCommand extends Arguments {
  readonly kind: number;
  readonly priority: number;
  /** 0: never. */
  readonly demoteAt: number;
  /** 0: it begins when its turn has come; else some time later, meanwhile caches grow old and links come back. */
  readonly wait: number;
  readonly faults: readonly DrawnFault[];
}

export interface DrawnScenario {
  readonly swarm: number;
  readonly faultSwarm: number;
  readonly prelude: number;
  readonly env: number;
  readonly strategy: number;
  readonly salt: number;
  readonly commands: readonly DrawnCommand[];
  /** What clients can do without: 0 is nothing. */
  readonly degraded: number;
}

const natural = fc.nat({ max: 0xffff });
const word = fc.nat({ max: 0x3fffffff });

const drawnCommand = (faults: boolean): fc.Arbitrary<DrawnCommand> =>
  fc.record({
    kind: natural,
    client: natural,
    target: natural,
    detail: natural,
    aim: fc.nat({ max: 9 }),
    priority: fc.nat({ max: 12 }),
    demoteAt: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 40 }) }),
    wait: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 8 }) }),
    faults: faults ? someFaults : fc.constant<readonly DrawnFault[]>([]),
  });

export function concurrentScenarios(shape: ScenarioShape): fc.Arbitrary<ConcurrentScenario> {
  const { maxCommands, exactly = false, wallets, faults = true } = shape;
  return fc
    .record({
      swarm: word,
      faultSwarm: word,
      prelude: fc.nat({ max: 11 }),
      env: natural,
      strategy: fc.nat({ max: 19 }),
      salt: word,
      commands: fc.array(drawnCommand(faults), { minLength: exactly ? maxCommands : 0, maxLength: maxCommands, size: 'max' }),
      degraded: fc.nat({ max: 11 }),
    })
    .map((drawn) => scenarioOf(drawn, { wallets: wallets ?? walletsOf(drawn), faults, maxCommands }));
}

/** 40 % PCT with the priorities and demotions of the commands, 25 % hash-priority, 20 % walk, 15 % sticky; 0 is serial. */
function strategyOf({ strategy, salt }: DrawnScenario): StrategySpec {
  if (salt === 0) return { kind: 'serial' };
  if (strategy < 8) return { kind: 'pct', plan: null };
  if (strategy < 13) return { kind: 'hashPriority', salt };
  return strategy < 17 ? { kind: 'weightedWalk', seed: salt } : { kind: 'sticky', seed: salt, stay: 0.9 };
}

const walletsOf = ({ env }: DrawnScenario): number => [3, 3, 3, 3, 3, 4, 4, 2][(env >> 10) % 8] ?? 3;

const skews: readonly (readonly number[])[] = [[], [], [], [0, 5_000], [120_000], [0, 90_000_000]];

function setupOf({ env, degraded }: DrawnScenario, wallets: number): ConcurrentSetup {
  return {
    wallets,
    backends: 2 + (env % 16 === 15 ? 1 : 0),
    balance: 100_000n,
    skewMs: skews[(env >> 4) % skews.length] ?? [],
    roundMs: [4_000, 4_000, 1_500, 12_000][(env >> 8) % 4] ?? 4_000,
    // Else most scenarios are over before the first comparison, and what is lost after one is seldom seen.
    ...(env % 3 === 2 ? { syncEveryMs: 4_000 } : {}),
    // Whoever waits may wake before somebody else's slow call is over.
    ...((env >> 12) % 4 === 3 ? { raceMs: (env >> 14) % 2 === 1 ? 4_000 : 1_000 } : {}),
    ...(env % 11 === 10 ? { maxOpenWrites: 1 } : {}),
    ...(degraded % 3 === 2 ? { directReads: true } : {}),
    ...(degraded >= 6 ? { queueWrites: true } : {}),
    ...(degraded >= 6 && degraded % 3 === 1 ? { maxQueued: 1 } : {}),
  };
}

const bit = (word: number, index: number): boolean => ((word >>> (index % 30)) & 1) === 1;

interface Vocabulary {
  /** Each kind as often as it weighs. */
  readonly kinds: readonly Drawable[];
  readonly faults: readonly FaultKind[];
}

function vocabularyOf({ swarm, faultSwarm, prelude }: DrawnScenario, faults: boolean): Vocabulary {
  const isKnown = (kind: Drawable): boolean => always.has(kind) || (isTalk(prelude) && kind in moreInTalks);
  const isAllowed = (kind: Drawable): boolean => faults || !(isSystemKind(kind) || needsFaults.has(kind));
  const known = drawables.filter((kind, index) => (isKnown(kind) || bit(swarm, index)) && isAllowed(kind));
  return {
    kinds: known.flatMap((kind) => {
      const more = isTalk(prelude) ? (moreInTalks[kind] ?? 1) : 1;
      return Array.from({ length: weights[kind] * more }, () => kind);
    }),
    // About one in three: the fewer kinds, the more often each meets itself.
    faults: faults ? drawnFaults.filter((_, index) => bit(faultSwarm, index) && bit(faultSwarm, index + 7)) : [],
  };
}

/** Writes the scenario down, choosing arguments by a sketch of how it would go. */
export function scenarioOf(
  drawn: DrawnScenario,
  { wallets, faults, maxCommands }: { wallets: number; faults: boolean; maxCommands: number },
): ConcurrentScenario {
  const setup = setupOf(drawn, wallets);
  const sketch = new Sketch(setup);
  const vocabulary = vocabularyOf(drawn, faults);
  const commands: ConcurrentCommand[] = [];
  const add = (actor: string, op: WorldOperation, rest: Partial<ConcurrentCommand> = {}): void => {
    if (actor.startsWith('wallet#')) sketch.take(actor, op as Operation);
    if (op.kind === 'pause') sketch.pass(op.ms);
    commands.push({ id: commands.length, actor, op, priority: 0, demotions: [], faults: [], ...rest });
  };
  if (drawn.commands.length > 0) for (const { actor, op } of preludeOf(drawn.prelude, maxCommands)) add(actor, op);
  let last: Step | null = null;
  let needs: Partial<ConcurrentSetup> = {};
  for (const each of drawn.commands.slice(0, Math.max(0, drawn.commands.length - commands.length))) {
    for (const [index, step] of stepsOf(each, vocabulary, sketch, last).entries()) {
      if (commands.length >= maxCommands) break;
      add(step.actor, step.op, {
        ...beginsAfter(step, index === 0 ? each.wait : 0),
        priority: step.priority ?? each.priority,
        demotions: demotionsOf(step, each),
        faults: [...(step.faults ?? []), ...each.faults.flatMap((fault) => faultOf(fault, vocabulary.faults, step.op))],
      });
      if (step.actor.startsWith('wallet#')) last = step;
      needs = { ...needs, ...step.needs };
    }
  }
  return { format: 1, kind: 'concurrent', setup: { ...setup, ...needs }, strategy: strategyOf(drawn), commands };
}

function demotionsOf({ stallsAt }: Step, { demoteAt, detail }: DrawnCommand): ConcurrentCommand['demotions'] {
  if (stallsAt !== undefined) return [{ at: stallsAt, to: -5 }];
  return demoteAt === 0 ? [] : [{ at: demoteAt, to: -1 - (detail % 4) }];
}

const beginsAfter = ({ afterMs }: Step, wait: number): { readonly afterMs?: number } => {
  const late = afterMs ?? (wait === 0 ? undefined : pick(shortMs, wait - 1));
  return late === undefined ? {} : { afterMs: late };
};

const thread = 'thread#0';
const barrier: Step = { actor: 'world#0', op: { kind: 'barrier' } };
const created: Step = { actor: 'wallet#0', op: { kind: 'createThread', thread } };
const joining = { thread, author: 'wallet#1', text: 'let me in' };
const submitted: Step = { actor: 'wallet#1', op: { kind: 'submitSpec', thread, text: joining.text, stake: 4_007n } };
const approved: Step = { actor: 'wallet#0', op: { kind: 'vote', content: joining, choice: 'approve' } };
const joined: Step = { actor: 'wallet#1', op: { kind: 'settle', content: joining } };

const said: readonly Step[] = ['one', 'two'].map((text) => ({
  actor: 'wallet#0',
  op: { kind: 'post', thread, text },
}));
const shown: Step = { actor: 'wallet#0', op: { kind: 'readContent', thread, from: 0, limit: 1 } };

/** Who said it goes to the other backend: what is lost then is held by a client there, and not by its backend. */
const moved: Step = { actor: 'wallet#0', op: { kind: 'connect', backend: 'backend#1' } };

const isTalk = (draw: number): boolean => draw > 9;

/** How the scene is set, one step after another, before everybody acts at once. */
function preludeOf(draw: number, maxCommands: number): readonly Step[] {
  if (draw === 0) return [created];
  if (draw < 6 || maxCommands < 10) return [created, barrier];
  if (draw < 8) return [created, barrier, submitted, barrier];
  if (isTalk(draw)) return [created, ...said, draw === 10 ? shown : moved, barrier];
  return [created, barrier, submitted, barrier, approved, barrier, joined, barrier];
}

function stepsOf(drawn: DrawnCommand, { kinds, faults }: Vocabulary, sketch: Sketch, last: Step | null): readonly Step[] {
  const kind = kinds[drawn.kind % kinds.length] ?? 'post';
  // The same once more, by the same client: what somebody does who has not heard.
  if (kind === 'again') return last === null ? [] : [last];
  if (isMove(kind)) return moves[kind](drawn, sketch, last).map((step) => (faults.length > 0 ? step : { ...step, faults: [] }));
  const step = stepOf(kind, drawn, sketch);
  return step === null ? [] : [step];
}

/** Kinds that `stepOf` knows. */
export type StepKind = Exclude<Drawable, 'again' | MoveKind>;
export const stepKinds = drawables.filter((kind): kind is StepKind => kind !== 'again' && !isMove(kind));

/** One command of that kind, with arguments that fit what the sketch has; null where there are none. */
export function stepOf(kind: StepKind, drawn: Arguments, sketch: Sketch): Step | null {
  const { glimpse } = sketch;
  const client = glimpse.clients[drawn.client % glimpse.clients.length]?.name ?? 'wallet#0';
  if (kind === 'close' || kind === 'giveUp') return { actor: client, op: { kind } };
  if (isSystemKind(kind)) return systemStep(kind, drawn, sketch);
  if (kind === 'readContent') return contentStep(client, drawn, sketch);
  const draw: Draw = { ...drawn, kind };
  const resolved = resolveStep(draw, glimpse);
  return resolved?.step.kind === 'operation' ? { actor: resolved.step.client, op: shortened(resolved.step.operation) } : null;
}

/** Long texts say nothing about order, and cost most of a run: what they may do is the lockstep property's to find. */
const longest = 60;
const shortened = (op: Operation): Operation =>
  'text' in op && op.text.length > longest ? { ...op, text: op.text.slice(0, longest) } : op;

const damages: readonly Damage[] = ['checkpoint', 'thread', 'message', 'checkpoints'];
/** Few messages mostly, so that some of a page are left to be fetched ahead; one in ten of a thread that is not there. */
function contentStep(actor: string, { target, detail, aim }: Arguments, { glimpse }: Sketch): Step {
  const known = pick(glimpse.threads, target)?.thread ?? thread;
  const from = pick([0, 0, 1, 2, 3], detail) ?? 0;
  const limit = pick([64, 1, 2, 3], detail >> 3) ?? 64;
  return { actor, op: { kind: 'readContent', thread: aim === 9 ? 'thread#9' : known, from, limit } };
}

const jumpsMs = [1_000, 61_000, 3_600_000, 86_400_000, 604_800_000];

function systemStep(kind: SystemKind, { client, target, detail }: Arguments, sketch: Sketch): Step | null {
  const actor = `world#${client % 2}`;
  const ms = pick(shortMs, detail) ?? 500;
  const { backends } = sketch.glimpse;
  const backend = pick(backends, target)?.name ?? 'backend#0';
  switch (kind) {
    case 'crash':
      return { actor, op: { kind, backend, downMs: ms } };
    case 'cut':
      return { actor, op: { kind, authority: target % 2 === 0 ? 'solana' : 'qdrant', forMs: ms } };
    case 'pause':
      return { actor, op: { kind, ms: pick(jumpsMs, detail) ?? 1_000 } };
    case 'clockJump':
      return { actor, op: { kind, backend, ms: pick(jumpsMs, detail) ?? 1_000 } };
    case 'fork':
      return { actor, op: { kind, count: 1 + (detail % 3) } };
    case 'damage':
      return {
        actor,
        op: { kind, backend, what: pick(damages, detail) ?? 'checkpoint', downMs: pick(shortMs, detail >> 4) ?? 500 },
      };
    case 'alterContent':
    case 'misorderContent':
    case 'loseContent': {
      const content = pick(sketch.contents(), target);
      return content === undefined ? null : { actor, op: { kind, content } };
    }
    case 'loseMetadata':
    case 'alterMetadata': {
      const found = pick(sketch.glimpse.threads, target)?.thread;
      return found === undefined ? null : { actor, op: { kind, thread: found } };
    }
    case 'syncThread': {
      const found = pick(sketch.glimpse.threads, target)?.thread;
      const asked = pick(backends, detail)?.name ?? 'backend#0';
      return found === undefined ? null : { actor, op: { kind, backend: asked, thread: found } };
    }
  }
}
