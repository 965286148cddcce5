/**
 * The specification's recover_state, after every opening: from the last valid checkpoint, the events missed since are validated and
 * applied (ingestion), and every thread they changed, or whose rows were damaged, is compared with the ledger's accounts (a bounded
 * number at once, what is left in the passes of maintain_sync).
 *
 *   checkpoint, else the one before, else the beginning -> missed events -> rebuild what was damaged -> verify -> done
 *
 * Nothing here is needed for the backend to serve what it has; while the ledger cannot be reached, each round begins again. Each step
 * is idempotent and durable by itself, so a crash anywhere costs only doing it again.
 */
import type { Monitor } from '../../ports/monitor.ts';
import { ok, type Reply } from '../../ports/outcome.ts';
import type { LoadedCheckpoint } from '../checkpoint.ts';
import type { Ingestion } from '../ingestion.ts';
import type { ErrorSink } from '../monitor/error-sink.ts';
import type { Verification } from './verification.ts';

export interface RecoveryParts {
  readonly ingestion: Ingestion;
  readonly verification: Verification;
  readonly errors: ErrorSink;
  readonly monitor: Monitor;
}

export interface RecoveryReport {
  readonly from: LoadedCheckpoint['from'];
  /** Threads that missed events changed. */
  readonly missed: number;
  /** Threads read again from their beginning. */
  readonly rebuilt: number;
}

export class Recovery {
  readonly #parts: RecoveryParts;
  readonly #damaged: number;
  #report: RecoveryReport | null = null;

  /** @param damaged threads whose rows were not what was written */
  constructor(parts: RecoveryParts, damaged: number) {
    this.#parts = parts;
    this.#damaged = damaged;
    const from = parts.ingestion.resumedFrom;
    const about = { kind: 'ValidationFailed', authority: 'backend', cause: null, thread: null, intent: null } as const;
    if (from !== 'checkpoint') {
      const detail = `the newest checkpoint is not what was written; going on from ${from === 'beginning' ? 'the beginning' : 'the one before'}`;
      parts.errors.raise({ ...about, code: 'CheckpointDamaged', detail });
    }
    if (damaged > 0)
      parts.errors.raise({ ...about, code: 'RowDamaged', detail: `${damaged} threads have rows that are not what was written` });
  }

  /** null until it is done. */
  get report(): RecoveryReport | null {
    return this.#report;
  }

  /** Once, until it has gone through; the first failure is answered, and the next call begins again. */
  async run(): Promise<Reply<void>> {
    if (this.#report !== null) return ok(undefined);
    const { ingestion, verification, errors, monitor } = this.#parts;
    const caughtUp = await ingestion.catchUp();
    if (!caughtUp.ok) return caughtUp;
    const repaired = await ingestion.repair();
    if (!repaired.ok) return repaired;
    const missed = verification.pending;
    const verified = await verification.run();
    if (!verified.ok) return verified;
    const report = { from: ingestion.resumedFrom, missed, rebuilt: this.#damaged + verified.value.rebuilt };
    this.#report = report;
    for (const code of ['CheckpointDamaged', 'RowDamaged']) errors.recovered({ code, authority: 'backend' });
    monitor.tell({ kind: 'recovery', ...report });
    return ok(undefined);
  }
}
