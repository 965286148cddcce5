/**
 * The emulator of the content authority: a Qdrant server that any client of its REST API can speak to, inside this process.
 * Many logical worlds share one engine: a world is a prefix of collection names with a listener, a link and faults of its own,
 * and leaves nothing behind when it is dropped.
 */
import { type HttpListener, listenHttp } from '../http/listener.ts';
import type { CollectionStatus } from './collection.ts';
import { Engine } from './engine.ts';
import { type InspectedPoint, inspect } from './inspect.ts';
import { answerRequest, refusal, type WireContext } from './wire.ts';
import { bodyTooLarge } from './wire-error.ts';
import { asHttp } from './wire-http.ts';
import { type EmulatorWorld, World } from './world.ts';

/** Which server's behaviour this is. Conditional upserts with `update_mode` need 1.17. */
export const emulatedVersion = '1.17.1';
/** The server's default limit of a request's body. */
export const bodyLimit: number = 32 * 1024 * 1024;

export interface EmulatorOptions {
  /** JSON lines, replayed at start; in memory when absent. */
  readonly logFile?: string;
  /** A fixed port of the main listener. */
  readonly port?: number;
  /** `automatic`: what was only acknowledged is applied right after the answer. `manual`: by `applyPending()`. */
  readonly applyQueue?: 'automatic' | 'manual';
  /** The version answered at `GET /`, to play an older server. */
  readonly version?: string;
}

export interface QdrantEmulator {
  readonly url: string;
  /** `prefix` must not be empty nor begin, or be the beginning of, another open world's. */
  openWorld(prefix: string): Promise<EmulatorWorld>;
  collections(): readonly string[];
  /** In id order; empty when there is no such collection. */
  points(collection: string): readonly InspectedPoint[];
  /** Applies what is queued in a collection, or in all; how many operations that were. */
  applyPending(collection?: string): number;
  setStatus(collection: string, status: CollectionStatus): void;
  /** Breaks all connections, of all worlds. Idempotent. */
  close(): Promise<void>;
}

export async function startEmulator(options: EmulatorOptions = {}): Promise<QdrantEmulator> {
  const engine = new Engine(options.logFile ?? null);
  const worlds = new Map<string, World>();
  const spareListeners: HttpListener[] = [];
  const context: WireContext = {
    engine,
    version: options.version ?? emulatedVersion,
    elapsedS: 0,
    worldOf: (collection) => {
      for (const world of worlds.values()) if (collection.startsWith(world.prefix)) return world;
      return null;
    },
    acknowledged: (collection) => {
      if (options.applyQueue !== 'manual') setImmediate(() => collection.drain());
    },
  };
  const listen = (port?: number): Promise<HttpListener> =>
    listenHttp({
      ...(port === undefined ? {} : { port }),
      bodyLimit,
      answer: ({ method, target, headers, body }) =>
        asHttp(answerRequest(context, { method, target, contentType: headers['content-type'] ?? null, body })),
      tooLarge: (bytes) => asHttp(refusal(context, bodyTooLarge(bytes, bodyLimit))),
      failed: (error) => asHttp(refusal(context, error)),
    });
  const main = await listen(options.port);

  let closing: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    const listeners = [main, ...spareListeners, ...[...worlds.values()].map((world) => world.listener)];
    worlds.clear();
    await Promise.all(listeners.map((listener) => listener.close()));
    engine.close();
  };

  const openWorld = async (prefix: string): Promise<EmulatorWorld> => {
    const clash = [...worlds.keys()].find((other) => other.startsWith(prefix) || prefix.startsWith(other));
    if (prefix === '' || clash !== undefined) {
      throw new TypeError(
        `world prefix: expected one that no open world shares, got ${JSON.stringify(prefix)} (open: ${clash ?? 'none'})`,
      );
    }
    const listener = spareListeners.pop() ?? (await listen());
    const world = new World(prefix, listener, engine, async () => {
      worlds.delete(prefix);
      await listener.open();
      spareListeners.push(listener);
    });
    worlds.set(prefix, world);
    return world;
  };

  return {
    url: main.url,
    openWorld,
    collections: () => engine.names(),
    points: (collection) => inspect(engine.find(collection)),
    applyPending: (collection) => {
      const which = collection === undefined ? engine.names() : [collection];
      return which.reduce((total, name) => total + (engine.find(name)?.drain().length ?? 0), 0);
    },
    setStatus: (collection, status) => {
      engine.collection(collection).status = status;
    },
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}
