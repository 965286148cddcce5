/**
 * The one place where asynchrony happens. A call through the gate does not start: it parks. The run loop lets all resumed code
 * come to rest, picks one parked event, runs it alone to the end, and goes on; when nothing is parked it moves virtual time to
 * the next timer. So a run is a sequence of steps, the same every time.
 *
 *   resumed code rests -> enabled? --yes--> pick one, run it: effect | response | timer -> (again)
 *                            |no
 *                          timer? --yes--> advance the clock, wake one ---------------> (again)
 *                            |no
 *                        tasks done? --yes--> end      --no--> stuck: uncontrolled asynchrony or a deadlock
 *
 * What it does not decide: which event comes first (`Strategy`), what goes wrong (`FaultSource`), or what a call does.
 */

import { checkAlways } from './always.ts';
import { Attribution } from './attribution.ts';
import { type FaultSite, type FaultSource, type FaultStrike, toldBy } from './fault-plan.ts';
import type { CallOptions, GateOptions } from './gate-options.ts';
import { type Parked, ParkedSet } from './parked-set.ts';
import { type Performed, performEffect, type Watchdog } from './perform-effect.ts';
import { loopTurn, microtasksDone } from './rest.ts';
import { Sleeps } from './sleeps.ts';
import { serial } from './strategies/serial.ts';
import type { Strategy } from './strategy.ts';
import { StuckError, type StuckKind, stuckReport } from './stuck-error.ts';
import { Task, type TaskOptions } from './task.ts';
import { type EffectOutcome, Trace } from './trace.ts';
import type { VirtualClock } from './virtual-clock.ts';

const joined = (before: FaultStrike | null, after: FaultStrike | null): string | null =>
  before === null ? (after?.name ?? null) : after === null ? before.name : `${before.name}, ${after.name}`;

/** What the fault source gave, or threw. */
function strikeOf(outcome: EffectOutcome): FaultStrike | null {
  if (!outcome.ok) throw outcome.error;
  return outcome.value as FaultStrike | null;
}

/** What a timer can wait, milliseconds. */
const longestMs = 0x7fffffff;

export class Gate {
  /** Of all runs of this gate; holds its steps only with `keepTrace`. */
  readonly trace: Trace;
  readonly #options: GateOptions;
  readonly #clock: VirtualClock;
  #strategy: Strategy;
  readonly #attribution: Attribution;
  readonly #sleeps: Sleeps;
  readonly #watchdog: Watchdog;
  readonly #parked = new ParkedSet();
  readonly #tasks = new Map<string, Task>();
  readonly #sharedCounts = new Map<string, number>();
  readonly #crashes = new Map<string, number>();
  #race: { readonly withinMs: number; readonly fair: boolean } | null = null;
  #starting: { readonly task: Task; readonly main: () => unknown }[] = [];
  /** Tasks of the present run, in order of spawning. */
  #running: Task[] = [];
  /** Those of them that the run waits for. */
  readonly #unfinished = new Set<Task>();
  #ordinals = 0;
  #steps = 0;
  #isRunning = false;
  /** The event that runs now or ran last. */
  #last: Parked | null = null;
  /** An effect or a fault was truly asynchronous. */
  #sawLoop = false;

  /** Throws a RangeError for a `hangMs` that no timer can wait. */
  constructor(options: GateOptions) {
    const { hangMs = 1 } = options;
    if (!(hangMs >= 1 && hangMs <= longestMs)) throw new RangeError(`gate: hangMs is 1 to ${longestMs} ms, not ${hangMs}`);
    this.#options = options;
    this.#clock = options.clock;
    this.#strategy = options.strategy ?? serial();
    this.trace = new Trace({ keep: options.keepTrace ?? false });
    this.#attribution = new Attribution(new Task('nobody', -1, this.#sharedCounts, {}), options.attribution ?? 'cause');
    this.#sleeps = new Sleeps(options.clock, this.#attribution);
    this.#watchdog = { hangMs: options.hangMs, hung: () => this.#stuck('hang', this.#last?.task) };
  }

  /** From the next step on this one chooses. It is told the steps of the whole gate, and alone hears of the end. */
  use(strategy: Strategy): void {
    this.#strategy = strategy;
  }

  /**
   * From the next step on every timer that is due within so many milliseconds is an event, and overtakes whatever is parked; also
   * another timer that is due before it, which then fires late. Those of the background too, whoever is done: a run does not end
   * before them. null: as the options have it.
   *
   * `fair`: within so many milliseconds of when whatever has waited longest began to, so that nothing waits for ever; and only until
   * all tasks outside the background have settled, so that the run ends.
   */
  race(withinMs: number | null, { fair = false }: { readonly fair?: boolean } = {}): void {
    this.#race = withinMs === null ? null : { withinMs, fair };
  }

  /** The name of the task whose code runs now; `nobody` outside of all. */
  get caller(): string {
    return this.#attribution.caller.name;
  }

  /** Events run so far, in all runs of this gate. */
  get steps(): number {
    return this.#steps;
  }

  /** 16 hexadecimal digits over every step so far; equal runs have equal hashes. */
  traceHash(): string {
    return this.trace.hash();
  }

  /**
   * Parks `effect` under `actor/label#n` (n counts calls of that name) until the loop picks it.
   * Settles as the effect does, or as a fault has it, or never: when its node crashes or a fault drops the answer. The effect may
   * be truly asynchronous: it runs alone, so it must not await another gated call. Throws a RangeError when there is no task of
   * the name that `options` give.
   */
  call<T>(actor: string, label: string, effect: () => T | Promise<T>, options: CallOptions = {}): Promise<T> {
    const task = options.task === undefined ? this.#attribution.caller : this.#taskNamed(options.task);
    const responses = options.responses ?? this.#options.responses ?? 'together';
    task.calls += 1;
    const key = task.key(actor, label);
    task.lastCall = key;
    return new Promise<T>((resolve, reject) => {
      this.#parked.park('effect', task, {
        key,
        sinceMs: this.#clock.nowMs(),
        actor,
        label,
        node: options.node ?? actor,
        call: task.calls,
        effect,
        separate: responses === 'separate',
        outcome: null,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
    });
  }

  /** The clock as `actor` on `node` has it, in milliseconds: sleeps are theirs, and never end when the node crashes. */
  clockFor(actor: string, node = actor): { nowMs(): number; sleep(ms: number): Promise<void> } {
    return {
      nowMs: () => this.#clock.nowMs(),
      sleep: (ms) => this.#sleeps.sleep(ms, actor, node),
    };
  }

  /**
   * Says that the running task waits for `what`, something other tasks do, and settles as `promise` does. Without it such a wait
   * looks like a leak.
   */
  async waiting<T>(what: string, promise: Promise<T>): Promise<T> {
    const task = this.#attribution.caller;
    task.waits.add(what);
    task.outstanding += 1;
    try {
      return await promise;
    } finally {
      task.waits.delete(what);
      task.outstanding -= 1;
    }
  }

  /**
   * Adds a task, which starts when the run does, or at the next rest of one under way. Throws a RangeError for a name that a task
   * of this gate has or had.
   */
  spawn(name: string, main: () => unknown, options: TaskOptions = {}): Task {
    if (this.#tasks.has(name)) throw new RangeError(`gate: there is a task ${name} already`);
    const task = this.#add(new Task(name, this.#ordinals, null, options), main);
    this.#tasks.set(name, task);
    return task;
  }

  /** Calls from `node` stay parked, and so do answers to it and, where timers are events, its timers, until it is up again. */
  takeDown(node: string): void {
    this.#parked.takeDown(node);
  }

  /** Frees what `node` held; nothing happens when it is up. What a crash lost stays lost. */
  bringUp(node: string): void {
    this.#parked.bringUp(node);
  }

  /**
   * Takes `node` down and loses its calls, the answers to it, its sleeps and its tasks, whose outcome says so. Gives how many
   * calls, answers and sleeps were lost. An effect of its that is under way happens, and is not heard of.
   */
  crash(node: string): number {
    this.#crashes.set(node, (this.#crashes.get(node) ?? 0) + 1);
    const events = this.#parked.drop(node);
    for (const event of events) this.#lose(event);
    const sleeps = this.#sleeps.drop(node);
    for (const sleep of sleeps) this.#lose(sleep);
    for (const task of this.#running) {
      if (task.node === node) this.#finish(task, { ok: false, error: null, crashedWith: node });
    }
    this.#parked.takeDown(node);
    return events.length + sleeps.length;
  }

  /**
   * Runs `main` and everything it sets going until all tasks have settled and nothing is parked any more.
   * Gives what `main` does; rejects with its error, or as `drain` does. One run at a time. Keys of its calls do not begin with
   * the task's name.
   */
  async run<T>(task: string, main: () => Promise<T>): Promise<T> {
    if (this.#isRunning) throw new Error(`gate: ${task} cannot run inside another run`);
    const added = this.#add(new Task(task, this.#ordinals, this.#sharedCounts, {}), main);
    await this.drain();
    return (added.outcome as { readonly value: T }).value;
  }

  /**
   * Runs until every task that is not in the background has settled and nothing is parked any more. Rejects with a `StuckError`
   * when it cannot go on, with an `AlwaysError`, with what the strategy, the fault source or a hook of the options throws, else
   * with the error of the first task, in order of spawning, that failed; errors of background tasks are not passed on. Whatever
   * such a run leaves parked belongs to the next.
   */
  async drain(): Promise<void> {
    if (this.#isRunning) throw new Error('gate: cannot drain inside a run');
    this.#isRunning = true;
    try {
      await loopTurn();
      do {
        while (this.#starting.length > 0) await this.#start();
        this.#promoteTimers();
      } while ((this.#parked.enabled.length > 0 ? await this.#step() : await this.#whenIdle()) || this.#starting.length > 0);
      this.#strategy.ended?.(this.#steps);
      for (const { outcome, background } of this.#running) {
        if (outcome !== null && !outcome.ok && !('crashedWith' in outcome) && !background) throw outcome.error;
      }
    } finally {
      this.#isRunning = false;
      this.#attribution.current = this.#attribution.outside;
      this.#running = this.#running.filter((task) => task.background && task.outcome === null);
      this.#unfinished.clear();
    }
  }

  #add(task: Task, main: () => unknown): Task {
    this.#ordinals += 1;
    this.#running.push(task);
    if (!task.background) this.#unfinished.add(task);
    this.#starting.push({ task, main });
    return task;
  }

  #taskNamed(name: string): Task {
    const task = this.#tasks.get(name);
    if (task === undefined) throw new RangeError(`gate: there is no task ${name}`);
    return task;
  }

  #finish(task: Task, outcome: NonNullable<Task['outcome']>): void {
    if (task.outcome !== null) return;
    task.outcome = outcome;
    this.#unfinished.delete(task);
  }

  #lose({ task, key }: { readonly task: Task; readonly key: string }): void {
    task.outstanding -= 1;
    task.dropped.push(key);
  }

  /** Starts tasks one at a time, each until it rests, so that whatever it does is its own. */
  async #start(): Promise<void> {
    const next = this.#starting.shift();
    if (next === undefined || next.task.outcome !== null) return;
    const { task, main } = next;
    this.#attribution.current = task;
    const begin = this.#attribution.bound(task, async () => main());
    begin().then(
      (value) => this.#finish(task, { ok: true, value }),
      (error: unknown) => this.#finish(task, { ok: false, error }),
    );
    await microtasksDone();
    await this.#checkLeak(task);
    this.#attribution.current = this.#attribution.outside;
  }

  /** Makes events of timers, where timers are events. */
  #promoteTimers(): void {
    const { timers = 'idle' } = this.#options;
    if (timers === 'idle') return;
    const { enabled } = this.#parked;
    if (this.#race !== null) this.#letRace(this.#race);
    const isNext = timers === 'racing' && this.#unfinished.size > 0 && !enabled.some(({ kind }) => kind === 'timer');
    this.#sleeps.park(this.#parked, isNext);
  }

  #letRace({ withinMs, fair }: { readonly withinMs: number; readonly fair: boolean }): void {
    const nowMs = this.#clock.nowMs();
    const oldestMs = fair ? this.#parked.oldestMs : nowMs;
    if (oldestMs === null || (fair && this.#unfinished.size === 0)) return;
    this.#sleeps.parkUntil(this.#parked, Math.min(oldestMs, nowMs) + withinMs);
  }

  /** Nothing is enabled: lets time pass. False when the run is over. */
  async #whenIdle(): Promise<boolean> {
    let dueMs = this.#clock.nextDueMs();
    if (this.#sawLoop || dueMs === null) {
      await loopTurn();
      if (this.#parked.enabled.length > 0) return true;
      dueMs = this.#clock.nextDueMs();
    }
    if (this.#unfinished.size === 0) return false;
    if (dueMs === null) throw this.#stuck();
    if (dueMs > this.#clock.nowMs()) this.#clock.advanceTo(dueMs);
    if ((this.#options.timers ?? 'idle') !== 'idle') return true;
    const { tag, wake } = this.#sleeps.takeFirst();
    this.#attribution.current = tag.task;
    wake();
    await (this.#sawLoop ? loopTurn() : microtasksDone());
    this.#attribution.current = this.#attribution.outside;
    return true;
  }

  async #step(): Promise<true> {
    const { enabled } = this.#parked;
    const { maxSteps, onStep, afterStep, always } = this.#options;
    if (this.#steps === maxSteps) throw this.#stuck('steps');
    const count = enabled.length;
    const index = this.#strategy.pick(enabled, this.#steps);
    const event = this.#parked.take(index);
    if (event === undefined) throw new RangeError(`the strategy picked ${index} of ${count} enabled events`);
    const { task, kind, key } = event;
    this.#steps += 1;
    this.#last = event;
    onStep?.(this.#steps, key);
    task.executed += 1;
    task.outstanding -= 1;
    this.#attribution.current = task;
    let slow = false;
    if (kind === 'effect') slow = await this.#runEffect(event, count);
    else {
      if (kind === 'timer') event.resolve(undefined);
      else this.#deliver(event, event.outcome as EffectOutcome);
      this.#record(event, count, null, null);
    }
    await (slow ? loopTurn() : microtasksDone());
    await this.#checkLeak(task);
    this.#attribution.current = this.#attribution.outside;
    if (afterStep !== undefined) {
      const settling = afterStep(this.#steps, event);
      if (settling !== undefined) await settling;
    }
    if (always !== undefined) await checkAlways(always, this.#steps, key);
    return true;
  }

  /**
   * Whether it, or a fault that struck it, was truly asynchronous. Where nothing is, nobody gets in before its response parks.
   */
  async #runEffect(event: Parked, count: number): Promise<boolean> {
    const { faults, normalise } = this.#options;
    const crashes = this.#crashes.get(event.node);
    const run = this.#attribution.bound(event.task, event.effect as () => unknown);
    let slow = false;
    let outcome: EffectOutcome | null = null;
    let before: FaultStrike | null = null;
    let after: FaultStrike | null = null;
    if (faults !== undefined) {
      const striking = this.#strike(faults, { event, position: 'before', outcome, run });
      const struck = striking instanceof Promise ? await striking : striking;
      slow = struck.slow;
      before = strikeOf(struck.outcome);
    }
    if (before === null || before.decision.kind === 'act') {
      const performing = performEffect(run, this.#watchdog);
      const performed = performing instanceof Promise ? await performing : performing;
      slow ||= performed.slow;
      outcome = performed.outcome;
      if (faults !== undefined) {
        const striking = this.#strike(faults, { event, position: 'after', outcome, run });
        const struck = striking instanceof Promise ? await striking : striking;
        slow ||= struck.slow;
        after = strikeOf(struck.outcome);
      }
    }
    this.#sawLoop ||= slow;
    const fault = joined(before, after);
    const told = toldBy((after ?? before)?.decision ?? null, outcome);
    const result = outcome === null || normalise === undefined ? null : normalise(outcome, event.key);
    this.#record(event, count, fault, result);
    if (told === null || this.#crashes.get(event.node) !== crashes) event.task.dropped.push(event.key);
    else if (event.separate) {
      const { key, actor, label, node, call, resolve, reject } = event;
      this.#parked.park('response', event.task, {
        key: `${key} reply`,
        sinceMs: this.#clock.nowMs(),
        actor,
        label,
        node,
        call,
        effect: null,
        separate: false,
        outcome: told,
        resolve,
        reject,
      });
    } else this.#deliver(event, told);
    return slow;
  }

  #strike(faults: FaultSource, site: FaultSite): Performed | Promise<Performed> {
    return performEffect(() => faults.strike(site), this.#watchdog);
  }

  #deliver(event: Parked, told: EffectOutcome): void {
    if (told.ok) event.resolve(told.value);
    else event.reject(told.error);
  }

  #record({ key, kind, task }: Parked, enabled: number, fault: string | null, result: string | null): void {
    this.trace.record({
      step: this.#steps,
      virtualTimeMs: this.#clock.nowMs(),
      key,
      task: task.name,
      kind,
      enabled,
      fault,
      result,
    });
  }

  async #checkLeak(task: Task): Promise<void> {
    if (this.#options.leaks !== 'atOnce' || task === this.#attribution.outside) return;
    const leaks = (): boolean => task.outstanding === 0 && task.outcome === null && task.dropped.length === 0;
    if (!leaks()) return;
    await loopTurn();
    if (leaks()) throw this.#stuck('leak', task);
  }

  /** Of all that is unfinished, or of the culprit alone. */
  #stuck(kind: StuckKind | null = null, culprit?: Task): StuckError {
    const tasks = culprit === undefined ? this.#running.filter((task) => this.#unfinished.has(task)) : [culprit];
    const { enabled } = this.#parked;
    const state = { tasks, last: this.#last, enabled, held: this.#parked.held(), sleepers: this.#sleeps.list() };
    return new StuckError(stuckReport({ kind, step: this.#steps, ...state }));
  }
}
