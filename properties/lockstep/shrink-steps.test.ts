import { describe, expect, it } from 'vitest';
import type { Step } from './scenario.ts';
import { shrinkSteps } from './shrink-steps.ts';

const pause = (ms: number): Step => ({ kind: 'advance', ms });
const values = (steps: readonly Step[]): number[] => steps.map((step) => (step.kind === 'advance' ? step.ms : -1));

describe('[SH1] shrinkSteps', () => {
  it('removes everything that does not matter, wherever it stands, and certifies it', async () => {
    const steps = Array.from({ length: 40 }, (_, index) => pause(index));
    const shrunk = await shrinkSteps(steps, async (each) => [3, 17, 38].every((needed) => values(each).includes(needed)), 400);
    expect({ ...shrunk, steps: values(shrunk.steps) }).toMatchObject({ steps: [3, 17, 38], minimal: true });
    expect(shrunk.executions).toBeLessThan(120);
  });

  it('removes pairs that only go together', async () => {
    const steps = Array.from({ length: 16 }, (_, index) => pause(index));
    const balanced = async (each: readonly Step[]): Promise<boolean> =>
      values(each).includes(9) && values(each).includes(4) === values(each).includes(5);
    const shrunk = await shrinkSteps(steps, balanced, 400);
    expect(values(shrunk.steps)).toEqual([9]);
  });

  it('takes simpler forms of steps, and removes what they made superfluous', async () => {
    const steps = [9, 8, 7].map(pause);
    // Fails with a long pause and its helper, or with a short one alone.
    const fails = async (each: readonly Step[]): Promise<boolean> =>
      (values(each).includes(8) && values(each).includes(7)) || values(each).includes(1);
    const simpler = (step: Step): readonly Step[] => (step.kind === 'advance' && step.ms > 1 ? [pause(0), pause(1)] : []);
    const shrunk = await shrinkSteps(steps, fails, 400, simpler);
    expect({ steps: values(shrunk.steps), minimal: shrunk.minimal }).toEqual({ steps: [1], minimal: true });
  });

  it('keeps the best when the limit is reached, and does not call it minimal', async () => {
    const steps = Array.from({ length: 64 }, (_, index) => pause(index));
    const shrunk = await shrinkSteps(steps, async (each) => values(each).includes(0), 3);
    expect(shrunk).toMatchObject({ executions: 3, minimal: false });
    expect(values(shrunk.steps)).toContain(0);
    expect(shrunk.steps.length).toBeLessThan(64);
  });
});
