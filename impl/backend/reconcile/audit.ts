/**
 * Reading again what the ledger's stream told before: a node may leave an entry out, and when it was its thread's newest no later
 * version shows the gap. Each entry is read again by the next three passes, whatever time lies between them, so that only a node
 * that leaves out the same entry four times keeps it from us; and then a strong read of its thread still finds it.
 *
 * Cost: what was ingested since, three times; never what exists.
 */
import { pack, unpack } from '../../core/json.ts';
import type { ThreadId } from '../../ports/ids.ts';
import type { EventPosition } from '../../ports/ledger.ts';
import { ok, type Reply } from '../../ports/outcome.ts';
import type { Store } from '../../ports/store.ts';
import type { ThreadCache } from '../cache.ts';
import { isSamePosition } from '../checkpoint.ts';
import type { Ingestion } from '../ingestion.ts';

export interface AuditParts {
  readonly store: Store;
  readonly cache: ThreadCache;
  readonly ingestion: Ingestion;
}

const PASSES = 3;
const KEY = 'audited';

export class Audit {
  readonly #parts: AuditParts;
  /** Where ingestion stood at the newest passes, oldest first; null is the beginning. */
  #trail: readonly (EventPosition | null)[];
  #passedOver = 0;

  private constructor(parts: AuditParts, trail: readonly (EventPosition | null)[]) {
    this.#parts = parts;
    this.#trail = trail;
  }

  static async load(parts: AuditParts): Promise<Audit> {
    const row = await parts.store.get('meta', KEY);
    return new Audit(parts, row === undefined ? [] : unpack<(EventPosition | null)[]>(row));
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
    while (until !== null && !isSamePosition(after, until)) {
      const page: Awaited<ReturnType<Ingestion['read']>> = await ingestion.read(after);
      if (!page.ok) return page;
      const { events, next } = page.value;
      for (const { thread, version, slot } of events) {
        // What came since is ingestion's to read, and was not left out.
        if (slot <= until.slot && (cache.view(thread)?.version ?? 0) < version) behind.add(thread);
      }
      if (isSamePosition(next, after) || (next !== null && next.slot > until.slot)) break;
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
    if (this.#trail.length === PASSES && this.#trail.every((each, i) => isSamePosition(each, trail[i] ?? null))) return;
    await this.#parts.store.write([{ kind: 'put', table: 'meta', key: KEY, value: pack(trail) }]);
    this.#trail = trail;
  }
}
