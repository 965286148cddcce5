/** Runs of our designs for other tools: shortest ones to everything that must happen sometimes, and walks at random. */
import { canonical } from '#model/canonical.ts';
import { explore } from '#model/explore/explorer.ts';
import type { TraceStep } from '#model/explore/finding.ts';
import { leadsOf } from '#model/explore/follow.ts';
import type { ItfRun } from '#model/explore/itf.ts';
import type { AnySlots, Spec } from '#model/explore/spec.ts';
import type { SeededRandom } from '#simulations/engine/seeded-random.ts';

/** A shortest run to each mark that is met within so many states. */
export function runsToMarks<Slots>(spec: Spec<Slots>, maxStates = 20_000): readonly ItfRun[] {
  const explored = explore(spec, { maxStates });
  return explored.marks().flatMap(({ met }) => {
    if (met === null) return [];
    const { start, steps } = explored.traceTo(met.index);
    return [{ start: start as AnySlots, steps: steps as readonly TraceStep<AnySlots>[], loopFrom: null }];
  });
}

/** Every step equally likely; shorter where nothing can happen any more. */
export function walk<Slots>(spec: Spec<Slots>, length: number, random: SeededRandom): ItfRun {
  const [start] = spec.starts as unknown as readonly [AnySlots];
  const steps: TraceStep<AnySlots>[] = [];
  let state = start;
  while (steps.length < length) {
    const onward = stepsFrom(spec, state);
    const step = onward[random.below(Math.max(1, onward.length))];
    if (step === undefined) break;
    steps.push(step);
    state = step.state;
  }
  return { start, steps, loopFrom: null };
}

/** One step for each different end of a rule. */
export function stepsFrom<Slots>(spec: Spec<Slots>, state: AnySlots): readonly TraceStep<AnySlots>[] {
  return spec.rules.flatMap((rule) => {
    const ends = new Map(leadsOf(rule, state).map((lead) => [canonical(lead.state), lead]));
    return [...ends.values()].map(({ label, state: after }) => ({ rule: rule.name, actor: rule.actor, label, state: after }));
  });
}
