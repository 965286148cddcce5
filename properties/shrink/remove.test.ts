/** Taking away: commands wherever they stand, faults of all commands as one list, priorities and demotions. */
import { describe, expect, it } from 'vitest';
import type { FaultPosition } from '#simulations/engine/fault-plan.ts';
import { bugIf, command, type Made, made, namesOf, numbered, segments, shapeOf, shrinkMade, taskOf } from './hand-made.ts';
import { removeFrom } from './remove.ts';
import type { PlacedFault } from './shrinkable.ts';

const needs = (...names: readonly string[]) => bugIf((scenario) => names.every((name) => namesOf(scenario).includes(name)));

describe('[SH2] commands', () => {
  it('are removed wherever they stand, not only stretches, and keep their ids', async () => {
    const { scenario, executions, minimal } = await shrinkMade(numbered(40), shapeOf(needs('c3', 'c17', 'c38')));
    expect(namesOf(scenario)).toEqual(['c3', 'c17', 'c38']);
    expect(scenario.commands.map(({ id }) => id)).toEqual([3, 17, 38]);
    expect(minimal).toBe(true);
    expect(executions).toBeLessThan(120);
  });

  it('are found again when every other one matters', async () => {
    const odd = Array.from({ length: 8 }, (_, index) => `c${2 * index + 1}`);
    const { scenario } = await shrinkMade(numbered(16), shapeOf(needs(...odd)));
    expect(namesOf(scenario)).toEqual(odd);
  });

  it('are gone through again as long as one that went lets another go', async () => {
    let left: readonly number[] = [0, 1, 2, 3, 4, 5, 6];
    // Each can go only when the one before it has.
    await removeFrom(
      () => left,
      async (rest) => {
        const gone = left.filter((each) => !rest.includes(each));
        const fits = gone.length === 1 && gone[0] === left[0];
        if (fits) left = rest;
        return fits;
      },
    );
    expect(left).toEqual([]);
  });

  it('go in pairs where they only go together', async () => {
    const paired = bugIf((scenario) => {
      const names = namesOf(scenario);
      return names.includes('c9') && names.includes('c4') === names.includes('c5');
    });
    expect(namesOf((await shrinkMade(numbered(16), shapeOf(paired))).scenario)).toEqual(['c9']);
  });

  it('take their tasks out of the schedule with them', async () => {
    const start = made(
      [command(0, 'a', { calls: 2 }), command(1, 'b', { calls: 2 }), command(2, 'c', { calls: 2 })],
      segments(['#0', 1], ['#2', 1], ['#1', 2], ['#2', 1]),
    );
    const shape = shapeOf(bugIf((_, schedule) => schedule.filter((name) => name !== '#2').join(' ') === '#0 #1 #1 #0'));
    const { scenario, minimal } = await shrinkMade(start, shape);
    expect(scenario.strategy).toEqual(segments(['#0', 1]));
    expect({ names: namesOf(scenario), minimal }).toEqual({ names: ['a', 'b'], minimal: true });
    for (const { commands, strategy } of shape.ran)
      if (strategy.kind === 'segments')
        expect(commands.map(taskOf)).toEqual(expect.arrayContaining(strategy.segments.map(({ task }) => task)));
  });
});

const placed = (at: number, fault: number, position: FaultPosition = 'before'): PlacedFault<number> => ({ at, position, fault });
const faultsIn = ({ commands }: Made): readonly PlacedFault<number>[] => commands.flatMap(({ faults }) => faults);

describe('[SH4] faults', () => {
  const start = made(
    Array.from({ length: 5 }, (_, id) =>
      command(id, `c${id}`, { calls: 4, faults: [1, 2, 3, 4].map((at) => placed(at, 9, at % 2 === 0 ? 'after' : 'before')) }),
    ),
  );
  const weakerFaults = (fault: number): readonly number[] => Array.from({ length: fault - 1 }, (_, index) => index + 1);
  const plainerPositions = ({ position }: PlacedFault<number>): readonly FaultPosition[] =>
    position === 'after' ? ['before'] : [];

  it('are removed, then weakened: least strength, earliest call, plainest position', async () => {
    const judge = bugIf((scenario) =>
      scenario.commands.some(({ id, faults }) => id === 2 && faults.some(({ at, fault }) => at >= 2 && fault >= 3)),
    );
    const shape = shapeOf(judge, { weakerFaults, plainerPositions });
    const { scenario, minimal } = await shrinkMade(start, shape);
    expect(namesOf(scenario)).toEqual(['c2']);
    expect(faultsIn(scenario)).toEqual([placed(2, 3)]);
    expect(minimal).toBe(true);
    const firstWeaker = shape.ran.findIndex((each) => faultsIn(each).some(({ fault }) => fault < 9));
    expect(firstWeaker).toBeGreaterThan(0);
    expect(shape.ran.slice(firstWeaker).every((each) => faultsIn(each).length <= 1)).toBe(true);
  });

  it('stay on their side of the effect where that matters, or where no position is offered', async () => {
    const judge = bugIf((scenario) => faultsIn(scenario).some(({ position }) => position === 'after'));
    for (const forms of [{ plainerPositions }, {}])
      expect(faultsIn((await shrinkMade(start, shapeOf(judge, forms))).scenario)).toEqual([placed(1, 9, 'after')]);
    const any = bugIf((scenario) => faultsIn(scenario).some(({ at }) => at === 4));
    expect(faultsIn((await shrinkMade(start, shapeOf(any))).scenario)).toEqual([placed(4, 9, 'after')]);
    expect(faultsIn((await shrinkMade(start, shapeOf(any, { plainerPositions }))).scenario)).toEqual([placed(4, 9)]);
  });

  it('all go at once where none matters, however many there are', async () => {
    const shape = shapeOf(needs('c0', 'c1', 'c2', 'c3', 'c4'));
    const { scenario } = await shrinkMade(start, shape);
    expect(faultsIn(scenario)).toEqual([]);
    const counts = shape.ran.filter(({ commands }) => commands.length === 5).map((each) => faultsIn(each).length);
    expect([...new Set(counts)]).toEqual([20, 0]);
  });
});

describe('[SH4] priorities and demotions', () => {
  it('are removed one by one where a strategy looks at them, and all with a schedule that does not', async () => {
    const demotions = [1, 2, 3].map((at) => ({ at, to: -at }));
    const start = made(
      [0, 1, 2].map((id) => command(id, `c${id}`, { calls: 4, priority: id + 1, demotions })),
      { kind: 'pct', plan: null },
    );
    const judge = bugIf(({ commands, strategy }) => {
      const last = commands.find(({ id }) => id === 2);
      return strategy.kind === 'pct' && last?.priority === 3 && last.demotions.some(({ at }) => at === 2);
    });
    const { scenario, minimal } = await shrinkMade(start, shapeOf(judge));
    expect(scenario.commands).toEqual([command(2, 'c2', { calls: 4, priority: 3, demotions: [{ at: 2, to: -2 }] })]);
    expect(minimal).toBe(true);
    const calm = await shrinkMade(start, shapeOf(needs('c1')));
    expect(calm.scenario).toEqual(made([command(1, 'c1', { calls: 4 })]));
  });
});
