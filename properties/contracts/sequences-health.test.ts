/**
 * Errors, health and hash chains over the real adapters: the SVM, the Qdrant emulator over HTTP. What a green run does not show: a
 * real validator's block heights, and health while everybody acts at once.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pointIdOf } from '#impl/adapters/qdrant/point-ids.ts';
import type { HealthReport } from '#impl/backend/monitor/health.ts';
import type { ConsistencyErrorKind } from '#impl/core/consistency-error.ts';
import { hashContent } from '#impl/core/content.ts';
import { hashChainOf } from '#impl/core/hash-chain.ts';
import { type Ground, openGround, SequencesWorld, threadNamed } from './sequences-world.ts';

let ground: Ground;
let world: SequencesWorld;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.emulator.close());

const thread = threadNamed('health');
const TEXTS = ['first', 'second', 'third'];

beforeEach(async () => {
  world = await (await SequencesWorld.open(ground)).start();
  await world.run(() => world.client(0).createThread(thread));
  for (const text of TEXTS) await world.run(() => world.client(0).post(thread, text));
  await world.round();
});
afterEach(() => world.close());

const health = (backend: number): Promise<HealthReport> => world.run(() => world.backend(backend).health());
const errors = (kind: ConsistencyErrorKind): readonly string[] =>
  world.told.flatMap((event) =>
    (event.kind === 'error' || event.kind === 'recovered') && event.error.kind === kind ? [event.kind] : [],
  );

describe('[HL1] the hash chain of a cached view', () => {
  it('is what the program on the ledger has', async () => {
    const account = await world.ledgerThread(thread);
    const view = world.backend(0).inspect().views[0];
    expect(view?.messages).toHaveLength(3);
    expect(account?.messageCount).toBe(3);
    expect(hashChainOf(view?.messages ?? [])).toBe(account?.hashChain);
    expect(hashChainOf(view?.messages.slice(0, 2) ?? [])).not.toBe(account?.hashChain);
  });
});

describe('[H-1] [H-2] [H-3] [H-4] [HL16] health', () => {
  it('is fine of everybody, by evidence from each', async () => {
    world.advance(1_000);
    const { overall, findings, evidence } = await health(0);
    expect({ overall, findings }).toEqual({ overall: 'healthy', findings: [] });
    expect(evidence.solana.height).toBeGreaterThan(0);
    expect(evidence.qdrant).toEqual({ failure: null, problems: [], ageMs: 0 });
    expect(evidence.cache).toMatchObject({ cached: 1, sample: [{ thread, version: 4, found: { kind: 'agrees' } }], ageMs: 0 });
    expect(evidence.frontend).toMatchObject({ connected: 2, lagging: 0 });
  });

  it('says what is away, and is fine again', async () => {
    await world.gateway.setLink('down');
    await world.qdrant.setLink('down');
    const { authorities, evidence } = await health(0);
    expect(authorities).toMatchObject({ solana: 'unhealthy', qdrant: 'unhealthy' });
    expect([evidence.solana.failure?.authority, evidence.qdrant.failure?.authority]).toEqual(['solana', 'qdrant']);
    await world.gateway.setLink('up');
    await world.qdrant.setLink('up');
    await world.round();
    expect((await health(0)).overall).toBe('healthy');
  });

  it('says by how much a cache is older that has not ingested yet, and that it is no difference', async () => {
    await world.run(() => world.client(0).post(thread, 'fourth'));
    expect((await health(1)).evidence.cache).toMatchObject({
      sample: [{ version: 4, found: { kind: 'older', versions: 1 } }],
      differing: [],
    });
  });
});

describe('[E-3] ReconciliationFailed', () => {
  it('[EH10] of a backend that does not hold what is lost, until the one that does has put it back', async () => {
    const hash = hashContent({ thread, author: world.wallet(0).id, text: 'second' });
    expect(world.qdrant.lose('messages', pointIdOf(hash))).toBe(true);
    await world.run(() => world.backend(1).sync());
    expect(errors('ReconciliationFailed')).toEqual(['error']);
    await world.run(() => world.backend(0).sync());
    await world.run(() => world.backend(1).sync());
    expect(errors('ReconciliationFailed')).toEqual(['error', 'recovered']);
  });
});

describe('[E-4] TimeoutError', () => {
  it.each(['before', 'after'] as const)(
    '[EH11] of a write lost %s its effect that has no end at its deadline, by intent and thread, until it has one',
    async (position) => {
      world.gateway.arm({ kind: 'loseSubmit', position, as: 'reset' });
      const writing = (): Promise<unknown> =>
        Promise.all([world.client(0).post(thread, 'unsure'), world.clock.sleep(100).then(() => world.gateway.setLink('down'))]);
      await world.run(writing);
      expect(errors('TimeoutError')).toEqual(['error']);
      const [{ intent } = { intent: null }] = world.client(0).getSnapshot().unsettled;
      expect(world.told.find(({ kind }) => kind === 'error')).toMatchObject({
        error: { code: 'WriteUnsettled', authority: 'solana', thread, intent, attempt: 1 },
      });
      expect((await health(0)).errors.open).toMatchObject([{ error: { intent } }]);
      await world.round();
      expect(errors('TimeoutError')).toEqual(['error']);
      await world.gateway.setLink('up');
      await world.round();
      expect(errors('TimeoutError')).toEqual(['error', 'recovered']);
      expect(world.client(0).getSnapshot().unsettled).toEqual([]);
      expect((await health(0)).errors.open).toEqual([]);
    },
  );
});
