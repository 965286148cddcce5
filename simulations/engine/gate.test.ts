import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';
import type { Strategy } from './strategy.ts';
import { StuckError } from './stuck-error.ts';
import { VirtualClock } from './virtual-clock.ts';

const world = (pick?: Strategy['pick']): { clock: VirtualClock; gate: Gate; log: string[] } => {
  const clock = new VirtualClock(1_000);
  const log: string[] = [];
  const gate = new Gate({
    clock,
    ...(pick === undefined ? {} : { strategy: { name: 'test', pick } }),
    onStep: (_, key) => log.push(`${clock.nowMs()} ${key}`),
  });
  return { clock, gate, log };
};

describe('Gate', () => {
  it('[EN1] starts no effect before its turn and runs one at a time', async () => {
    const { gate } = world();
    let running = 0;
    let most = 0;
    const effect = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
    };
    await gate.run('main', async () => {
      await Promise.all([gate.call('a', 'x', effect), gate.call('b', 'x', effect), gate.call('c', 'x', effect)]);
    });
    expect({ most, steps: gate.steps }).toEqual({ most: 1, steps: 3 });
  });

  it('[EN2] lets the strategy choose among the enabled calls, sorted by key whatever order they arrived in', async () => {
    const last: Strategy['pick'] = (enabled) => enabled.length - 1;
    const { gate, log } = world(last);
    await gate.run('main', async () => {
      await Promise.all(['b', 'c', 'a'].map((actor) => gate.call(actor, 'x', () => actor)));
    });
    expect(log).toEqual(['1000 c/x#1', '1000 b/x#1', '1000 a/x#1']);
  });

  it.each([-1, 2, 0.5, Number.NaN])('[EN2] ends a run whose strategy picks no enabled call: %d of two', async (index) => {
    const { gate } = world(() => index);
    await expect(
      gate.run('main', () => Promise.all([gate.call('a', 'x', () => 0), gate.call('b', 'x', () => 0)])),
    ).rejects.toThrow(new RangeError(`the strategy picked ${index} of 2 enabled events`));
  });

  it('[EN3] moves virtual time only when nothing else can run', async () => {
    const { gate, clock, log } = world();
    await gate.run('main', async () => {
      const slow = clock.sleep(500).then(() => gate.call('a', 'late', () => 0));
      await gate.call('a', 'early', () => 0);
      await slow;
    });
    expect(log).toEqual(['1000 a/early#1', '1500 a/late#1']);
  });

  it('[EN4] gives equal hashes to equal runs and others to others', async () => {
    const run = async (count: number): Promise<string> => {
      const { gate } = world();
      await gate.run('main', async () => {
        for (let i = 0; i < count; i += 1) await gate.call('a', 'x', () => i);
      });
      return gate.traceHash();
    };
    expect(await run(5)).toBe(await run(5));
    expect(await run(5)).not.toBe(await run(6));
  });

  it('[EN5] reports asynchrony that bypasses it, naming the task and the last effect', async () => {
    const { gate } = world();
    const leaky = gate.run('client#1 post', async () => {
      await gate.call('a', 'x', () => 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await expect(leaky).rejects.toThrow(StuckError);
    await expect(leaky).rejects.toThrow(/last effect: a\/x#1.*client#1 post is unfinished/);
  });

  it("[EN6] hands an effect's failure to its caller and main's failure to whoever runs", async () => {
    const { gate } = world();
    const boom = (): never => {
      throw new Error('boom');
    };
    const caught = await gate.run('main', () => gate.call('a', 'x', boom).catch((error: Error) => `caught ${error.message}`));
    expect(caught).toBe('caught boom');
    await expect(gate.run('main', () => gate.call('a', 'x', boom))).rejects.toThrow('boom');
  });
});

describe('VirtualClock', () => {
  it('[EN7] wakes sleepers by due time, then arrival, and never goes back', async () => {
    const clock = new VirtualClock(0);
    const woken: string[] = [];
    const sleepers = [
      clock.sleep(20).then(() => woken.push('b')),
      clock.sleep(10).then(() => woken.push('a')),
      clock.sleep(20).then(() => woken.push('c')),
    ];
    expect(clock.fireDue()).toBe(false);
    clock.advanceTo(20);
    while (clock.fireDue()) await Promise.resolve();
    await Promise.all(sleepers);
    expect(woken).toEqual(['a', 'b', 'c']);
    expect(() => clock.advanceTo(19)).toThrow(RangeError);
  });
});
