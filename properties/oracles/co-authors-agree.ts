/**
 * `solana.thread.co_authors = qdrant.thread.metadata.co_authors`. At every step the metadata of a version is that version's
 * co-authors and never ahead of what is confirmed; at the last look after healing it is the newest version's.
 */
import { type Difference, differences, isSame } from '#model/difference.ts';
import type { Observation } from '#model/observation.ts';
import type { History } from './history.ts';
import { type LedgerLog, ledgerLog } from './ledger-log.ts';
import { holds, type Verdict, type Violated, violated } from './verdict.ts';

export function judgeCoAuthors(history: History): Verdict {
  const log = ledgerLog(history.landings ?? []);
  let judged = 0;
  for (const showing of history.showings) {
    if (showing.kind !== 'metadata' || history.landings === null) continue;
    judged += 1;
    const wrong = judgeMetadata(log, showing);
    if (wrong !== null) return wrong;
  }
  const last = history.looks.at(-1);
  if (history.healed === null || last === undefined || last.at < history.healed.at) return holds(judged);
  const { ledger, content } = last.observation;
  if (ledger === null || content === null)
    return { kind: 'inconclusive', reason: 'the last look did not reach both authorities' };
  const wrong = metadataApart(last.observation);
  if (wrong === null) return holds(judged + ledger.threads.length);
  return violated(
    'OR10',
    last.at,
    `${wrong.path}: the ledger says ${wrong.expected}, the content store ${wrong.observed} at the end`,
  );
}

/** The first way in which stored metadata is not what the ledger says; null when all is, or an authority was not reached. */
export function metadataApart({ ledger, content }: Observation): Difference | null {
  if (ledger === null || content === null) return null;
  const wanted = ledger.threads.map(({ thread, version, coAuthors }) => ({ thread, version, coAuthors }));
  return differences(wanted, content.threads, 'metadata')[0] ?? null;
}

function judgeMetadata(
  log: LedgerLog,
  { thread, version, coAuthors, at }: Extract<History['showings'][number], { kind: 'metadata' }>,
): Violated | null {
  const what = `metadata of ${thread} at step ${at}`;
  const commit = log.threads.get(thread)?.[version - 1];
  if (commit === undefined || commit.landing.at > at) {
    const newest = log.threads.get(thread)?.filter(({ landing }) => landing.at <= at).length ?? 0;
    return violated('OR9', at, `${what} says version ${version}, ahead of the ledger's ${newest}`);
  }
  if (isSame(commit.view.coAuthors, coAuthors)) return null;
  const [wanted, seen] = [commit.view.coAuthors, coAuthors].map((each) => each.join(', '));
  return violated('OR9', at, `${what} says co-authors ${seen} at version ${version}, which had ${wanted}`);
}
