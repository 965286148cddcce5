import { describe, expect, it } from 'vitest';
import type { Event } from '../event.ts';
import { seededRandom } from '../seeded-random.ts';
import { lines, runStraightLines, type StraightLine } from '../straight-line.ts';
import { type Exploration, explore } from './exhaustive.ts';

/** Every order in which these tasks' calls can come, by plain recursion, with its preemptions. */
function allOrders(calls: readonly number[], done = ''): readonly string[] {
  if (calls.every((count) => count === 0)) return [done];
  return calls.flatMap((count, index) =>
    count === 0
      ? []
      : allOrders(
          calls.map((each, other) => (other === index ? each - 1 : each)),
          done + String.fromCharCode(97 + index),
        ),
  );
}

const preemptionsOf = (order: string): number =>
  [...order].filter((name, index) => {
    const before = order[index - 1];
    return before !== undefined && before !== name && order.slice(index).includes(before);
  }).length;

async function ordersOf(calls: readonly number[], preemptions?: number): Promise<Exploration & { readonly orders: string[] }> {
  const orders: string[] = [];
  const bound = preemptions === undefined ? {} : { preemptions };
  const exploration = await explore({
    ...bound,
    run: async (strategy) => (await runStraightLines(lines(...calls), strategy)).order,
    onRun: (order) => orders.push(order),
  });
  return { ...exploration, orders: orders.sort() };
}

/** Tasks that read one variable and write another, drawn from a seed; the final state is all variables and all that was read. */
function program(seed: number): { readonly tasks: readonly (readonly { readonly from: string; readonly to: string }[])[] } {
  const random = seededRandom(seed);
  const variable = (): string => 'wxyz'[random.below(4)] as string;
  const task = () => Array.from({ length: 1 + random.below(3) }, () => ({ from: variable(), to: variable() }));
  return { tasks: [task(), task(), task()] };
}

async function finalStates(seed: number, options: { readonly isPruned: boolean; readonly preemptions?: number }) {
  const { tasks } = program(seed);
  const states = new Set<string>();
  const touched = ({ task, index }: Event) => tasks[task.ordinal]?.[index] as { readonly from: string; readonly to: string };
  const independent = (a: Event, b: Event): boolean => {
    const [one, two] = [touched(a), touched(b)];
    return one.to !== two.to && one.to !== two.from && one.from !== two.to;
  };
  const exploration = await explore({
    ...(options.preemptions === undefined ? {} : { preemptions: options.preemptions }),
    ...(options.isPruned ? { independent } : {}),
    run: async (strategy) => {
      const memory: Record<string, number> = { w: 1, x: 2, y: 3, z: 4 };
      const straight = tasks.map(
        (accesses, index): StraightLine => ({
          name: String.fromCharCode(97 + index),
          calls: accesses.length,
          effect: (call) => {
            const { from, to } = accesses[call - 1] as { readonly from: string; readonly to: string };
            memory[to] = (memory[from] as number) * 10 + index;
          },
        }),
      );
      await runStraightLines(straight, strategy);
      return JSON.stringify(memory);
    },
    onRun: (state) => states.add(state),
  });
  return { ...exploration, states: [...states].sort() };
}

describe('exhaustive', () => {
  it('[EN22] follows every schedule exactly once', async () => {
    for (const [calls, count] of [
      [[2, 2], 6],
      [[3, 1], 4],
      [[2, 2, 2], 90],
      [[1, 1, 1, 1], 24],
    ] as const) {
      const { schedules, orders, complete, bounded } = await ordersOf(calls);
      expect(schedules).toBe(count);
      expect(orders).toEqual(allOrders(calls).toSorted());
      expect({ complete, bounded }).toEqual({ complete: true, bounded: false });
    }
  });

  it('[EN22] follows exactly the schedules with at most p preemptions', async () => {
    for (const preemptions of [0, 1, 2, 3]) {
      for (const calls of [
        [2, 2],
        [3, 3],
        [2, 2, 2],
      ]) {
        const wanted = allOrders(calls).filter((order) => preemptionsOf(order) <= preemptions);
        const { orders, bounded } = await ordersOf(calls, preemptions);
        expect(orders).toEqual(wanted.toSorted());
        expect(bounded).toBe(wanted.length < allOrders(calls).length);
      }
    }
  });

  it('[EN22] counts a switch away from what could go on, whatever goes on by itself', async () => {
    const pairs = { preemptions: 0, strandOf: ({ task }: Event) => (task.name === 'c' ? 'c' : 'a and b') };
    const orders: string[] = [];
    await explore({
      ...pairs,
      run: async (strategy) => (await runStraightLines(lines(2, 2, 2), strategy)).order,
      onRun: (order) => orders.push(order),
    });
    // Of what a strand waits for at once, first comes what parked first.
    expect(orders.sort()).toEqual(['ababcc', 'ccabab']);
  });

  it('[EN22] ends when it is told that it is enough', async () => {
    let runs = 0;
    const { schedules, complete } = await explore({
      run: (strategy) => runStraightLines(lines(3, 3), strategy),
      onRun: () => {
        runs += 1;
        return runs < 5;
      },
    });
    expect({ schedules, complete }).toEqual({ schedules: 5, complete: false });
  });

  it('[EN22] stops at its limit and says so', async () => {
    let runs = 0;
    const run = async (strategy: Parameters<typeof runStraightLines>[1]) => {
      runs += 1;
      return runStraightLines(lines(3, 3), strategy);
    };
    expect(await explore({ run, limit: 7 })).toMatchObject({ schedules: 7, complete: false });
    expect(runs).toBe(7);
  });

  it('[EN23] reaches the same final states when it is told what commutes, in fewer runs, whatever the bound', async () => {
    const runs = { plain: 0, pruned: 0 };
    for (let seed = 1; seed <= 20; seed += 1) {
      for (const preemptions of [undefined, 0, 1, 2]) {
        const bound = preemptions === undefined ? {} : { preemptions };
        const plain = await finalStates(seed, { isPruned: false, ...bound });
        const pruned = await finalStates(seed, { isPruned: true, ...bound });
        expect({ seed, preemptions, states: pruned.states }).toEqual({ seed, preemptions, states: plain.states });
        runs.plain += plain.schedules;
        runs.pruned += pruned.schedules + pruned.abandoned;
      }
    }
    expect(runs.pruned).toBeLessThan(runs.plain * 0.6);
  });

  it('[EN23] needs one schedule for tasks that share nothing', async () => {
    const result = await explore({
      run: (strategy) => runStraightLines(lines(3, 3, 3), strategy),
      independent: () => true,
    });
    expect(result.schedules).toBe(1);
  });
});
