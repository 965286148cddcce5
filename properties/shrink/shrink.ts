/**
 * Our own pass over a failing concurrent scenario. Commands first, then what commands carry, then the schedule, then arguments; all
 * over again for as long as anything gives way. The same failure class must stay, not just any failure. In the end every single
 * command, fault, demotion, priority and segment has been taken away alone on the final scenario, and each time the failure went
 * away: 1-minimal. Within its limits; the best so far is kept.
 */
import { joinSegments, toSegments } from './join-segments.ts';
import { plainer, renameIds } from './plainer.ts';
import type { Command, Shape, Shrinkable, ShrinkLimits, Shrunk } from './shrinkable.ts';
import { removeFrom, Trial } from './trial.ts';

/** @param failure the failure class of `scenario`; @param nowMs wall time, for the limit only */
export async function shrink<Op, Fault, S extends Shrinkable<Op, Fault>>(
  scenario: S,
  failure: string,
  shape: Shape<Op, Fault, S>,
  limits: ShrinkLimits,
  nowMs: () => number,
): Promise<Shrunk<S>> {
  const trial = new Trial<Op, Fault, S>(scenario, failure, shape, limits, nowMs);
  // A serial run that fails is the plainest there is: everything after it is cheaper for knowing that.
  await trial.adopt({ ...trial.best, strategy: { kind: 'serial' } });
  for (;;) {
    const before = trial.best;
    await removeCommands(trial);
    await removeBurdens(trial);
    if (trial.best.strategy.kind !== 'serial') await trial.adopt({ ...trial.best, strategy: { kind: 'serial' } });
    await toSegments(trial);
    await joinSegments(trial);
    await renameIds(trial, shape);
    await plainer(trial, shape);
    if (trial.best === before || trial.isSpent) break;
  }
  // The last round changed nothing, so each removal in it was tried on this very scenario.
  return { scenario: trial.best, executions: trial.executions, minimal: !trial.isSpent };
}

async function removeCommands<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  await removeFrom(
    () => trial.best.commands,
    (commands) => trial.adopt({ ...trial.best, commands }),
    () => trial.isSpent,
  );
}

/** Puts a changed command in its place. */
export const withCommand = <Op, Fault, S extends Shrinkable<Op, Fault>>(
  scenario: S,
  index: number,
  change: Partial<Command<Op, Fault>>,
): S => ({
  ...scenario,
  commands: scenario.commands.map((command, at) => (at === index ? { ...command, ...change } : command)),
});

/** Faults, demotions and priorities: all of the scenario's at once, then one by one. */
async function removeBurdens<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  const bare = (command: Command<Op, Fault>): Command<Op, Fault> => ({ ...command, priority: 0, demotions: [] });
  const isBurdened = ({ priority, demotions }: Command<Op, Fault>): boolean => priority !== 0 || demotions.length > 0;
  if (trial.best.commands.some(isBurdened)) await trial.adopt({ ...trial.best, commands: trial.best.commands.map(bare) });
  if (trial.best.commands.some(({ faults }) => faults.length > 0))
    await trial.adopt({ ...trial.best, commands: trial.best.commands.map((command) => ({ ...command, faults: [] })) });
  for (const index of trial.best.commands.keys()) {
    const command = (): Command<Op, Fault> => trial.best.commands[index] as Command<Op, Fault>;
    const spent = (): boolean => trial.isSpent;
    await removeFrom(
      () => command().faults,
      (faults) => trial.adopt(withCommand(trial.best, index, { faults })),
      spent,
    );
    await removeFrom(
      () => command().demotions,
      (demotions) => trial.adopt(withCommand(trial.best, index, { demotions })),
      spent,
    );
    if (command().priority !== 0) await trial.adopt(withCommand(trial.best, index, { priority: 0 }));
  }
}
