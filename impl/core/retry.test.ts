import { describe, expect, it } from 'vitest';
import { applied, type Failure, failed, notApplied, ok, unknown } from '../ports/outcome.ts';
import { isTransient, requestRetries, retryRead, retryWrite } from './retry.ts';
import { ScriptedClock } from './scripted-clock.ts';
import { KeyedQueue, SingleFlight } from './single-flight.ts';

const failure = (kind: Failure['kind'], retryAfterMs?: number): Failure => ({
  kind,
  authority: 'qdrant',
  code: 'X',
  detail: '',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const inTurn = <T>(...results: readonly T[]): (() => Promise<T>) => {
  let calls = 0;
  return async () => {
    const result = results[calls];
    calls += 1;
    if (result === undefined) throw new Error(`call ${calls} was not expected`);
    return result;
  };
};

describe('retry', () => {
  it('[RT1] repeats passing failures a bounded number of times, doubling the wait', async () => {
    const clock = new ScriptedClock();
    const away = failed(failure('unavailable'));
    expect(await retryRead(clock, requestRetries, inTurn(away, away, away))).toEqual(away);
    expect(clock.slept).toEqual([100, 200]);
    const writing = new ScriptedClock();
    const not = notApplied(failure('unavailable'));
    expect(await retryWrite(writing, requestRetries, inTurn(not, not, not))).toEqual(not);
    expect(writing.slept).toEqual([100, 200]);
  });

  it('[RT1] [RT2] takes what could not be asked or was not up to date for passing, and every no for final', () => {
    const kinds = ['unavailable', 'timeout', 'behind', 'refused', 'invalid'] as const;
    expect(kinds.map((kind) => isTransient(failure(kind)))).toEqual([true, true, true, false, false]);
  });

  it('[RT2] does not repeat what was refused or malformed', async () => {
    const clock = new ScriptedClock();
    for (const kind of ['refused', 'invalid'] as const) {
      expect((await retryRead(clock, requestRetries, inTurn(failed(failure(kind))))).ok).toBe(false);
      expect((await retryWrite(clock, requestRetries, inTurn(notApplied(failure(kind))))).kind).toBe('notApplied');
    }
    expect(clock.slept).toEqual([]);
  });

  it('[RT3] waits as long as the authority asked for, up to the policy maximum', async () => {
    const clock = new ScriptedClock();
    const busy = (ms: number) => failed(failure('unavailable', ms));
    expect(await retryRead(clock, requestRetries, inTurn(busy(700), busy(60_000), ok(1)))).toEqual(ok(1));
    expect(clock.slept).toEqual([700, 2_000]);
  });

  it('[RT4] a write that may have happened once stays unknown, though its last attempt was certainly not applied', async () => {
    const away = notApplied(failure('unavailable'));
    const result = await retryWrite(new ScriptedClock(), requestRetries, inTurn(unknown(failure('timeout')), away, away));
    expect(result.kind).toBe('unknown');
    const never = await retryWrite(new ScriptedClock(), requestRetries, inTurn(away, away, away));
    expect(never.kind).toBe('notApplied');
  });

  it('[RT5] a write is applied as soon as one attempt is', async () => {
    const result = await retryWrite(new ScriptedClock(), requestRetries, inTurn(unknown(failure('timeout')), applied(1)));
    expect(result).toEqual(applied(1));
  });
});

describe('SingleFlight', () => {
  it('[RT6] gives whoever asks a run that began later, and shares it', async () => {
    const finish: (() => void)[] = [];
    let begun = 0;
    const flight = new SingleFlight(() => {
      begun += 1;
      const run = begun;
      return new Promise<number>((resolve) => finish.push(() => resolve(run)));
    });
    const first = flight.run();
    const second = flight.run();
    const third = flight.run();
    expect(begun).toBe(1);
    finish[0]?.();
    expect(await first).toBe(1);
    await Promise.resolve();
    await Promise.resolve();
    expect(begun).toBe(2);
    finish[1]?.();
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    const fourth = flight.run();
    finish[2]?.();
    expect(await fourth).toBe(3);
  });

  it('[RT7] goes on after a run that failed', async () => {
    let begun = 0;
    const flight = new SingleFlight(async () => {
      begun += 1;
      if (begun === 1) throw new Error('first');
      return begun;
    });
    const first = flight.run();
    const second = flight.run();
    await expect(first).rejects.toThrow('first');
    expect(await second).toBe(2);
  });
});

describe('KeyedQueue', () => {
  it('[RT8] runs one task of a key at a time, in order, and others beside it', async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    let release = (): void => undefined;
    const slow = queue.run('a', async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      log.push('a1');
    });
    const next = queue.run('a', async () => log.push('a2'));
    await queue.run('b', async () => log.push('b'));
    expect(queue.busy('a')).toBe(true);
    release();
    await Promise.all([slow, next]);
    expect(log).toEqual(['b', 'a1', 'a2']);
    expect(queue.busy('a')).toBe(false);
  });

  it('[RT8] is busy, and lets nobody by, until the last task that waits has ended', async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const release: (() => void)[] = [];
    const task = (name: string) => async (): Promise<void> => {
      log.push(`${name} begins`);
      await new Promise<void>((resolve) => release.push(resolve));
      log.push(`${name} ends`);
    };
    const first = queue.run('a', task('first'));
    const second = queue.run('a', task('second'));
    release[0]?.();
    await first;
    expect(queue.busy('a')).toBe(true);
    const third = queue.run('a', task('third'));
    await Promise.resolve();
    expect(log).toEqual(['first begins', 'first ends', 'second begins']);
    release[1]?.();
    await second;
    expect(queue.busy('a')).toBe(true);
    await new Promise(setImmediate);
    release[2]?.();
    await third;
    expect(log.slice(3)).toEqual(['second ends', 'third begins', 'third ends']);
    expect(queue.busy('a')).toBe(false);
  });
});
