/** Holds a finding against the design itself, by running its rules: nothing of the explorer is asked. */
import { canonical } from '../canonical.ts';
import type { Finding } from './finding.ts';
import { isPlainlyConverged, plainSteps } from './reference.ts';
import type { AnySlots, AnySpec } from './spec.ts';

/** What is wrong with a finding's run; null when it is a run of the design and ends as its kind says, as far as that can be seen. */
export function traceProblem(spec: AnySpec, { kind, start, steps, loopFrom }: Finding<AnySlots>): string | null {
  if (start === null) return steps.length === 0 ? null : 'a run from nowhere';
  if (!spec.starts.some((each) => canonical(each) === canonical(start))) return 'not a start';
  const states = [start, ...steps.map(({ state }) => state)];
  for (const [index, { rule, label, state }] of steps.entries()) {
    const isOne = plainSteps(spec, states[index] as AnySlots).some(
      (step) => step.rule === rule && canonical([step.label, step.state]) === canonical([label, state]),
    );
    if (!isOne) return `step ${index} is none`;
  }
  const last = states.at(-1) as AnySlots;
  const next = plainSteps(spec, last);
  const isConverged = isPlainlyConverged(spec, last);
  if (kind === 'deadlock') return next.length > 0 ? 'not an end' : null;
  if (kind === 'stuck') return next.some((step) => step.kind === 'step') || isConverged ? 'not stuck' : null;
  if (kind === 'leaves agreement')
    return isConverged || !isPlainlyConverged(spec, states.at(-2) as AnySlots) ? 'left nothing' : null;
  return kind === 'lasso' ? loopProblem(spec, states, steps, loopFrom ?? steps.length) : null;
}

function loopProblem(
  spec: AnySpec,
  states: readonly AnySlots[],
  steps: readonly { readonly rule: string }[],
  loopFrom: number,
): string | null {
  const loop = states.slice(loopFrom);
  if (loop.length < 2 || canonical(loop[0]) !== canonical(loop.at(-1))) return 'the loop is not closed';
  if (loop.some((state) => isPlainlyConverged(spec, state))) return 'the loop comes to agreement';
  const kinds = new Map(spec.rules.map(({ name, kind }) => [name, kind] as const));
  const taken = new Set(steps.slice(loopFrom).map(({ rule }) => rule));
  if ([...taken].some((rule) => kinds.get(rule) === 'fault')) return 'the loop has a fault';
  const isFair = [...kinds].every(
    ([name, kind]) =>
      kind === 'fault' || taken.has(name) || loop.some((state) => plainSteps(spec, state).every(({ rule }) => rule !== name)),
  );
  return isFair ? null : 'the loop is not fair';
}
