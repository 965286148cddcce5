/**
 * What happened, step by step, in symbolic names, with a hash that rolls along. Two runs are the same run exactly when their
 * hashes agree. Does not record what tasks compute between their calls: only events, and of results only what `normalise` lets
 * through.
 */
import { createHash } from 'node:crypto';
import type { EventKind } from './event.ts';

export interface TraceStep {
  /** Counts from 1. */
  readonly step: number;
  /** Milliseconds since the Unix epoch, virtual. */
  readonly virtualTimeMs: number;
  readonly key: string;
  /** Whose event it was. */
  readonly task: string;
  readonly kind: EventKind;
  /** How many events could have come next, this one included. */
  readonly enabled: number;
  /** The fault that struck here, as the fault plan names it. */
  readonly fault: string | null;
  /** What the effect gave, normalised; null for other events and where nobody normalises. */
  readonly result: string | null;
}

export type EffectOutcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

/** Text for an effect's outcome without anything that differs between equal runs (addresses, signatures, object identity). */
export type Normalise = (outcome: EffectOutcome, key: string) => string;

/** JSON with sorted keys, `12n` for bigints, `!` before errors. For systems whose results are plain data with symbolic names. */
export const plainText: Normalise = (outcome) => {
  if (!outcome.ok) return `!${outcome.error instanceof Error ? outcome.error.message : String(outcome.error)}`;
  const { value } = outcome;
  if (value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
};

/** Characters gathered before they are hashed together: hashing each line alone costs more than running its step. */
const batchLength = 8_192;

export const describeStep = (step: TraceStep): string =>
  `${step.step}|${step.virtualTimeMs}|${step.kind}|${step.key}|${step.enabled}|${step.fault ?? ''}|${step.result ?? ''}`;

export class Trace {
  /** Every step so far; stays empty unless asked to keep them. */
  readonly steps: TraceStep[] = [];
  readonly #keep: boolean;
  readonly #hash = createHash('sha256');
  #batch = '';

  constructor(options: { readonly keep: boolean }) {
    this.#keep = options.keep;
  }

  record(step: TraceStep): void {
    if (this.#keep) this.steps.push(step);
    this.#batch += `${describeStep(step)}\n`;
    if (this.#batch.length >= batchLength) {
      this.#hash.update(this.#batch);
      this.#batch = '';
    }
  }

  /** 16 hexadecimal digits over all steps so far. */
  hash(): string {
    return this.#hash.copy().update(this.#batch).digest('hex').slice(0, 16);
  }

  /** The keys of all kept steps: what the recorded strategy takes. */
  keys(): readonly string[] {
    return this.steps.map((step) => step.key);
  }
}
