/**
 * Small systems for the shrinker's own tests: commands that make so many calls each, scheduled by the engine, and a function
 * that says from the scenario and its schedule how it failed. Nothing is kept between runs, so what counts as failing is all in
 * one place.
 */
import { createStrategy } from '#simulations/engine/portfolio.ts';
import { runStraightLines } from '#simulations/engine/straight-line.ts';
import { mergeSegments, type Segment } from '#simulations/engine/strategies/segments.ts';
import { shrink } from './shrink.ts';
import type { Command, PlacedFault, Shape, Shrinkable, ShrinkLimits, Shrunk } from './shrinkable.ts';
import { switchesIn } from './switches.ts';

export interface MadeOp {
  readonly name: string;
  readonly calls: number;
  readonly ids: readonly string[];
}

/** A fault is a strength; 1 is the weakest. */
export type MadeCommand = Command<MadeOp, number>;

export interface Made extends Shrinkable<MadeOp, number> {
  readonly setup: number;
}

export type Judge = (scenario: Made, schedule: readonly string[]) => string | null;
type MadeShape = Shape<MadeOp, number, Made>;

export interface CommandParts {
  readonly calls?: number;
  readonly ids?: readonly string[];
  readonly priority?: number;
  readonly demotions?: MadeCommand['demotions'];
  readonly faults?: readonly PlacedFault<number>[];
}

export function command(id: number, name: string, parts: CommandParts = {}): MadeCommand {
  const { calls = 1, ids = [], priority = 0, demotions = [], faults = [] } = parts;
  return { id, actor: `actor#${id}`, op: { name, calls, ids }, priority, demotions, faults };
}

export const made = (commands: readonly MadeCommand[], strategy: Made['strategy'] = { kind: 'serial' }, setup = 0): Made => ({
  strategy,
  commands,
  setup,
});

/** So many commands of one call, named by their ids. */
export const numbered = (count: number): Made => made(Array.from({ length: count }, (_, id) => command(id, `c${id}`)));

export const namesOf = ({ commands }: Made): readonly string[] => commands.map(({ op }) => op.name);
export const taskOf = ({ id }: { readonly id: number }): string => `#${id}`;
export const segments = (...list: readonly (readonly [task: string, events: number])[]): Made['strategy'] => ({
  kind: 'segments',
  segments: list.map(([task, events]) => ({ task, events })),
});

/** Whether some call of the other task comes after the task's n-th call and before its next. */
export function hasWithin(schedule: readonly string[], task: string, call: number, other: string): boolean {
  const mine = schedule.flatMap((name, index) => (name === task ? [index] : []));
  const [from, to] = [mine[call - 1] ?? Number.NaN, mine[call] ?? Number.NaN];
  return schedule.some((name, index) => name === other && index > from && index < to);
}

const rename = (op: MadeOp, from: string, to: string): MadeOp => ({ ...op, ids: op.ids.map((id) => (id === from ? to : id)) });

/** The shape of a system that is judged so; every scenario it ran is in `ran`. */
export function shapeOf(judge: Judge, forms: Partial<MadeShape> = {}): MadeShape & { readonly ran: readonly Made[] } {
  const ran: Made[] = [];
  return {
    ran,
    run: async (scenario) => {
      ran.push(scenario);
      const schedule = await scheduleOf(scenario);
      return { failure: judge(scenario, schedule), schedule };
    },
    plainerOps: () => [],
    weakerFaults: () => [],
    ids: ({ ids }) => ids,
    rename,
    plainerIds: () => [],
    plainerSetups: () => [],
    taskOf,
    ...forms,
  };
}

async function scheduleOf({ commands, strategy }: Made): Promise<readonly string[]> {
  const schedule: string[] = [];
  const lines = commands.map((each) => ({
    name: taskOf(each),
    calls: each.op.calls,
    options: { priority: each.priority, demotions: each.demotions },
    effect: () => schedule.push(taskOf(each)),
  }));
  await runStraightLines(lines, createStrategy(strategy));
  return schedule;
}

/**
 * Shrinks what fails as `bug`, with a clock that moves a millisecond whenever it is looked at: a shrinker that never ends is
 * spent.
 */
export function shrinkMade(scenario: Made, shape: MadeShape, limits: ShrinkLimits = {}): Promise<Shrunk<Made>> {
  let now = 0;
  return shrink<MadeOp, number, Made>(scenario, 'bug', shape, limits, () => {
    now += 1;
    return now;
  });
}

/** A system that fails as `bug` under this condition. */
export const bugIf =
  (fails: (scenario: Made, schedule: readonly string[]) => boolean): Judge =>
  (scenario, schedule) =>
    fails(scenario, schedule) ? 'bug' : null;

const without = <Item>(items: readonly Item[], index: number): readonly Item[] => items.filter((_, at) => at !== index);

/** The scenario with one command, fault, demotion, priority or segment less, each by what went: by brute force. */
export function oneLess(scenario: Made): readonly { readonly gone: string; readonly smaller: Made }[] {
  const { commands, strategy } = scenario;
  const list: readonly Segment[] = strategy.kind === 'segments' ? strategy.segments : [];
  const withSegments = (left: readonly Segment[]): Pick<Made, 'strategy'> =>
    strategy.kind === 'segments' ? { strategy: { kind: 'segments', segments: mergeSegments(left) } } : { strategy };
  const change = (index: number, changed: Partial<MadeCommand>): Made => ({
    ...scenario,
    commands: commands.map((each, at) => (at === index ? { ...each, ...changed } : each)),
  });
  const burdens = ({ faults, demotions, priority }: MadeCommand, at: number) => [
    ...faults.map((_, item) => ({ gone: `fault ${at} ${item}`, smaller: change(at, { faults: without(faults, item) }) })),
    ...demotions.map((_, item) => ({
      gone: `demotion ${at} ${item}`,
      smaller: change(at, { demotions: without(demotions, item) }),
    })),
    ...(priority === 0 ? [] : [{ gone: `priority ${at}`, smaller: change(at, { priority: 0 }) }]),
  ];
  return [
    ...commands.map((each, at) => {
      const left = withSegments(list.filter(({ task }) => task !== taskOf(each)));
      return { gone: `command ${at}`, smaller: { ...scenario, ...left, commands: without(commands, at) } };
    }),
    ...commands.flatMap(burdens),
    ...list.map((_, at) => ({ gone: `segment ${at}`, smaller: { ...scenario, ...withSegments(without(list, at)) } })),
  ];
}

/** What can be taken away alone and it still fails as `bug`; a segment only where the run switches no more than before. */
export async function superfluous(scenario: Made, { run }: MadeShape): Promise<readonly string[]> {
  const switches = switchesIn((await run(scenario)).schedule);
  const found: string[] = [];
  for (const { gone, smaller } of oneLess(scenario)) {
    const { failure, schedule } = await run(smaller);
    if (failure === 'bug' && (!gone.startsWith('segment') || switchesIn(schedule) <= switches)) found.push(gone);
  }
  return found;
}
