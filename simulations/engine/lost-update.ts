import { Gate } from './gate.ts';
import { createStrategy, drawStrategy } from './portfolio.ts';
import { explore } from './strategies/exhaustive.ts';
import type { Strategy } from './strategy.ts';
import { VirtualClock } from './virtual-clock.ts';

/** One run: a fresh world, two clients, every effect through the gate. */
async function count(strategy: Strategy) {
  const gate = new Gate({ clock: new VirtualClock(0), strategy, responses: 'separate', leaks: 'atOnce', keepTrace: true });
  let counter = 0;
  for (const client of ['alice', 'bob']) {
    gate.spawn(client, async () => {
      const seen = await gate.call(client, 'read', () => counter);
      await gate.call(client, 'write', () => {
        counter = seen + 1;
      });
    });
  }
  await gate.drain();
  return { lost: 2 - counter, keys: gate.trace.keys(), hash: gate.traceHash() };
}

/** Draws strategies until an update is lost: how many it took, and the schedule that lost it. */
export async function findLostUpdate() {
  for (let seed = 1; ; seed += 1) {
    const run = await count(createStrategy(drawStrategy(seed, { tasks: 2, eventsPerTask: 4 })));
    if (run.lost > 0) return { tries: seed, ...run };
  }
}

/** The same run again, from its keys alone. */
export const replay = (keys: readonly string[]) => count(createStrategy({ kind: 'recorded', keys }));

/** All schedules with at most this many preemptions, and how many of them lose an update. */
export async function countLostUpdates(preemptions: number) {
  let losing = 0;
  const { schedules } = await explore({ preemptions, run: count, onRun: ({ lost }) => (losing += lost) });
  return { schedules, losing };
}
