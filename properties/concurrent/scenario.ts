/**
 * A concurrent run as one JSON value: the set-up, a strategy, and commands that carry their own scheduling and faults. A file of it
 * replays without seed or generator; one that does not fit is refused with the path inside it and the reason.
 */
import { z } from 'zod';
import {
  amount,
  authority,
  backend,
  checkNames,
  content,
  everyKind,
  type Found,
  found,
  namesInOperation,
  operationKinds,
  parseAs,
  printFile,
  ScenarioError,
  thread,
  wallet,
} from '#properties/scenario-file/parts.ts';
import type { Command, Shrinkable } from '#properties/shrink/shrinkable.ts';
import { faultForms, isSystem, type PortFault, type WorldOperation } from '#simulations/world/concurrent/command.ts';
import { type ConcurrentSetup, taskOf } from '#simulations/world/concurrent/concurrent-world.ts';
import { faultRules } from '#simulations/world/concurrent/fault-rules.ts';

export interface ConcurrentCommand extends Command<WorldOperation, PortFault> {
  /** Begins so many milliseconds of virtual time after its turn has come; left out: at once. */
  readonly afterMs?: number;
}

/** Nothing fails, and nobody comes before anybody. */
export const plainCommand = (id: number, actor: string, op: WorldOperation): ConcurrentCommand => ({
  id,
  actor,
  op,
  priority: 0,
  demotions: [],
  faults: [],
});

export interface ConcurrentScenario extends Shrinkable<WorldOperation, PortFault> {
  readonly format: 1;
  readonly kind: 'concurrent';
  readonly setup: ConcurrentSetup;
  readonly commands: readonly ConcurrentCommand[];
  /** How it was found; informative, never needed to replay. */
  readonly found?: Found;
}

const ms = z.int().min(0).max(1_000_000_000);
const count = z.int().min(0).max(1_000);

const worldOperation = everyKind<WorldOperation>()(
  z.discriminatedUnion('kind', [
    ...operationKinds,
    z.strictObject({ kind: z.literal('readContent'), thread, from: count, limit: z.int().min(1).max(64) }),
    z.strictObject({ kind: z.literal('close') }),
    z.strictObject({ kind: z.literal('giveUp') }),
    z.strictObject({ kind: z.literal('crash'), backend, downMs: ms }),
    z.strictObject({ kind: z.literal('cut'), authority, forMs: ms }),
    z.strictObject({ kind: z.literal('pause'), ms }),
    z.strictObject({ kind: z.literal('clockJump'), backend, ms }),
    z.strictObject({ kind: z.literal('fork'), count }),
    z.strictObject({ kind: z.literal('alterContent'), content }),
    z.strictObject({ kind: z.literal('loseContent'), content }),
    z.strictObject({ kind: z.literal('misorderContent'), content }),
    z.strictObject({ kind: z.literal('loseMetadata'), thread }),
    z.strictObject({ kind: z.literal('alterMetadata'), thread }),
    z.strictObject({
      kind: z.literal('damage'),
      backend,
      what: z.enum(['checkpoint', 'checkpoints', 'thread', 'message']),
      downMs: ms,
    }),
    z.strictObject({ kind: z.literal('syncThread'), backend, thread }),
    z.strictObject({ kind: z.literal('round'), backend }),
    z.strictObject({ kind: z.literal('clientRound'), client: wallet }),
    z.strictObject({ kind: z.literal('barrier') }),
  ]),
);

const fault = everyKind<PortFault>()(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('S1-dropped') }),
    z.strictObject({ kind: z.literal('S2-expired') }),
    z.strictObject({ kind: z.literal('S2-nearly'), leftMs: ms }),
    z.strictObject({ kind: z.literal('S3-answerLost'), as: z.enum(faultForms['S3-answerLost']) }),
    z.strictObject({ kind: z.literal('S5-twice') }),
    z.strictObject({ kind: z.literal('S6-forked'), count }),
    z.strictObject({ kind: z.literal('S7-lagging'), slots: z.int().min(0).max(32) }),
    z.strictObject({ kind: z.literal('S7-oldThread'), slots: z.int().min(0).max(32) }),
    z.strictObject({ kind: z.literal('S8-refused'), as: z.enum(faultForms['S8-refused']) }),
    z.strictObject({ kind: z.literal('S9-events'), change: z.enum(faultForms['S9-events']), index: count }),
    z.strictObject({ kind: z.literal('S10-preflight') }),
    z.strictObject({ kind: z.literal('S11-forged'), as: z.enum(faultForms['S11-forged']) }),
    z.strictObject({ kind: z.literal('Q1-acknowledged') }),
    z.strictObject({ kind: z.literal('Q2-answerLost'), as: z.enum(faultForms['Q2-answerLost']) }),
    z.strictObject({ kind: z.literal('Q3-refused'), as: z.enum(faultForms['Q3-refused']) }),
    z.strictObject({ kind: z.literal('Q4-delayed'), afterMs: ms }),
    z.strictObject({ kind: z.literal('Q4-again'), back: count }),
    z.strictObject({ kind: z.literal('Q5-stale'), forMs: ms }),
    z.strictObject({ kind: z.literal('Q6-partial') }),
    z.strictObject({ kind: z.literal('Q9-altered') }),
    z.strictObject({ kind: z.literal('Q9-lost') }),
    z.strictObject({ kind: z.literal('B1-crash'), downMs: ms }),
    z.strictObject({ kind: z.literal('F2-closed') }),
    z.strictObject({ kind: z.literal('F3-lost') }),
    z.strictObject({ kind: z.literal('F3-unheard') }),
    z.strictObject({ kind: z.literal('F3-again'), afterMs: ms }),
    z.strictObject({ kind: z.literal('F3-doubled') }),
    z.strictObject({ kind: z.literal('C2-slow'), ms }),
  ]),
);

const whole = z.int();
const demotion = z.strictObject({ at: z.int().min(0), to: whole });

const strategy = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('serial') }),
  z.strictObject({
    kind: z.literal('pct'),
    plan: z.array(z.strictObject({ priority: whole, demotions: z.array(demotion) })).nullable(),
  }),
  z.strictObject({ kind: z.literal('hashPriority'), salt: whole }),
  z.strictObject({ kind: z.literal('weightedWalk'), seed: whole, expected: z.record(z.string(), whole).exactOptional() }),
  z.strictObject({ kind: z.literal('sticky'), seed: whole, stay: z.number().min(0).max(1) }),
  z.strictObject({
    kind: z.literal('segments'),
    segments: z.array(z.strictObject({ task: z.string(), events: z.int().min(1), key: z.string().exactOptional() })),
  }),
]);

const command = z.strictObject({
  id: z.int().min(0),
  actor: z.string().regex(/^(wallet|world)#\d+$/, 'expected a client like "wallet#0" or the world itself, "world#0"'),
  op: worldOperation,
  priority: whole,
  demotions: z.array(demotion),
  faults: z.array(z.strictObject({ at: z.int().min(1), position: z.enum(['before', 'after']), fault })),
  afterMs: ms.exactOptional(),
});

const scenario = z.strictObject({
  format: z.literal(1),
  kind: z.literal('concurrent'),
  setup: z.strictObject({
    wallets: z.int().min(1).max(32),
    backends: z.int().min(1).max(8),
    balance: amount,
    skewMs: z.array(ms),
    roundMs: z.int().min(1),
    syncEveryMs: z.int().min(1).exactOptional(),
    maxOpenWrites: z.int().min(1).exactOptional(),
    directReads: z.literal(true).exactOptional(),
    queueWrites: z.literal(true).exactOptional(),
    maxQueued: z.int().min(0).max(10_000).exactOptional(),
    clientRoundMs: z.int().min(1).exactOptional(),
    beginsApart: z.literal(true).exactOptional(),
    raceMs: ms.exactOptional(),
  }),
  strategy,
  commands: z.array(command),
  found: found.exactOptional(),
});

/** The file's text: one command a line. */
export function printConcurrent({ commands, ...rest }: ConcurrentScenario): string {
  return printFile(rest, 'commands', commands);
}

/** Reads what `printConcurrent` wrote, as JSON already. Throws a ScenarioError for anything else. */
export function concurrentIn(json: unknown): ConcurrentScenario {
  const parsed: ConcurrentScenario = parseAs(scenario, json);
  const ids = new Set<number>();
  parsed.commands.forEach((each, index) => {
    const path = `commands.${index}`;
    if (ids.has(each.id)) throw new ScenarioError(`${path}.id`, `expected a new id, got ${each.id} again`);
    ids.add(each.id);
    checkNames(path, namesIn(each), parsed.setup);
    checkActor(path, each);
    each.faults.forEach((placed, at) => {
      checkFault(`${path}.faults.${at}`, placed);
    });
  });
  checkSegments(parsed);
  return parsed;
}

/**
 * A segment for a command that the file does not have would be passed over without a word, and the file be another schedule than it
 * says. Tasks of background work come and go by themselves, so their names are not checked.
 */
function checkSegments({ strategy, commands }: ConcurrentScenario): void {
  if (strategy.kind !== 'segments') return;
  const tasks = new Set(commands.map(taskOf));
  for (const [index, { task }] of strategy.segments.entries()) {
    if (!task.startsWith('#') || tasks.has(task)) continue;
    const names = [...tasks].map((name) => `"${name}"`).join(', ');
    throw new ScenarioError(
      `strategy.segments.${index}.task`,
      `no command has the task ${JSON.stringify(task)}; those here have ${names === '' ? 'none' : names}`,
    );
  }
}

function namesIn({ actor, op }: ConcurrentCommand): readonly string[] {
  const client = actor.startsWith('wallet#') ? [actor] : [];
  if (!isSystem(op))
    return op.kind === 'close' || op.kind === 'giveUp' || op.kind === 'readContent'
      ? client
      : [...client, ...namesInOperation(op)];
  if ('content' in op) return [...client, op.content.author];
  if ('client' in op) return [...client, op.client];
  return 'backend' in op ? [...client, op.backend] : client;
}

function checkActor(path: string, { actor, op }: ConcurrentCommand): void {
  if (isSystem(op) === actor.startsWith('world#')) return;
  const wanted = isSystem(op) ? 'the world itself ("world#0")' : 'a client ("wallet#0")';
  throw new ScenarioError(`${path}.actor`, `${op.kind} is done by ${wanted}, got ${actor}`);
}

function checkFault(path: string, { fault: { kind }, position }: ConcurrentCommand['faults'][number]): void {
  const { positions } = faultRules[kind];
  if (!positions.includes(position))
    throw new ScenarioError(`${path}.position`, `${kind} strikes ${positions.join(' or ')} an effect, got ${position}`);
}
