/**
 * The main job's worlds on a Qdrant that is a server of its own, reached by QDRANT_URL: here a standalone emulator, whose wire is the
 * server's. Does not show that a real server is fast or right; runs with QDRANT_URL set to one do.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runScenario } from '#properties/lockstep/run-scenario.ts';
import type { Step } from '#properties/lockstep/scenario.ts';
import { type QdrantEmulator, startEmulator } from '#simulations/qdrant/emulator.ts';
import { openQdrantHost } from '#simulations/qdrant/qdrant-host.ts';
import type { LostAnswer, QdrantHost, QdrantWorld } from '#simulations/qdrant/qdrant-world.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { openSvmTier } from '#simulations/world/svm/svm-tier.ts';
import type { Ground, WorldFault } from '#simulations/world/system.ts';

let server: QdrantEmulator;
beforeAll(async () => {
  server = await startEmulator();
});
afterAll(() => server.close());

const environment = () => ({ QDRANT_URL: server.url });

describe('a world behind the fault proxy', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = groundOf(await openSvmTier('litesvm', { prefer: 'real', environment: environment() }));
  });
  afterAll(async () => {
    await ground.close();
    expect(server.collections()).toEqual([]);
  });

  const createThread: Step = { kind: 'operation', client: 'wallet#0', operation: { kind: 'createThread', thread: 'thread#0' } };
  const post = (text: string): Step => ({
    kind: 'operation',
    client: 'wallet#0',
    operation: { kind: 'post', thread: 'thread#0', text },
  });
  const inject = (fault: WorldFault): Step => ({ kind: 'fault', fault });
  const link = (kind: 'linkUp' | 'linkDown'): Step => inject({ kind, authority: 'qdrant' });
  const lose = (position: 'before' | 'after', thenDown: boolean): Step =>
    inject({ kind: 'loseResponse', authority: 'qdrant', position, thenDown });
  const read: Step = { kind: 'operation', client: 'wallet#1', operation: { kind: 'readStrong', thread: 'thread#0' } };
  const after: readonly Step[] = [link('linkUp'), { kind: 'advance', ms: 40_000 }, post('later'), read];

  it('[QP1] names the server in one line', () => {
    expect(ground.describe()).toContain(`Qdrant: the server at ${server.url} (QDRANT_URL), behind our fault proxy`);
  });

  it.each<[string, readonly Step[]]>([
    ['no fault', [createThread, post('one'), read]],
    ['the link down and up again', [createThread, link('linkDown'), post('one'), read, ...after]],
    ['an answer lost before its effect', [createThread, lose('before', false), post('one'), ...after]],
    ['an answer lost after its effect', [createThread, lose('after', false), post('one'), ...after]],
    ['an answer lost before its effect, then no link', [createThread, lose('before', true), post('one'), read, ...after]],
    ['an answer lost after its effect, then no link', [createThread, lose('after', true), post('one'), read, ...after]],
  ])('[QP1] holds in lockstep with %s', async (_what, steps) => {
    const setup = { wallets: 2, backends: 2, balance: 5_000n };
    expect((await runScenario(ground, { setup, steps }))?.violation.message ?? '').toBe('');
  });
});

describe('the fault proxy', () => {
  const lost = (kind: LostAnswer['effect']['kind']): LostAnswer => ({ on: 'write', effect: { kind }, answer: { kind: 'lost' } });
  let host: QdrantHost;
  let world: QdrantWorld;
  beforeAll(async () => {
    host = await openQdrantHost({ environment: environment() });
  });
  afterAll(() => host.close());
  afterEach(() => world?.drop());

  const call = async (method: string, path: string, body?: object): Promise<number> => {
    const init = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return (await fetch(`${world.url}/collections/${world.prefix}things${path}`, { method, ...init })).status;
  };
  const put = (id: number): Promise<number> =>
    call('PUT', '/points?wait=true', { points: [{ id, vector: {}, payload: { id } }] });
  const stored = async (): Promise<unknown[]> => (await world.points('things')).map(({ payload }) => payload['id']);
  const begin = async (prefix: string): Promise<void> => {
    world = await host.openWorld(prefix);
    expect(await call('PUT', '', { vectors: {} })).toBe(200);
  };

  it.each([
    ['never', [2]],
    ['now', [1, 2]],
  ] as const)('[QP2] an answer lost with the effect %s breaks the connection of one write only', async (effect, left) => {
    await begin('lost_');
    world.arm(lost(effect));
    expect(await call('POST', '/points/scroll', {})).toBe(200);
    expect(world.armed()).toBe(1);
    await expect(put(1)).rejects.toThrow('fetch failed');
    expect(world.armed()).toBe(0);
    expect(await put(2)).toBe(200);
    expect(await stored()).toEqual(left);
    world.arm(lost(effect));
    world.disarm();
    expect(await put(3)).toBe(200);
  });

  it('[QP3] a link that is down refuses connections, and what is stored is still seen', async () => {
    await begin('link_');
    await put(1);
    await world.setLink('down');
    await expect(put(2)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(await stored()).toEqual([1]);
    await world.setLink('up');
    expect(await put(2)).toBe(200);
    expect(await stored()).toEqual([1, 2]);
  });

  it('[QP3] every point is seen, however many pages they take', async () => {
    await begin('many_');
    const points = Array.from({ length: 2_001 }, (_, id) => ({ id, vector: {}, payload: { id } }));
    expect(await call('PUT', '/points?wait=true', { points })).toBe(200);
    expect(await stored()).toEqual(points.map(({ id }) => id));
    expect(await world.points('nothing')).toEqual([]);
  });

  it('[QP4] a world leaves other collections alone, runs do not meet, and the next world starts clean', async () => {
    const other = await openQdrantHost({ environment: environment() });
    const same = await other.openWorld('same_');
    await begin('same_');
    expect(same.prefix).not.toBe(world.prefix);
    await put(1);
    await same.drop();
    await other.close();
    expect(await stored()).toEqual([1]);
    world.arm(lost('never'));
    await world.setLink('down');
    await world.drop();
    expect(server.collections()).toEqual([]);
    await begin('same_');
    expect(await put(2)).toBe(200);
    expect(await stored()).toEqual([2]);
  });

  it('[QP5] a server that is away is named at once; one that goes away later is a bad gateway, not a broken connection', async () => {
    await expect(openQdrantHost({ environment: { QDRANT_URL: 'http://127.0.0.1:1' } })).rejects.toThrow(
      'Qdrant: the server at http://127.0.0.1:1 (QDRANT_URL): expected a Qdrant that tells its version at GET /, got ECONNREFUSED',
    );
    const brief = await startEmulator();
    const onBrief = await openQdrantHost({ environment: { QDRANT_URL: brief.url } });
    world = await onBrief.openWorld('brief_');
    await brief.close();
    expect(await call('GET', '')).toBe(502);
    await expect(world.points('things')).rejects.toThrow('ECONNREFUSED');
    await expect(onBrief.close()).rejects.toThrow('ECONNREFUSED');
    world = await host.openWorld('spare_');
  });
});
