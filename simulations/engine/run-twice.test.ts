import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';
import { runTwice } from './run-twice.ts';
import { plainText } from './trace.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A run whose `n`-th result is what `result` says. */
const world =
  (result: (n: number) => unknown, calls: () => number, keepTrace = true) =>
  async () => {
    const gate = new Gate({ clock: new VirtualClock(0), keepTrace, normalise: plainText });
    gate.spawn('a', async () => {
      for (let n = 1; n <= calls(); n += 1) await gate.call('a', 'x', () => result(n));
    });
    await gate.drain();
    return { trace: gate.trace, value: gate.steps };
  };

describe('runTwice', () => {
  it('[EN27] calls equal runs deterministic', async () => {
    const verdict = await runTwice(
      world(
        (n) => ({ n, big: 3n }),
        () => 3,
      ),
    );
    expect(verdict).toMatchObject({ kind: 'deterministic', value: 3 });
  });

  it('[EN27] gives nondeterminism with the first differing step', async () => {
    let leaked = 0;
    const leaks = (n: number): unknown => {
      leaked += 1;
      return n === 2 ? leaked : 0;
    };
    expect(await runTwice(world(leaks, () => 3))).toEqual({
      kind: 'nondeterminism',
      step: 2,
      first: '2|0|effect|a/x#2|1||2',
      second: '2|0|effect|a/x#2|1||5',
    });
    let runs = 0;
    const longer = (): number => 2 + Math.floor(runs++ / 3);
    const verdict = await runTwice(world(() => 0, longer));
    expect(verdict).toMatchObject({ kind: 'nondeterminism', step: 3, first: null, second: '3|0|effect|a/x#3|1||0' });
  });

  it('[EN27] cannot compare traces that kept nothing', async () => {
    let n = 0;
    await expect(
      runTwice(
        world(
          () => n++,
          () => 1,
          false,
        ),
      ),
    ).rejects.toThrow('the traces kept no steps');
  });

  it('[EN27] writes results the same whatever the order of their keys', () => {
    const text = (value: unknown): string => plainText({ ok: true, value }, 'k');
    expect(text({ b: 1, a: [2n, { d: null, c: 'x' }] })).toBe('{"a":["2n",{"c":"x","d":null}],"b":1}');
    expect(text({ a: [2n, { c: 'x', d: null }], b: 1 })).toBe(text({ b: 1, a: [2n, { d: null, c: 'x' }] }));
    expect(text(undefined)).toBe('');
    expect(plainText({ ok: false, error: new Error('no') }, 'k')).toBe('!no');
  });
});
