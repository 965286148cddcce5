/**
 * Whatever writers do and whatever the network does to their requests, the store never goes back: metadata stays at the newest
 * version that took effect, a recorded message stays recorded, and a last pass of plain writes ends where the ledger says.
 * Shows nothing about order between messages, or about more than one store.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createQdrantContentStore } from '#impl/adapters/qdrant/content-store.ts';
import type { ContentStore } from '#impl/ports/content-store.ts';
import { type QdrantEmulator, startEmulator } from '#simulations/qdrant/emulator.ts';
import type { WriteFault } from '#simulations/qdrant/emulator-faults.ts';
import type { EmulatorWorld } from '#simulations/qdrant/world.ts';
import { alice, axis, bob, contractDimensions, countingRandom, draft, metadata, thread } from './content-store.contract.ts';

let emulator: QdrantEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

type Step =
  | { readonly kind: 'putThread'; readonly version: number }
  | { readonly kind: 'putPending' | 'putRecorded' | 'markRecorded' | 'discardPending' }
  | { readonly kind: 'fault'; readonly fault: Pick<WriteFault, 'effect' | 'answer'> }
  | { readonly kind: 'deliverDelayed' | 'applyPending' | 'freezeReads' | 'thawReads' | 'redeliver' };

const lastVersion = 6;
const coAuthorsAt = (version: number) => (version % 2 === 0 ? [alice, bob] : [bob]);
const message = draft('the message');

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('putThread' as const), version: fc.integer({ min: 1, max: lastVersion }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('putPending', 'putRecorded', 'markRecorded', 'discardPending') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      fault: fc.record({
        effect: fc.constantFrom<WriteFault['effect']>(
          { kind: 'now' },
          { kind: 'never' },
          { kind: 'queued' },
          { kind: 'delayed' },
        ),
        answer: fc.constantFrom<WriteFault['answer']>(
          { kind: 'lost' },
          { kind: 'acknowledged' },
          { kind: 'refused', status: 503 },
        ),
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('deliverDelayed', 'applyPending', 'freezeReads', 'thawReads', 'redeliver') }),
  },
);

async function perform(world: EmulatorWorld, store: ContentStore, each: Step): Promise<void> {
  switch (each.kind) {
    case 'putThread':
      await store.putThread(metadata(each.version, coAuthorsAt(each.version)));
      return;
    case 'putPending':
      await store.putPending(message, axis(0));
      return;
    case 'putRecorded':
      await store.putRecorded({ ...message, sequence: 0 }, axis(0));
      return;
    case 'markRecorded':
      await store.markRecorded(message.hash, 0);
      return;
    case 'discardPending':
      await store.discardPending(message.hash);
      return;
    case 'fault':
      world.arm({ on: 'write', ...each.fault });
      return;
    case 'redeliver':
      for (const collection of ['messages', 'threads']) {
        const [oldest] = world.recentWrites(collection);
        if (oldest !== undefined) world.redeliver(collection, oldest.number);
      }
      return;
    case 'deliverDelayed':
    case 'applyPending':
    case 'freezeReads':
    case 'thawReads':
      world[each.kind]();
      return;
  }
}

const storedVersion = (world: EmulatorWorld): number => Number(world.points('threads')[0]?.payload['version'] ?? 0);
const isRecorded = (world: EmulatorWorld): boolean => world.points('messages')[0]?.payload['state'] === 'recorded';

it('[QF10] under delays, losses, repetitions and stale reads nothing goes back, and after healing it converges', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
      const world = await emulator.openWorld(`run${run++}_`);
      try {
        const random = countingRandom(world.prefix);
        const store = createQdrantContentStore({ url: world.url, prefix: world.prefix, dimensions: contractDimensions, random });
        await store.ensureCollections();
        let [version, recorded] = [0, false];
        for (const each of steps) {
          await perform(world, store, each);
          expect(storedVersion(world)).toBeGreaterThanOrEqual(version);
          expect(isRecorded(world) || !recorded).toBe(true);
          [version, recorded] = [storedVersion(world), isRecorded(world)];
        }
        world.disarm();
        world.thawReads();
        world.deliverDelayed();
        expect(await store.putThread(metadata(lastVersion, coAuthorsAt(lastVersion)))).toMatchObject({ kind: 'applied' });
        expect(await store.putRecorded({ ...message, sequence: 0 }, axis(0))).toMatchObject({ kind: 'applied' });
        expect(await store.thread(thread('one'))).toEqual({ ok: true, value: metadata(lastVersion, coAuthorsAt(lastVersion)) });
        expect(await store.messages([message.hash])).toEqual({
          ok: true,
          value: [{ ...message, state: 'recorded', sequence: 0 }],
        });
      } finally {
        await world.drop();
      }
    }),
    { numRuns: 60, seed: 20 },
  );
});
