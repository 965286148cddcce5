/**
 * The cache against the ledger's accounts: what events said must be what the ledger is. Looks at threads that changed since they were
 * last found equal, each by one account read that carries a digest of all its messages, and mends what differs:
 *
 *   equal              nothing
 *   cache older        read the thread's events again from where it stands (the stream has passed some over)
 *   cache differs      forget it and read it from the beginning: `rebuild`
 *
 * Sound because accounts are read at a bank that is at least as new as everything cached of the thread.
 */
import type { Conflict } from '../../core/conflict.ts';
import { compareWithLedger } from '../../core/ledger-comparison.ts';
import { requestRetries, retryRead } from '../../core/retry.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ThreadId } from '../../ports/ids.ts';
import type { AtSlot, Ledger, LedgerThread } from '../../ports/ledger.ts';
import { type Failure, failed, ok, type Reply } from '../../ports/outcome.ts';
import type { CachedThread, ThreadCache } from '../cache.ts';
import type { Ingestion } from '../ingestion.ts';
import type { ErrorSink } from '../monitor/error-sink.ts';
import type { Conflicts } from './conflicts.ts';

export interface VerificationPorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
}

export interface VerificationParts {
  readonly cache: ThreadCache;
  readonly ingestion: Ingestion;
  readonly conflicts: Conflicts;
  readonly errors: ErrorSink;
}

export interface Verified {
  /** Threads that were read again from their beginning. */
  readonly rebuilt: number;
}

/** Until a node that was behind may have caught up, milliseconds. */
const SLOT_MS = 400;
/** Looked at in one go; the rest waits for the next, so that a backend that missed much is not kept from its work. */
const MOST = 256;

export class Verification {
  readonly #ports: VerificationPorts;
  readonly #parts: VerificationParts;
  readonly #changed: Set<ThreadId>;

  constructor(ports: VerificationPorts, parts: VerificationParts) {
    this.#ports = ports;
    this.#parts = parts;
    this.#changed = parts.cache.changes();
  }

  /** Threads that changed since they were last found equal. */
  get pending(): number {
    return this.#changed.size;
  }

  /** The specification's verify_consistency, of everything that changed. Ends at the first failure; what is left is looked at next time. */
  async run(): Promise<Reply<Verified>> {
    let rebuilt = 0;
    for (const thread of [...this.#changed].slice(0, MOST)) {
      this.#changed.delete(thread);
      const first = await this.#compare(thread);
      const mended = first.ok && first.value !== null ? await this.#mend(first.value) : first;
      if (!first.ok || !mended.ok) {
        this.#changed.add(thread);
        return first.ok ? (mended as Reply<never>) : first;
      }
      if (first.value?.wrong === true) rebuilt += 1;
    }
    return ok({ rebuilt });
  }

  /** One thread now, whether it has changed or not; true when it is equal, at once or after it was mended. */
  async check(thread: ThreadId): Promise<Reply<boolean>> {
    const first = await this.#compare(thread);
    if (!first.ok) return first;
    return first.value === null ? ok(true) : this.#mend(first.value);
  }

  async #compare(thread: ThreadId): Promise<Reply<Difference | null>> {
    const { clock, ledger } = this.#ports;
    const { cache, ingestion } = this.#parts;
    const minContextSlot = Math.max(ingestion.checkpoint.position?.slot ?? 0, cache.get(thread)?.at.slot ?? 0);
    const read = await retryRead(clock, requestRetries, () => ledger.thread(thread, { commitment: 'confirmed', minContextSlot }));
    if (!read.ok) return read;
    return ok(differenceOf(thread, cache.get(thread), read.value));
  }

  /** True when the thread is equal in the end; tried twice, the second time a slot later. */
  async #mend(difference: Difference): Promise<Reply<boolean>> {
    const { conflicts, errors } = this.#parts;
    const { conflict } = difference;
    conflicts.met(conflict);
    const left = await this.#mendOnce(difference);
    if (!left.ok) return left;
    let isMended = left.value === null;
    if (left.value !== null) {
      const still = left.value;
      const about = {
        kind: 'ReconciliationFailed',
        authority: 'backend',
        code: 'CacheDiffers',
        thread: conflict.thread,
      } as const;
      isMended = await errors.attempt({ ...about, detail: textOf(still.conflict), cause: null, intent: null }, async () => {
        await this.#ports.clock.sleep(SLOT_MS);
        const again = await this.#mendOnce(still);
        if (!again.ok) return again;
        return again.value === null ? ok(undefined) : failed(stillDiffers(again.value.conflict));
      });
    }
    if (isMended) conflicts.resolved(conflict);
    else this.#changed.add(conflict.thread);
    return ok(isMended);
  }

  /** What is left of the difference after reading the thread again. */
  async #mendOnce({ conflict: { thread }, wrong }: Difference): Promise<Reply<Difference | null>> {
    const { ingestion } = this.#parts;
    const mended = wrong ? await ingestion.rebuild(thread) : await ingestion.refill(thread);
    return mended.ok ? this.#compare(thread) : mended;
  }
}

interface Difference {
  readonly conflict: Conflict;
  /** The cache says what the ledger never said, and is not only older. */
  readonly wrong: boolean;
}

/** null: nothing is wrong, as far as this answer can tell. */
function differenceOf(thread: ThreadId, cached: CachedThread | undefined, read: AtSlot<LedgerThread | null>): Difference | null {
  const [found, expected] = [cached?.view.version ?? 0, read.value?.version ?? 0];
  const desync: Conflict = { kind: 'StateDesync', thread, at: 'backend', expected, found };
  if (cached === undefined) return expected === 0 ? null : { conflict: desync, wrong: false };
  const comparison = compareWithLedger(cached, cached.at.slot, read);
  switch (comparison.kind) {
    case 'agrees':
    // Ingested while the ledger was asked: then this answer is about an older version, and the next look will tell.
    case 'nodeBehind':
      return null;
    case 'older':
      return { conflict: desync, wrong: false };
    case 'differs': {
      const isOfAuthors = comparison.differences.some(({ field }) => field === 'coAuthors');
      const ownership: Conflict = { kind: 'OwnershipConflict', thread, at: 'backend', version: found };
      return { conflict: isOfAuthors ? ownership : desync, wrong: true };
    }
  }
}

const textOf = (conflict: Conflict): string =>
  conflict.kind === 'StateDesync'
    ? `expected version ${conflict.expected} as the ledger has it, the cache holds ${conflict.found}`
    : 'the cache still says something else than the ledger of the same version';

const stillDiffers = (conflict: Conflict): Failure => ({
  kind: 'behind',
  authority: 'solana',
  code: 'CacheDiffers',
  detail: textOf(conflict),
});
