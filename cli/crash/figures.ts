/** A crash campaign in figures. */
import type { CrashViolation } from '#properties/crash/judge.ts';
import type { CrashRecord, WriteRecord } from '#simulations/crash/record.ts';
import { median } from '../median.ts';
import type { BackendProcess } from './backend-process.ts';
import { type Killer, killKinds } from './killer.ts';

export interface CrashRun {
  readonly record: CrashRecord;
  readonly killer: Killer;
  readonly backends: readonly BackendProcess[];
  readonly violations: readonly CrashViolation[];
  readonly threads: number;
  readonly versions: number;
  readonly workMs: number;
  readonly settleMs: number;
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
const medianMs = (values: readonly number[]): string => String(values.length === 0 ? 0 : Math.round(median(values)));

/** The refusals' codes, most frequent first. */
function codesOf(writes: readonly WriteRecord[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { end } of writes)
    if (end?.kind === 'refused') counts.set(end.refusal.code, (counts.get(end.refusal.code) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

export function crashFigures({ record, killer, backends, threads, versions, workMs, settleMs }: CrashRun): string[][] {
  const { writes, reads } = record;
  const count = (is: (write: WriteRecord) => boolean): string => String(writes.filter(is).length);
  const unsettled = (end: 'confirmed' | 'refused') => (write: WriteRecord) =>
    write.answer === 'unsettled' && write.end?.kind === end;
  return [
    ['kills', String(killer.total)],
    ...killKinds.map((kind) => [`  ${kind}`, String(killer.kills[kind])]),
    ['restarts', String(backends.reduce((sum, { lives }) => sum + lives - 1, 0))],
    ['median ms until it served again', medianMs(backends.flatMap(({ startsMs }) => startsMs.slice(1)))],
    ['writes begun', String(writes.length)],
    ['  acknowledged at once', count(({ answer }) => answer === 'confirmed')],
    ['  refused at once', count(({ answer }) => answer === 'refused')],
    ['  unsettled, then confirmed', count(unsettled('confirmed'))],
    ['  unsettled, then refused', count(unsettled('refused'))],
    ['  without an end', count(({ end }) => end === null)],
    ...codesOf(writes).map(([code, times]) => [`  refused as ${code}`, String(times)]),
    ['strong reads', String(reads.strong)],
    ['cached reads', String(reads.cached)],
    ['searches', String(reads.search)],
    ['reads refused', String(reads.refused)],
    ['connections', String(record.connects)],
    ['sign-ins', String(record.signIns)],
    ['threads', String(threads)],
    ['versions on the ledger', String(versions)],
    ['versions shown to clients', String(record.versionsSeen)],
    ['seconds of work', seconds(workMs)],
    ['seconds to settle', seconds(settleMs)],
  ];
}
