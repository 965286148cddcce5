/** Before anything is checked, something known must be found: what a check says where it is not. */
import { describe, expect, it } from 'vitest';
import { canaryLine, canaryMutant, canaryProblem, canaryScenarios, canarySuite, huntCanary } from './canary.ts';
import { type CheckResults, checkExitCode, jsonOf, printSummary } from './check-report.ts';
import { suitesOf } from './check-suites.ts';
import { foundCanary } from './found-canary.ts';
import { printed, unwrapped } from './printed.ts';

const checked = (canary: CheckResults['canary']): CheckResults => ({ seed: 3, grounds: [], campaigns: [], corpus: [], canary });

describe('[MU11] the canary of a check', () => {
  it.each([1, 2, 3])('is found by the first scenarios that are drawn (seed %i)', async (seed) => {
    const hunted = await huntCanary(seed);
    expect(hunted.report).toMatchObject({ kind: 'found', way: expect.stringMatching(/concurrent|lockstep/) });
    expect(canaryProblem(hunted)).toBeNull();
    expect(canaryLine(hunted)).toMatch(
      /^canary: the planted mistake join-left-out was found by \S+, in \d+ of at most 50 scenarios$/,
    );
  });

  it('is not found where nothing is wrong: exit 3, and the summary, the figures and the verdicts say so', async () => {
    const { find } = canaryMutant();
    const hunted = await huntCanary(5, { ...canaryMutant(), replace: `${find} ` });
    expect(hunted.report).toEqual({ kind: 'survived', scenarios: canaryScenarios });
    const results = checked(hunted);
    const problem = /CANARY the planted mistake join-left-out was not found by 50 scenarios, so that nothing is shown/;
    expect(checkExitCode(results)).toBe(3);
    const { text } = await printed(async () => printSummary(results));
    expect(unwrapped(text)).toMatch(problem);
    expect(jsonOf(results)).toMatchObject({ canary: { id: 'join-left-out', kind: 'survived', scenarios: canaryScenarios } });
    expect(suitesOf(results)[0]).toMatchObject({ name: 'canary', cases: [{ outcome: { kind: 'trouble' } }] });
  });

  it('cannot be hunted where its text is no longer there: exit 3, and it says so', async () => {
    const hunted = await huntCanary(5, { ...canaryMutant(), find: 'this is nowhere' });
    expect(canaryProblem(hunted)).toMatch(/could not be hunted, in .*: join-left-out: expected to find its text once/);
    expect(checkExitCode(checked(hunted))).toBe(3);
  });

  it('changes nothing else where it is found', () => {
    expect(checkExitCode(checked(foundCanary))).toBe(0);
    expect(canarySuite(foundCanary).cases[0]?.outcome).toEqual({ kind: 'passed' });
  });
});
