import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applied, type Failure, failed, notApplied, ok, unknown } from '../ports/outcome.ts';
import { type BreakerState, CircuitBreaker } from './breaker.ts';
import { guarded } from './guarded.ts';
import { ScriptedClock } from './scripted-clock.ts';

const failure = (kind: Failure['kind'], retryAfterMs?: number): Failure => ({
  kind,
  authority: 'qdrant',
  code: 'Code',
  detail: 'detail',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const down = failure('unavailable');
const options = { failures: 3, cooldownMs: 1_000, maxCooldownMs: 3_000 };

function world() {
  const clock = new ScriptedClock();
  const states: BreakerState[] = [];
  const breaker = new CircuitBreaker('qdrant', clock, options, (state) => states.push(state));
  let answer: () => Promise<unknown> = async () => ok(1);
  let calls = 0;
  const port = guarded(
    {
      name: 'port',
      read: async (): Promise<unknown> => {
        calls += 1;
        return answer();
      },
      write: async (): Promise<unknown> => {
        calls += 1;
        return answer();
      },
    },
    breaker,
    new Set(['write']),
  );
  return {
    clock,
    states,
    breaker,
    port,
    answers: (next: unknown) => {
      answer = async () => next;
    },
    waits: () => {
      const answered: ((value: unknown) => void)[] = [];
      answer = () => new Promise((resolve) => answered.push(resolve));
      return answered;
    },
    asked: async (times: number) => {
      const before = calls;
      for (let time = 0; time < times; time += 1) await port.read();
      return calls - before;
    },
  };
}

describe('[R-2.1] [R-2.2] a circuit breaker', () => {
  it('[BK1] lets everything through until so many failed in a row, then nothing, with the time left', async () => {
    const at = world();
    at.answers(failed(down));
    expect(await at.asked(2)).toBe(2);
    at.answers(ok(1));
    expect(await at.asked(1)).toBe(1);
    at.answers(failed(down));
    expect([await at.asked(3), await at.asked(5)]).toEqual([3, 0]);
    at.clock.advance(400);
    const refusal = { kind: 'unavailable', authority: 'qdrant', code: 'BreakerOpen', retryAfterMs: 600 };
    expect(await at.port.read()).toMatchObject({ ok: false, failure: refusal });
    expect(await at.port.write()).toMatchObject({ kind: 'notApplied', failure: refusal });
    expect(at.states).toEqual(['open']);
    expect(at.port.name).toBe('port');
  });

  it('[BK1] opens after five failures for a second, where nothing else is said', () => {
    const clock = new ScriptedClock();
    const breaker = new CircuitBreaker('solana', clock);
    for (let failures = 1; failures <= 5; failures += 1) {
      expect(breaker.enter()).toBe('call');
      breaker.left('call', down);
    }
    expect(breaker.enter()).toMatchObject({ authority: 'solana', retryAfterMs: 1_000 });
    for (let probes = 1; probes <= 6; probes += 1) {
      clock.advance(30_000);
      expect(breaker.enter()).toBe('probe');
      breaker.left('probe', down);
    }
    expect(breaker.enter()).toMatchObject({ retryAfterMs: 30_000 });
  });

  it('[BK1] is not kept open by calls that were under way when it opened', () => {
    const at = world();
    const tickets = [1, 2, 3, 4].map(() => at.breaker.enter());
    expect(tickets).toEqual(['call', 'call', 'call', 'call']);
    for (let left = 1; left <= 3; left += 1) at.breaker.left('call', down);
    at.clock.advance(600);
    at.breaker.left('call', { ...down, retryAfterMs: 5_000 });
    expect(at.breaker.enter()).toMatchObject({ retryAfterMs: 400 });
  });

  it('[BK2] is closed by one probe that is answered, and stays open twice as long, up to a limit, after one that is not', async () => {
    const at = world();
    at.answers(failed(failure('timeout')));
    await at.asked(3);
    for (const [waitMs, nextMs] of [
      [1_000, 2_000],
      [2_000, 3_000],
      [3_000, 3_000],
    ] as const) {
      at.clock.advance(waitMs - 1);
      expect(await at.asked(1)).toBe(0);
      at.clock.advance(1);
      expect(await at.asked(4)).toBe(1);
      expect(await at.port.read()).toMatchObject({ failure: { retryAfterMs: nextMs } });
    }
    at.clock.advance(3_000);
    at.answers(ok(1));
    expect(await at.asked(4)).toBe(4);
    at.answers(failed(down));
    expect([await at.asked(3), await at.asked(1)]).toEqual([3, 0]);
    at.clock.advance(1_000);
    expect(await at.asked(1)).toBe(1);
    expect(at.states.slice(0, 8)).toEqual(['open', 'halfOpen', 'open', 'halfOpen', 'open', 'halfOpen', 'open', 'halfOpen']);
  });

  it('[BK3] lets one probe through at a time, and another one when that has failed', async () => {
    const at = world();
    at.answers(failed(down));
    await at.asked(3);
    at.clock.advance(1_000);
    const answered = at.waits();
    const probe = at.port.read();
    expect(await at.port.read()).toMatchObject({ failure: { code: 'BreakerOpen' } });
    expect(answered).toHaveLength(1);
    answered[0]?.(failed(down));
    await probe;
    at.clock.advance(2_000);
    void at.port.read();
    expect(answered).toHaveLength(2);
  });

  it('[BK4] counts only who cannot be reached: a no is an answer', async () => {
    for (const kind of ['refused', 'invalid', 'behind'] as const) {
      const at = world();
      at.answers(notApplied(failure(kind)));
      expect([kind, await at.asked(20), at.states]).toEqual([kind, 20, []]);
    }
  });

  it('[BK4] counts writes as it counts reads, and one that was applied as an answer', async () => {
    const at = world();
    const write = async (ending: unknown, times: number): Promise<readonly BreakerState[]> => {
      at.answers(ending);
      for (let time = 0; time < times; time += 1) await at.port.write();
      return [...at.states];
    };
    expect(await write(notApplied(down), 2)).toEqual([]);
    expect(await write(applied(1), 1)).toEqual([]);
    expect(await write(unknown(failure('timeout')), 2)).toEqual([]);
    expect(await write(notApplied(down), 1)).toEqual(['open']);
  });

  it('[BK5] waits as long as the authority asked for, and is not left hanging by a call that throws', async () => {
    const at = world();
    at.answers(failed(failure('unavailable', 2_500)));
    await at.asked(3);
    at.clock.advance(2_499);
    expect(await at.asked(1)).toBe(0);
    at.clock.advance(1);
    at.answers(Promise.reject(new Error('a mistake')));
    await expect(at.port.read()).rejects.toThrow('a mistake');
    at.answers(ok(1));
    expect(await at.asked(1)).toBe(1);
  });

  it('[BK6] whatever happens, it is never open for longer than its limit after the last call it let through', async () => {
    const steps = fc.array(fc.oneof(fc.constant('fail'), fc.constant('answer'), fc.integer({ min: 1, max: 4_000 })), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        const at = world();
        for (const step of drawn) {
          if (typeof step === 'number') at.clock.advance(step);
          else {
            at.answers(step === 'fail' ? failed(down) : ok(1));
            await at.asked(1);
          }
        }
        at.clock.advance(options.maxCooldownMs);
        at.answers(ok(1));
        expect(await at.asked(2)).toBe(2);
        expect(at.breaker.state).toBe('closed');
      }),
    );
  });
});
