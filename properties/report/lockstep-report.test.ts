/** Runs in lockstep as data, of the model itself and of one that lies. */
import { describe, expect, it } from 'vitest';
import { checkLockstep } from '#properties/lockstep/check-lockstep.ts';
import { modelGround } from '#properties/lockstep/model-system.ts';
import { valueAt } from './hand-read.ts';
import { lockstepReport } from './lockstep-report.ts';

/** Every write is confirmed one version late. */
const late = modelGround({
  answer: (answer) => (answer.kind === 'confirmed' ? { ...answer, version: answer.version + 1 } : answer),
});

describe('[RP1] a run in lockstep is gathered', () => {
  const steps = [
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'createThread', thread: 'thread#0' } },
    { kind: 'fault', fault: { kind: 'crashBackend', backend: 'backend#0' } },
    { kind: 'advance', ms: 500 },
  ] as const;
  const lockstep = { format: 1, kind: 'lockstep', setup: { wallets: 2, backends: 2, balance: 5_000n }, steps } as const;

  it('with each of its steps, what it was answered, and what it changed', async () => {
    const made = await lockstepReport(modelGround({}), lockstep, 'b.json');
    expect(made.steps.map(({ arrows }) => arrows.map(({ label }) => label))).toEqual([
      [],
      ['wallet#0 creates thread#0', 'confirmed, version 1'],
      ['backend#0 crashes'],
      ['500 ms pass'],
    ]);
    expect(valueAt(made, 1, 'Solana', 'thread#0 version')).toBe('1');
    expect(valueAt(made, 0, 'Solana', 'thread#0 version')).toBeNull();
    expect(made.steps[2]).toMatchObject({ marks: [{ kind: 'fault' }], actors: expect.arrayContaining(['backend#0', 'world']) });
    expect(made.verdict.kind).toBe('none');
  });

  it('up to the step that is not as it should be, which comes first', async () => {
    const made = await lockstepReport(late, lockstep, 'b.json');
    expect(made.verdict).toMatchObject({ kind: 'violation', property: 'answer', focus: made.steps.length - 1 });
    expect(made.steps.at(-1)).toMatchObject({ step: 1, marks: [{ kind: 'violation' }] });
  });
});

describe('[RP9] what is saved after shrinking keeps the original', () => {
  it('of a scenario in lockstep', async () => {
    const { failure } = await checkLockstep({ ground: late, runs: 20, seed: 7 });
    expect(failure?.scenario.found?.original).toHaveLength(failure?.originalSteps ?? -1);
    expect(failure?.scenario.found?.original?.[0]).toMatch(/^1\. /);
  });
});
