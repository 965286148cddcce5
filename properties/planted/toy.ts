/**
 * Toys with a bug whose smallest counterexample is known by reading them: what a harness for schedules and faults must find, and
 * shrink to. Each is a few lines over the engine's gate; commands of one actor run one after another, actors side by side.
 *
 * A *switch* is a change of task in the schedule beyond those that running the same commands to their end, one by one, needs.
 */
import fc from 'fast-check';
import type { Command, Execution, Shape, Shrinkable } from '#properties/shrink/shrinkable.ts';
import { FaultPlan } from '#simulations/engine/fault-plan.ts';
import { Gate } from '#simulations/engine/gate.ts';
import { createStrategy, drawStrategy, type StrategySpec } from '#simulations/engine/portfolio.ts';
import { VirtualClock } from '#simulations/engine/virtual-clock.ts';

export interface ToyOp {
  readonly kind: string;
  /** An id that operations may share; 0 where a toy has none. */
  readonly id: number;
}

export type ToyScenario = Shrinkable<ToyOp, string>;
export type ToyCommand = Command<ToyOp, string>;

/** One effect of a command: the only thing others can come between. */
export type Step = (label: string, effect: () => void) => Promise<void>;

/** A fresh system for each run. */
export interface ToySystem {
  perform(op: ToyOp, step: Step, command: number): Promise<void>;
  /** A fault strikes after an effect. */
  strike?(fault: string): void;
  /** Whether the planted bug has shown, once all is over. */
  hasFailed(): boolean;
}

export interface Size {
  readonly commands: number;
  readonly switches: number;
  readonly faults: number;
}

export interface Toy {
  readonly name: string;
  /** What it plants, one line. */
  readonly bug: string;
  readonly minimum: Size;
  readonly kinds: readonly string[];
  /** Ids are drawn below this; 1: none. */
  readonly ids: number;
  readonly commands: { readonly least: number; readonly most: number };
  /** Everybody does one thing; otherwise three actors share the commands. */
  readonly actorEach: boolean;
  readonly faults: readonly string[];
  readonly create: () => ToySystem;
}

const plain = (index: number, actor: string, op: ToyOp, faults: ToyCommand['faults']): ToyCommand => ({
  id: index,
  actor,
  op,
  priority: 0,
  demotions: [],
  faults,
});

/** Steps a command of these toys has at most; for the portfolio. */
const eventsPerTask = 8;

export function toyScenarios(toy: Toy): fc.Arbitrary<ToyScenario> {
  const natural = fc.nat({ max: 0xffff });
  const fault = fc.record({ kind: natural, at: fc.nat({ max: 2 }) });
  const command = fc.record({
    kind: natural,
    id: fc.nat({ max: toy.ids - 1 }),
    actor: fc.nat({ max: 2 }),
    faults:
      toy.faults.length === 0
        ? fc.constant<readonly { readonly kind: number; readonly at: number }[]>([])
        : fc.array(fault, { maxLength: 1 }),
  });
  return fc
    .record({
      seed: fc.nat({ max: 0x3fffffff }),
      commands: fc.array(command, { minLength: toy.commands.least, maxLength: toy.commands.most, size: 'max' }),
    })
    .map(({ seed, commands }) => ({
      strategy: strategyOf(seed, commands.length),
      commands: commands.map((each, index) =>
        plain(
          index,
          toy.actorEach ? `actor#${index}` : `actor#${each.actor}`,
          { kind: toy.kinds[each.kind % toy.kinds.length] as string, id: each.id },
          each.faults.map(({ kind, at }) => ({
            at: at + 1,
            position: 'after' as const,
            fault: toy.faults[kind % toy.faults.length] as string,
          })),
        ),
      ),
    }));
}

const strategyOf = (seed: number, tasks: number): StrategySpec =>
  seed === 0 || tasks === 0 ? { kind: 'serial' } : drawStrategy(seed, { tasks, eventsPerTask });

const taskOf = ({ id }: { readonly id: number }): string => `#${id}`;

export async function runToy(toy: Toy, scenario: ToyScenario): Promise<Execution & { readonly switches: number }> {
  const system = toy.create();
  const { strategy, commands } = scenario;
  const byList = strategy.kind === 'serial' || strategy.kind === 'segments';
  const plan = new FaultPlan<string>({
    planned: commands.flatMap((command) =>
      command.faults.map(({ at, position, fault }) => ({ task: taskOf(command), call: at, position, fault })),
    ),
    name: (fault, position) => `${fault} ${position}`,
    enact: (fault) => {
      system.strike?.(fault);
      return { kind: 'act' };
    },
  });
  const gate = new Gate({
    clock: new VirtualClock(0),
    strategy: createStrategy(strategy.kind === 'serial' ? { kind: 'pct', plan: null } : strategy),
    keepTrace: true,
    faults: plan,
  });
  const queues = new Map<string, { readonly command: ToyCommand; readonly index: number }[]>();
  commands.forEach((command, index) => {
    queues.set(command.actor, [...(queues.get(command.actor) ?? []), { command, index }]);
  });
  const next = (actor: string): void => {
    const first = queues.get(actor)?.shift();
    if (first === undefined) return;
    const { command, index } = first;
    const task = taskOf(command);
    const step: Step = (label, effect) => gate.call(task, label, effect);
    gate.spawn(
      task,
      async () => {
        await system.perform(command.op, step, command.id);
        next(actor);
      },
      { priority: byList ? -index : command.priority, demotions: command.demotions },
    );
  };
  for (const actor of [...queues.keys()]) next(actor);
  await gate.drain();
  const schedule = gate.trace.steps.map((each) => each.task);
  return { failure: system.hasFailed() ? toy.name : null, schedule, switches: switchesIn(schedule) };
}

export function switchesIn(schedule: readonly string[]): number {
  const changes = schedule.filter((task, index) => index > 0 && task !== schedule[index - 1]).length;
  return Math.max(0, changes - (new Set(schedule).size - 1));
}

export function toyShape(toy: Toy): Shape<ToyOp, string, ToyScenario> {
  return {
    run: (scenario) => runToy(toy, scenario),
    plainerOps: () => [],
    weakerFaults: () => [],
    ids: ({ id }) => (toy.ids > 1 ? [String(id)] : []),
    rename: (op, from, to) => (String(op.id) === from ? { ...op, id: Number(to) } : op),
    plainerIds: (id) => Array.from({ length: Math.min(3, Number(id)) }, (_, index) => String(index)),
    plainerSetups: () => [],
    taskOf,
  };
}
