/** Pushes on a gated wire. What a green run does not show: requests and replies (the concurrent properties do). */
import { describe, expect, it } from 'vitest';
import { backendId } from '#impl/ports/ids.ts';
import { FaultPlan } from '../../engine/fault-plan.ts';
import { Gate } from '../../engine/gate.ts';
import { createStrategy } from '../../engine/portfolio.ts';
import { VirtualClock } from '../../engine/virtual-clock.ts';
import { gatedNetwork } from './gated-channel.ts';

/** Two tasks push to one client, `first` before `second`; what arrived under this order of tasks, and how often one was overtaken. */
async function pushed(order: readonly string[], isDoubled = false): Promise<object> {
  const faults = new FaultPlan<string>({
    planned: isDoubled ? [{ task: 'second', call: 1, position: 'after', fault: 'doubled' }] : [],
    name: (fault) => fault,
    enact: (_, { run }) => {
      run();
      return { kind: 'act' };
    },
  });
  const strategy = createStrategy({ kind: 'segments', segments: order.map((task) => ({ task, events: 1 })) });
  const gate = new Gate({ clock: new VirtualClock(0), strategy, faults });
  let overtaken = 0;
  const network = gatedNetwork(
    gate,
    (client) => client,
    () => {
      overtaken += 1;
    },
  );
  const arrived: string[] = [];
  const id = backendId('backend-0');
  const onConnect = (peer: { push(frame: string): void }): void => {
    for (const task of ['first', 'second']) gate.spawn(task, () => peer.push(task));
  };
  network.up(id, { onConnect, onDisconnect: () => undefined, onRequest: async (_, frame) => frame });
  const onPush = (frame: string): number => arrived.push(frame);
  await network.dialer('wallet#0').connect(id, { onPush, onClosed: () => undefined });
  await gate.drain();
  return { arrived, overtaken };
}

describe('[CW8] a push', () => {
  it.each([
    ['in the order of sending', ['first', 'second'], false, { arrived: ['first', 'second'], overtaken: 0 }],
    ['after one that was sent later', ['second', 'first'], false, { arrived: ['second', 'first'], overtaken: 1 }],
    ['twice, which is no overtaking', ['first', 'second'], true, { arrived: ['first', 'second', 'second'], overtaken: 0 }],
  ])('arrives %s', async (_, order, isDoubled, expected) => {
    expect(await pushed(order, isDoubled)).toEqual(expected);
  });
});
