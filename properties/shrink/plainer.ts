/**
 * Arguments: ids renamed in every operation that shares them or joined with others, plainer operations, weaker and earlier
 * faults, plainer set-ups. Nothing here may make the schedule switch more.
 */
import type { Command, PlacedFault, Shrinkable } from './shrinkable.ts';
import type { Trial } from './trial.ts';

/** An id is renamed in all operations at once: to a plainer one, or to another that is there already, so that two become one. */
export async function renameIds<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  const { ids, rename, plainerIds, kindOf } = trial.shape;
  const present = (): readonly string[] => [...new Set(trial.best.commands.flatMap(({ op }) => ids(op)))];
  for (const id of present()) {
    const others = kindOf === undefined ? [] : present().filter((other) => other !== id && kindOf(other) === kindOf(id));
    for (const to of new Set([...plainerIds(id), ...others])) {
      const commands = trial.best.commands.map((command) => ({ ...command, op: rename(command.op, id, to) }));
      if (await trial.attemptCalm({ ...trial.best, commands })) break;
    }
  }
}

export async function plainerArguments<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  for (const index of trial.best.commands.keys()) {
    await firstOf(trial, () => plainerCommands(trial, index));
    for (const at of (trial.best.commands[index] as Command<Op, Fault>).faults.keys())
      await firstOf(trial, () => weakerPlacings(trial, index, at));
  }
  await firstOf(trial, () => trial.shape.plainerSetups(trial.best));
}

/** Adopts the first of the candidates that will do, and offers what that leaves, until none will. */
async function firstOf<Op, Fault, S extends Shrinkable<Op, Fault>>(
  trial: Trial<Op, Fault, S>,
  candidates: () => readonly S[],
): Promise<void> {
  for (let found = true; found; ) {
    found = false;
    for (const candidate of candidates()) {
      found = (await trial.attemptCalm(candidate)) === true;
      if (found) break;
    }
  }
}

/** Puts a changed command in its place. */
const withCommand = <Op, Fault, S extends Shrinkable<Op, Fault>>(
  scenario: S,
  index: number,
  change: Partial<Command<Op, Fault>>,
): S => ({ ...scenario, commands: scenario.commands.map((command, at) => (at === index ? { ...command, ...change } : command)) });

const plainerCommands = <Op, Fault, S extends Shrinkable<Op, Fault>>(
  { best, shape }: Trial<Op, Fault, S>,
  index: number,
): readonly S[] =>
  shape.plainerOps((best.commands[index] as Command<Op, Fault>).op).map((op) => withCommand(best, index, { op }));

/** Earlier calls, first of all the first; positions that change less; weaker faults. */
function weakerPlacings<Op, Fault, S extends Shrinkable<Op, Fault>>(
  { best, shape }: Trial<Op, Fault, S>,
  index: number,
  which: number,
): readonly S[] {
  const { faults } = best.commands[index] as Command<Op, Fault>;
  const placed = faults[which] as PlacedFault<Fault>;
  const put = (change: Partial<PlacedFault<Fault>>): S =>
    withCommand(best, index, { faults: faults.map((each, at) => (at === which ? { ...each, ...change } : each)) });
  return [
    ...Array.from({ length: placed.at - 1 }, (_, call) => put({ at: call + 1 })),
    ...(shape.plainerPositions?.(placed) ?? []).map((position) => put({ position })),
    ...shape.weakerFaults(placed.fault).map((fault) => put({ fault })),
  ];
}
