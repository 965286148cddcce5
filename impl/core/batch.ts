/**
 * The specification's batch_updates: related updates as one value, done in the order of what they depend on.
 *
 *   collect_related_updates   `BatchItem`s, each with the ids of those that must be applied before it
 *   order_by_dependency       `levelsOf`: a level needs nothing but earlier levels; a cycle is refused by naming it
 *   process_in_parallel       one level after another, within a level side by side
 *   verify_batch_success      each applied item is asked whether it really is; what is not known to be is not called applied
 *
 * A partial failure loses nothing: the report says of every item whether it was applied, was not, may have been, or was not begun for
 * which other's sake; given to the next run, what was applied is not done again. Items must be idempotent for that.
 */
import type { Failure, Outcome, Reply } from '../ports/outcome.ts';

export interface BatchItem<T> {
  /** Unique in its batch. */
  readonly id: string;
  /** Ids of items of this batch; a repetition counts once. */
  readonly dependsOn: readonly string[];
  readonly apply: () => Promise<Outcome<T>>;
}

export interface Applied<T> {
  readonly id: string;
  readonly value: T;
}

export interface BatchReport<T> {
  /** In order of completion. */
  readonly applied: readonly Applied<T>[];
  readonly notApplied: readonly { readonly id: string; readonly failure: Failure }[];
  /** May have been applied; apply again to know. */
  readonly unknown: readonly { readonly id: string; readonly failure: Failure }[];
  /** Not begun, because this other one was not applied. */
  readonly skipped: readonly { readonly id: string; readonly because: string }[];
}

export interface BatchOptions<T> {
  /** Items of a level under way at a time, at least 1; 8 by default. */
  readonly width?: number;
  /** What an earlier run of the same batch reported: what it applied is not done again. */
  readonly resume?: BatchReport<T>;
  /** Of those just applied, the ids of those that are not as they should be; asked once a level. A failure makes all of them unknown. */
  readonly verify?: (applied: readonly Applied<T>[]) => Promise<Reply<readonly string[]>>;
}

type Node = Pick<BatchItem<unknown>, 'id' | 'dependsOn'>;

const invalid = (code: string, detail: string): Failure => ({ kind: 'invalid', authority: 'backend', code, detail });

/**
 * Each item in the earliest level that its dependencies allow, in the order given.
 * Fails with `DuplicateItem`, `UnknownDependency`, or `DependencyCycle`, whose detail names a shortest cycle: `a -> b -> a`.
 */
export function levelsOf<Item extends Node>(items: readonly Item[]): Reply<readonly (readonly Item[])[]> {
  const byId = new Map<string, Item>();
  for (const item of items) {
    if (byId.has(item.id))
      return { ok: false, failure: invalid('DuplicateItem', `expected ids to be unique, got ${item.id} again`) };
    byId.set(item.id, item);
  }
  for (const { id, dependsOn } of items) {
    const unknown = dependsOn.find((each) => !byId.has(each));
    if (unknown !== undefined)
      return { ok: false, failure: invalid('UnknownDependency', `${id} depends on ${unknown}, which is not in the batch`) };
  }
  const waiting = new Map(items.map(({ id, dependsOn }) => [id, new Set(dependsOn)]));
  const dependents = new Map<string, string[]>();
  for (const [id, needs] of waiting) for (const need of needs) dependents.set(need, [...(dependents.get(need) ?? []), id]);
  const levels: Item[][] = [];
  const place = new Map(items.map(({ id }, index) => [id, index]));
  let level = items.filter(({ id }) => waiting.get(id)?.size === 0);
  let placed = 0;
  while (level.length > 0) {
    levels.push(level);
    placed += level.length;
    const next = new Set<string>();
    for (const { id } of level) {
      for (const dependent of dependents.get(id) ?? []) {
        const needs = waiting.get(dependent);
        needs?.delete(id);
        if (needs?.size === 0) next.add(dependent);
      }
    }
    level = [...next].map((id) => byId.get(id) as Item).sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0));
  }
  if (placed === items.length) return { ok: true, value: levels };
  return { ok: false, failure: invalid('DependencyCycle', shortestCycle(waiting).join(' -> ')) };
}

/** Of a graph in which something is always before something else, so that there is one. @param needs what is placed already left out */
function shortestCycle(needs: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  let best: readonly string[] = [];
  for (const start of needs.keys()) {
    const cameFrom = new Map<string, string>();
    const queue = [start];
    for (const at of queue) {
      if (needs.get(at)?.has(start) === true) {
        const path = [start];
        for (let step: string | undefined = at; step !== undefined && step !== start; step = cameFrom.get(step))
          path.unshift(step);
        const cycle = [start, ...path];
        if (best.length === 0 || cycle.length < best.length) best = cycle;
        break;
      }
      for (const next of needs.get(at) ?? []) {
        if (cameFrom.has(next)) continue;
        cameFrom.set(next, at);
        queue.push(next);
      }
    }
  }
  return best;
}

/** Fails only where the batch itself is wrong, with nothing begun; everything else is in the report. */
export async function runBatch<T>(items: readonly BatchItem<T>[], options: BatchOptions<T> = {}): Promise<Reply<BatchReport<T>>> {
  const levels = levelsOf(items);
  if (!levels.ok) return levels;
  const { width = 8, resume, verify } = options;
  const ids = new Set(items.map(({ id }) => id));
  const applied = new Map((resume?.applied ?? []).filter(({ id }) => ids.has(id)).map((each) => [each.id, each]));
  const notApplied: { readonly id: string; readonly failure: Failure }[] = [];
  const unknown: { readonly id: string; readonly failure: Failure }[] = [];
  const skipped: { readonly id: string; readonly because: string }[] = [];
  for (const level of levels.value) {
    const ready: BatchItem<T>[] = [];
    for (const item of level) {
      const missing = item.dependsOn.find((id) => !applied.has(id));
      if (missing !== undefined) skipped.push({ id: item.id, because: missing });
      else if (!applied.has(item.id)) ready.push(item);
    }
    const done: Applied<T>[] = [];
    await inParallel(ready, width, async ({ id, apply }) => {
      const outcome = await apply();
      if (outcome.kind === 'applied') done.push({ id, value: outcome.value });
      else (outcome.kind === 'unknown' ? unknown : notApplied).push({ id, failure: outcome.failure });
    });
    const verified = verify === undefined || done.length === 0 ? null : await verify(done);
    for (const each of done) {
      const failure = verified === null ? null : doubtOf(verified, each.id);
      if (failure === null) applied.set(each.id, each);
      else unknown.push({ id: each.id, failure });
    }
  }
  return { ok: true, value: { applied: [...applied.values()], notApplied, unknown, skipped } };
}

function doubtOf(verified: Reply<readonly string[]>, id: string): Failure | null {
  if (!verified.ok) return verified.failure;
  if (!verified.value.includes(id)) return null;
  const detail = `${id} was acknowledged, and is not as it should be`;
  return { kind: 'unavailable', authority: 'backend', code: 'NotVerified', detail };
}

/** `width` under way at a time, begun in order. */
async function inParallel<Item>(items: readonly Item[], width: number, work: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next; at < items.length; at = next) {
      next += 1;
      await work(items[at] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
