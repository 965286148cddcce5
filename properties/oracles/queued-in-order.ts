/**
 * Queued writes keep their order: of what one client left at one backend for one thread, whatever took effect did so in the order in
 * which it was left. Whether it ended at all is liveness', whether it happened once is the witness's. Says nothing of writes of which
 * the client did not know that the backend had them.
 */
import { type History, named, type OperationRecord, threadOf } from './history.ts';
import { ledgerLog } from './ledger-log.ts';
import { holds, type Verdict, violated } from './verdict.ts';

export function judgeQueued({ operations, landings }: History): Verdict {
  if (landings === null) return holds(operations.length);
  const { commits } = ledgerLog(landings);
  const newest = new Map<string, { readonly record: OperationRecord; readonly version: number }>();
  // In order of their calls: a client asks for one after another.
  for (const record of operations) {
    const commit = commits.get(record.id);
    if (record.queuedAt === undefined || commit === undefined) continue;
    const { version } = commit.view;
    const key = `${record.client} ${record.queuedAt} ${threadOf(record.operation)}`;
    const before = newest.get(key);
    if (before !== undefined && version < before.version) {
      const what = `${named(record)}, left at ${record.queuedAt}, made version ${version} of ${commit.view.thread}`;
      const why = `${named(before.record)}, left there before it, made version ${before.version}`;
      return violated('OR28', commit.landing.at, `${what}; ${why}`);
    }
    newest.set(key, { record, version });
  }
  return holds(operations.length);
}
