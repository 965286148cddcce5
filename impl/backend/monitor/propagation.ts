/**
 * How far what is cached has got to Qdrant, told as facts: a version is cached, Qdrant is known to hold it, so many threads are apart.
 * Read off what there is: a version is cached when it is published, and a thread is apart as long as something of it is queued, or was
 * left quarantined by the last whole pass. It decides nothing, and is forgotten in a crash, but for what is queued.
 */
import type { Clock } from '../../ports/clock.ts';
import type { ThreadId } from '../../ports/ids.ts';
import type { Monitor } from '../../ports/monitor.ts';
import type { ProjectionTask, QueueWatch } from '../projection-queue.ts';

export interface PropagationPorts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly monitor: Monitor;
}

export class Propagation implements QueueWatch {
  readonly #ports: PropagationPorts;
  readonly #openedMs: number;
  /** Tasks queued, by thread. */
  readonly #queued = new Map<ThreadId, number>();
  /** Newest versions cached of threads that are apart, and when. */
  readonly #cached = new Map<ThreadId, { readonly version: number; readonly atMs: number }>();
  #quarantined: ReadonlySet<ThreadId> = new Set();
  #told: number | null = null;
  readonly #versionOf: (thread: ThreadId) => number | undefined;

  /** Tells at once that nothing is apart, as far as is known. @param versionOf what is cached of a thread */
  constructor(ports: PropagationPorts, versionOf: (thread: ThreadId) => number | undefined) {
    this.#ports = ports;
    this.#versionOf = versionOf;
    this.#openedMs = ports.clock.nowMs();
    this.#tellDrift();
  }

  /** These versions are durable in the cache; what they call for is queued. */
  published(views: readonly { readonly thread: ThreadId; readonly version: number }[]): void {
    const { clock, monitor } = this.#ports;
    for (const { thread, version } of views) {
      this.#cached.set(thread, { version, atMs: clock.nowMs() });
      monitor.tell({ kind: 'cached', thread, version });
    }
  }

  queued({ thread }: ProjectionTask): void {
    this.#queued.set(thread, (this.#queued.get(thread) ?? 0) + 1);
    this.#tellDrift();
  }

  done({ thread }: ProjectionTask): void {
    const left = (this.#queued.get(thread) ?? 0) - 1;
    if (left > 0) {
      this.#queued.set(thread, left);
      return;
    }
    this.#queued.delete(thread);
    this.#tellPropagated(thread);
    this.#tellDrift();
  }

  /** What the last whole pass left apart. */
  passed(quarantined: ReadonlySet<ThreadId>): void {
    const before = this.#quarantined;
    this.#quarantined = quarantined;
    for (const thread of before) if (!quarantined.has(thread) && !this.#queued.has(thread)) this.#tellPropagated(thread);
    this.#tellDrift();
  }

  #tellPropagated(thread: ThreadId): void {
    const { clock, monitor } = this.#ports;
    const version = this.#versionOf(thread);
    if (version === undefined || this.#quarantined.has(thread)) return;
    const cached = this.#cached.get(thread);
    this.#cached.delete(thread);
    // Cached in an earlier life: it has taken as long as this one at least.
    const sinceMs = cached?.version === version ? cached.atMs : this.#openedMs;
    monitor.tell({ kind: 'propagated', thread, version, delayMs: clock.nowMs() - sinceMs });
  }

  #tellDrift(): void {
    const apart = this.#queued.size + [...this.#quarantined].filter((thread) => !this.#queued.has(thread)).length;
    if (apart === this.#told) return;
    this.#told = apart;
    this.#ports.monitor.tell({ kind: 'drift', threads: apart });
  }
}
