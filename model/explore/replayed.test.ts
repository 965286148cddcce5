/** The judge of runs has nothing against a good one, and against each that was made worse. */
import { describe, expect, it } from 'vitest';
import { canonical } from '../canonical.ts';
import { convergenceOf } from './convergence.ts';
import { alternatingBit } from './examples/alternating-bit.ts';
import { peterson } from './examples/peterson.ts';
import { tokenRing } from './examples/token-ring.ts';
import { explore } from './explorer.ts';
import type { Finding, TraceStep } from './finding.ts';
import { traceProblem } from './replayed.ts';
import { type AnySlots, type AnySpec, anySpec } from './spec.ts';

type AnyFinding = Finding<AnySlots>;
type AnyStep = TraceStep<AnySlots>;

const specs = { peterson: anySpec(peterson(true)), ring: anySpec(tokenRing(3, true)), bit: anySpec(alternatingBit(2, true)) };
const [violation] = explore(specs.peterson).findings() as [AnyFinding];
const [lasso] = convergenceOf(explore(specs.ring)).findings as [AnyFinding];
const [stuck] = convergenceOf(explore(specs.bit)).findings as [AnyFinding];
const [first, second] = violation.steps as [AnyStep, AnyStep];
const inLoop = lasso.steps[lasso.loopFrom ?? 0] as AnyStep;
const withSteps = (finding: AnyFinding, steps: readonly AnyStep[]): AnyFinding => ({ ...finding, steps });

describe('[EX3] [EX7] a run', () => {
  it('of the design is a good one', () => {
    expect(traceProblem(specs.peterson, violation)).toBeNull();
    expect(traceProblem(specs.ring, lasso)).toBeNull();
    expect(traceProblem(specs.bit, stuck)).toBeNull();
    expect(traceProblem(specs.bit, { ...violation, kind: 'sometimes', start: null, steps: [] })).toBeNull();
  });

  it.each([
    ['that begins nowhere', specs.peterson, { ...violation, start: null }, 'a run from nowhere'],
    ['that begins elsewhere', specs.peterson, { ...violation, start: { ...violation.start, turn: 'bob' } }, 'not a start'],
    ['with a step left out', specs.peterson, withSteps(violation, violation.steps.slice(1)), 'step 0 is none'],
    [
      'with steps in another order',
      specs.peterson,
      withSteps(violation, [second, first, ...violation.steps.slice(2)]),
      'step 0 is none',
    ],
    ['with another label', specs.peterson, withSteps(violation, [{ ...first, label: 'fly' }]), 'step 0 is none'],
    ['by another rule', specs.peterson, withSteps(violation, [{ ...first, rule: second.rule }]), 'step 0 is none'],
    ['whose loop agrees once', agreedAt(specs.ring, inLoop.state), lasso, 'the loop comes to agreement'],
    ['whose loop has a fault', faulty(specs.ring, inLoop.rule), lasso, 'the loop has a fault'],
    ['that goes on', specs.peterson, { ...violation, kind: 'deadlock' }, 'not an end'],
    ['that need not end', specs.bit, withSteps(stuck, stuck.steps.slice(0, -1)), 'not stuck'],
    ['that never agreed', specs.bit, { ...stuck, kind: 'leaves agreement' }, 'left nothing'],
    ['whose loop is not closed', specs.ring, withSteps(lasso, lasso.steps.slice(0, -1)), 'the loop is not closed'],
    ['that says nothing of its loop', specs.ring, { ...lasso, loopFrom: null }, 'the loop is not closed'],
    ['whose loop is agreed', { ...specs.ring, converged: [] }, lasso, 'the loop comes to agreement'],
    ['whose loop has faults', faulty(specs.ring), lasso, 'the loop has a fault'],
    ['whose loop is not fair', specs.ring, blinking(specs.ring, lasso), 'the loop is not fair'],
  ] as readonly (readonly [string, AnySpec, AnyFinding, string])[])('%s is not', (_what, spec, finding, problem) => {
    expect(traceProblem(spec, finding)).toBe(problem);
  });
});

/** All of its rules, or this one. */
function faulty(spec: AnySpec, only?: string): AnySpec {
  return {
    ...spec,
    rules: spec.rules.map((rule) => (only === undefined || rule.name === only ? { ...rule, kind: 'fault' } : rule)),
  };
}

/** Everybody agrees in this state alone. */
function agreedAt(spec: AnySpec, state: AnySlots): AnySpec {
  const slots = Object.keys(state);
  const here = canonical(slots.map((slot) => state[slot]));
  return { ...spec, converged: [{ name: 'here', slots, holds: (...values) => canonical(values) === here }] };
}

/** Blinks twice and does nothing else. */
function blinking(spec: AnySpec, finding: AnyFinding): AnyFinding {
  const start = spec.starts[0] as AnySlots;
  const blink = (lamp: string): AnyStep => ({ rule: 'blink', actor: 'lamp', label: 'blink', state: { ...start, lamp } });
  return { ...finding, start, steps: [blink('on'), blink('off')], loopFrom: 0 };
}
