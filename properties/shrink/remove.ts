/**
 * Taking things away from a list, whatever they are: halves, quarters ... single items, anywhere, as long as the rest will do.
 * And what there is to take away from a scenario: commands, and the burdens that commands carry.
 */
import { mergeSegments, type Segment } from '#simulations/engine/strategies/segments.ts';
import type { Command, Shape, Shrinkable } from './shrinkable.ts';
import type { Trial } from './trial.ts';

/**
 * @param read the list in the best so far
 * @param attempt whether this list will do instead, which makes it the best; null when that can no longer be found out
 */
export async function removeFrom<Item>(
  read: () => readonly Item[],
  attempt: (items: readonly Item[]) => Promise<boolean | null>,
): Promise<void> {
  let size = Math.max(1, read().length >> 1);
  for (;;) {
    let removed = false;
    // Backwards: later items are the likelier to be mere decoration, and removing them leaves indices before them alone.
    for (let from = Math.max(0, read().length - size); read().length > 0; from = Math.max(0, from - size)) {
      const items = read();
      const did = await attempt([...items.slice(0, from), ...items.slice(from + size)]);
      if (did === null) return;
      removed ||= did;
      if (from === 0) break;
    }
    if (size > 1) size = Math.max(1, size >> 1);
    else if (!removed) return;
  }
}

/** The scenario with other commands; a schedule forgets the tasks of those that went. */
export function withCommands<Op, Fault, S extends Shrinkable<Op, Fault>>(
  scenario: S,
  commands: readonly Command<Op, Fault>[],
  { taskOf }: Shape<Op, Fault, S>,
): S {
  const { strategy } = scenario;
  if (strategy.kind !== 'segments') return { ...scenario, commands };
  const kept = new Set(commands.map(({ id }) => id));
  const gone = new Set(scenario.commands.filter(({ id }) => !kept.has(id)).map(taskOf));
  const segments: readonly Segment[] = mergeSegments(strategy.segments.filter(({ task }) => !gone.has(task)));
  return { ...scenario, strategy: { ...strategy, segments }, commands };
}

export type BurdenKind = 'fault' | 'demotion' | 'priority';

/** What commands carry that can be taken from them, each by a name: kind, command, which of its kind. */
export const burdensOf = <Op, Fault>(commands: readonly Command<Op, Fault>[], kinds: readonly BurdenKind[]): readonly string[] =>
  commands.flatMap(({ id, faults, demotions, priority }) =>
    kinds.flatMap((kind) => {
      const count = { fault: faults.length, demotion: demotions.length, priority: priority === 0 ? 0 : 1 }[kind];
      return Array.from({ length: count }, (_, item) => `${kind} ${id} ${item}`);
    }),
  );

/** The commands without these burdens. */
export function unburdened<Op, Fault>(
  commands: readonly Command<Op, Fault>[],
  gone: readonly string[],
): readonly Command<Op, Fault>[] {
  const names = new Set(gone);
  return commands.map((command) => ({
    ...command,
    faults: command.faults.filter((_, item) => !names.has(`fault ${command.id} ${item}`)),
    demotions: command.demotions.filter((_, item) => !names.has(`demotion ${command.id} ${item}`)),
    priority: names.has(`priority ${command.id} 0`) ? 0 : command.priority,
  }));
}

export async function removeCommands<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  await removeFrom(
    () => trial.best.commands,
    (commands) => trial.attempt(withCommands(trial.best, commands, trial.shape)),
  );
}

/** All commands' burdens of these kinds are one list: of twenty faults one is as soon left as of four. */
export async function removeBurdens<Op, Fault, S extends Shrinkable<Op, Fault>>(
  trial: Trial<Op, Fault, S>,
  kinds: readonly BurdenKind[],
): Promise<void> {
  const read = (): readonly string[] => burdensOf(trial.best.commands, kinds);
  const without = (gone: readonly string[]): Promise<boolean | null> =>
    trial.attempt({ ...trial.best, commands: unburdened(trial.best.commands, gone) });
  if (read().length > 1) await without(read());
  await removeFrom(read, (rest) => without(read().filter((name) => !rest.includes(name))));
}
