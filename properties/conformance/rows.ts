/** What a run's durable batches say: the rows that designs know of. */
import type { Effect } from '#simulations/world/effect-log.ts';

export interface Observed {
  readonly what: string;
  /** The run's step at which it was. */
  readonly step: number;
}

export type Json = Readonly<Record<string, unknown>>;

/** Of the outbox. */
export interface Row {
  readonly state: 'preparing' | 'submitting' | 'ended';
  readonly intent: string;
  /** The queued write that this is an attempt of. */
  readonly queued?: string;
  readonly hash: string | null;
  readonly action: { readonly kind: string };
  readonly signed?: { readonly signature: string; readonly lastValidBlockHeight: number };
  readonly end?: { readonly kind: 'confirmed' } | { readonly kind: 'refused'; readonly refusal: { readonly code: string } };
}

/** The queued write that an intent is an attempt at, and which, from 1; null where it is none (`impl/core/queued-write.ts` names them). */
export function attemptIn(intent: string): { readonly queued: string; readonly number: number } | null {
  const [, queued, number] = /^(.+)\.q(\d+)$/.exec(intent) ?? [];
  return queued === undefined ? null : { queued, number: Number(number) };
}

/** Says that a write which waited was given up. Nothing has become of it then, and nothing will: to every other design it is no end. */
export const isGivenUp = ({ end }: Row): boolean => end?.kind === 'refused' && end.refusal.code === 'Dropped';

export interface BatchWrite {
  readonly kind: 'put' | 'delete';
  readonly table: string;
  readonly key: string;
  readonly value?: unknown;
}

/** @param effect a `store.write` */
export const batchOf = ({ inputs }: Pick<Effect, 'inputs'>): readonly BatchWrite[] => inputs[0] as readonly BatchWrite[];

/** What a sealed row says; null where there is no such row, or it was deleted. */
export const sealedIn = (write: BatchWrite | undefined): unknown =>
  (write?.value as { readonly value: unknown } | undefined)?.value ?? null;

function rowsOf(effect: Effect, table: string): readonly Json[] {
  return batchOf(effect).flatMap((write) =>
    write.kind === 'put' && write.table === table && write.value !== undefined ? [write.value as Json] : [],
  );
}

/** @param effect a `store.write` */
export const outboxRows = (effect: Effect): readonly Row[] => rowsOf(effect, 'outbox') as readonly unknown[] as readonly Row[];

/** Hashes of messages that a batch caches; sealed rows, whose content is their `value`. */
export const cachedHashes = (effect: Effect): readonly string[] =>
  rowsOf(effect, 'messages').map((row) => (row['value'] as { readonly hash: string }).hash);
