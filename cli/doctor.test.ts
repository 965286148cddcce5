/** What the doctor says of versions, and of addresses where something, nothing, or something else answers. */
import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { choirIn } from './choir-process.ts';
import { chromiumPath } from './chromium.ts';
import { doctorExitCode, isNewEnough, nodeFinding, urlFindings } from './doctor.ts';
import { scratch } from './scratch.ts';

const { directory, written } = scratch();
const servers: Server[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) server.close();
});

/** What answers every request with this. */
async function answering(text: string, status = 200): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(text));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const qdrant = (version: string): string => JSON.stringify({ title: 'qdrant', version });
const solana = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { 'solana-core': '2.1.0' } });

describe('[UI17] doctor', () => {
  it('names each thing, and what its absence costs', () => {
    const environment = { QDRANT_URL: 'http://127.0.0.1:1', SOLANA_URL: '', CHROMIUM: '', PATH: directory };
    const { code, stdout } = choirIn({ environment }, 'doctor');
    const names = stdout.split('\n').flatMap((line) => /^(\w+) {2,}/.exec(line)?.[1] ?? []);
    expect(names).toEqual([
      'what',
      'Node',
      'bankrun',
      'LiteSVM',
      'libsql',
      'Docker',
      'QDRANT_URL',
      'SOLANA_URL',
      'clang',
      'Chromium',
    ]);
    expect(stdout).toMatch(/^Node +v\d+\.\d+\.\d+$/m);
    for (const name of ['Docker', 'SOLANA_URL', 'clang', 'Chromium'])
      expect(stdout).toMatch(new RegExp(`^${name} +missing +\\w+`, 'm'));
    expect(stdout.replace(/\s+/g, ' ')).toContain('http://127.0.0.1:1 NOT');
    // What is optional keeps nobody from the main job.
    expect(code).toBe(0);
  });

  it.each([
    ['v20.19.0', '20.19.0', true],
    ['v20.20.2', '20.19.0', true],
    ['v22.0.0', '20.19.0', true],
    ['v20.9.9', '20.19.0', false],
    ['v18.99.0', '20.19.0', false],
    ['1.17.0-dev', '1.17.0', true],
    ['1.16.3', '1.17.0', false],
    ['1.17', '1.17.0', true],
    ['', '1.0.0', false],
  ])('compares versions: %s with %s', (version, least, isEnough) => {
    expect(isNewEnough(version, least)).toBe(isEnough);
  });

  it('says of a Node that is too old what is expected, and exits 3 for it', () => {
    const old = nodeFinding('v18.20.0', '20.19.0');
    expect(old).toMatchObject({ found: 'v18.20.0, TOO OLD', cost: 'everything: expected 20.19.0 or newer' });
    expect([doctorExitCode([old]), doctorExitCode([nodeFinding('v20.19.0', '20.19.0')])]).toEqual([3, 0]);
  });

  it.each([
    ['a Qdrant', qdrant('1.17.1'), 200, 'answers, version 1.17.1', ''],
    ['a Qdrant that is too old', qdrant('1.9.2'), 200, 'NOT REACHED: version 1.9.2 is older than 1.17.0', 'unset it'],
    ['something else', '{"hello":1}', 200, 'NOT REACHED: what answers there is no Qdrant', 'unset it'],
    ['a page', '<html>', 200, 'NOT REACHED: ', 'unset it'],
    ['a door that is shut', 'no', 401, 'NOT REACHED: HTTP 401', 'unset it'],
  ])('asks QDRANT_URL: %s', async (_what, text, status, found, cost) => {
    const url = await answering(text, status);
    const [finding] = await urlFindings({ QDRANT_URL: url });
    expect(finding?.found.startsWith(`${url} ${found}`), finding?.found).toBe(true);
    expect([finding?.cost.includes(cost), finding?.isThere]).toEqual([true, cost === '']);
  });

  it('asks SOLANA_URL, and takes no other server for one', async () => {
    const urls = [await answering(solana), await answering(qdrant('1.17.1'))];
    const found = await Promise.all(urls.map(async (url) => (await urlFindings({ SOLANA_URL: url }))[1]?.found));
    expect(found).toEqual([`${urls[0]} answers, version 2.1.0`, `${urls[1]} NOT REACHED: what answers there is no Solana node`]);
  });

  it('never calls found what is only set', async () => {
    const findings = await urlFindings({ QDRANT_URL: 'localhost', SOLANA_URL: 'http://127.0.0.1:1' });
    expect(findings.map(({ found, isThere }) => [isThere, found])).toEqual([
      [false, 'localhost NOT REACHED: no http or https URL'],
      [false, expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 NOT REACHED: \w/)],
    ]);
    expect((await urlFindings({ QDRANT_URL: '' })).map(({ found }) => found)).toEqual(['missing', 'missing']);
  });
});

describe('[UI17] Chromium', () => {
  it('is what CHROMIUM names, and else the first of its names on PATH', () => {
    const chrome = written('google-chrome', '#!/bin/sh\n');
    const own = written('own', '#!/bin/sh\n');
    vi.stubEnv('PATH', directory);
    vi.stubEnv('CHROMIUM', '');
    expect(chromiumPath()).toBeNull();
    chmodSync(chrome, 0o755);
    expect(chromiumPath()).toBe(join(directory, 'google-chrome'));
    chmodSync(own, 0o755);
    vi.stubEnv('CHROMIUM', own);
    expect(chromiumPath()).toBe(own);
    // Who names one wants that one, and no other in its place.
    vi.stubEnv('CHROMIUM', join(directory, 'nowhere'));
    expect(chromiumPath()).toBeNull();
  });
});
