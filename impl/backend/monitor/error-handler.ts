/**
 * The specification's handle_consistency_error: what is done about a consistency error, whoever met it.
 *
 *   met -> log_error_context -> attempt_recovery -> notify_monitoring -> update_health_status
 *              (in order, at once; only the recovery that was begun takes time)
 *   over -> logged, told as `recovered`, gone from the health
 *
 * An error is *open* from the first time it is met until it has been recovered from: by its recovery, or because every step that met
 * it has succeeded since. The open errors are all that the health knows of errors. What is to be done to recover is the caller's to
 * say; most errors mend by the same step being made again, and need none. Open errors are forgotten in a crash: what is still wrong
 * is met again.
 */
import { type ConsistencyError, type ConsistencyErrorKind, keyOfError } from '../../core/consistency-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogContext, Logger, LogLevel } from '../../ports/logger.ts';
import type { Monitor } from '../../ports/monitor.ts';
import type { Failure, Reply } from '../../ports/outcome.ts';
import type { ErrorSink, AttemptRecovery as Recovery } from './error-sink.ts';

/** An error as it is met: how often in a row is counted here. */
export type MetError = Omit<ConsistencyError, 'attempt'>;

export interface Handling {
  /** What was being done; the error is over when each step that met it has succeeded since. */
  readonly step?: string;
  readonly recover?: Recovery;
}

/** What became of the recovery. */
export type RecoveryOutcome =
  | { readonly kind: 'recovered'; readonly tookMs: number }
  /** It did not succeed; the error stays open. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** It succeeded, but the error was met again since it began, so it proves nothing; the error stays open. */
  | { readonly kind: 'overtaken' }
  /** There was none. */
  | { readonly kind: 'none' }
  /** As many errors are open as are kept: this one is logged and told, and not kept. */
  | { readonly kind: 'turnedAway' };

export interface OpenError {
  /** As last met; `attempt` counts how often, without a recovery in between. */
  readonly error: ConsistencyError;
  readonly sinceMs: number;
  readonly lastMs: number;
  /** That met it and have not succeeded since. */
  readonly steps: readonly string[];
  readonly isRecovering: boolean;
  /** How the last recovery that was tried ended, unless it ended the error; null: none was, or it still runs. */
  readonly lastRecovery: Extract<RecoveryOutcome, { kind: 'failed' | 'overtaken' }> | null;
}

export interface ErrorStatus {
  /** In order of being met first. */
  readonly open: readonly OpenError[];
  /** Errors met while there was no room, since none was open last; what of them is still wrong is met again. */
  readonly turnedAway: number;
}

export interface ErrorHandlerPorts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly monitor: Monitor;
  readonly logger: Logger;
}

interface Entry {
  error: ConsistencyError;
  readonly sinceMs: number;
  lastMs: number;
  readonly steps: Set<string>;
  lastRecovery: OpenError['lastRecovery'];
}

/** What passes by itself is a warning; what somebody may have to look into is an error. */
const levelOf: Readonly<Record<ConsistencyErrorKind, LogLevel>> = {
  ValidationFailed: 'error',
  PropagationFailed: 'warn',
  ReconciliationFailed: 'error',
  TimeoutError: 'warn',
};

const isPowerOfTwo = (count: number): boolean => Number.isInteger(Math.log2(count));

export class ErrorHandler implements ErrorSink {
  readonly #ports: ErrorHandlerPorts;
  /** Kept open at a time; further ones are turned away rather than older ones forgotten, so that no new error makes the health better. */
  readonly #limit: number;
  readonly #open = new Map<string, Entry>();
  /** One an error at most, even when what it was begun for is over. */
  readonly #running = new Map<string, Promise<RecoveryOutcome>>();
  #turnedAway = 0;

  constructor(ports: ErrorHandlerPorts, limit = 256) {
    this.#ports = ports;
    this.#limit = limit;
  }

  get status(): ErrorStatus {
    const open = [...this.#open].map(
      ([key, { error, sinceMs, lastMs, steps, lastRecovery }]): OpenError => ({
        error,
        sinceMs,
        lastMs,
        lastRecovery,
        steps: [...steps],
        isRecovering: this.#running.has(key),
      }),
    );
    return { open, turnedAway: this.#turnedAway };
  }

  /**
   * The four actions of the specification, in its order, before this returns. Resolves with what became of the recovery; when one of
   * the same error is running already, with what becomes of that one. Rejects only with what a recovery rejected with.
   */
  handle(met: MetError, { step, recover }: Handling = {}): Promise<RecoveryOutcome> {
    const key = keyOfError(met);
    const before = this.#open.get(key);
    const error: ConsistencyError = { ...met, attempt: (before?.error.attempt ?? 0) + 1 };
    const isKept = before !== undefined || this.#open.size < this.#limit;
    this.#logErrorContext(error, isKept);
    const entry = isKept ? this.#met(before, error) : null;
    if (step !== undefined) entry?.steps.add(step);
    const outcome =
      entry === null ? Promise.resolve<RecoveryOutcome>({ kind: 'turnedAway' }) : this.#attemptRecovery(key, entry, recover);
    this.#notifyMonitoring(error);
    this.#updateHealthStatus(key, entry);
    return outcome;
  }

  /** As `handle`, waited for. */
  async attempt(met: MetError, recover: Recovery): Promise<boolean> {
    return (await this.handle(met, { recover })).kind === 'recovered';
  }

  /** As `handle`, of an error that somebody else will say is over. */
  raise(met: MetError): void {
    void this.handle(met);
  }

  /** Says that the open errors that have all these fields are over. */
  recovered(which: Parameters<ErrorSink['recovered']>[0]): void {
    const fields = Object.entries(which) as readonly [keyof ConsistencyError, unknown][];
    for (const [key, entry] of this.#open)
      if (fields.every(([field, value]) => entry.error[field] === value)) this.#recovered(key, entry);
  }

  /** Says that `step` has succeeded: every open error that only this step has met is over. */
  succeeded(step: string): void {
    for (const [key, entry] of this.#open) {
      // Met without any step, it is for its recovery to end.
      if (!entry.steps.delete(step) || entry.steps.size > 0) continue;
      this.#recovered(key, entry);
    }
  }

  #met(before: Entry | undefined, error: ConsistencyError): Entry {
    const nowMs = this.#ports.clock.nowMs();
    if (before === undefined) return { error, sinceMs: nowMs, lastMs: nowMs, steps: new Set(), lastRecovery: null };
    before.error = error;
    before.lastMs = nowMs;
    return before;
  }

  /** The first time loudly, then at each doubling; what lies between is there for who asks for details. */
  #logErrorContext(error: ConsistencyError, isKept: boolean): void {
    const level = isPowerOfTwo(error.attempt) ? levelOf[error.kind] : 'debug';
    this.#ports.logger.log(level, 'consistency error', { ...contextOf(error), ...(isKept ? {} : { turnedAway: true }) });
  }

  #attemptRecovery(key: string, entry: Entry, recover: Recovery | undefined): Promise<RecoveryOutcome> {
    const before = this.#running.get(key);
    if (before !== undefined) return before;
    if (recover === undefined) return Promise.resolve({ kind: 'none' });
    entry.lastRecovery = null;
    const { attempt } = entry.error;
    // Begun only once everything else is done about the error: a recovery may tell of errors and successes itself.
    const running = Promise.resolve()
      .then(recover)
      .finally(() => this.#running.delete(key))
      .then((reply) => this.#concluded(key, entry, attempt, reply));
    this.#running.set(key, running);
    return running;
  }

  /** @param begunFor and its `attempt` then: what was met later may be what the recovery came too early for */
  #concluded(key: string, begunFor: Entry, attempt: number, reply: Reply<void>): RecoveryOutcome {
    const entry = this.#open.get(key);
    if (!reply.ok) {
      const failed = { kind: 'failed', failure: reply.failure } as const;
      if (entry !== undefined) entry.lastRecovery = failed;
      const context = { ...contextOf(begunFor.error), recovery: contextOfFailure(reply.failure) };
      this.#ports.logger.log('warn', 'recovery failed', context);
      return failed;
    }
    if (entry !== undefined && (entry !== begunFor || entry.error.attempt !== attempt)) {
      entry.lastRecovery = { kind: 'overtaken' };
      return entry.lastRecovery;
    }
    if (entry !== undefined) this.#recovered(key, entry);
    return { kind: 'recovered', tookMs: this.#ports.clock.nowMs() - begunFor.sinceMs };
  }

  #notifyMonitoring(error: ConsistencyError): void {
    this.#ports.monitor.tell({ kind: 'error', error });
  }

  #updateHealthStatus(key: string, entry: Entry | null): void {
    if (entry === null) this.#turnedAway += 1;
    else this.#open.set(key, entry);
  }

  #recovered(key: string, { error, sinceMs }: Entry): void {
    this.#open.delete(key);
    if (this.#open.size === 0) this.#turnedAway = 0;
    const tookMs = this.#ports.clock.nowMs() - sinceMs;
    this.#ports.logger.log('info', 'recovered from consistency error', { ...contextOf(error), tookMs });
    this.#ports.monitor.tell({ kind: 'recovered', error, tookMs });
  }
}

const contextOf = ({ kind, authority, code, detail, cause, thread, intent, attempt }: ConsistencyError): LogContext => ({
  kind,
  authority,
  code,
  detail,
  thread,
  intent,
  attempt,
  cause: cause === null ? null : contextOfFailure(cause),
});

const contextOfFailure = ({ kind, authority, code, detail, retryAfterMs }: Failure): LogContext => ({
  kind,
  authority,
  code,
  detail,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
