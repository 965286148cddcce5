/** One backend instance with what outlives it: its name and its disk. It can crash and come back. */
import type { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import { Backend, type BackendPorts } from '#impl/backend/backend.ts';
import type { BackendId } from '#impl/ports/ids.ts';
import type { Disk } from './disk.ts';

export class BackendNode {
  readonly id: BackendId;
  readonly #disk: Disk;
  readonly #network: Pick<MemoryNetwork, 'up' | 'down'>;
  readonly #ports: Omit<BackendPorts, 'id' | 'store'>;
  #running: Backend | null = null;
  /** Its store is open: it runs, or is about to. */
  #open = false;

  constructor(id: BackendId, disk: Disk, network: Pick<MemoryNetwork, 'up' | 'down'>, ports: Omit<BackendPorts, 'id' | 'store'>) {
    this.id = id;
    this.#disk = disk;
    this.#network = network;
    this.#ports = ports;
  }

  /** null while crashed. */
  get backend(): Backend | null {
    return this.#running;
  }

  /** As `backend`, for code in which it may have changed meanwhile. */
  running(): Backend | null {
    return this.#running;
  }

  /** Opens the store as it was left and goes into service; nothing when it runs or starts already. A crash meanwhile ends it unheard. */
  async start(): Promise<void> {
    if (this.#open) return;
    this.#open = true;
    const backend = await Backend.open({ ...this.#ports, id: this.id, store: this.#disk.open() });
    this.#running = backend;
    this.#network.up(this.id, backend);
  }

  /** Memory and un-synced writes are gone, clients are disconnected; nothing when it is down already. */
  crash(): void {
    if (this.#open) this.#disk.crash();
    this.#open = false;
    this.#running = null;
    this.#network.down(this.id);
  }

  /** Crashes and forgets what was durable. */
  remove(): void {
    this.crash();
    this.#disk.remove();
  }
}
