/**
 * Ports that stay a backend's while it is down. They lie below the range from which systems take ports for outgoing connections (one
 * of those could take it over in the meantime), and below those of listeners in this process.
 */
import { createServer } from 'node:net';
import { TroubleError } from '../exit-codes.ts';

const firstPort = 12_000;
const portCount = 8_000;
let tried = 0;

export async function freePort(): Promise<number> {
  for (; tried < portCount; tried += 1) {
    const port = firstPort + ((process.pid * 61 + tried) % portCount);
    if (!(await isFree(port))) continue;
    tried += 1;
    return port;
  }
  throw new TroubleError(`no free port from ${firstPort} to ${firstPort + portCount - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
