/**
 * Our own pass over a failing concurrent scenario: fewer commands, then less of what they carry, then a calmer schedule, then
 * plainer arguments; all over again for as long as anything gives way. Only what fails in the same class counts. In the end it
 * certifies that nothing can be taken away alone. Within its limits; the best so far is kept.
 */
import { certify, costOf } from './certify.ts';
import { joinSegments, toSegments, trySerial } from './join-segments.ts';
import { plainerArguments, renameIds } from './plainer.ts';
import { removeBurdens, removeCommands } from './remove.ts';
import type { Shape, Shrinkable, ShrinkLimits, Shrunk } from './shrinkable.ts';
import { Trial } from './trial.ts';

/**
 * @param failure the failure class of `scenario`; where the scenario does not fail so, it comes back as it was
 * @param nowMs wall time, for the limit only
 */
export async function shrink<Op, Fault, S extends Shrinkable<Op, Fault>>(
  scenario: S,
  failure: string,
  shape: Shape<Op, Fault, S>,
  limits: ShrinkLimits,
  nowMs: () => number,
): Promise<Shrunk<S>> {
  const trial = new Trial<Op, Fault, S>(scenario, failure, shape, limits, nowMs);
  const shrunk = (minimal: boolean): Shrunk<S> => ({ scenario: trial.best, executions: trial.executions, minimal });
  if (!(await trial.attempt(scenario))) return shrunk(false);
  for (;;) {
    await untilStable(trial, () => takeAway(trial));
    trial.reserve(costOf(trial.best, shape));
    const before = trial.best;
    await renameIds(trial);
    await plainerArguments(trial);
    trial.reserve(0);
    if (trial.best !== before && !trial.isSpent) continue;
    const certificate = await certify(trial);
    if (certificate !== 'smaller') return shrunk(certificate === 'minimal');
  }
}

/**
 * A schedule that survives the removal of commands comes first: a random one is another with every command that goes. What
 * certifying will take is kept back from whatever is worth less than fewer commands and burdens.
 */
async function takeAway<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  await toSegments(trial);
  await removeCommands(trial);
  await removeBurdens(trial, ['fault']);
  await removeBurdens(trial, ['demotion', 'priority']);
  await trySerial(trial);
  trial.reserve(costOf(trial.best, trial.shape));
  await joinSegments(trial);
  trial.reserve(0);
}

async function untilStable<Op, Fault, S extends Shrinkable<Op, Fault>>(
  trial: Trial<Op, Fault, S>,
  pass: () => Promise<void>,
): Promise<void> {
  for (let before: S | null = null; before !== trial.best && !trial.isSpent; ) {
    before = trial.best;
    await pass();
  }
}
