/**
 * Which consistency errors rounds, passes and writes end in, and when each is over; those of single threads are told by who finds them
 * (`ingestion.ts`, `verification.ts`, `sync.ts`, `recovery.ts`). It decides nothing about what is done: it only
 * tells the error handler, and never waits.
 *
 *   a step of a round fails           PropagationFailed, or TimeoutError without an answer in time; over when that step succeeds
 *   a write is unsettled              TimeoutError of its intent; over when the write has an end
 */
import { errorOf } from '../../core/consistency-error.ts';
import type { IntentId, WalletId } from '../../ports/ids.ts';
import type { Reply } from '../../ports/outcome.ts';
import { keyOf, type Outbox, threadOf } from '../writing/outbox.ts';
import type { ErrorHandler, MetError } from './error-handler.ts';

export type RoundStep = 'recover' | 'settle' | 'ingest' | 'repair' | 'project' | 'sync';

const writeStep = 'write/';

export class Watch {
  readonly #errors: ErrorHandler;
  readonly #parts: { readonly outbox: Outbox };

  constructor(errors: ErrorHandler, parts: { readonly outbox: Outbox }) {
    this.#errors = errors;
    this.#parts = parts;
  }

  /** A step of a round, or a pass, has ended so. */
  ended(step: RoundStep, reply: Reply<unknown>): void {
    if (reply.ok) this.#errors.succeeded(step);
    // No recovery of its own: the next round makes the same step again.
    else void this.#errors.handle(errorOf(reply.failure, 'PropagationFailed'), { step });
  }

  /** A write has come to its deadline without an end. */
  unsettled(wallet: WalletId, intent: IntentId): void {
    const entry = this.#parts.outbox.get(keyOf(wallet, intent));
    if (entry === undefined || entry.state === 'ended') return;
    const met: MetError = {
      kind: 'TimeoutError',
      authority: 'solana',
      code: 'WriteUnsettled',
      thread: threadOf(entry),
      intent,
      cause: null,
      detail: `expected an end of ${entry.action.kind} within its deadline`,
    };
    void this.#errors.handle(met, { step: `${writeStep}${keyOf(wallet, intent)}` });
  }

  /** Looks which unsettled writes have an end by now, or have been forgotten since. */
  lookAtWrites(): void {
    for (const step of this.#writesOpen()) {
      const entry = this.#parts.outbox.get(step.slice(writeStep.length));
      if (entry === undefined || entry.state === 'ended') this.#errors.succeeded(step);
    }
  }

  #writesOpen(): readonly string[] {
    return this.#errors.status.open.flatMap(({ steps }) => steps.filter((step) => step.startsWith(writeStep)));
  }
}
