/**
 * Worlds on a real Qdrant server: a listener of our own in front of it, which can refuse connections and lose the answer of one write.
 * Which requests are writes is the emulator's table (routes.ts). Faults inside the server stay the emulator's alone.
 */
import { randomUUID } from 'node:crypto';
import { type HttpAnswer, type HttpListener, type HttpRequest, listenHttp } from '../http/listener.ts';
import { bodyLimit } from './emulator.ts';
import { FaultPlan } from './emulator-faults.ts';
import type { QdrantHost, QdrantWorld } from './qdrant-world.ts';
import { findTarget } from './routes.ts';
import { QdrantConfigurationError, type QdrantSource } from './source.ts';
import { openUpstream, type Upstream } from './upstream.ts';

type RealSource = Exclude<QdrantSource, { kind: 'emulator' }>;

const page = 1_000;

/** Rejects when no Qdrant answers at the source's URL. Leaves nothing on the server when closed. */
export async function openProxiedHost(source: RealSource): Promise<QdrantHost> {
  const upstream = openUpstream(source.url, source.kind === 'url' ? source.apiKey : null);
  await expectQdrant(upstream, source);
  // Runs may share a server, and a run that was killed leaves its collections: names must not meet.
  const run = `choir_${randomUUID().slice(0, 8)}_`;
  const spares: Lane[] = [];
  const lanes: Lane[] = [];
  return {
    describe: () => `${source.describe()}, behind our fault proxy, collections ${run}*`,
    openWorld: async (prefix) => {
      const lane = spares.pop() ?? (await openLane(upstream));
      if (!lanes.includes(lane)) lanes.push(lane);
      return worldOn(lane, upstream, run + prefix, () => spares.push(lane));
    },
    close: async () => {
      try {
        await Promise.all(lanes.map(({ listener }) => listener.close()));
        await deleteCollections(upstream, run);
      } finally {
        upstream.close();
        await source.close();
      }
    },
  };
}

async function expectQdrant(upstream: Upstream, source: RealSource): Promise<void> {
  const got = await upstream.send('GET', '/', {}, '').then(
    ({ status, body }) => (/"version"/.test(body.toString('utf8')) ? null : `an answer ${status} without one`),
    (error: Error & { code?: string }) => error.code ?? error.message,
  );
  if (got !== null)
    throw new QdrantConfigurationError(`${source.describe()}: expected a Qdrant that tells its version at GET /, got ${got}`);
}

/** A listener that worlds use one after another, with the faults of the one that has it now. */
interface Lane {
  readonly listener: HttpListener;
  readonly plan: FaultPlan;
}

async function openLane(upstream: Upstream): Promise<Lane> {
  const plan = new FaultPlan();
  const trouble = (status: number, text: string): HttpAnswer => ({ kind: 'answer', status, headers: {}, body: text });
  const listener = await listenHttp({
    bodyLimit,
    answer: (request) => pass(upstream, plan, request),
    tooLarge: (bytes) => trouble(413, `a body of ${bytes} bytes, more than ${bodyLimit}`),
    // The server broke off, not the fault plan: a gateway says so in words instead of breaking off as well.
    failed: (error) => trouble(502, `fault proxy: ${error instanceof Error ? error.message : String(error)}`),
  });
  return { listener, plan };
}

async function pass(upstream: Upstream, plan: FaultPlan, request: HttpRequest): Promise<HttpAnswer> {
  const { method, target, headers, body } = request;
  const isWrite = findTarget(method, target).found?.endpoint.kind === 'write';
  const fault = isWrite ? plan.take('write') : null;
  if (fault?.effect.kind === 'never') return { kind: 'broken' };
  const answer = await upstream.send(method, target, headers, body);
  if (fault !== null) return { kind: 'broken' };
  const kept = ['content-type', 'content-encoding', 'retry-after'].flatMap((name) => {
    const value = answer.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return { kind: 'answer', status: answer.status, headers: Object.fromEntries(kept), body: answer.body };
}

function worldOn({ listener, plan }: Lane, upstream: Upstream, prefix: string, giveBack: () => void): QdrantWorld {
  return {
    prefix,
    emulator: null,
    url: listener.url,
    setLink: (link) => (link === 'up' ? listener.open() : listener.shut()),
    arm: (fault) => plan.arm(fault),
    armed: () => plan.armed,
    disarm: () => plan.disarm(),
    points: (collection) => scroll(upstream, prefix + collection),
    drop: async () => {
      plan.disarm();
      await deleteCollections(upstream, prefix);
      await listener.open();
      giveBack();
    },
  };
}

interface Scrolled {
  readonly points: readonly { readonly payload: Readonly<Record<string, unknown>> }[];
  readonly next_page_offset?: string | number | null;
}

/** Every point's payload, straight from the server. */
async function scroll(upstream: Upstream, collection: string): Promise<Scrolled['points']> {
  const points: Scrolled['points'][number][] = [];
  let offset: string | number | null = null;
  do {
    const body = { limit: page, with_payload: true, with_vector: false, ...(offset === null ? {} : { offset }) };
    const target = `/collections/${encodeURIComponent(collection)}/points/scroll?consistency=majority`;
    const got = (await upstream.ask('POST', target, body)) as Scrolled | null;
    points.push(...(got?.points ?? []));
    offset = got?.next_page_offset ?? null;
  } while (offset !== null);
  return points;
}

async function deleteCollections(upstream: Upstream, prefix: string): Promise<void> {
  const listed = (await upstream.ask('GET', '/collections')) as { readonly collections: readonly { readonly name: string }[] };
  for (const { name } of listed.collections)
    if (name.startsWith(prefix)) await upstream.ask('DELETE', `/collections/${encodeURIComponent(name)}`);
}
