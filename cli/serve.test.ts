/** A backend as a process: what it serves from a shell, how it ends, what it refuses to begin with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebSocketDialer } from '#impl/adapters/channel/websocket-dialer.ts';
import { SystemClock } from '#impl/adapters/clock/system.ts';
import { systemRandom } from '#impl/adapters/random/system.ts';
import { Frontend } from '#impl/frontend/frontend.ts';
import { backendId } from '#impl/ports/ids.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import { openService } from '#impl/service/service.ts';
import { type ListeningAuthorities, openListeningAuthorities } from '#simulations/world/svm/listening-authorities.ts';
import { choir, type Running, sleep, startChoir } from './choir-process.ts';
import { scratch } from './scratch.ts';

const { directory, written } = scratch();
const b0 = backendId('b0');
const nowhere = 'http://127.0.0.1:9';
const file = (name: string): string => join(directory, name);

const words = (over: Readonly<Record<string, string>> = {}): readonly string[] => {
  const all = { id: 'b0', store: file('some.sqlite'), port: '0', solana: nowhere, qdrant: nowhere, ...over };
  return ['serve', ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])];
};

/** Its address, once it serves. */
const serving = ({ child, ended }: Running): Promise<string> =>
  new Promise((resolve, reject) => {
    let heard = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      const [, address] = /^listening on (ws:\/\/127\.0\.0\.1:\d+)\n$/.exec(heard) ?? [];
      if (address !== undefined) resolve(address);
    });
    void ended.then((ran) => reject(new Error(`it ended: ${ran.stderr}`)));
  });

/** Of each line of its log what happened; each line is JSON. */
const eventsOf = (stderr: string): readonly string[] => linesOf(stderr).map(({ event }) => String(event));

const linesOf = (stderr: string): readonly Record<string, unknown>[] =>
  stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** @param address as the process prints it */
const ask = (address: string, path: string, method = 'GET'): Promise<Got> =>
  new Promise((resolve, reject) => {
    httpRequest(`${address.replace('ws:', 'http:')}${path}`, { agent: false, method }, (response) => {
      let text = '';
      response
        .on('data', (chunk) => (text += String(chunk)))
        .on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    })
      .on('error', reject)
      .end();
  });

function frontendAt(address: () => string, wallet: Wallet): Frontend {
  const dialer = createWebSocketDialer({ addressOf: address, clock: new SystemClock() });
  return new Frontend({ wallet, dialer, random: systemRandom });
}

describe('[SV1] choir serve', () => {
  let authorities: ListeningAuthorities;
  beforeAll(async () => {
    authorities = await openListeningAuthorities({ name: 'serve', wallets: 1, nowMs: Date.now });
  });
  afterAll(() => authorities.close());

  it('serves clients, ends cleanly when told to, and is the same backend in its next life', { timeout: 60_000 }, async () => {
    const options = { store: file('life.sqlite'), solana: authorities.solanaUrl, qdrant: authorities.qdrantUrl };
    const first = startChoir(...words(options), '--round-ms', '100');
    let address = await serving(first);
    const frontend = frontendAt(() => address, authorities.wallets[0] as Wallet);
    expect(await frontend.connect(b0)).toEqual({ kind: 'done' });
    expect(await frontend.signIn()).toEqual({ kind: 'done' });
    const created = await frontend.createThread();
    if (created.kind !== 'confirmed') throw new Error(`the thread was ${JSON.stringify(created)}`);
    expect(await frontend.post(created.thread, 'hello')).toMatchObject({ kind: 'confirmed', version: 2 });
    expect(await frontend.search('hello')).toMatchObject({ kind: 'hits', hits: [{ text: 'hello' }] });
    first.child.kill('SIGTERM');
    const ran = await first.ended;
    expect(ran).toMatchObject({ code: 0, signal: null });
    expect(eventsOf(ran.stderr)).toEqual(expect.arrayContaining(['listening', 'stopping', 'stopped']));
    expect(frontend.getSnapshot().backend).toBeNull();

    // Without the authorities it still serves what it knows, to whom it knows.
    const second = startChoir(...words({ store: options.store }));
    address = await serving(second);
    expect(await frontend.connect(b0)).toEqual({ kind: 'done' });
    expect(frontend.getSnapshot().signedIn).toBe(true);
    expect(await frontend.readCached(created.thread)).toMatchObject({ kind: 'view', asOf: 2 });
    expect(await frontend.readStrong(created.thread)).toMatchObject({ refusal: { code: 'SolanaUnavailable' } });
    second.child.kill('SIGINT');
    expect(await second.ended).toMatchObject({ code: 0, signal: null });
  });
});

describe('[SV2] choir serve refuses to begin, says why, and exits 2', () => {
  it.each<readonly [string, Readonly<Record<string, string>>, RegExp]>([
    ['with a name that is none', { id: 'b 0' }, /--id.*expected 1 to 64 characters/],
    ['with a port that is none', { port: '70000' }, /--port.*expected a whole number from 0 to 65535/],
    ['with a Solana that is no URL', { solana: 'localhost' }, /--solana.*expected an http or https URL/],
    ['with a Qdrant that is no URL', { qdrant: 'ftp://x' }, /--qdrant.*expected an http or https URL/],
    ['with a store in a directory that is none', { store: file('no/where.sqlite') }, /--store.*expected a file in a directory/],
    ['with collections that cannot be named so', { 'qdrant-prefix': 'a b' }, /--qdrant-prefix.*expected 0 to 64 characters/],
    ['with rounds that never end', { 'round-ms': '0' }, /--round-ms.*expected a whole number from 1/],
    ['on a store that is none', { store: written('prose.sqlite', 'prose '.repeat(1_000)) }, /--store: StoreCorrupt: .*prose/],
  ])('%s', (_what, over, message) => {
    const { code, stdout, stderr } = choir(...words(over));
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('without what it needs', () => {
    const { code, stderr } = choir('serve', '--id', 'b0');
    expect(stderr).toMatch(/required option '--store <file>' not specified/);
    expect(code).toBe(2);
  });

  it('on the store of another backend, and on a port that is taken', async () => {
    const mine = { id: b0, storePath: file('mine.sqlite'), port: 0, solanaUrl: nowhere, qdrantUrl: nowhere, roundMs: 1_000 };
    const service = await openService(mine);
    await service.stop();
    const stolen = choir(...words({ id: 'b1', store: mine.storePath }));
    expect(stolen.stderr).toMatch(/--store: StoreCorrupt: .*b0/);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const late = choir(...words({ store: file('late.sqlite'), port }));
    expect(late.stderr).toMatch(/--port: expected one that is free to listen on .*EADDRINUSE/);
    expect([stolen.code, late.code]).toEqual([2, 2]);
    taken.close();
  });
});

describe('[SV3] choir serve ends', () => {
  it('with its standard input, where it was told to', { timeout: 30_000 }, async () => {
    const { spawnfile, spawnargs } = startChoir('--version').child;
    const all = [...spawnargs.slice(1, -1), ...words({ store: file('stdin.sqlite') }), '--until-stdin-ends'];
    const child = spawn(spawnfile, all, { stdio: ['pipe', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    expect(child.exitCode).toBeNull();
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('[SV4] a service', () => {
  const options = { id: b0, port: 0, solanaUrl: nowhere, qdrantUrl: nowhere, roundMs: 10 };
  const get = async (url: string): Promise<string> => {
    const { status, text } = await ask(url, '');
    return `${status} ${text}`;
  };

  it('answers plain requests on its port as it is told to, and 404 otherwise', async () => {
    const plain = await openService({ ...options, storePath: file('plain.sqlite') });
    expect(await get(`${plain.url}/`)).toBe('404 ');
    await plain.stop();
    const told = await openService({
      ...options,
      storePath: file('told.sqlite'),
      onHttp: (request, response, { backend }) => response.end(`${request.url} of ${backend.inspect().id}`),
    });
    expect(await get(`${told.url}/health`)).toBe('200 /health of b0');
    await told.stop();
    await expect(get(told.url)).rejects.toThrow('ECONNREFUSED');
  });

  it('ends once, however often it is told to, and tells its clients', async () => {
    const service = await openService({ ...options, storePath: file('once.sqlite') });
    const dialer = createWebSocketDialer({ addressOf: () => service.url, clock: new SystemClock() });
    const closed: string[] = [];
    const handlers = { onPush: () => undefined, onClosed: (reason: string) => closed.push(reason) };
    expect(await dialer.connect(b0, handlers)).toMatchObject({ ok: true });
    await Promise.all([service.stop(), service.stop()]);
    await service.ended;
    await expect.poll(() => closed).toEqual(['BackendClosed']);
  });
});

describe('[SV5] [SV6] [SV7] [SV8] what choir serve shows of itself', () => {
  let authorities: ListeningAuthorities;
  beforeAll(async () => {
    authorities = await openListeningAuthorities({ name: 'shown', wallets: 1, nowMs: Date.now });
  });
  afterAll(() => authorities.close());

  it('[SV5] is its health and its metrics, on the port of its clients, and nothing else', { timeout: 60_000 }, async () => {
    const { solanaUrl: solana, qdrantUrl: qdrant } = authorities;
    const running = startChoir(...words({ store: file('shown.sqlite'), solana, qdrant }), '--round-ms', '100');
    const address = await serving(running);
    const frontend = frontendAt(() => address, authorities.wallets[0] as Wallet);
    await frontend.connect(b0);
    await frontend.signIn();
    expect(await frontend.createThread()).toMatchObject({ kind: 'confirmed' });

    const health = await ask(address, '/health');
    expect(health).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(health.text)).toMatchObject({
      overall: expect.stringMatching(/^(healthy|degraded)$/),
      evidence: { solana: { failure: null }, qdrant: { failure: null, problems: [] }, frontend: { connected: 1 } },
      breakers: {},
    });
    const metrics = await ask(address, '/metrics?x=1');
    expect(metrics).toMatchObject({ status: 200, headers: { 'content-type': expect.stringMatching(/^text\/plain; version=/) } });
    expect(metrics.text).toMatch(/^choir_sync_delay_seconds_count [1-9]/m);
    expect(metrics.text).toMatch(/^choir_health\{authority="qdrant"\} 0$/m);

    expect(await ask(address, '/health', 'HEAD')).toMatchObject({ status: 200, text: '' });
    expect(await ask(address, '/metrics', 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' }, text: '' });
    for (const path of ['/', '/healthy', '/health/', '//health', '/..%2fmetrics'])
      expect(await ask(address, path)).toMatchObject({ status: 404, text: '' });
    expect(await ask(address, '/nowhere', 'DELETE')).toMatchObject({ status: 404 });
    expect(await frontend.readCached(frontend.getSnapshot().threads[0]?.thread as never)).toMatchObject({ kind: 'view' });
    running.child.kill('SIGTERM');
    await running.ended;
  });

  it('[SV6] is 503 while it is unhealthy, which its metrics say though nobody asks for its health', {
    timeout: 60_000,
  }, async () => {
    const running = startChoir(...words({ store: file('unhealthy.sqlite') }));
    const address = await serving(running);
    const unhealthy = /^choir_health\{authority="solana"\} 2$/m;
    await expect.poll(async () => (await ask(address, '/metrics')).text, { timeout: 30_000 }).toMatch(unhealthy);
    const health = await ask(address, '/health');
    expect(health.status).toBe(503);
    expect(JSON.parse(health.text)).toMatchObject({ overall: 'unhealthy', authorities: { solana: 'unhealthy' } });
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
  });

  it('[SV7] is a log on standard error, at the level it was told, without the secrets it was given', {
    timeout: 60_000,
  }, async () => {
    const hidden = { solana: 'http://127.0.0.1:9/?api-key=hush-1', qdrant: 'http://me:hush-2@127.0.0.1:9' };
    const logOf = async (...more: readonly string[]) => {
      const running = startChoir(...words({ store: file(`log${more.length}.sqlite`), ...hidden }), '--round-ms', '50', ...more);
      let said = '';
      running.child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const shown = (await ask(await serving(running), '/health')).text;
      await expect.poll(() => said, { timeout: 30_000 }).toContain('health changed');
      running.child.kill('SIGTERM');
      const { stdout, stderr } = await running.ended;
      expect(stdout).toMatch(/^listening on ws:\S+\n$/);
      expect(`${shown}${stderr}`).not.toMatch(/hush/);
      return linesOf(stderr);
    };
    const lines = await logOf();
    expect(lines[0]).toMatchObject({ level: 'info', event: 'listening', backend: 'b0', time: expect.any(Number) });
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', event: 'health changed', to: 'unhealthy' }));
    const errors = await logOf('--log-level', 'error');
    expect(new Set(errors.map(({ level }) => level))).toEqual(new Set(['error']));
    const { code, stderr } = choir(...words(), '--log-level', 'loud');
    expect(stderr).toMatch(/--log-level.*debug, info, warn, error/);
    expect(code).toBe(2);
  });

  it('[SV8] is checked on a schedule, until it is stopped and no longer', async () => {
    let asked = 0;
    const node = createHttpServer((request, response) => {
      let body = '';
      request
        .on('data', (chunk) => (body += String(chunk)))
        .on('end', () => {
          const { id, method } = JSON.parse(body) as { readonly id: string; readonly method: string };
          if (method !== 'getEpochInfo') {
            response.writeHead(503).end();
            return;
          }
          asked += 1;
          const result = { absoluteSlot: asked, blockHeight: asked, epoch: 0, slotIndex: asked, slotsInEpoch: 432_000 };
          response.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id, result }));
        });
    }).listen(0, '127.0.0.1');
    await once(node, 'listening');
    const solanaUrl = `http://127.0.0.1:${(node.address() as AddressInfo).port}`;
    // A node that failed would be left alone soon, stopped or not: this one answers.
    const options = { id: b0, port: 0, qdrantUrl: nowhere, roundMs: 3_600_000, healthEveryMs: 10 };
    const service = await openService({ ...options, storePath: file('schedule.sqlite'), solanaUrl });
    await expect.poll(() => asked).toBeGreaterThan(8);
    await service.stop();
    await sleep(50);
    const then = asked;
    await sleep(100);
    expect(asked).toBe(then);
    node.close();
  });
});
