/**
 * Which conflicts are open, since when, and how many of each kind there were: met once, however often it is looked at, until it is
 * resolved or found to be beyond mending here. Decides nothing about them; who meets one mends it.
 */
import { type Conflict, type ConflictKind, keyOfConflict } from '../../core/conflict.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Monitor } from '../../ports/monitor.ts';

export interface ConflictCounts {
  readonly met: number;
  readonly resolved: number;
  /** Not to be mended here: nobody here holds what is missing. One that is mended later counts as resolved, too. */
  readonly quarantined: number;
}

interface Open {
  readonly conflict: Conflict;
  readonly sinceMs: number;
  readonly quarantined: boolean;
}

const kinds: readonly ConflictKind[] = ['HashMismatch', 'OwnershipConflict', 'StateDesync', 'TimestampConflict'];
const none: ConflictCounts = { met: 0, resolved: 0, quarantined: 0 };
/** More open ones than this are counted, but not followed: what they were resolved by is not told then. */
const MAX_OPEN = 10_000;

export class Conflicts {
  readonly #clock: Clock;
  readonly #monitor: Monitor;
  readonly #open = new Map<string, Open>();
  readonly #counts = new Map<ConflictKind, ConflictCounts>(kinds.map((kind) => [kind, none]));

  constructor(clock: Clock, monitor: Monitor) {
    this.#clock = clock;
    this.#monitor = monitor;
  }

  /** By kind, since this backend was opened. */
  get counts(): Readonly<Record<ConflictKind, ConflictCounts>> {
    return Object.fromEntries(this.#counts) as Record<ConflictKind, ConflictCounts>;
  }

  /** Met and not resolved, oldest first. */
  open(): readonly Conflict[] {
    return [...this.#open.values()].map(({ conflict }) => conflict);
  }

  /** Somebody has seen it; the same one again changes nothing. */
  met(conflict: Conflict): void {
    const key = keyOfConflict(conflict);
    if (this.#open.has(key)) return;
    this.#count(conflict.kind, 'met');
    this.#monitor.tell({ kind: 'conflict', conflict });
    if (this.#open.size < MAX_OPEN) this.#open.set(key, { conflict, sinceMs: this.#clock.nowMs(), quarantined: false });
  }

  /** It is gone; nothing when it was not open. */
  resolved(conflict: Conflict): void {
    const key = keyOfConflict(conflict);
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    this.#settle(open, 'resolved');
  }

  /** It cannot be mended here; it stays open, and is told once. */
  quarantined(conflict: Conflict): void {
    const key = keyOfConflict(conflict);
    const open = this.#open.get(key);
    if (open === undefined || open.quarantined) return;
    this.#open.set(key, { ...open, quarantined: true });
    this.#settle(open, 'quarantined');
  }

  /** As `resolved`, of every open one that `isOver` says of. */
  resolveAll(isOver: (conflict: Conflict) => boolean): void {
    for (const { conflict } of [...this.#open.values()]) if (isOver(conflict)) this.resolved(conflict);
  }

  #settle({ conflict, sinceMs }: Open, how: 'resolved' | 'quarantined'): void {
    this.#count(conflict.kind, how);
    this.#monitor.tell({ kind: 'settled', conflict, how, tookMs: Math.max(0, this.#clock.nowMs() - sinceMs) });
  }

  #count(kind: ConflictKind, what: keyof ConflictCounts): void {
    const before = this.#counts.get(kind) ?? none;
    this.#counts.set(kind, { ...before, [what]: before[what] + 1 });
  }
}
