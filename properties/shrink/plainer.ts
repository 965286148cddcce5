/** Arguments: ids renamed in every operation that shares them, plainer operations, weaker and earlier faults, plainer set-ups. */

import { withCommand } from './shrink.ts';
import type { Command, Shape, Shrinkable } from './shrinkable.ts';
import type { Trial } from './trial.ts';

/** An id that several operations share is renamed in all of them at once, to a plainer one or to another that is there already. */
export async function renameIds<Op, Fault, S extends Shrinkable<Op, Fault>>(
  trial: Trial<Op, Fault, S>,
  shape: Shape<Op, Fault, S>,
): Promise<void> {
  const present = (): readonly string[] => [...new Set(trial.best.commands.flatMap(({ op }) => shape.ids(op)))];
  for (const id of present()) {
    for (const to of shape.plainerIds(id)) {
      const commands = trial.best.commands.map((command) => ({ ...command, op: shape.rename(command.op, id, to) }));
      if (await trial.adopt({ ...trial.best, commands })) break;
    }
  }
}

export async function plainer<Op, Fault, S extends Shrinkable<Op, Fault>>(
  trial: Trial<Op, Fault, S>,
  shape: Shape<Op, Fault, S>,
): Promise<void> {
  for (const index of trial.best.commands.keys()) {
    const command = (): Command<Op, Fault> => trial.best.commands[index] as Command<Op, Fault>;
    for (const op of shape.plainerOps(command().op)) if (await trial.adopt(withCommand(trial.best, index, { op }))) break;
    for (const at of command().faults.keys()) await weaken(trial, shape, index, at);
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const setup of shape.plainerSetups(trial.best)) {
      changed = await trial.adopt(setup);
      if (changed) break;
    }
  }
}

async function weaken<Op, Fault, S extends Shrinkable<Op, Fault>>(
  trial: Trial<Op, Fault, S>,
  shape: Shape<Op, Fault, S>,
  index: number,
  at: number,
): Promise<void> {
  const faults = (): Command<Op, Fault>['faults'] => (trial.best.commands[index] as Command<Op, Fault>).faults;
  const put = (change: object): Promise<boolean> =>
    trial.adopt(
      withCommand(trial.best, index, { faults: faults().map((each, i) => (i === at ? { ...each, ...change } : each)) }),
    );
  const placed = faults()[at];
  if (placed === undefined) return;
  for (let call = 1; call < placed.at; call += 1) if (await put({ at: call })) break;
  for (const fault of shape.weakerFaults(placed.fault)) if (await put({ fault })) break;
}
