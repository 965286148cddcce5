/** One backend instance with what outlives it: its name, its store's file. It can crash and come back. */
import { rmSync } from 'node:fs';
import type { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import { LibsqlStore } from '#impl/adapters/store/libsql.ts';
import { Backend, type BackendPorts } from '#impl/backend/backend.ts';
import type { BackendId } from '#impl/ports/ids.ts';

export type NodePorts = Omit<BackendPorts, 'id' | 'store'>;

export class BackendNode {
  readonly id: BackendId;
  readonly #path: string;
  readonly #network: MemoryNetwork;
  readonly #ports: NodePorts;
  #running: { readonly backend: Backend; readonly store: LibsqlStore } | null = null;

  constructor(id: BackendId, path: string, network: MemoryNetwork, ports: NodePorts) {
    this.id = id;
    this.#path = path;
    this.#network = network;
    this.#ports = ports;
  }

  /** null while crashed. */
  get backend(): Backend | null {
    return this.#running?.backend ?? null;
  }

  /** Opens the store as it was left and goes into service; nothing when it runs already. */
  async start(): Promise<void> {
    if (this.#running !== null) return;
    const store = LibsqlStore.open({ path: this.#path, durability: 'process' });
    const backend = await Backend.open({ ...this.#ports, id: this.id, store });
    this.#running = { backend, store };
    this.#network.up(this.id, backend);
  }

  /** Memory and un-synced writes are gone, clients are disconnected; nothing when it is down already. */
  crash(): void {
    this.#running?.store.crash();
    this.#running = null;
    this.#network.down(this.id);
  }

  /** Crashes and deletes the file. */
  remove(): void {
    this.crash();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${this.#path}${suffix}`, { force: true });
  }
}
