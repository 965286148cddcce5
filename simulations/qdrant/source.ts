/**
 * Where Qdrant comes from: a server named by QDRANT_URL, else (only when asked for the real thing) one that testcontainers
 * starts, else the emulator. Whoever opens one prints `describe()`, so that no run passes for what it was not.
 */
import { missingDaemon } from './docker-daemon.ts';
import { type QdrantEmulator, startEmulator } from './emulator.ts';

/** The first line with `update_mode`; the pin is exact so that a nightly run means the same every night. */
export const qdrantImage = 'qdrant/qdrant:v1.17.1';

/** What QDRANT_URL names cannot be used: no URL, or nothing there that speaks Qdrant. */
export class QdrantConfigurationError extends TypeError {
  constructor(message: string) {
    super(message);
    this.name = 'QdrantConfigurationError';
  }
}

export type QdrantSource = {
  readonly url: string;
  /** One line for people: which Qdrant this is, and why not another. */
  describe(): string;
  close(): Promise<void>;
} & (
  | { readonly kind: 'url'; readonly apiKey: string | null }
  | { readonly kind: 'container' }
  | { readonly kind: 'emulator'; readonly emulator: QdrantEmulator }
);

export interface SourceOptions {
  /**
   * `real` also tries Docker, where a daemon listens; pulling the image may take a minute. `emulator`: nothing else, for faults that
   * only it can enact; what it acknowledges it then applies when told to. Default `any`.
   */
  readonly prefer?: 'real' | 'any' | 'emulator';
  /** Where QDRANT_URL and QDRANT_API_KEY are read from; default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Throws TypeError when QDRANT_URL is set but is not an http(s) URL. */
export async function openQdrant(options: SourceOptions = {}): Promise<QdrantSource> {
  if (options.prefer === 'emulator') return fromEmulator('for its faults', 'manual');
  const environment = options.environment ?? process.env;
  const url = environment['QDRANT_URL'];
  if (url !== undefined && url !== '') return fromUrl(url, environment['QDRANT_API_KEY'] ?? null);
  if (options.prefer !== 'real') return fromEmulator('QDRANT_URL is not set');
  const nowhere = await missingDaemon(environment);
  if (nowhere !== null) return fromEmulator(`QDRANT_URL is not set and no Docker daemon listens at ${nowhere}`);
  const container = await startContainer();
  return typeof container === 'string' ? fromEmulator(`QDRANT_URL is not set and ${container}`) : container;
}

function fromUrl(text: string, apiKey: string | null): QdrantSource {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new QdrantConfigurationError(
      `QDRANT_URL: expected an http or https URL such as http://127.0.0.1:6333, got ${JSON.stringify(text)}`,
    );
  }
  const url = text.replace(/\/+$/, '');
  return { kind: 'url', url, apiKey, describe: () => `Qdrant: the server at ${url} (QDRANT_URL)`, close: async () => undefined };
}

async function fromEmulator(reason: string, applyQueue: 'automatic' | 'manual' = 'automatic'): Promise<QdrantSource> {
  const emulator = await startEmulator({ applyQueue });
  return {
    kind: 'emulator',
    url: emulator.url,
    emulator,
    describe: () => `Qdrant: the emulator at ${emulator.url} (${reason})`,
    close: () => emulator.close(),
  };
}

/** The container, or why there is none. */
async function startContainer(): Promise<QdrantSource | string> {
  try {
    // Imported here because it is large and most runs never need it.
    const { GenericContainer, Wait } = await import('testcontainers');
    const container = await new GenericContainer(qdrantImage)
      .withExposedPorts(6333)
      .withWaitStrategy(Wait.forHttp('/readyz', 6333))
      .start();
    const url = `http://${container.getHost()}:${container.getMappedPort(6333)}`;
    return {
      kind: 'container',
      url,
      describe: () => `Qdrant: ${qdrantImage} in Docker at ${url}`,
      close: async () => {
        await container.stop();
      },
    };
  } catch (error) {
    return `Docker gave no container (${error instanceof Error ? error.message : String(error)})`;
  }
}
