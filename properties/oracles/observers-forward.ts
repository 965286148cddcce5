/**
 * All observers see the same order: no cache, client or stored metadata ever shows an older version of a thread than it showed
 * before, over reconnects, restarts and crashes too. What a fault took from the content store may come back older.
 * Whether the versions shown are whole is for the version check.
 */
import type { History, Showing } from './history.ts';
import { holds, type Verdict, violated } from './verdict.ts';

export function judgeForward({ showings, crashes }: History): Verdict {
  const newest = new Map<string, { readonly version: number; readonly at: number }>();
  let judged = 0;
  for (const showing of showings) {
    const seen = seenIn(showing);
    if (seen === null) continue;
    const { who, thread, version } = seen;
    const key = `${who} ${thread}`;
    if (version === null) {
      newest.delete(key);
      continue;
    }
    judged += 1;
    const before = newest.get(key);
    if (before !== undefined && version < before.version) {
      const crash = crashes.findLast(({ at, backend }) => backend === who && at > before.at && at <= showing.at);
      const across = crash === undefined ? '' : `, across its crash at step ${crash.at}`;
      const what = `${who} showed ${thread}@${before.version} at step ${before.at} and @${version} at step ${showing.at}${across}`;
      return violated('OR8', showing.at, what);
    }
    newest.set(key, { version, at: showing.at });
  }
  return holds(judged);
}

interface Seen {
  readonly who: string;
  readonly thread: string;
  /** null: what was shown before counts no more. */
  readonly version: number | null;
}

function seenIn(showing: Showing): Seen | null {
  switch (showing.kind) {
    case 'cache':
      return { who: showing.backend, thread: showing.view.thread, version: showing.view.version };
    case 'client':
      return { who: `client ${showing.client}`, thread: showing.view.thread, version: showing.view.version };
    case 'metadata':
      return { who: 'the content store', thread: showing.thread, version: showing.version };
    case 'metadataLost':
      return { who: 'the content store', thread: showing.thread, version: null };
    case 'own':
      return null;
  }
}
