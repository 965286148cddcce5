import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FaultPlan } from './fault-plan.ts';
import { Gate } from './gate.ts';
import type { GateOptions } from './gate-options.ts';
import { StuckError } from './stuck-error.ts';
import { VirtualClock } from './virtual-clock.ts';

const open = (options: Partial<GateOptions> = {}): Gate => new Gate({ clock: new VirtualClock(0), hangMs: 20, ...options });

const realTime = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const never = (): Promise<never> => new Promise(() => undefined);
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

async function hung(gate: Gate): Promise<StuckError> {
  const error = await gate.drain().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StuckError);
  expect((error as StuckError).report.kind).toBe('hang');
  return error as StuckError;
}

describe('an effect that does not return', () => {
  it('[EN34] ends the run, which names it and its task, and nobody else', async () => {
    const gate = open();
    gate.spawn('honest', () => gate.clockFor('honest').sleep(5));
    gate.spawn('b', () => Promise.all([gate.call('store', 'get', never), gate.call('store', 'put', () => 0)]));
    const { report, message } = await hung(gate);
    expect(report).toEqual({
      kind: 'hang',
      step: 1,
      lastKey: 'b store/get#1',
      tasks: [
        {
          name: 'b',
          lastCall: 'b store/put#1',
          waitsFor: ['b store/get#1 (has not returned)', 'b store/put#1 (its turn)'],
          dropped: [],
        },
      ],
      held: [],
      sleepers: [{ who: 'honest/sleep#1', dueMs: 5 }],
    });
    expect(message).toContain('(last effect: b store/get#1): b is unfinished, for the last effect has not returned');
  });

  it('[EN34] is named though its task is in the background', async () => {
    const gate = open();
    gate.spawn('keeper', () => gate.call('keeper', 'sweep', never), { background: true });
    gate.spawn('work', () => gate.call('work', 'x', () => 0));
    expect((await hung(gate)).report.tasks.map(({ name }) => name)).toEqual(['keeper']);
  });

  it.each([
    ['answers', () => realTime(40)],
    ['fails', () => realTime(40).then(() => Promise.reject(new Error('late')))],
  ])('[EN34] is not heard of any more when it %s late', async (_, effect) => {
    const heard: unknown[] = [];
    const gate = open();
    gate.spawn('a', () => gate.call('a', 'x', effect).finally(() => heard.push('something')));
    expect((await hung(gate)).report.lastKey).toBe('a/x#1');
    await realTime(50);
    expect(heard).toEqual([]);
  });

  it('[EN34] is told from one that returns or fails in time, which leaves no timer behind', async () => {
    const gate = open({ hangMs: 10_000 });
    const before = timers();
    gate.spawn('a', async () => {
      await gate.call('a', 'x', () => realTime(1));
      const failing = gate.call('a', 'y', () => realTime(1).then(() => Promise.reject(new Error('no'))));
      await expect(failing).rejects.toThrow('no');
    });
    await gate.drain();
    expect({ steps: gate.steps, timers: timers() }).toEqual({ steps: 2, timers: before });
  });

  it('[EN34] is what awaiting a gated call inside an effect looks like', async () => {
    const gate = open();
    gate.spawn('a', () => gate.call('a', 'outer', () => gate.call('a', 'inner', () => 0)));
    expect((await hung(gate)).report.tasks[0]?.waitsFor).toEqual(['a/outer#1 (has not returned)', 'a/inner#1 (its turn)']);
  });

  it('[EN34] may be real input and output that nobody answers', async () => {
    const accepted: Socket[] = [];
    const server = createServer((socket) => accepted.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(client, 'connect');
    try {
      const gate = open({ hangMs: 50 });
      gate.spawn('client', async () => {
        await gate.call('client', 'look', () => client.readyState);
        await gate.call('client', 'ask', () => {
          client.write('anybody there?');
          return once(client, 'data');
        });
      });
      expect((await hung(gate)).report).toMatchObject({ step: 2, lastKey: 'client/ask#1', tasks: [{ name: 'client' }] });
    } finally {
      for (const socket of [client, ...accepted]) socket.destroy();
      server.close();
    }
  });

  it('[EN34] may be a fault that does not return', async () => {
    const planned = [{ task: 'a', call: 2, position: 'after', fault: 'slow' }] as const;
    const gate = open({ faults: new FaultPlan({ planned, enact: never, name: String }) });
    gate.spawn('a', async () => {
      for (let n = 0; n < 3; n += 1) await gate.call('a', 'x', () => n);
    });
    expect((await hung(gate)).report).toMatchObject({ step: 2, tasks: [{ name: 'a', waitsFor: ['a/x#2 (has not returned)'] }] });
  });

  it('[EN34] is told from one that fails because a gate of its own is stuck: that is its caller to hear', async () => {
    const gate = open();
    const inner = open();
    inner.spawn('i', never);
    gate.spawn('a', async () => {
      await expect(gate.call('a', 'x', () => inner.drain())).rejects.toThrow('i is unfinished');
    });
    await gate.drain();
    expect(gate.steps).toBe(1);
  });

  it.each([0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])('[EN34] cannot be given %d milliseconds', (hangMs) => {
    expect(() => open({ hangMs })).toThrow(new RangeError(`gate: hangMs is 1 to 2147483647 ms, not ${hangMs}`));
  });
});
