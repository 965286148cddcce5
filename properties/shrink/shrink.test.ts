/** The whole pass: what counts as the same failure, its limits, what `minimal` promises, and what it leaves alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawStrategy } from '#simulations/engine/portfolio.ts';
import type { Judge, Made, MadeCommand } from './hand-made.ts';
import { bugIf, command, hasWithin, made, namesOf, numbered, segments, shapeOf, shrinkMade, superfluous } from './hand-made.ts';
import { shrink } from './shrink.ts';

const has = (scenario: Made, ...names: readonly string[]): boolean => names.every((name) => namesOf(scenario).includes(name));

describe('[SH6] only the same failure class counts', () => {
  it('where the system fails in another way when shrunk further', async () => {
    const judge: Judge = (scenario) => (has(scenario, 'c5', 'c9') ? 'bug' : has(scenario, 'c5') ? 'another bug' : null);
    const shape = shapeOf(judge);
    const { scenario, minimal } = await shrinkMade(numbered(12), shape);
    expect(namesOf(scenario)).toEqual(['c5', 'c9']);
    expect(minimal).toBe(true);
    expect(shape.ran.some((each) => judge(each, []) === 'another bug')).toBe(true);
  });

  it('for schedules, faults, ids, operations and set-ups as well', async () => {
    const fault = { at: 2, position: 'before', fault: 2 } as const;
    const start = made([command(0, 'a', { calls: 3, ids: ['k1'], faults: [fault] })], segments(), 1);
    // Whatever differs from the start is another failure.
    const judge: Judge = (scenario) => (JSON.stringify(scenario) === JSON.stringify(start) ? 'bug' : 'another bug');
    const shape = shapeOf(judge, {
      plainerIds: (id) => (id === 'k1' ? ['k0'] : []),
      plainerOps: (op) => (op.calls > 1 ? [{ ...op, calls: op.calls - 1 }] : []),
      weakerFaults: (strength) => (strength > 1 ? [strength - 1] : []),
      plainerSetups: (scenario) => (scenario.setup > 0 ? [{ ...scenario, setup: scenario.setup - 1 }] : []),
    });
    const { scenario, minimal } = await shrinkMade(start, shape);
    expect(scenario).toEqual(start);
    expect(minimal).toBe(true);
    expect(shape.ran.length).toBeGreaterThan(6);
  });
});

describe('[SH7] limits', () => {
  const halves = bugIf((scenario) => has(scenario, 'c1'));

  it('executions: the best so far is kept, and nothing is certified', async () => {
    for (const executions of [1, 2, 3, 5, 8]) {
      const shape = shapeOf(halves);
      const shrunk = await shrinkMade(numbered(64), shape, { executions });
      expect(shrunk).toMatchObject({ executions, minimal: false });
      expect(shape.ran.length).toBe(executions);
      expect(has(shrunk.scenario, 'c1')).toBe(true);
      expect(shrunk.scenario.commands.length).toBeLessThanOrEqual(64 >> (executions >> 1));
    }
  });

  it('executions: 400 where nothing is said', async () => {
    const all = numbered(250);
    const shrunk = await shrinkMade(all, shapeOf(bugIf((scenario) => scenario.commands.length === 250)));
    expect(shrunk).toEqual({ scenario: all, executions: 400, minimal: false });
  });

  it('time: the best so far is kept, and nothing is certified; 30 s where nothing is said', async () => {
    for (const [limits, stepMs, most] of [
      [{ ms: 50 }, 10, 5],
      [{}, 10_000, 3],
    ] as const) {
      let now = 7;
      const shape = shapeOf(halves);
      const run: typeof shape.run = (scenario) => {
        now += stepMs;
        return shape.run(scenario);
      };
      const shrunk = await shrink(numbered(64), 'bug', { ...shape, run }, limits, () => now);
      expect(shrunk).toMatchObject({ executions: most, minimal: false });
      expect(has(shrunk.scenario, 'c1')).toBe(true);
      expect(shrunk.scenario.commands.length).toBeLessThanOrEqual(64 >> (most >> 1));
    }
  });

  it('no scenario is run twice', async () => {
    const shape = shapeOf(bugIf((scenario) => has(scenario, 'c1', 'c8', 'c14')));
    const { executions } = await shrinkMade(numbered(16), shape);
    expect(new Set(shape.ran.map((each) => JSON.stringify(each))).size).toBe(executions);
    expect(shape.ran.length).toBe(executions);
  });

  it('what certifying takes is kept back from plainer forms that lead nowhere', async () => {
    // A plainer set-up is found, so that all is to be certified anew; of a thousand others none will do.
    const duds = Array.from({ length: 1_000 }, (_, setup) => setup + 1);
    const plainerSetups = (each: Made): readonly Made[] => (each.setup === 0 ? duds : [0]).map((setup) => ({ ...each, setup }));
    const judge = bugIf((each) => has(each, 'c0', 'c1', 'c2') && [0, 2_000].includes(each.setup));
    const start = { ...numbered(4), setup: 2_000 };
    const { executions, minimal } = await shrinkMade(start, shapeOf(judge, { plainerSetups }), { executions: 60 });
    expect(executions).toBeLessThanOrEqual(60);
    expect(minimal).toBe(true);
  });

  it('forms that go round in circles come to an end', async () => {
    const looks = { count: 0 };
    let offers = 0;
    const following = (setup: number): number => {
      offers += 1;
      if (offers > 100) throw new Error('round and round');
      return (setup + 1) % 3;
    };
    const shape = shapeOf(
      bugIf(() => true),
      { plainerSetups: (each) => [{ ...each, setup: following(each.setup) }] },
    );
    const nowMs = (): number => {
      looks.count += 1;
      return looks.count;
    };
    const { executions } = await shrink(numbered(2), 'bug', shape, {}, nowMs);
    expect(executions).toBeLessThan(12);
    expect(looks.count).toBeLessThan(100);
  });
});

/** What a drawn system needs to fail. */
interface Needs {
  readonly names: readonly string[];
  readonly faultOn: string | null;
  readonly within: readonly [task: number, call: number, other: number] | null;
  readonly isEven: boolean;
  readonly priority: boolean;
}

const judgeOf =
  ({ names, faultOn, within, isEven, priority }: Needs): Judge =>
  (scenario, schedule) => {
    const isStruck = scenario.commands.some(({ op, faults }) => op.name === faultOn && faults.some(({ fault }) => fault > 1));
    if (!has(scenario, ...names) || (faultOn !== null && !isStruck)) return null;
    if (within !== null && !hasWithin(schedule, `#${within[0]}`, within[1], `#${within[2]}`)) return null;
    if (priority && !scenario.commands.some((each) => each.priority > 1)) return null;
    return isEven && scenario.commands.length % 2 === 1 ? 'another bug' : 'bug';
  };

const name = fc.constantFrom('c0', 'c1', 'c2', 'c3', 'c4');
const task = fc.nat({ max: 4 });
const drawnNeeds: fc.Arbitrary<Needs> = fc.record({
  names: fc.uniqueArray(name, { maxLength: 2 }),
  faultOn: fc.option(name, { freq: 2 }),
  within: fc.option(fc.tuple(task, fc.integer({ min: 1, max: 3 }), task), { freq: 2 }),
  isEven: fc.boolean(),
  priority: fc.boolean(),
});

const drawnCommand = (id: number): fc.Arbitrary<MadeCommand> =>
  fc
    .record({
      calls: fc.integer({ min: 1, max: 4 }),
      priority: fc.nat({ max: 3 }),
      demotions: fc.array(fc.record({ at: fc.nat({ max: 3 }), to: fc.integer({ min: -3, max: -1 }) }), { maxLength: 2 }),
      faults: fc.array(
        fc.record({
          at: fc.integer({ min: 1, max: 3 }),
          position: fc.constantFrom('before' as const, 'after' as const),
          fault: fc.nat({ max: 3 }),
        }),
        { maxLength: 2 },
      ),
    })
    .map((parts) => command(id, `c${id}`, parts));

const drawnScenario: fc.Arbitrary<Made> = fc
  .record({
    seed: fc.nat(),
    carried: fc.boolean(),
    commands: fc.tuple(...[0, 1, 2, 3, 4].map(drawnCommand)),
  })
  .map(({ seed, carried, commands }) =>
    made(commands, carried ? { kind: 'pct', plan: null } : drawStrategy(seed, { tasks: 5, eventsPerTask: 4 })),
  );

describe('[SH8] `minimal`', () => {
  /** How often a drawn system failed and was left so. */
  async function tally(
    limits: fc.Arbitrary<number>,
    verdict: (minimal: boolean, gone: readonly string[]) => void,
  ): Promise<number> {
    let failing = 0;
    const property = fc.asyncProperty(drawnScenario, drawnNeeds, limits, async (start, needs, executions) => {
      const shape = shapeOf(judgeOf(needs), { weakerFaults: (fault) => (fault > 0 ? [fault - 1] : []) });
      if ((await shape.run(start)).failure !== 'bug') return;
      failing += 1;
      const { scenario, minimal } = await shrinkMade(start, shape, { executions });
      expect((await shape.run(scenario)).failure).toBe('bug');
      verdict(minimal, await superfluous(scenario, shape));
    });
    await fc.assert(property, { numRuns: 1_500, seed: 11, endOnFailure: true });
    return failing;
  }

  it('is true when no single command, fault, demotion, priority or segment can be taken away, by brute force', async () => {
    const failing = await tally(fc.constant(400), (minimal, gone) =>
      expect({ minimal, gone }).toEqual({ minimal: true, gone: [] }),
    );
    expect(failing).toBeGreaterThan(100);
  });

  it('is never true when one can, however few executions there were', async () => {
    const seen = new Set<string>();
    await tally(fc.integer({ min: 1, max: 60 }), (minimal, gone) => {
      seen.add(`${minimal} ${gone.length > 0}`);
      if (minimal) expect(gone).toEqual([]);
    });
    expect([...seen].sort()).toEqual(['false false', 'false true', 'true false']);
  });
});

describe('[SH9] a scenario that does not fail so', () => {
  it('comes back as it was, after one execution', async () => {
    for (const failure of [null, 'another bug']) {
      const start = numbered(9);
      const shrunk = await shrinkMade(
        start,
        shapeOf(() => failure),
      );
      expect(shrunk.scenario).toBe(start);
      expect(shrunk).toMatchObject({ executions: 1, minimal: false });
    }
  });

  it('comes back as it was where nothing can be executed', async () => {
    const start = numbered(9);
    const shape = shapeOf(bugIf(() => true));
    expect(await shrinkMade(start, shape, { executions: 0 })).toEqual({ scenario: start, executions: 0, minimal: false });
    expect(await shrinkMade(start, shape, { ms: 0 })).toEqual({ scenario: start, executions: 0, minimal: false });
    expect(shape.ran).toEqual([]);
  });
});
