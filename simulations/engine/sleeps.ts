/** The sleeps of a gate's tasks: whose each is, which of them are events now, and what is left of them when a node crashes. */
import type { Attribution } from './attribution.ts';
import type { ParkedSet } from './parked-set.ts';
import type { Task } from './task.ts';
import type { Sleeper, VirtualClock } from './virtual-clock.ts';

/** Whose sleep it is. */
interface SleepTag {
  readonly task: Task;
  readonly actor: string;
  readonly node: string;
  readonly key: string;
}

const ignore = (): void => undefined;

export class Sleeps {
  readonly #clock: VirtualClock;
  readonly #attribution: Attribution;

  constructor(clock: VirtualClock, attribution: Attribution) {
    this.#clock = clock;
    this.#attribution = attribution;
    clock.watch(() => {
      const { name, node } = attribution.caller;
      return this.#tag(name, node ?? name);
    });
  }

  /** Sleeps `ms` of virtual time in the name of `actor` on `node`. */
  sleep(ms: number, actor: string, node: string): Promise<void> {
    return this.#clock.sleepAs(ms, this.#tag(actor, node));
  }

  #tag(actor: string, node: string): SleepTag {
    const task = this.#attribution.caller;
    task.outstanding += 1;
    return { task, actor, node, key: task.key(actor, 'sleep') };
  }

  /** The next to wake, taken away; somebody must be asleep. */
  takeFirst(): Sleeper<SleepTag> {
    const sleeper = this.#clock.takeFirst() as Sleeper<SleepTag>;
    sleeper.tag.task.outstanding -= 1;
    return sleeper;
  }

  /** Parks the timers that are due as events; with `races`, all of the next due time as well. */
  park(parked: ParkedSet, races: boolean): void {
    const clock = this.#clock;
    let dueMs = clock.nextDueMs();
    while (dueMs !== null && (dueMs <= clock.nowMs() || races)) {
      const parkedMs = this.#parkFirst(parked);
      const nextMs = clock.nextDueMs();
      dueMs = races && nextMs !== null && nextMs > parkedMs ? null : nextMs;
    }
  }

  /** Parks the timers that are due by then. */
  parkUntil(parked: ParkedSet, untilMs: number): void {
    while ((this.#clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= untilMs) this.#parkFirst(parked);
  }

  /** When it is due. */
  #parkFirst(parked: ParkedSet): number {
    const clock = this.#clock;
    const sleeper = this.takeFirst();
    const { task, actor, node, key } = sleeper.tag;
    const wake = (): void => {
      if (sleeper.dueMs > clock.nowMs()) clock.advanceTo(sleeper.dueMs);
      sleeper.wake();
    };
    parked.park('timer', task, {
      key,
      sinceMs: sleeper.dueMs,
      actor,
      label: 'sleep',
      node,
      call: 0,
      effect: null,
      separate: false,
      outcome: null,
      resolve: wake,
      reject: ignore,
    });
    return sleeper.dueMs;
  }

  /** Takes the sleeps on `node` away for good. */
  drop(node: string): readonly SleepTag[] {
    return this.#clock.drop((tag) => (tag as SleepTag | undefined)?.node === node).map(({ tag }) => tag as SleepTag);
  }

  /** Everyone asleep by key, the first to wake first. */
  list(): readonly { readonly who: string; readonly dueMs: number }[] {
    return this.#clock.sleepers().map(({ dueMs, tag }) => ({ who: (tag as SleepTag).key, dueMs }));
  }
}
