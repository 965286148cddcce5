/** What plain requests are answered, over a backend made by hand. What is not shown: a real backend (`cli/serve.test.ts` does). */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HealthReport } from '../backend/monitor/health.ts';
import { Metrics } from '../backend/monitor/metrics.ts';
import { ScriptedClock } from '../core/scripted-clock.ts';
import { Endpoints, healthText, type Shown } from './endpoints.ts';

const report = (over: object = {}): HealthReport =>
  ({ atMs: 1, overall: 'healthy', authorities: {}, breakers: new Map([['solana', 'open']]), ...over }) as unknown as HealthReport;

let open: Server | null = null;
afterEach(() => {
  open?.close();
  open = null;
});

async function serving(backend: Shown, metrics = new Metrics(new ScriptedClock())) {
  const errors: unknown[] = [];
  const endpoints = new Endpoints(backend, metrics, (error) => errors.push(error));
  let count = 0;
  const server = createServer((asked, response) => {
    count += 1;
    endpoints.answer(asked, response);
  }).listen(0, '127.0.0.1');
  open = server;
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const status = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      request({ port, path, host: '127.0.0.1', agent: false }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end();
    });
  return { status, errors, arrived: () => count };
}

describe('[SV9] plain requests', () => {
  it('share the check that is under way, and the next one is made for who comes later', async () => {
    const checks: ((made: HealthReport) => void)[] = [];
    const health = () => new Promise<HealthReport>((resolve) => checks.push(resolve));
    const { status, arrived } = await serving({ health, lastHealth: null });
    const many = Array.from({ length: 50 }, () => status('/health'));
    await expect.poll(() => checks.length).toBe(1);
    await status('/metrics');
    expect(checks.length).toBe(1);
    await expect.poll(arrived).toBe(51);
    checks[0]?.(report({ overall: 'degraded' }));
    expect(new Set(await Promise.all(many))).toEqual(new Set([200]));
    expect(checks.length).toBe(1);
    const later = status('/health');
    await expect.poll(() => checks.length).toBe(2);
    checks[1]?.(report({ overall: 'unhealthy' }));
    expect(await later).toBe(503);
  });

  it('that cannot be answered are 500, told, and no end of anything', async () => {
    let fails = true;
    const health = () => (fails ? Promise.reject(new Error('no')) : Promise.resolve(report()));
    const { status, errors } = await serving({ health, lastHealth: null });
    expect(await status('/health')).toBe(500);
    expect(errors).toEqual([new Error('no')]);
    fails = false;
    expect(await status('/health')).toBe(200);
  });

  it('are answered in JSON whatever a report is made of, without secrets', () => {
    const made = report({
      evidence: {
        big: 2n ** 63n,
        none: undefined,
        failure: { detail: 'at http://me:hush@node/?api-key=hush&x=1' },
        token: 'hush',
      },
    });
    expect(JSON.parse(healthText(made))).toEqual({
      ...{ atMs: 1, overall: 'healthy', authorities: {}, breakers: { solana: 'open' } },
      evidence: {
        big: '9223372036854775808',
        failure: { detail: 'at http://[secret]@node/?api-key=[secret]&x=1' },
        token: '[secret]',
      },
    });
  });
});
