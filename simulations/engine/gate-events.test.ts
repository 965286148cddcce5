import { describe, expect, it } from 'vitest';
import { AlwaysError } from './always.ts';
import { Gate } from './gate.ts';
import type { GateOptions } from './gate-options.ts';
import { recorded } from './strategies/recorded.ts';
import type { Strategy } from './strategy.ts';
import { StuckError } from './stuck-error.ts';
import { VirtualClock } from './virtual-clock.ts';

interface Bench {
  readonly gate: Gate;
  readonly clock: VirtualClock;
  readonly log: string[];
}

const open = (options: Partial<GateOptions> = {}): Bench => {
  const clock = new VirtualClock(0);
  return { gate: new Gate({ clock, keepTrace: true, ...options }), clock, log: [] };
};

/** Runs the gate into the error it must end with. */
async function stuck(gate: Gate): Promise<StuckError> {
  const error = await gate.drain().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StuckError);
  return error as StuckError;
}

const following = (...keys: readonly string[]): Strategy => recorded(keys);

/** An event loop turn that the gate knows nothing of. */
const realTime = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('events', () => {
  it('[EN8] lets a request and its response be overtaken independently', async () => {
    const { gate, log } = open({
      responses: 'separate',
      strategy: following('a/x#1', 'b/x#1', 'b/x#1 reply', 'b/y#1', 'a/x#1 reply', 'b/y#1 reply'),
    });
    gate.spawn('a', async () => {
      await gate.call('a', 'x', () => log.push('a/x'));
      log.push('a heard');
    });
    gate.spawn('b', async () => {
      await gate.call('b', 'x', () => log.push('b/x'));
      log.push('b heard');
      await gate.call('b', 'y', () => log.push('b/y'));
    });
    await gate.drain();
    expect(log).toEqual(['a/x', 'b/x', 'b heard', 'b/y', 'a heard']);
    expect(gate.trace.steps.map(({ kind }) => kind)).toEqual(['effect', 'effect', 'response', 'effect', 'response', 'response']);
  });

  it('[EN9] names a call by the task whose event caused it, the same in every interleaving', async () => {
    const keysOf = async (strategy?: Strategy): Promise<readonly string[]> => {
      const { gate } = open(strategy === undefined ? {} : { strategy });
      for (const task of ['c#1', 'c#2']) {
        gate.spawn(task, async () => {
          await Promise.resolve();
          await gate.call(task, 'ask', () => 0);
          await gate.call('server', 'serve', () => 0);
          await Promise.all([gate.call('server', 'serve', () => 0), gate.call('server', 'store', () => 0)]);
        });
      }
      await gate.drain();
      return gate.trace.keys();
    };
    const serial = await keysOf();
    const last = await keysOf({ name: 'last', pick: (enabled) => enabled.length - 1 });
    expect(serial).toContain('c#2 server/serve#2');
    expect(serial).toContain('c#1/ask#1');
    expect(last).not.toEqual(serial);
    expect(last.toSorted()).toEqual(serial.toSorted());
  });

  it('[EN9] lets code that another task resumed say whose it is, and refuses a task that is not there', async () => {
    const { gate } = open();
    let release = (): void => undefined;
    const lock = new Promise<void>((resolve) => {
      release = resolve;
    });
    gate.spawn('waiter', async () => {
      await gate.waiting('the lock', lock);
      await gate.call('waiter', 'x', () => 0, { task: 'waiter' });
    });
    gate.spawn('holder', async () => {
      await gate.call('holder', 'x', () => 0);
      release();
    });
    await gate.drain();
    expect(gate.trace.keys()).toEqual(['holder/x#1', 'waiter/x#1']);
    expect(() => gate.call('a', 'x', () => 0, { task: 'nobody here' })).toThrow('there is no task nobody here');
    expect(() => gate.spawn('waiter', () => 0)).toThrow('there is a task waiter already');
  });

  it('[EN10] chooses only when all resumed code has come to rest, in memory and after real input and output', async () => {
    const { gate } = open();
    const seen: number[] = [];
    gate.spawn('deep', async () => {
      await gate.call('deep', 'x', () => 0);
      for (let turn = 0; turn < 500; turn += 1) await Promise.resolve();
      await gate.call('deep', 'y', () => 0);
    });
    gate.spawn('real', async () => {
      await gate.call('real', 'x', () => realTime(2));
      await new Promise((resolve) => setImmediate(resolve));
      await gate.call('real', 'y', () => 0);
    });
    gate.spawn('other', async () => {
      for (let n = 0; n < 4; n += 1) await gate.call('other', 'x', () => 0);
    });
    await gate.drain();
    for (const { enabled } of gate.trace.steps) seen.push(enabled);
    // Three tasks with 2, 2 and 4 calls in turn: nobody was still on the way to their next call when the choice was made.
    expect(gate.trace.keys()).toEqual([
      'deep/x#1',
      'real/x#1',
      'other/x#1',
      'deep/y#1',
      'real/y#1',
      'other/x#2',
      'other/x#3',
      'other/x#4',
    ]);
    expect(seen).toEqual([3, 3, 3, 3, 2, 1, 1, 1]);
  });

  it('[EN11] ends at once on asynchrony that bypasses it, naming the culprit and its last call', async () => {
    const { gate } = open({ leaks: 'atOnce' });
    gate.spawn('honest', async () => {
      for (let n = 0; n < 50; n += 1) await gate.call('honest', 'x', () => 0);
    });
    gate.spawn('leaky', async () => {
      await gate.call('leaky', 'fetch', () => 0);
      await realTime(20);
      await gate.call('leaky', 'store', () => 0);
    });
    const { report, message } = await stuck(gate);
    expect(report).toMatchObject({ kind: 'leak', step: 2, tasks: [{ name: 'leaky', lastCall: 'leaky/fetch#1' }] });
    expect(message).toContain('leaky: waits for nothing the gate knows of; last call leaky/fetch#1');
    await realTime(25);
  });

  it('[EN11] names the culprit though it is in the background', async () => {
    const { gate } = open({ leaks: 'atOnce' });
    gate.spawn('leaky', () => gate.call('leaky', 'fetch', () => 0).then(() => realTime(20)), { background: true });
    gate.spawn('honest', () => gate.call('honest', 'x', () => 0));
    expect((await stuck(gate)).report).toMatchObject({ kind: 'leak', step: 1, tasks: [{ name: 'leaky' }] });
    await realTime(25);
  });

  it('[EN12] reports a deadlock: who waits for what, and which calls are held because their node is down', async () => {
    const { gate } = open({ leaks: 'atOnce' });
    const never = new Promise<void>(() => undefined);
    for (const [mine, theirs] of [
      ['left', 'right'],
      ['right', 'left'],
    ] as const) {
      gate.spawn(mine, async () => {
        await gate.call(mine, 'take', () => 0);
        await gate.waiting(`the fork of ${theirs}`, never);
      });
    }
    gate.spawn('caller', () => gate.call('server', 'serve', () => 0));
    gate.takeDown('server');
    const { report, message } = await stuck(gate);
    expect(report).toMatchObject({ kind: 'deadlock', held: ['caller server/serve#1'], sleepers: [] });
    expect(message).toContain('left, right, caller are unfinished');
    expect(message).toContain('left: waits for the fork of right; last call left/take#1');
    expect(message).toContain('caller: waits for caller server/serve#1 (server is down)');
  });

  it('[EN12] ends a run that goes on and on at its limit of steps', async () => {
    const { gate } = open({ maxSteps: 30 });
    gate.spawn('spinner', async () => {
      for (;;) await gate.call('spinner', 'x', () => 0);
    });
    expect((await stuck(gate)).report).toMatchObject({
      kind: 'steps',
      step: 30,
      tasks: [{ name: 'spinner', waitsFor: ['spinner/x#31 (its turn)'] }],
    });
  });
});

describe('nodes', () => {
  it('[EN13] holds the calls of a node that is down, and answers to it, until it is up', async () => {
    const { gate } = open({ responses: 'separate' });
    gate.spawn('client', () => gate.call('server', 'serve', () => gate.takeDown('server')));
    gate.spawn('other', async () => {
      await gate.call('other', 'x', () => 0);
      await gate.call('other', 'y', () => gate.bringUp('server'));
    });
    await gate.drain();
    expect(gate.trace.keys()).toEqual([
      'client server/serve#1',
      'other/x#1',
      'other/x#1 reply',
      'other/y#1',
      'client server/serve#1 reply',
      'other/y#1 reply',
    ]);
  });

  it('[EN13] loses what a crashed node had under way, its sleeps and tasks, and serves it again once it is up', async () => {
    const killer = ['look', 'kill', 'revive'].flatMap((label) => [`killer/${label}#1`, `killer/${label}#1 reply`]);
    const again = 'server again server/write#1';
    const strategy = following('server/write#1', ...killer, again, `${again} reply`);
    const { gate, log } = open({ responses: 'separate', strategy });
    const clock = gate.clockFor('server');
    const server = gate.spawn(
      'server',
      async () => {
        await gate.call('server', 'write', () => log.push('written'));
        log.push('server heard');
      },
      { node: 'server' },
    );
    gate.spawn('ticker', () => clock.sleep(100).then(() => log.push('ticked')), { node: 'server' });
    gate.spawn('killer', async () => {
      await gate.call('killer', 'look', () => 0);
      expect(await gate.call('killer', 'kill', () => gate.crash('server'))).toBe(2);
      await gate.call('killer', 'revive', () => gate.bringUp('server'));
      gate.spawn('server again', () => gate.call('server', 'write', () => log.push('written again')));
      // Long enough for the lost sleep to show itself, were it not lost.
      await gate.clockFor('killer').sleep(500);
    });
    await gate.drain();
    expect(log).toEqual(['written', 'written again']);
    expect(server.outcome).toEqual({ ok: false, error: null, crashedWith: 'server' });
  });

  it('[EN13] says in a report which sleeps a crash took', async () => {
    const { gate } = open();
    gate.spawn('client', () => gate.clockFor('server').sleep(10));
    gate.spawn('killer', () => gate.call('killer', 'kill', () => gate.crash('server')));
    const { report } = await stuck(gate);
    expect(report).toMatchObject({
      kind: 'deadlock',
      tasks: [{ name: 'client', dropped: ['client server/sleep#1'] }],
      sleepers: [],
    });
  });

  it('[EN13] says in a report which calls a crash took from a task that lives elsewhere', async () => {
    const { gate } = open({ leaks: 'atOnce' });
    gate.spawn('client', () => gate.call('server', 'serve', () => gate.crash('server')));
    const { report, message } = await stuck(gate);
    expect(report.kind).toBe('deadlock');
    expect(message).toContain('client: waits for nothing the gate knows of; last call client server/serve#1; lost in a crash:');
  });
});

describe('timers', () => {
  const race = async (timers: NonNullable<GateOptions['timers']>, strategy: Strategy): Promise<string> => {
    const { gate, log } = open({ timers, strategy });
    const timeout = gate.clockFor('a').sleep;
    gate.spawn('a', async () => {
      log.push(await Promise.race([gate.call('a', 'ask', () => 'answer'), timeout(1_000).then(() => 'time-out')]));
    });
    await gate.drain();
    return log[0] as string;
  };
  const lastKey: Strategy = { name: 'last', pick: (enabled) => enabled.length - 1 };

  it('[EN14] lets the next timer overtake parked calls only where timers race', async () => {
    expect(await race('idle', lastKey)).toBe('answer');
    expect(await race('due', lastKey)).toBe('answer');
    expect(await race('racing', lastKey)).toBe('time-out');
    expect(await race('racing', { name: 'first', pick: () => 0 })).toBe('answer');
  });

  it('[EN14] lets every timer that is near enough overtake parked calls and one another while it is told to', async () => {
    const { gate, clock } = open({ timers: 'due', strategy: lastKey });
    const woken: string[] = [];
    const sleeper = (name: string, ms: number, background = false): void => {
      gate.spawn(
        name,
        () =>
          gate
            .clockFor(name)
            .sleep(ms)
            .then(() => woken.push(`${name} at ${clock.nowMs()}`)),
        { background },
      );
    };
    gate.race(50);
    sleeper('near', 20);
    sleeper('nearer', 10);
    sleeper('watch', 40, true);
    sleeper('far', 60, true);
    gate.spawn('call', () => gate.call('call', 'x', () => woken.push(`call at ${clock.nowMs()}`)));
    await gate.drain();
    expect(woken).toEqual(['watch at 40', 'nearer at 40', 'near at 40', 'far at 60', 'call at 60']);
    gate.race(null);
    sleeper('late', 30);
    gate.spawn('again', () => gate.call('again', 'x', () => woken.push(`again at ${clock.nowMs()}`)));
    await gate.drain();
    expect(woken.slice(-2)).toEqual(['again at 60', 'late at 90']);
  });

  it('[EN14] lets timers overtake a call for so long only, where races are fair, and ends with the last task', async () => {
    const { gate, clock } = open({ timers: 'due', strategy: lastKey });
    let rounds = 0;
    gate.race(50, { fair: true });
    gate.spawn(
      'rounds',
      async () => {
        for (;;) {
          await gate.clockFor('rounds').sleep(20);
          rounds += 1;
          await gate.call('rounds', 'x', () => undefined);
        }
      },
      { background: true },
    );
    let calledAt: number | null = null;
    gate.spawn('call', () => gate.call('call', 'x', () => (calledAt = clock.nowMs())));
    await gate.drain();
    expect({ calledAt, rounds }).toEqual({ calledAt: 40, rounds: 2 });
  });

  it('[EN14] makes due timers events that the strategy orders, and stamps them with virtual time', async () => {
    const { gate } = open({ timers: 'due', strategy: lastKey });
    for (const name of ['a', 'b', 'c']) {
      const { sleep } = gate.clockFor(name);
      gate.spawn(name, async () => {
        await sleep(name === 'c' ? 20 : 10);
        await gate.call(name, 'x', () => 0);
      });
    }
    await gate.drain();
    expect(gate.trace.steps.map(({ virtualTimeMs, key }) => `${virtualTimeMs} ${key}`)).toEqual([
      '10 b/sleep#1',
      '10 b/x#1',
      '10 a/sleep#1',
      '10 a/x#1',
      '20 c/sleep#1',
      '20 c/x#1',
    ]);
  });

  it('[EN14] fires racing timers in order of their due time, each no earlier than it is due', async () => {
    const { gate, log, clock } = open({ timers: 'racing' });
    for (const ms of [30, 10, 20]) {
      gate.spawn(`t${ms}`, () => clock.sleep(ms).then(() => log.push(`${ms} at ${clock.nowMs()}`)));
    }
    await gate.drain();
    expect(log).toEqual(['10 at 10', '20 at 20', '30 at 30']);
  });
});

describe('tasks', () => {
  it('[EN24] ends when all but background tasks have, and passes on the error of the first that failed', async () => {
    const { gate, log } = open();
    gate.spawn(
      'keeper',
      async () => {
        for (;;) {
          await gate.clockFor('keeper').sleep(10);
          await gate.call('keeper', 'sweep', () => log.push('swept'));
        }
      },
      { background: true },
    );
    gate.spawn('work', () => gate.clockFor('work').sleep(35));
    await gate.drain();
    expect(log.length).toBe(3);
    gate.spawn('fails', async () => {
      await gate.call('fails', 'x', () => 0);
      throw new Error('first');
    });
    gate.spawn('fails too', async () => {
      throw new Error('second, though sooner');
    });
    await expect(gate.drain()).rejects.toThrow('first');
  });
});

describe('always', () => {
  it('[EN25] checks after every step and names the step that broke it', async () => {
    let balance = 3;
    const { gate } = open({
      always: [
        { name: 'solvent', holds: () => (balance >= 0 ? null : `balance ${balance}`) },
        { name: 'asked later', holds: async () => null },
      ],
    });
    gate.spawn('spender', async () => {
      for (;;) await gate.call('spender', 'pay', () => (balance -= 1));
    });
    const error = await gate.drain().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AlwaysError);
    expect(error).toMatchObject({
      check: 'solvent',
      step: 4,
      message: 'solvent does not hold after step 4 (spender/pay#4): balance -1',
    });
  });
});
