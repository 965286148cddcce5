/**
 * The specification's predict_access_patterns(): what a client session is likely to read next, from what it read before. First order:
 * only the last read counts. Within a thread readers go on the way they went most often so far, forward as long as nothing is known,
 * and turn round at its ends; between threads they go where they went most often from there, once they did so twice.
 * Memory only, a bounded number of sessions and of habits each. Decides nothing about whether it is worth fetching.
 */
import { LRUCache } from 'lru-cache';
import type { ThreadId } from '../../ports/ids.ts';

/** Pages `first` to `last` of a thread that has `pages` of them, read together. */
export interface PagesRead {
  readonly thread: ThreadId;
  readonly first: number;
  readonly last: number;
  readonly pages: number;
}

export interface PageOf {
  readonly thread: ThreadId;
  readonly number: number;
}

interface Visit {
  /** How often it came next. */
  readonly times: number;
  /** Where it was entered last. */
  readonly number: number;
}

interface Habits {
  last: PagesRead | null;
  forward: number;
  backward: number;
  readonly after: Map<ThreadId, Map<ThreadId, Visit>>;
}

const MAX_SESSIONS = 1_000;
const MAX_THREADS = 64;
const MAX_FOLLOWERS = 8;
/** Once may be chance. */
const TWICE = 2;

export class AccessPredictor {
  readonly #sessions = new LRUCache<string, Habits>({ max: MAX_SESSIONS });

  /** The session has read this; answers what it may read next, the likeliest first. */
  next(session: string, read: PagesRead): readonly PageOf[] {
    const habits = this.#sessions.get(session) ?? { last: null, forward: 0, backward: 0, after: new Map() };
    this.#sessions.set(session, habits);
    learn(habits, read);
    habits.last = read;
    const along = neighbour(habits, read);
    const visit = follower(habits, read.thread);
    return [...(along === null ? [] : [{ thread: read.thread, number: along }]), ...(visit === null ? [] : [visit])];
  }
}

function learn(habits: Habits, { thread, first, last }: PagesRead): void {
  const before = habits.last;
  if (before === null) return;
  if (before.thread === thread) {
    if (first === before.last + 1) habits.forward += 1;
    else if (last === before.first - 1) habits.backward += 1;
    return;
  }
  const followers = habits.after.get(before.thread) ?? new Map<ThreadId, Visit>();
  // Said anew, so that the one said longest ago comes first.
  habits.after.delete(before.thread);
  habits.after.set(before.thread, followers);
  const { times } = followers.get(thread) ?? { times: 0 };
  followers.delete(thread);
  followers.set(thread, { times: times + 1, number: first });
  forgetFirst(followers, MAX_FOLLOWERS);
  forgetFirst(habits.after, MAX_THREADS);
}

function forgetFirst<Key>(map: Map<Key, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    map.delete(key);
  }
}

function neighbour({ forward, backward }: Habits, { first, last, pages }: PagesRead): number | null {
  const [onward, back] = [last + 1 < pages ? last + 1 : null, first > 0 ? first - 1 : null];
  return backward > forward ? (back ?? onward) : (onward ?? back);
}

function follower({ after }: Habits, thread: ThreadId): PageOf | null {
  let best: readonly [ThreadId, Visit] | null = null;
  for (const each of after.get(thread) ?? []) if (best === null || each[1].times >= best[1].times) best = each;
  return best === null || best[1].times < TWICE ? null : { thread: best[0], number: best[1].number };
}
