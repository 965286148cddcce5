/** The planted bugs are found and shrunk to their minima, from fixed seeds. How often over many seeds is for the benchmark. */
import { describe, expect, it } from 'vitest';
import { hunt, huntLimit, shrinkLimit } from './hunt.ts';
import { runToy } from './run-toy.ts';
import { huntWithStock, stockLimit } from './stock.ts';
import { minimumOf, type Toy } from './toy.ts';
import { toys } from './toys.ts';

const seeds = [1, 22, 303];
const stopped = (): number => 0;

describe.each(toys.map((toy) => [toy.name, toy] as const))('[SH12] %s', (_, toy) => {
  it.each(seeds)('is found and shrunk to its minimum, certified, from seed %i', async (seed) => {
    const find = await hunt(toy, seed, stopped);
    if (find === null) throw new Error(`not found within ${huntLimit} scenarios`);
    expect(find).toMatchObject({ size: minimumOf(toy), minimal: true });
    expect(find.ops.map(({ kind }) => kind).sort()).toEqual(toy.example.map(({ op }) => op.kind).sort());
    expect(find.foundIn).toBeLessThanOrEqual(huntLimit);
    expect(find.executions).toBeLessThanOrEqual(shrinkLimit);
    expect((await runToy(toy, find.scenario)).failure).toBe(toy.name);
  });
});

describe('[SH12] a hunt', () => {
  const named = (name: string): Toy => toys.find((toy) => toy.name === name) as Toy;

  it('is the same from the same seed', async () => {
    expect(await hunt(named('fork and crash'), 5, stopped)).toEqual(await hunt(named('fork and crash'), 5, stopped));
  });

  it('leaves the plainest ids and keeps the one fault that matters', async () => {
    const shared = await hunt(named('shared id'), 22, stopped);
    expect(shared?.ops.map(({ id }) => id)).toEqual([0, 0]);
    const struck = await hunt(named('one fault'), 22, stopped);
    expect(struck?.scenario.commands.map(({ faults }) => faults)).toEqual([[{ at: 3, position: 'after', fault: 'garbled' }]]);
  });

  it('finds nothing where nothing is planted', async () => {
    const harmless: Toy = { ...named('not adjacent'), kinds: ['walk', 'wait'] };
    expect(await hunt(harmless, 1, stopped)).toBeNull();
    expect(await huntWithStock(harmless, 1)).toBeNull();
  });

  it('by stock fast-check ends within its limit, ten times ours', async () => {
    expect(stockLimit).toBe(10 * shrinkLimit);
    const find = await huntWithStock(named('shared id'), 1);
    expect(find?.executions).toBeGreaterThan(10);
    expect(await huntWithStock(named('shared id'), 1, 10)).toMatchObject({ foundIn: find?.foundIn, executions: 10 });
  });
});
