import { afterEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from './system.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('system clock', () => {
  it('[CL1] never goes back, though the wall clock is set back', () => {
    vi.useFakeTimers({ now: 5_000 });
    const clock = new SystemClock();
    expect(clock.nowMs()).toBe(5_000);
    vi.setSystemTime(1_000);
    expect(clock.nowMs()).toBe(5_000);
    vi.setSystemTime(6_000);
    expect(clock.nowMs()).toBe(6_000);
  });

  it('[CL2] sleeps until the time has come by its own count, and 0 or less not at all', async () => {
    vi.useFakeTimers({ now: 5_000 });
    const clock = new SystemClock();
    let awake = 0;
    const sleepers = [clock.sleep(100), clock.sleep(-5)].map((sleep) =>
      sleep.then(() => {
        awake += 1;
      }),
    );
    await vi.advanceTimersByTimeAsync(99);
    expect(awake).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(awake).toBe(2);
    await Promise.all(sleepers);
  });

  it('[CL3] idles until the time has come or it is told otherwise, and leaves no timer behind', async () => {
    vi.useFakeTimers({ now: 5_000 });
    const clock = new SystemClock();
    const told = new AbortController();
    let awake = 0;
    const idlers = [clock.idle(100, told.signal), clock.idle(60_000, told.signal)].map((idle) =>
      idle.then(() => {
        awake += 1;
      }),
    );
    await vi.advanceTimersByTimeAsync(100);
    expect([awake, vi.getTimerCount()]).toEqual([1, 1]);
    told.abort();
    await Promise.all(idlers);
    await clock.idle(60_000, told.signal);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('[CL3] idles without keeping the process alive', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const clock = new SystemClock();
    const told = new AbortController();
    const before = timers();
    const idling = clock.idle(60_000, told.signal);
    expect(timers()).toBe(before);
    const sleeping = clock.sleep(1);
    expect(timers()).toBe(before + 1);
    told.abort();
    await Promise.all([idling, sleeping]);
  });
});
