/** Random interleavings of updates, reads, fetches ahead, evictions and failures. What a green run does not show: see `schedule.ts`. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContentSchedule, type ContentStep } from './schedule.ts';

const small = fc.nat({ max: 1 });
const arrive = fc.record({
  kind: fc.constant('arrive' as const),
  which: fc.nat({ max: 5 }),
  fails: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
const step: fc.Arbitrary<ContentStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      session: small,
      thread: small,
      from: fc.nat({ max: 8 }),
      limit: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 6, arbitrary: arrive },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('post' as const), thread: small, count: fc.nat({ max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('alter' as const, 'lose' as const, 'mend' as const),
      thread: small,
      sequence: fc.nat({ max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(100, 10_001) }) },
);
const steps = fc.array(step, { maxLength: 60, size: 'max' });

describe('[P-1.2] [P-1.4] contents under any interleaving', () => {
  it('[CC6] are never wrong, nor of a version older than the backend had adopted, and the bound of bytes is never exceeded', async () => {
    const seen = { answered: 0, hits: 0, prefetchUsed: 0, invalidated: 0, evicted: 0, moved: 0 };
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        const schedule = new ContentSchedule();
        await schedule.run(drawn);
        const { hits, prefetchUsed, invalidated, evicted, bound } = schedule.figures();
        seen.answered += schedule.answered;
        seen.hits += hits;
        seen.prefetchUsed += prefetchUsed;
        seen.invalidated += invalidated;
        seen.evicted += evicted;
        seen.moved += bound === 12_000 ? 0 : 1;
      }),
      { numRuns: 2_000, seed: 25 },
    );
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(100);
  });
});
