/** Chooses whose worlds the system runs on: the emulator's, or those of a real server behind the fault proxy. */
import type { QdrantEmulator } from './emulator.ts';
import { openProxiedHost } from './fault-proxy.ts';
import type { QdrantHost } from './qdrant-world.ts';
import { openQdrant, type SourceOptions } from './source.ts';

/** Rejects when QDRANT_URL is no URL (TypeError) or nothing that speaks Qdrant answers there. */
export async function openQdrantHost(options: SourceOptions): Promise<QdrantHost> {
  const source = await openQdrant(options);
  if (source.kind === 'emulator') return emulatedHost(source.emulator, source.describe(), source.close);
  try {
    return await openProxiedHost(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

function emulatedHost(emulator: QdrantEmulator, description: string, close: () => Promise<void>): QdrantHost {
  return {
    describe: () => description,
    openWorld: async (prefix) => {
      const world = await emulator.openWorld(prefix);
      return {
        prefix: world.prefix,
        url: world.url,
        emulator: world,
        setLink: (link) => world.setLink(link),
        arm: (fault) => world.arm(fault),
        armed: () => world.armed(),
        disarm: () => world.disarm(),
        points: async (collection) => world.points(collection),
        drop: () => world.drop(),
      };
    },
    close,
  };
}
