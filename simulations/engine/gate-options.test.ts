import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';
import type { GateOptions } from './gate-options.ts';
import { serial } from './strategies/serial.ts';
import type { Strategy } from './strategy.ts';
import { VirtualClock } from './virtual-clock.ts';

const open = (options: Partial<GateOptions> = {}): { readonly gate: Gate; readonly clock: VirtualClock } => {
  const clock = new VirtualClock(0);
  return { gate: new Gate({ clock, keepTrace: true, ...options }), clock };
};

const realTime = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('responses of one call', () => {
  it('[EN32] are as the call says, whatever the gate says, and as the gate says when it says nothing', async () => {
    const keys = async (options: Partial<GateOptions>): Promise<readonly string[]> => {
      const { gate } = open(options);
      gate.spawn('a', async () => {
        await gate.call('a', 'plain', () => 0);
        await gate.call('a', 'apart', () => 0, { responses: 'separate' });
        await gate.call('a', 'at once', () => 0, { responses: 'together' });
      });
      await gate.drain();
      return gate.trace.keys();
    };
    expect(await keys({})).toEqual(['a/plain#1', 'a/apart#1', 'a/apart#1 reply', 'a/at once#1']);
    expect(await keys({ responses: 'separate' })).toEqual([
      'a/plain#1',
      'a/plain#1 reply',
      'a/apart#1',
      'a/apart#1 reply',
      'a/at once#1',
    ]);
  });
});

describe('afterStep', () => {
  it('[EN33] is told each step, from 1, once resumed code rests and before what must always hold is checked', async () => {
    const log: string[] = [];
    const { gate, clock } = open({
      responses: 'separate',
      onStep: (step, key) => log.push(`${step} ${key} begins`),
      afterStep: (step, { key, kind, task }) => void log.push(`${step} ${key} is over, ${kind} of ${task.name}`),
      always: [{ name: 'noted', holds: () => (log.push('checked') > 0 ? null : '') }],
    });
    gate.spawn('a', async () => {
      await clock.sleep(5);
      await gate.call('store', 'put', () => log.push('put'));
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      log.push('heard');
    });
    await gate.drain();
    expect(log).toEqual([
      '1 a store/put#1 begins',
      'put',
      '1 a store/put#1 is over, effect of a',
      'checked',
      '2 a store/put#1 reply begins',
      'heard',
      '2 a store/put#1 reply is over, response of a',
      'checked',
    ]);
  });

  it('[EN33] is waited for, though it does real input and output', async () => {
    const log: string[] = [];
    const { gate } = open({
      afterStep: async (step) => {
        await realTime(2);
        log.push(`after ${step}`);
      },
    });
    for (const name of ['a', 'b']) gate.spawn(name, () => gate.call(name, 'x', () => log.push(name)));
    await gate.drain();
    expect(log).toEqual(['a', 'after 1', 'b', 'after 2']);
  });

  it.each([
    [
      'thrown',
      (): void => {
        throw new Error('no more');
      },
    ],
    ['rejected', () => realTime(1).then(() => Promise.reject(new Error('no more')))],
  ])('[EN33] ends the run with its error, %s, before the next step', async (_, fail) => {
    const { gate } = open({ afterStep: (step) => (step === 2 ? fail() : undefined) });
    gate.spawn('a', async () => {
      for (let n = 0; n < 5; n += 1) await gate.call('a', 'x', () => 0);
    });
    await expect(gate.drain()).rejects.toThrow('no more');
    expect(gate.steps).toBe(2);
  });
});

describe('a strategy put in mid-run', () => {
  it('[EN35] chooses from the next step on, is told the steps of the whole gate, and alone hears of the end', async () => {
    const told: string[] = [];
    const telling = (name: string, pick: Strategy['pick']): Strategy => ({
      name,
      pick: (enabled, step) => {
        told.push(`${name} ${step}`);
        return pick(enabled, step);
      },
      ended: (steps) => told.push(`${name} ended ${steps}`),
    });
    const { gate } = open({ strategy: telling('first', serial().pick) });
    let order = '';
    for (const name of ['a', 'b']) {
      gate.spawn(name, async () => {
        for (let n = 0; n < 3; n += 1) {
          await gate.call(name, 'x', () => {
            order += name;
            if (order === 'ab') gate.use(telling('last', (enabled) => enabled.length - 1));
          });
        }
      });
    }
    await gate.drain();
    expect(order).toBe('abbbaa');
    expect(told).toEqual(['first 0', 'first 1', 'last 2', 'last 3', 'last 4', 'last 5', 'last ended 6']);
  });
});

describe('the trace', () => {
  it('[EN39] says whose event each step was: effects, responses and timers, of tasks and of nobody', async () => {
    const { gate } = open({ responses: 'separate', timers: 'due' });
    void gate.call('store', 'seed', () => 0, { responses: 'together' });
    gate.spawn('a', async () => {
      await gate.clockFor('store').sleep(5);
      await gate.call('store', 'put', () => 0);
    });
    await gate.run('main', () => gate.call('store', 'look', () => 0, { responses: 'together' }));
    expect(gate.trace.steps.map(({ task, kind, key }) => `${task}: ${kind} ${key}`)).toEqual([
      'nobody: effect store/seed#1',
      'main: effect store/look#1',
      'a: timer a store/sleep#1',
      'a: effect a store/put#1',
      'a: response a store/put#1 reply',
    ]);
  });
});

describe('a run that failed', () => {
  it('[EN40] leaves nothing behind that would end the next one early', async () => {
    const { gate, clock } = open({
      afterStep: (step) => {
        if (step === 1) throw new Error('the first run is over');
      },
    });
    for (const name of ['a', 'b']) gate.spawn(name, () => gate.call(name, 'x', () => 0));
    await expect(gate.drain()).rejects.toThrow('the first run is over');
    const next = await gate.run('next', async () => {
      await gate.call('next', 'x', () => 0);
      await clock.sleep(10);
      return gate.trace.keys();
    });
    expect(next).toEqual(['a/x#1', 'b/x#1', 'next/x#1']);
  });
});
