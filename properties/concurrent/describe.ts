/** Commands, faults and strategies of a concurrent scenario as lines a person can paste into a ticket. */
import { describeStep, named } from '#properties/lockstep/describe-step.ts';
import type { StrategySpec } from '#simulations/engine/portfolio.ts';
import type { Segment } from '#simulations/engine/strategies/segments.ts';
import { type ClientOperation, isSystem, type PortFault, type SystemOperation } from '#simulations/world/concurrent/command.ts';
import type { ConcurrentCommand, ConcurrentScenario } from './scenario.ts';

function describeSystem(op: SystemOperation): string {
  switch (op.kind) {
    case 'crash':
      return `${op.backend} crashes, back after ${op.downMs} ms`;
    case 'cut':
      return `${op.authority} is unreachable for ${op.forMs} ms`;
    case 'pause':
      return `${op.ms} ms pass`;
    case 'clockJump':
      return `${op.backend}'s clock jumps ${op.ms} ms ahead`;
    case 'fork':
      return `a fork takes out the newest ${op.count} unconfirmed`;
    case 'alterContent':
      return `stored text of ${named(op.content)} is altered`;
    case 'loseContent':
      return `stored ${named(op.content)} is lost`;
    case 'misorderContent':
      return `stored ${named(op.content)} is put at another sequence`;
    case 'loseMetadata':
      return `stored metadata of ${op.thread} is lost`;
    case 'alterMetadata':
      return `stored co-authors of ${op.thread} are altered`;
    case 'damage':
      return `${op.backend} crashes, back after ${op.downMs} ms with ${damageNames[op.what]} damaged`;
    case 'syncThread':
      return `${op.backend} is asked to synchronize ${op.thread}`;
    case 'round':
      return `${op.backend} works one round`;
    case 'clientRound':
      return `${op.client} works one round`;
    case 'barrier':
      return 'everything above ends before anything below begins';
  }
}

const damageNames = {
  checkpoint: 'its newest checkpoint',
  checkpoints: 'both its checkpoints',
  thread: 'a cached thread',
  message: 'a cached message',
} as const;

/** e.g. `S3-answerLost (reset) after its 2nd fitting call`. */
function describeFault({ at, position, fault }: ConcurrentCommand['faults'][number]): string {
  const args = Object.entries(fault as PortFault & Readonly<Record<string, unknown>>).filter(([key]) => key !== 'kind');
  const shown = args.length === 0 ? '' : ` (${args.map(([key, value]) => `${key} ${String(value)}`).join(', ')})`;
  return `${fault.kind}${shown} ${position} call ${at} of its kind`;
}

/** What a client asks, without its command's number. */
export function describeAsked(actor: string, op: ClientOperation): string {
  switch (op.kind) {
    case 'close':
      return `${actor} closes and opens again, knowing nothing`;
    case 'giveUp':
      return `${actor} gives up the oldest of its writes that wait`;
    case 'readContent':
      return `${actor} reads texts of ${op.thread}, from message ${op.from} on, ${op.limit} at most`;
    default:
      return describeStep({ kind: 'operation', client: actor, operation: op });
  }
}

export function describeCommand({ id, actor, op, priority, demotions, faults, afterMs }: ConcurrentCommand): string {
  const what = isSystem(op) ? describeSystem(op) : describeAsked(actor, op);
  const scheduling = [
    ...(afterMs === undefined ? [] : [`begins ${afterMs} ms late`]),
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    ...demotions.map(({ at, to }) => `from its event ${at} on ${to}`),
  ];
  const notes = [...scheduling, ...faults.map(describeFault)];
  return `#${id} ${what}${notes.length === 0 ? '' : `  [${notes.join('; ')}]`}`;
}

/** Which is not serial: the next one goes on as soon as the one at hand waits for time to pass. */
const oneAtATime = 'one task at a time, each as far as it gets';

const describeSegment = ({ task, events, key }: Segment): string => key ?? `${events} of ${task}`;

export function describeStrategy(strategy: StrategySpec): string {
  switch (strategy.kind) {
    case 'serial':
      return 'serial: one command after another';
    case 'segments':
      return strategy.segments.length === 0
        ? oneAtATime
        : `first ${strategy.segments.map(describeSegment).join(', then ')}; then ${oneAtATime}`;
    case 'pct':
      return 'by priority';
    case 'hashPriority':
      return `by hashed priority, salt ${strategy.salt}`;
    case 'weightedWalk':
      return `random walk ${strategy.seed}`;
    case 'sticky':
      return `few switches, seed ${strategy.seed}`;
    case 'recorded':
      return `${strategy.keys.length} recorded steps`;
  }
}

/** The whole scenario, without the file's name. */
export function describeScenario({ setup, strategy, commands }: ConcurrentScenario): readonly string[] {
  const { wallets, backends, balance, skewMs, roundMs, maxOpenWrites, syncEveryMs, clientRoundMs } = setup;
  const sync = syncEveryMs === undefined ? '' : ` and compare every ${syncEveryMs} ms`;
  const limit = maxOpenWrites === undefined ? '' : ` and take on ${maxOpenWrites} writes at a time`;
  const around = setup.directReads === true ? ', clients that read around a lost backend' : '';
  const most = setup.maxQueued === undefined ? '' : ` (${setup.maxQueued} at most)`;
  const queues = setup.queueWrites === true ? `, writes that wait while an authority is away${most}` : '';
  const skews = skewMs.some((ms) => ms !== 0) ? `, clocks ahead by ${skewMs.join(', ')} ms` : '';
  const clients = [
    ...(clientRoundMs === undefined ? [] : [`, clients that work every ${clientRoundMs} ms`]),
    ...(setup.beginsApart === true ? [', operations that begin in a step of their own'] : []),
    ...(setup.raceMs === undefined ? [] : [`, timers that race when due within ${setup.raceMs} ms`]),
  ].join('');
  return [
    `  ${wallets} wallets with ${balance} each, ${backends} backends that work every ${roundMs} ms${sync}${limit}${skews}${around}${queues}${clients}; everybody connected and signed in`,
    `  schedule: ${describeStrategy(strategy)}`,
    ...commands.map((command) => `  ${describeCommand(command)}`),
  ];
}

/** The same for a list: nothing is indented. */
export const plainLines = (scenario: ConcurrentScenario): string[] => describeScenario(scenario).map((line) => line.trim());
