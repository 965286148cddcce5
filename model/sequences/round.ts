/**
 * One round of background work (behaviour, section 5): each running backend in order settles its outbox, ingests events and brings
 * Qdrant up to date; then each connected client is shown what its backend has and asks about its unsettled writes.
 * Every step takes a list of possible worlds to a list, because bytes in flight may land, stay, or be too late.
 */
import type { BackendName, ClientName } from '../action.ts';
import { withoutEntry } from '../collections.ts';
import { type Flight, frontendOf, hasSession, isQuiet, onBackend, onFrontend, onQdrant, type World } from '../world.ts';
import { flush, ingestAll, isBehind, publish } from './propagation.ts';
import { land } from './submission.ts';

/** A blockhash is certainly good for the first and certainly not after the second: 150 slots of 400 ms, begun or not. */
export const surelyValidMs = 60_000;
export const surelyExpiredAfterMs = 60_400;

type Worlds = readonly World[];

export function round(start: World, untilMs: number): Worlds {
  let worlds: Worlds = [start];
  for (const [name, { running }] of start.backends) {
    if (running) worlds = worlds.flatMap((world) => turn(world, name, untilMs));
  }
  if (start.links.solana) worlds = worlds.flatMap(lateNews);
  worlds = worlds.map(tidied);
  for (const name of start.backends.keys()) worlds = worlds.map((world) => publish(world, name));
  for (const name of start.frontends.keys()) worlds = worlds.flatMap((world) => asked(world, name, untilMs));
  return worlds;
}

function turn(world: World, name: BackendName, untilMs: number): Worlds {
  if (!world.links.solana) {
    if (!world.links.qdrant) return [world];
    const flushed = flush(world, name);
    return flushed === world ? [world] : [world, flushed];
  }
  return settleOutbox(world, name, untilMs).map((settled) => {
    const ingested = ingestAll(settled, name);
    return world.links.qdrant ? flush(ingested, name) : ingested;
  });
}

function settleOutbox(start: World, name: BackendName, untilMs: number): Worlds {
  let worlds: Worlds = [start];
  for (const flight of start.flights.values()) {
    if (flight.backend === name) worlds = worlds.flatMap((world) => settleFlight(world, flight, untilMs));
  }
  return worlds;
}

function settleFlight(world: World, flight: Flight, untilMs: number): Worlds {
  if (flight.landed) return [settled(world, flight)];
  const next: World[] = [];
  if (world.nowMs - flight.preparedAtMs <= surelyExpiredAfterMs) {
    next.push(world);
    for (const { world: after } of land(world, flight.instruction, flight.signer, untilMs)) next.push(settled(after, flight));
  }
  if (untilMs - flight.preparedAtMs > surelyValidMs) next.push(settled(world, flight));
  return next;
}

function settled(world: World, { id, backend }: Flight): World {
  const dropped = onBackend(world, backend, { kind: 'dropIntent', id }, { kind: 'sync' });
  return { ...dropped, flights: withoutEntry(dropped.flights, id) };
}

/** What landed in a later backend's turn may reach the earlier ones in this round already, or not before the next. */
function lateNews(world: World): Worlds {
  const behind = [...world.backends].filter(([name, { running }]) => running && isBehind(world, name)).map(([name]) => name);
  return behind.length === 0 ? [world] : [world, behind.reduce(ingestAll, world)];
}

/** Once quiet, pending content that is no open spec's has been discarded. */
function tidied(world: World): World {
  if (!isQuiet(world)) return world;
  const open = new Set<string>();
  for (const thread of world.solana.threads.values()) for (const spec of thread.now.openSpecs) open.add(spec.hash);
  const stale = [...world.qdrant.messages.values()].filter(({ state, hash }) => state === 'pending' && !open.has(hash));
  return onQdrant(world, ...stale.map(({ hash }) => ({ kind: 'discardPending', hash }) as const));
}

/** The client asks about each of its unsettled writes; who cannot ask learns nothing. */
function asked(start: World, client: ClientName, untilMs: number): Worlds {
  const { backend, writes } = frontendOf(start, client);
  if (backend === null || writes.size === 0 || !hasSession(start, client, backend)) return [start];
  let worlds: Worlds = [start];
  for (const id of writes.keys()) {
    worlds = worlds.flatMap((world) => {
      const known = knowledge(world, id, backend, untilMs);
      const learned = onFrontend(world, client, { kind: 'endWrite', id, known: true });
      return known === 'certain' ? [learned] : known === 'possible' ? [world, learned] : [world];
    });
  }
  return worlds;
}

/**
 * Whether the end of a write can be told: by the ledger, or without it by the backend that settled it itself and by any that still
 * remembers having ingested it.
 */
function knowledge(world: World, id: string, backend: BackendName, untilMs: number): 'certain' | 'possible' | 'none' {
  const flight = world.flights.get(id);
  if (!world.links.solana) {
    const isSeen = flight === undefined || (flight.landed && !isBehind(world, backend));
    return isSeen ? 'possible' : 'none';
  }
  if (flight === undefined || flight.landed) return 'certain';
  if (world.nowMs - flight.preparedAtMs > surelyExpiredAfterMs) return 'certain';
  return untilMs - flight.preparedAtMs > surelyValidMs ? 'possible' : 'none';
}
