/** One backend instance with what outlives it: its name and what its store had made durable. It can crash and come back. */
import type { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import { type DurableImage, MemoryStore } from '#impl/adapters/store/memory.ts';
import { Backend, type BackendPorts } from '#impl/backend/backend.ts';
import type { BackendId } from '#impl/ports/ids.ts';

export class MemoryNode {
  readonly id: BackendId;
  readonly #network: MemoryNetwork;
  readonly #ports: Omit<BackendPorts, 'id' | 'store'>;
  #durable: DurableImage = new Map();
  #running: { readonly backend: Backend; readonly store: MemoryStore } | null = null;

  constructor(id: BackendId, network: MemoryNetwork, ports: Omit<BackendPorts, 'id' | 'store'>) {
    this.id = id;
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
    const store = new MemoryStore(this.#durable);
    const backend = await Backend.open({ ...this.#ports, id: this.id, store });
    this.#running = { backend, store };
    this.#network.up(this.id, backend);
  }

  /** Memory and un-synced writes are gone, clients are disconnected; nothing when it is down already. */
  crash(): void {
    if (this.#running !== null) this.#durable = this.#running.store.crash();
    this.#running = null;
    this.#network.down(this.id);
  }
}
