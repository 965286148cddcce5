/**
 * Reading again what the ledger's stream told before: a node may leave an entry out, and when it was its thread's newest no later
 * version shows the gap. Each entry is read again by the next three passes, whatever time lies between them, so that only a node
 * that leaves out the same entry four times keeps it from us; and then a strong read of its thread still finds it.
 *
 * Cost: what was ingested since, three times; never what exists.
 */
import { pack, unpack } from '../core/json.ts';
import { requestRetries, retryRead } from '../core/retry.ts';
import type { Clock } from '../ports/clock.ts';
import type { ThreadId } from '../ports/ids.ts';
import type { EventPosition, Ledger } from '../ports/ledger.ts';
import { ok, type Reply } from '../ports/outcome.ts';
import type { Store } from '../ports/store.ts';
import type { ThreadCache } from './cache.ts';
import type { Ingestion } from './ingestion.ts';

export interface AuditPorts {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly clock: Clock;
}

export interface AuditParts {
  readonly cache: ThreadCache;
  readonly ingestion: Ingestion;
}

const PASSES = 3;
const KEY = 'audited';

export class Audit {
  readonly #ports: AuditPorts;
  readonly #parts: AuditParts;
  readonly #pageLimit: number;
  /** Where ingestion stood at the newest passes, oldest first; null is the beginning. */
  #trail: readonly (EventPosition | null)[];
  #passedOver = 0;

  private constructor(ports: AuditPorts, parts: AuditParts, pageLimit: number, trail: readonly (EventPosition | null)[]) {
    this.#ports = ports;
    this.#parts = parts;
    this.#pageLimit = pageLimit;
    this.#trail = trail;
  }

  static async load(ports: AuditPorts, parts: AuditParts, pageLimit: number): Promise<Audit> {
    const row = await ports.store.get('meta', KEY);
    return new Audit(ports, parts, pageLimit, row === undefined ? [] : unpack<(EventPosition | null)[]>(row));
  }

  /** Threads found so far whose newest events the stream had passed over. */
  get passedOver(): number {
    return this.#passedOver;
  }

  /** One pass, to where ingestion stands now. Ends at the first failure of the ledger; the next pass then begins where this one did. */
  async run(): Promise<Reply<void>> {
    const { cache, ingestion } = this.#parts;
    const { position: until } = ingestion.checkpoint;
    const behind = new Set<ThreadId>();
    let after = this.#trail.length < PASSES ? null : (this.#trail[0] ?? null);
    while (until !== null && !isSame(after, until)) {
      const from = after;
      const page = await retryRead(this.#ports.clock, requestRetries, () => this.#ports.ledger.events(from, this.#pageLimit));
      if (!page.ok) return page;
      const { events, next } = page.value;
      for (const { thread, version } of events) if ((cache.view(thread)?.version ?? 0) < version) behind.add(thread);
      if (isSame(next, after) || (next !== null && next.slot > until.slot)) break;
      after = next;
    }
    for (const thread of behind) {
      const before = cache.view(thread)?.version ?? 0;
      const filled = await ingestion.refill(thread);
      if (!filled.ok) return filled;
      if ((cache.view(thread)?.version ?? 0) > before) this.#passedOver += 1;
    }
    await this.#remember(until);
    return ok(undefined);
  }

  /** May be forgotten in a crash: more is read again then. */
  async #remember(position: EventPosition | null): Promise<void> {
    const trail = [...this.#trail, position].slice(-PASSES);
    if (this.#trail.length === PASSES && this.#trail.every((each, i) => isSame(each, trail[i] ?? null))) return;
    await this.#ports.store.write([{ kind: 'put', table: 'meta', key: KEY, value: pack(trail) }]);
    this.#trail = trail;
  }
}

const isSame = (a: EventPosition | null, b: EventPosition | null): boolean =>
  a?.signature === b?.signature && a?.slot === b?.slot;
