/**
 * Whether nothing can be taken away any more: every command, fault, demotion, priority and segment alone, on this very
 * scenario.
 */

import { mergeSegments } from '#simulations/engine/strategies/segments.ts';
import { listOf, withSegments } from './join-segments.ts';
import { burdensOf, unburdened, withCommands } from './remove.ts';
import type { Shape, Shrinkable } from './shrinkable.ts';
import type { Trial } from './trial.ts';

/** `minimal`: each was tried and each was needed. `smaller`: one was not, and is gone. `spent`: not all could be tried. */
export type Certificate = 'minimal' | 'smaller' | 'spent';

export async function certify<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<Certificate> {
  const { best } = trial;
  for (const candidate of smallerBy1(best, trial.shape)) {
    const did = await trial.attempt(candidate);
    if (did === null) return 'spent';
    if (did) return 'smaller';
  }
  for (const candidate of calmerBy1(best)) {
    const did = await trial.attemptCalm(candidate);
    if (did === null) return 'spent';
    if (did) return 'smaller';
  }
  return 'minimal';
}

/** How many executions certifying this scenario takes at most. */
export const costOf = <Op, Fault, S extends Shrinkable<Op, Fault>>(scenario: S, shape: Shape<Op, Fault, S>): number =>
  smallerBy1(scenario, shape).length + calmerBy1(scenario).length;

function smallerBy1<Op, Fault, S extends Shrinkable<Op, Fault>>(scenario: S, shape: Shape<Op, Fault, S>): readonly S[] {
  const { commands } = scenario;
  const burdens = burdensOf(commands, ['fault', 'demotion', 'priority']);
  return [
    ...commands.map((gone) =>
      withCommands(
        scenario,
        commands.filter((command) => command !== gone),
        shape,
      ),
    ),
    ...burdens.map((gone) => ({ ...scenario, commands: unburdened(commands, [gone]) })),
  ];
}

function calmerBy1<S extends Shrinkable<unknown, unknown>>(scenario: S): readonly S[] {
  const list = listOf(scenario);
  return list.map((gone) => withSegments(scenario, mergeSegments(list.filter((segment) => segment !== gone))));
}
