/**
 * Whether a Docker daemon listens, in milliseconds: an attempt to connect where testcontainers would look. It spares loading
 * testcontainers for nothing; whether containers can be started is still theirs to find out.
 */
import { existsSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds to wait for a daemon elsewhere on the network. */
const patienceMs = 1_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Null when a daemon listens, else where it was looked for. */
export async function missingDaemon(environment: Environment): Promise<string | null> {
  const home = environment['HOME'] ?? homedir();
  // A hand-made configuration may say anything: leave it to testcontainers.
  if (existsSync(join(home, '.testcontainers.properties'))) return null;
  const { DOCKER_HOST: named, XDG_RUNTIME_DIR: runtime } = environment;
  if (named !== undefined && named !== '') return (await listens(addressOf(named))) ? null : `DOCKER_HOST ${named}`;
  const places =
    process.platform === 'win32'
      ? ['//./pipe/docker_engine']
      : [
          '/var/run/docker.sock',
          ...(runtime === undefined ? [] : [join(runtime, 'docker.sock')]),
          join(home, '.docker/run/docker.sock'),
          join(home, '.docker/desktop/docker.sock'),
          `/run/user/${process.getuid?.() ?? 0}/docker.sock`,
        ];
  for (const path of places) if (await listens({ path })) return null;
  return `${places[0]} or the other usual places`;
}

/** Null for what is not an address that can be connected to. */
function addressOf(text: string): NetConnectOpts | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, port, pathname } = new URL(text);
  if (protocol === 'unix:' || protocol === 'npipe:') return { path: pathname };
  return hostname === '' ? null : { host: hostname, port: Number(port) || 2375 };
}

function listens(address: NetConnectOpts | null): Promise<boolean> {
  if (address === null) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect(address);
    const end = (found: boolean): void => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(patienceMs, () => end(false));
    socket.on('error', () => end(false));
    socket.on('connect', () => end(true));
  });
}
