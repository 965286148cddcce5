/** The ledger's own order, a thread at a time: which commit made which version, and whose it was. */
import type { ThreadName } from '#model/action.ts';
import type { ThreadObservation } from '#model/observation.ts';
import type { Landing } from './history.ts';
import { type Violated, violated } from './verdict.ts';

export interface Commit {
  readonly landing: Landing;
  readonly view: ThreadObservation;
}

export interface LedgerLog {
  /** By thread; the commit that made version v at index v - 1. */
  readonly threads: ReadonlyMap<ThreadName, readonly Commit[]>;
  /** By operation. */
  readonly commits: ReadonlyMap<number, Commit>;
  /** The first commit that is not its thread's next version, or the second one of an operation. */
  readonly violation: Violated | null;
}

export function ledgerLog(landings: readonly Landing[]): LedgerLog {
  const threads = new Map<ThreadName, Commit[]>();
  const commits = new Map<number, Commit>();
  let violation: Violated | null = null;
  for (const landing of landings) {
    if (landing.outcome.kind !== 'committed') continue;
    const { view } = landing.outcome;
    const commit: Commit = { landing, view };
    const before = threads.get(view.thread) ?? [];
    const wanted = before.length + 1;
    before.push(commit);
    threads.set(view.thread, before);
    if (view.version !== wanted)
      violation ??= violated(
        'OR3',
        landing.at,
        `${view.thread}: expected version ${wanted} next, the ledger shows ${view.version}`,
      );
    if (landing.operation === null) continue;
    const other = commits.get(landing.operation);
    if (other !== undefined)
      violation ??= violated(
        'OR3',
        landing.at,
        `operation #${landing.operation} took effect twice: as ${other.view.thread}@${other.view.version} and as ${view.thread}@${view.version}`,
      );
    commits.set(landing.operation, commit);
  }
  return { threads, commits, violation };
}

export const newestVersion = (log: LedgerLog, thread: ThreadName): number => log.threads.get(thread)?.length ?? 0;

export const viewAtVersion = (log: LedgerLog, thread: ThreadName, version: number): ThreadObservation | undefined =>
  log.threads.get(thread)?.[version - 1]?.view;
