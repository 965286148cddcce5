/** The rules of health: one table, read by hand, by properties, and held against the page that shows it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HealthStatus, healthRules, judgeHealth, type Measure, type Measures, worst } from './health-rules.ts';

const order: readonly HealthStatus[] = ['healthy', 'degraded', 'unhealthy'];
const rank = (status: HealthStatus): number => order.indexOf(status);

const numbers: fc.Arbitrary<Measures> = fc
  .array(
    fc.tuple(
      fc.constantFrom(...healthRules.map(({ measure }) => measure)),
      fc.oneof(fc.constantFrom(0, 0.5, 1, 2, 30_000, 30_001, 300_001), fc.double({ min: 0, max: 1e6, noNaN: true })),
    ),
    { maxLength: 8, size: 'max' },
  )
  .map((pairs) => Object.fromEntries(pairs) as Measures);

describe('[HL7] the table of health', () => {
  it('has one rule for each number, and says unhealthy of nothing that it does not say degraded of below', () => {
    const measures = healthRules.map(({ measure }) => measure);
    expect(new Set(measures).size).toBe(measures.length);
    for (const { degradedAbove, unhealthyAbove } of healthRules) {
      expect(degradedAbove ?? unhealthyAbove).not.toBeNull();
      if (degradedAbove !== null && unhealthyAbove !== null) expect(degradedAbove).toBeLessThan(unhealthyAbove);
    }
  });

  it.each(healthRules.map((each) => [each.measure, each] as const))('%s: both limits, to the number', (measure, each) => {
    const { authority, degradedAbove, unhealthyAbove } = each;
    const status = (value: number): HealthStatus => judgeHealth({ [measure]: value }).authorities[authority];
    expect(status(0)).toBe('healthy');
    if (degradedAbove !== null) expect([status(degradedAbove), status(degradedAbove + 0.01)]).toEqual(['healthy', 'degraded']);
    if (unhealthyAbove === null) expect(status(1e12)).toBe('degraded');
    else expect([status(unhealthyAbove) === 'unhealthy', status(unhealthyAbove + 0.01)]).toEqual([false, 'unhealthy']);
  });

  it('is the table of docs/metrics.md', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'metrics.md'), 'utf8');
    const rows = page.split('\n| measure |')[1]?.split('\n').slice(2);
    expect(rows?.filter((row) => row.startsWith('|'))).toEqual(
      healthRules.map(
        ({ measure, authority, degradedAbove, unhealthyAbove, means }) =>
          `| ${measure} | ${authority} | ${degradedAbove ?? '-'} | ${unhealthyAbove ?? '-'} | ${means} |`,
      ),
    );
  });

  it('says of everything together the worst, but of clients degraded at most', () => {
    expect(judgeHealth({}).overall).toBe('healthy');
    expect(judgeHealth({ peersLagging: 1 })).toMatchObject({ overall: 'degraded', authorities: { frontend: 'unhealthy' } });
    expect(judgeHealth({ storeUnreachable: 1, threadsBehind: 2 })).toMatchObject({
      overall: 'unhealthy',
      authorities: { solana: 'healthy', qdrant: 'unhealthy', backend: 'degraded', frontend: 'healthy' },
      findings: [
        { measure: 'threadsBehind', status: 'degraded', value: 2 },
        { measure: 'storeUnreachable', status: 'unhealthy', value: 1 },
      ],
    });
  });
});

describe('[HL8] health is monotone', () => {
  it('one problem more, or more of one, makes nobody healthier', () => {
    const more = fc.tuple(
      fc.constantFrom(...healthRules.map(({ measure }) => measure)),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(numbers, more, (before, [measure, by]: [Measure, number]) => {
        const after: Measures = { ...before, [measure]: (before[measure] ?? 0) + by };
        const [was, is] = [judgeHealth(before), judgeHealth(after)];
        expect(rank(is.overall)).toBeGreaterThanOrEqual(rank(was.overall));
        for (const authority of ['solana', 'qdrant', 'backend', 'frontend'] as const)
          expect(rank(is.authorities[authority])).toBeGreaterThanOrEqual(rank(was.authorities[authority]));
      }),
    );
  });

  it('what is found is exactly what makes somebody less than healthy', () => {
    fc.assert(
      fc.property(numbers, (measures) => {
        const { authorities, findings, overall } = judgeHealth(measures);
        for (const [authority, status] of Object.entries(authorities))
          expect(status).toBe(worst(findings.filter((each) => each.authority === authority).map((each) => each.status)));
        expect(overall === 'healthy').toBe(findings.length === 0);
      }),
    );
  });
});
