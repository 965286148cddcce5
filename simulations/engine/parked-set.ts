/**
 * Everything that waits for its turn: what is enabled, sorted by key whatever order it arrived in, and what is held because its
 * node is down. Each event finds its place as it arrives, so that a step sorts nothing.
 */
import type { Event, EventKind } from './event.ts';
import type { Task } from './task.ts';
import type { EffectOutcome } from './trace.ts';

/** An event with what is needed to run it. */
export interface Parked extends Event {
  readonly task: Task;
  /** When it was parked; of a timer, when it is due. */
  readonly sinceMs: number;
  /** Of an effect. */
  readonly effect: (() => unknown) | null;
  /** Of an effect: whether its response is an event of its own. */
  readonly separate: boolean;
  /** Of a response. */
  readonly outcome: EffectOutcome | null;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class ParkedSet {
  /** Sorted by key. */
  readonly enabled: Parked[] = [];
  #held: Parked[] = [];
  readonly #down = new Set<string>();
  #arrivals = 0;

  /** The task's next event. */
  park(kind: EventKind, task: Task, rest: Omit<Parked, 'kind' | 'task' | 'index' | 'arrival'>): void {
    const { key, sinceMs, actor, label, node, call, effect, separate, outcome, resolve, reject } = rest;
    this.#arrivals += 1;
    const index = task.parked;
    task.parked += 1;
    task.outstanding += 1;
    this.#add({
      kind,
      key,
      sinceMs,
      task,
      actor,
      label,
      node,
      index,
      call,
      arrival: this.#arrivals,
      effect,
      separate,
      outcome,
      resolve,
      reject,
    });
  }

  #add(parked: Parked): void {
    if (this.#down.size > 0 && this.#down.has(parked.node)) {
      this.#held.push(parked);
      return;
    }
    const { enabled } = this;
    let low = 0;
    let high = enabled.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((enabled[middle] as Parked).key < parked.key) low = middle + 1;
      else high = middle;
    }
    enabled.splice(low, 0, parked);
  }

  /** Since when the enabled event has waited that has waited longest; null without any. */
  get oldestMs(): number | null {
    let oldest: number | null = null;
    for (const { sinceMs } of this.enabled) oldest = Math.min(oldest ?? sinceMs, sinceMs);
    return oldest;
  }

  /** Takes the enabled event at `index` away, or gives undefined where there is none. */
  take(index: number): Parked | undefined {
    const parked = this.enabled[index];
    if (parked !== undefined) this.enabled.splice(index, 1);
    return parked;
  }

  /** Events whose node is down, in order of arrival. */
  held(): readonly Parked[] {
    return this.#held;
  }

  /** Holds all events of `node`, those to come included. */
  takeDown(node: string): void {
    this.#down.add(node);
    this.#held.push(...this.#remove(node));
  }

  bringUp(node: string): void {
    if (!this.#down.delete(node)) return;
    const back = this.#held.filter((parked) => parked.node === node);
    this.#held = this.#held.filter((parked) => parked.node !== node);
    for (const parked of back) this.#add(parked);
  }

  /** Takes all events of `node` away for good. */
  drop(node: string): readonly Parked[] {
    const dropped = [...this.#held.filter((parked) => parked.node === node), ...this.#remove(node)];
    this.#held = this.#held.filter((parked) => parked.node !== node);
    return dropped;
  }

  #remove(node: string): Parked[] {
    const removed = this.enabled.filter((parked) => parked.node === node);
    if (removed.length > 0) this.enabled.splice(0, this.enabled.length, ...this.enabled.filter((parked) => parked.node !== node));
    return removed;
  }
}
