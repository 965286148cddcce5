import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';
import type { GateOptions } from './gate-options.ts';
import { VirtualClock } from './virtual-clock.ts';

const open = (attribution: NonNullable<GateOptions['attribution']>, options: Partial<GateOptions> = {}): Gate =>
  new Gate({ clock: new VirtualClock(0), keepTrace: true, attribution, ...options });

/** A promise, and what resolves it. */
function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const realTime = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What each attribution makes of the same run. */
async function both(run: (gate: Gate) => Promise<void>): Promise<Record<'cause' | 'context', readonly string[]>> {
  const keys = async (attribution: 'cause' | 'context'): Promise<readonly string[]> => {
    const gate = open(attribution);
    await run(gate);
    return gate.trace.keys();
  };
  return { cause: await keys('cause'), context: await keys('context') };
}

describe('attribution by context', () => {
  it('[EN30] gives a call to the task that started its code, though another resumed it', async () => {
    const { cause, context } = await both(async (gate) => {
      const lock = latch();
      gate.spawn('waiter', async () => {
        await gate.waiting('the lock', lock.opened);
        await gate.call('store', 'put', () => 0);
      });
      gate.spawn('holder', async () => {
        await gate.call('store', 'put', () => 0);
        lock.open();
      });
      await gate.drain();
    });
    expect(context).toEqual(['holder store/put#1', 'waiter store/put#1']);
    expect(cause).toEqual(['holder store/put#1', 'holder store/put#2']);
  });

  it('[EN30] gives a spawned task its own calls, and leaves what its spawner set going with the spawner', async () => {
    const { cause, context } = await both(async (gate) => {
      const lock = latch();
      gate.spawn('parent', async () => {
        void lock.opened.then(() => gate.call('log', 'note', () => 0));
        await gate.call('store', 'put', () => 0);
        gate.spawn('child', async () => {
          await gate.call('store', 'put', () => 0);
          lock.open();
        });
      });
      await gate.drain();
    });
    expect(context).toEqual(['parent store/put#1', 'child store/put#1', 'parent log/note#1']);
    expect(cause).toEqual(['parent store/put#1', 'child store/put#1', 'child log/note#1']);
  });

  it.each(['idle', 'due', 'racing'] as const)('[EN30] knows whose code a timer resumes, with timers %s', async (timers) => {
    const clock = new VirtualClock(0);
    const gate = open('context', { clock, timers });
    for (const name of ['a', 'b']) {
      gate.spawn(name, async () => {
        await clock.sleep(10);
        await gate.call('store', 'put', () => 0);
      });
    }
    await gate.drain();
    expect(gate.trace.keys().filter((key) => !key.includes('sleep'))).toEqual(['a store/put#1', 'b store/put#1']);
  });

  it("[EN30] knows whose code a timer of Node's resumes, even during another task's effect", async () => {
    const { cause, context } = await both(async (gate) => {
      let rung: unknown;
      gate.spawn('a', async () => {
        await gate.call('a', 'wind', () => {
          rung = realTime(1).then(() => void gate.call('bell', 'ring', () => 0));
        });
      });
      gate.spawn('b', () => gate.call('b', 'hear', () => rung));
      await gate.drain();
    });
    expect(context).toEqual(['a/wind#1', 'b/hear#1', 'a bell/ring#1']);
    expect(cause).toEqual(['a/wind#1', 'b/hear#1', 'b bell/ring#1']);
  });

  it('[EN30] tells code that no task started by cause, and has a name for whoever runs', async () => {
    const gate = open('context');
    const callers: string[] = [gate.caller];
    const note = (): number => callers.push(gate.caller);
    void gate.call('x', 'first', note);
    gate.spawn('a', async () => {
      note();
      await gate.call('a', 'x', note);
      note();
    });
    gate.spawn('b', () => gate.call('b', 'x', note, { task: 'a' }));
    await gate.drain();
    expect(callers).toEqual(['nobody', 'a', 'nobody', 'a', 'a', 'a']);
    expect(gate.trace.keys()).toEqual(['x/first#1', 'a/x#1', 'a b/x#1']);
  });

  it('[EN30] names whoever runs by cause as well', async () => {
    const gate = open('cause');
    const callers: string[] = [];
    const note = (): number => callers.push(gate.caller);
    for (const name of ['a', 'b']) {
      gate.spawn(name, async () => {
        await gate.call(name, 'x', note);
        note();
      });
    }
    await gate.drain();
    expect([...callers, gate.caller]).toEqual(['a', 'a', 'b', 'b', 'nobody']);
  });
});

describe('two gates in one process', () => {
  const attributions = ['cause', 'context'] as const;

  it.each(attributions)('[EN31] run side by side as each does alone, by %s', async (attribution) => {
    const run = async (calls: number): Promise<readonly string[]> => {
      const gate = open(attribution, { responses: 'separate' });
      for (const name of ['a', 'b']) {
        gate.spawn(name, async () => {
          for (let n = 0; n < calls; n += 1) await gate.call('store', 'put', () => realTime(n % 2));
        });
      }
      await gate.drain();
      return gate.trace.keys();
    };
    const alone = [await run(3), await run(4)];
    expect(await Promise.all([run(3), run(4)])).toEqual(alone);
    expect(alone[0]?.at(-1)).toBe('b store/put#3 reply');
  });

  it.each(attributions)('[EN31] run inside one another, and each knows its own tasks only, by %s', async (attribution) => {
    const outer = open(attribution);
    const inner = open(attribution);
    const callers: string[] = [];
    outer.spawn('a', async () => {
      await outer.call('a', 'x', async () => {
        void inner.call('store', 'seed', () => callers.push(`${outer.caller} ${inner.caller}`));
        inner.spawn('i', async () => {
          await inner.call('store', 'put', () => callers.push(`${outer.caller} ${inner.caller}`));
          void outer.call('log', 'note', () => callers.push(`${outer.caller} ${inner.caller}`));
        });
        await inner.drain();
      });
    });
    await outer.drain();
    expect(inner.trace.steps.map(({ key, task }) => `${task}: ${key}`)).toEqual(['nobody: store/seed#1', 'i: i store/put#1']);
    expect(outer.trace.keys()).toEqual(['a/x#1', 'a log/note#1']);
    expect(callers.slice(0, 2)).toEqual(['a nobody', 'a i']);
  });

  it('[EN31] find, by context, their own task around another gate and its tasks', async () => {
    const outer = open('context');
    const inner = open('context');
    const lock = latch();
    outer.spawn('a', async () => {
      await outer.call('a', 'x', async () => {
        inner.spawn('i', async () => void lock.opened.then(() => outer.call('log', 'note', () => 0)));
        await inner.drain();
      });
    });
    outer.spawn('b', () => outer.call('b', 'x', lock.open));
    await outer.drain();
    expect(outer.trace.keys()).toEqual(['a/x#1', 'b/x#1', 'a log/note#1']);
  });
});
