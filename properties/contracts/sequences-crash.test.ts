/**
 * A backend dies at each of its port calls during each kind of write, before the call or after its effect. After healing, whatever
 * the client was told must be so, everybody must agree, and nothing may be left over.
 * What a green run does not show: two failures at once, or a crash while several clients write.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashContent } from '#impl/core/content.ts';
import type { WriteResult } from '#impl/core/protocol.ts';
import { type CrashPlan, type Ground, MINIMUM_STAKE, openGround, SequencesWorld, threadNamed } from './sequences-world.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.emulator.close());

const thread = threadNamed('crash');
const TEXT = 'survivor';

/** A write by a client of b0, on a thread that client 0 has created; what it adds to the version when it lands. */
interface Case {
  readonly before: (world: SequencesWorld) => Promise<unknown>;
  readonly write: (world: SequencesWorld) => Promise<WriteResult>;
  readonly landsAs: number;
  /** What Qdrant holds of the text when it has landed. */
  readonly content: 'recorded' | 'pending' | null;
}

const hashBy = (world: SequencesWorld, client: number) => hashContent({ thread, author: world.wallet(client).id, text: TEXT });
const spec = (world: SequencesWorld) => ({ thread, hash: hashBy(world, 2), author: world.wallet(2).id });
const create = (world: SequencesWorld) => world.client(0).createThread(thread);
const submit = async (world: SequencesWorld): Promise<WriteResult> => {
  await create(world);
  return world.client(2).submitSpec(thread, TEXT, MINIMUM_STAKE);
};

const cases: Readonly<Record<string, Case>> = {
  createThread: { before: async () => undefined, write: create, landsAs: 1, content: null },
  post: { before: create, write: (world) => world.client(0).post(thread, TEXT), landsAs: 2, content: 'recorded' },
  submitSpec: {
    before: create,
    write: (world) => world.client(2).submitSpec(thread, TEXT, MINIMUM_STAKE),
    landsAs: 2,
    content: 'pending',
  },
  'settle of a denied spec': {
    before: async (world) => {
      await submit(world);
      await world.client(0).vote(spec(world), 'deny');
    },
    write: (world) => world.client(0).settle(spec(world)),
    landsAs: 4,
    content: null,
  },
  'a refused post': { before: create, write: (world) => world.client(2).post(thread, TEXT), landsAs: 0, content: null },
};

/** Everybody agrees with the ledger, and nothing is unfinished. */
async function expectConverged(world: SequencesWorld): Promise<number> {
  const ledger = await world.ledgerThread(thread);
  const hashes = await world.ledgerHashes(thread);
  const version = ledger?.version ?? 0;
  for (const i of [0, 1]) {
    const seen = world.backend(i).inspect();
    const view = seen.views.find((each) => each.thread === thread);
    expect(view?.version ?? 0).toBe(version);
    expect(view?.messages.map((message) => message.hash) ?? []).toEqual(hashes);
    expect(view?.vault ?? 0n).toBe(ledger?.vault ?? 0n);
    expect(seen).toMatchObject({
      projectionQueue: 0,
      behind: 0,
      outbox: { preparing: 0, submitting: 0 },
      counters: { missingContents: 0 },
    });
  }
  for (const client of world.clients) {
    const snapshot = client.getSnapshot();
    expect(snapshot.unsettled).toEqual([]);
    const shown = snapshot.threads.find((each) => each.thread === thread);
    expect(shown?.confirmed?.version ?? 0).toBe(version);
    expect([...(shown?.messages ?? []), ...(shown?.specs ?? [])]).toEqual([]);
  }
  expect(await world.storedVersion(thread)).toBe(version);
  const stored = await world.stored(thread);
  expect(stored.filter((each) => each.state === 'recorded').map((each) => each.hash)).toEqual(hashes);
  expect(stored.filter((each) => each.state === 'pending')).toHaveLength(ledger?.openSpecs ?? 0);
  return version;
}

/** Whether the plan struck before the write had ended by itself. */
async function crashDuring(name: string, { before, write, landsAs, content }: Case, plan: CrashPlan): Promise<boolean> {
  const world = await (await SequencesWorld.open(ground)).start();
  try {
    await world.run(() => before(world));
    const versionBefore = (await world.ledgerThread(thread))?.version ?? 0;
    world.planCrash(0, plan);
    const result = await world.run(() => write(world));
    const struck = world.isDown(0);
    const told = result.kind === 'refused' ? result.refusal.code : result.kind;
    await world.heal();
    const version = await expectConverged(world);
    const landed = landsAs > 0 && version === landsAs;
    expect(version, `${name}, ${plan.position} call ${plan.call}: told ${told}`).toBe(landed ? landsAs : versionBefore);
    if (result.kind === 'confirmed') expect(landed).toBe(true);
    if (result.kind === 'refused') expect(landed).toBe(false);
    if (result.kind === 'unsettled') {
      const ends = world.clients.flatMap((client) => client.getSnapshot().settled.map(({ end }) => end.kind));
      expect(ends).toEqual([landed ? 'confirmed' : 'refused']);
    }
    const texts = (await world.stored(thread)).map((message) => message.state);
    if (landed) expect(texts).toEqual(content === null ? [] : [content]);
    return struck;
  } finally {
    await world.close();
  }
}

/** Crashes at the first call, the second ... until the write ends before the crash comes. */
async function crashAtEachCall(name: string, position: CrashPlan['position']): Promise<void> {
  const each = cases[name] as Case;
  let call = 1;
  while (await crashDuring(name, each, { call, position })) call += 1;
  expect(call, 'how many calls the write takes').toBeGreaterThan(8);
}

describe('a backend that crashes', () => {
  it.each(Object.keys(cases))('[SQ40] after the effect of any port call of %s leaves the truth told and nothing over', (name) =>
    crashAtEachCall(name, 'after'),
  );

  // Between two calls of one request this differs from the above only where the client hears something in between.
  it.each(['post'])('[SQ41] before any port call of %s likewise', (name) => crashAtEachCall(name, 'before'));
});
