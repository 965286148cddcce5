/**
 * The stated minimum of each toy, by following every schedule within a bound instead of believing it. A switch is a preemption
 * here, for a command that is under way always has something enabled; so a bound on preemptions is one on switches. All
 * commands and faults that a toy draws are tried, not only those of its example. Larger bounds, and commands that share an
 * actor, are not looked at: an actor of one's own allows every schedule that a shared one does.
 */
import { describe, expect, it } from 'vitest';
import type { Execution } from '#properties/shrink/shrinkable.ts';
import { switchesIn } from '#properties/shrink/switches.ts';
import { explore } from '#simulations/engine/strategies/exhaustive.ts';
import { runCommands } from './run-toy.ts';
import { minimumOf, op, type Toy, type ToyCommand, type ToyFault, type ToyOp } from './toy.ts';
import { toys } from './toys.ts';

interface Part {
  readonly op: ToyOp;
  readonly faults?: readonly ToyFault[];
}

const commandsOf = (parts: readonly Part[]): readonly ToyCommand[] =>
  parts.map(({ op: each, faults = [] }, id) => ({ id, actor: `actor#${id}`, op: each, priority: 0, demotions: [], faults }));

/** The switches of every schedule under which these fail, fewest first. */
async function failures(toy: Toy, parts: readonly Part[], preemptions: number): Promise<readonly number[]> {
  const found: number[] = [];
  const onRun = ({ failure, schedule }: Execution): void => {
    expect(switchesIn(schedule)).toBeLessThanOrEqual(preemptions);
    if (failure !== null) found.push(switchesIn(schedule));
  };
  const commands = commandsOf(parts);
  const { complete } = await explore({ run: (strategy) => runCommands(toy, commands, strategy), onRun, preemptions });
  expect(complete).toBe(true);
  return found.sort((a, b) => a - b);
}

/** Every command the toy draws, with up to so many faults; of its ids the first two, for all are alike. */
function partsOf(toy: Toy, faults: number): readonly Part[] {
  const ids = toy.ids > 1 ? [0, 1] : [0];
  const places = Array.from({ length: toy.calls }, (_, call) => call + 1);
  const each = places.flatMap((at) =>
    (['before', 'after'] as const).flatMap((position) => toy.faults.map((fault): ToyFault => ({ at, position, fault }))),
  );
  const sets: readonly (readonly ToyFault[])[] = faults === 0 ? [[]] : [[], ...each.map((fault) => [fault])];
  return toy.kinds.flatMap((kind) => ids.flatMap((id) => sets.map((set) => ({ op: op(kind, id), faults: set }))));
}

/** Every list of so many commands with up to so many faults in all. */
function listsOf(toy: Toy, count: number, faults: number): readonly (readonly Part[])[] {
  if (count === 0) return [[]];
  return partsOf(toy, faults).flatMap((first) =>
    listsOf(toy, count - 1, faults - (first.faults?.length ?? 0)).map((later) => [first, ...later]),
  );
}

async function failing(
  toy: Toy,
  lists: readonly (readonly Part[])[],
  preemptions: number,
): Promise<readonly (readonly Part[])[]> {
  const found: (readonly Part[])[] = [];
  for (const parts of lists) if ((await failures(toy, parts, preemptions)).length > 0) found.push(parts);
  return found;
}

describe.each(toys.map((toy) => [toy.name, toy] as const))('[SH11] the minimum of: %s', (_, toy) => {
  const { commands, switches, faults } = minimumOf(toy);

  it('is a counterexample, with so many switches and not with fewer', async () => {
    const found = await failures(toy, toy.example, switches + 1);
    expect(found[0]).toBe(switches);
  });

  it('is one of what the toy draws', () => {
    for (const { op: each, faults: placed = [] } of toy.example) {
      expect(toy.kinds).toContain(each.kind);
      expect(each.id).toBeLessThan(toy.ids);
      expect(placed.length).toBeLessThanOrEqual(toy.faultsEach);
      for (const { at, fault } of placed) expect([at <= toy.calls, toy.faults.includes(fault)]).toEqual([true, true]);
    }
    expect(commands).toBeLessThanOrEqual(toy.mostCommands);
  });

  it('has no command that could be left out, however its rest is scheduled', async () => {
    const smaller = toy.example.map((gone) => toy.example.filter((part) => part !== gone));
    expect(await failing(toy, smaller, switches + 2)).toEqual([]);
  });

  it('is not undercut by fewer commands of any kind', async () => {
    for (let count = 0; count < commands; count += 1)
      expect(await failing(toy, listsOf(toy, count, faults), switches + 1)).toEqual([]);
  });

  it('is not undercut by fewer faults or switches in as many commands of any kind', async () => {
    if (faults > 0) expect(await failing(toy, listsOf(toy, commands, faults - 1), switches + 1)).toEqual([]);
    if (switches > 0) expect(await failing(toy, listsOf(toy, commands, faults), switches - 1)).toEqual([]);
  });
});
