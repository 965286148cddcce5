/**
 * The one place where asynchrony happens. A call through the gate does not start: it parks. The run loop lets all resumed code
 * come to rest, picks one parked call, runs its effect alone to the end, delivers the result, and goes on; when nothing is
 * parked it moves virtual time to the next timer. So a run is a sequence of steps, the same every time.
 *
 *   resumed code rests -> parked? --yes--> pick one, run its effect, deliver -> (again)
 *                            |no
 *                          timer? --yes--> advance the clock, wake one -------> (again)
 *                            |no
 *                        main done? --yes--> end      --no--> stuck: uncontrolled asynchrony or a deadlock
 *
 * What it does not decide: which call comes first (`pick`), or what a call does.
 */
import { createHash } from 'node:crypto';
import type { VirtualClock } from './virtual-clock.ts';

/** A call waiting for its turn. `key` is unique within a run and made of symbolic names only. */
export interface ParkedCall {
  readonly key: string;
  /** Counts up: a smaller number parked earlier. */
  readonly arrival: number;
}

/** Chooses the index of the call to run from a non-empty list sorted by key. */
export type Pick = (enabled: readonly ParkedCall[], step: number) => number;

/** Always the call that parked first: no interleaving beyond what the code itself asks for. */
export const serial: Pick = (enabled) =>
  enabled.reduce((first, call, index) => (call.arrival < (enabled[first]?.arrival ?? Infinity) ? index : first), 0);

interface Parked extends ParkedCall {
  readonly effect: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The run cannot go on: `main` is unfinished, nothing is parked and nobody sleeps. */
export class StuckError extends Error {
  constructor(task: string, step: number, lastKey: string | null) {
    super(
      `stuck after step ${step}${lastKey === null ? '' : ` (last effect: ${lastKey})`}: ${task} is unfinished, yet no call is parked and ` +
        'no timer is set. Either it waits for something nobody will do (a deadlock), or it awaits asynchrony that does not go through the gate.',
    );
    this.name = 'StuckError';
  }
}

/** Lets every already-resumed continuation run until it parks, sleeps or ends. */
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Gate {
  readonly #clock: VirtualClock;
  readonly #pick: Pick;
  readonly #parked: Parked[] = [];
  readonly #counts = new Map<string, number>();
  readonly #hash = createHash('sha256');
  readonly #observe: ((step: number, key: string) => void) | undefined;
  #arrivals = 0;
  #steps = 0;
  #running = false;
  #lastKey: string | null = null;

  constructor(options: { clock: VirtualClock; pick?: Pick; onStep?: (step: number, key: string) => void }) {
    this.#clock = options.clock;
    this.#pick = options.pick ?? serial;
    this.#observe = options.onStep;
  }

  /** Effects run so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Hash of every step's key and virtual time so far; equal runs have equal hashes. */
  traceHash(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  /**
   * Parks `effect` under `actor/label#n` (n counts calls of that name) until the loop picks it.
   * Settles as the effect does. The effect may be truly asynchronous: it runs alone.
   */
  call<T>(actor: string, label: string, effect: () => T | Promise<T>): Promise<T> {
    const name = `${actor}/${label}`;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    this.#arrivals += 1;
    const arrival = this.#arrivals;
    return new Promise<T>((resolve, reject) => {
      this.#parked.push({ key: `${name}#${count}`, arrival, effect, resolve: resolve as (value: never) => void, reject });
    });
  }

  /**
   * Runs `main` and everything it sets going until main has settled and nothing is parked any more.
   * Rejects with main's own error, or with a `StuckError`. One run at a time.
   */
  async run<T>(task: string, main: () => Promise<T>): Promise<T> {
    if (this.#running) throw new Error(`gate: ${task} cannot run inside another run`);
    this.#running = true;
    try {
      let end: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown } | null = null;
      main().then(
        (value) => {
          end = { ok: true, value };
        },
        (error: unknown) => {
          end = { ok: false, error };
        },
      );
      while (await this.#advance(() => end === null)) await rest();
      const settled = end as { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown } | null;
      if (settled === null) throw new StuckError(task, this.#steps, this.#lastKey);
      if (!settled.ok) throw settled.error;
      return settled.value;
    } finally {
      this.#running = false;
    }
  }

  /** One turn of the loop; false when nothing is left to do. Timers are for unfinished tasks only. */
  async #advance(unfinished: () => boolean): Promise<boolean> {
    await rest();
    if (this.#parked.length > 0) {
      await this.#runOne();
      return true;
    }
    if (!unfinished()) return false;
    const dueMs = this.#clock.nextDueMs();
    if (dueMs === null) return false;
    if (dueMs > this.#clock.nowMs()) this.#clock.advanceTo(dueMs);
    return this.#clock.fireDue();
  }

  async #runOne(): Promise<void> {
    this.#parked.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    const index = this.#parked.length === 1 ? 0 : this.#pick(this.#parked, this.#steps);
    const [call] = this.#parked.splice(index, 1);
    if (call === undefined) throw new RangeError(`the strategy picked ${index} of ${this.#parked.length} enabled calls`);
    this.#steps += 1;
    this.#lastKey = call.key;
    this.#hash.update(`${this.#steps}|${this.#clock.nowMs()}|${call.key}\n`);
    this.#observe?.(this.#steps, call.key);
    try {
      call.resolve((await call.effect()) as never);
    } catch (error) {
      call.reject(error);
    }
  }
}
