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

import { AsyncLocalStorage } from 'node:async_hooks';
import { checkAlways } from './always.ts';
import type { EventKind } from './event.ts';
import { type FaultStrike, toldBy } from './fault-plan.ts';
import type { CallOptions, GateOptions } from './gate-options.ts';
import { type Parked, ParkedSet } from './parked-set.ts';
import { performEffect } from './perform-effect.ts';
import { loopTurn, microtasksDone } from './rest.ts';
import { serial } from './strategies/serial.ts';
import type { Strategy } from './strategy.ts';
import { StuckError, type StuckKind, stuckReport } from './stuck-error.ts';
import { Task, type TaskOptions } from './task.ts';
import { type EffectOutcome, Trace } from './trace.ts';
import type { Sleeper, VirtualClock } from './virtual-clock.ts';

/** Whose sleep it is. */
interface SleepTag {
  readonly task: Task;
  readonly actor: string;
  readonly node: string;
  readonly key: string;
}

const ignore = (): void => undefined;

const joined = (before: FaultStrike | null, after: FaultStrike | null): string | null =>
  before === null ? (after?.name ?? null) : after === null ? before.name : `${before.name}, ${after.name}`;

/** One for all gates: each that is made hooks every promise of the process. */
const taskContext = new AsyncLocalStorage<Task>();

export class Gate {
  readonly trace: Trace;
  readonly #options: GateOptions;
  readonly #clock: VirtualClock;
  #strategy: Strategy;
  /** Null where calls are told apart by cause. */
  readonly #context: AsyncLocalStorage<Task> | null;
  readonly #parked = new ParkedSet();
  readonly #tasks = new Map<string, Task>();
  readonly #outside: Task;
  readonly #sharedCounts = new Map<string, number>();
  readonly #crashes = new Map<string, number>();
  #starting: { readonly task: Task; readonly main: () => unknown }[] = [];
  /** Tasks of the present run, in order of spawning. */
  #running: Task[] = [];
  #unfinished = 0;
  #current: Task;
  #arrivals = 0;
  #ordinals = 0;
  #steps = 0;
  #isRunning = false;
  #lastKey: string | null = null;
  /** An effect of this run was truly asynchronous. */
  #sawLoop = false;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#strategy = options.strategy ?? serial();
    this.trace = new Trace({ keep: options.keepTrace ?? false });
    this.#outside = new Task('nobody', -1, this.#sharedCounts, {});
    this.#current = this.#outside;
    this.#context = options.attribution === 'context' ? taskContext : null;
    this.#clock.watch(() => {
      const { name, node } = this.#caller();
      return this.#sleepTag(name, node ?? name);
    });
  }

  /** From the next step on this one chooses. */
  use(strategy: Strategy): void {
    this.#strategy = strategy;
  }

  /** The name of the task whose code runs now; `nobody` outside of all. */
  get caller(): string {
    return this.#caller().name;
  }

  #caller(): Task {
    return this.#context?.getStore() ?? this.#current;
  }

  /** Runs code of the task's, and whatever it sets going, as the task's own. */
  #as<T>(task: Task, code: () => T): T {
    return this.#context === null ? code() : this.#context.run(task, code);
  }

  /** Events run so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Hash of every step so far; equal runs have equal hashes. */
  traceHash(): string {
    return this.trace.hash();
  }

  /**
   * Parks `effect` under `actor/label#n` (n counts calls of that name) until the loop picks it.
   * Settles as the effect does. The effect may be truly asynchronous: it runs alone, so it must not await another gated call.
   */
  call<T>(actor: string, label: string, effect: () => T | Promise<T>, options: CallOptions = {}): Promise<T> {
    const task = options.task === undefined ? this.#caller() : this.#taskNamed(options.task);
    const responses = options.responses ?? this.#options.responses ?? 'together';
    task.calls += 1;
    const key = task.key(actor, label);
    task.lastCall = key;
    return new Promise<T>((resolve, reject) => {
      this.#park('effect', task, {
        key,
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

  /** The clock as `actor` on `node` has it: sleeps are theirs, and end unheard when the node crashes. */
  clockFor(actor: string, node = actor): { nowMs(): number; sleep(ms: number): Promise<void> } {
    return {
      nowMs: () => this.#clock.nowMs(),
      sleep: (ms) => this.#clock.sleepAs(ms, this.#sleepTag(actor, node)),
    };
  }

  /** Says that the running task waits for `what`, something other tasks do. Without it such a wait looks like a leak. */
  async waiting<T>(what: string, promise: Promise<T>): Promise<T> {
    const task = this.#caller();
    task.waits.add(what);
    task.outstanding += 1;
    try {
      return await promise;
    } finally {
      task.waits.delete(what);
      task.outstanding -= 1;
    }
  }

  /** Adds a task, which starts when the run does, or at the next rest of one under way. Names are unique within a gate. */
  spawn(name: string, main: () => unknown, options: TaskOptions = {}): Task {
    if (this.#tasks.has(name)) throw new RangeError(`gate: there is a task ${name} already`);
    const task = this.#add(new Task(name, this.#ordinals, null, options), main);
    this.#tasks.set(name, task);
    return task;
  }

  /** Calls from `node` stay parked, and so do answers to it, until it is up again. */
  takeDown(node: string): void {
    this.#parked.takeDown(node);
  }

  bringUp(node: string): void {
    this.#parked.bringUp(node);
  }

  /** Takes `node` down and loses its calls, the answers to it, its sleeps and its tasks. How many events were lost. */
  crash(node: string): number {
    this.#crashes.set(node, (this.#crashes.get(node) ?? 0) + 1);
    const events = this.#parked.drop(node);
    for (const event of events) this.#lose(event);
    const sleeps = this.#clock.drop((tag) => (tag as SleepTag | undefined)?.node === node);
    for (const { tag } of sleeps) this.#lose(tag as SleepTag);
    for (const task of this.#running) {
      if (task.node === node) this.#finish(task, { ok: false, error: null, crashedWith: node });
    }
    this.#parked.takeDown(node);
    return events.length + sleeps.length;
  }

  /**
   * Runs `main` and everything it sets going until all tasks have settled and nothing is parked any more.
   * Rejects with main's own error, or as `drain` does. One run at a time.
   */
  async run<T>(task: string, main: () => Promise<T>): Promise<T> {
    if (this.#isRunning) throw new Error(`gate: ${task} cannot run inside another run`);
    const added = this.#add(new Task(task, this.#ordinals, this.#sharedCounts, {}), main);
    await this.drain();
    return (added.outcome as { readonly value: T }).value;
  }

  /**
   * Runs until every task that is not in the background has settled and nothing is parked any more. Rejects with a `StuckError`
   * when it cannot go on, with an `AlwaysError`, with what the strategy throws, else with the error of the first task that failed.
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
      this.#current = this.#outside;
      this.#running = this.#running.filter((task) => task.background && task.outcome === null);
      this.#unfinished = 0;
    }
  }

  #add(task: Task, main: () => unknown): Task {
    this.#ordinals += 1;
    this.#running.push(task);
    if (!task.background) this.#unfinished += 1;
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
    if (!task.background) this.#unfinished -= 1;
  }

  #lose({ task, key }: { readonly task: Task; readonly key: string }): void {
    task.outstanding -= 1;
    task.dropped.push(key);
  }

  #sleepTag(actor: string, node: string): SleepTag {
    const task = this.#caller();
    task.outstanding += 1;
    return { task, actor, node, key: task.key(actor, 'sleep') };
  }

  #park(kind: EventKind, task: Task, rest: Omit<Parked, 'kind' | 'task' | 'index' | 'arrival'>): void {
    const { key, actor, label, node, call, effect, separate, outcome, resolve, reject } = rest;
    this.#arrivals += 1;
    const index = task.parked;
    task.parked += 1;
    task.outstanding += 1;
    this.#parked.add({
      kind,
      key,
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

  /** Starts tasks one at a time, each until it rests, so that whatever it does is its own. */
  async #start(): Promise<void> {
    const next = this.#starting.shift();
    if (next === undefined || next.task.outcome !== null) return;
    const { task, main } = next;
    this.#current = task;
    this.#as(task, async () => main()).then(
      (value) => this.#finish(task, { ok: true, value }),
      (error: unknown) => this.#finish(task, { ok: false, error }),
    );
    await microtasksDone();
    await this.#checkLeak(task);
    this.#current = this.#outside;
  }

  /** Makes events of timers, where timers are events. */
  #promoteTimers(): void {
    const { timers = 'idle' } = this.#options;
    if (timers === 'idle') return;
    const racing = timers === 'racing' && this.#unfinished > 0 && !this.#parked.enabled.some(({ kind }) => kind === 'timer');
    let dueMs = this.#clock.nextDueMs();
    while (dueMs !== null && (dueMs <= this.#clock.nowMs() || racing)) {
      const sleeper = this.#clock.takeFirst() as Sleeper<SleepTag>;
      const { task, actor, node, key } = sleeper.tag;
      task.outstanding -= 1;
      const wake = (): void => {
        if (sleeper.dueMs > this.#clock.nowMs()) this.#clock.advanceTo(sleeper.dueMs);
        sleeper.wake();
      };
      this.#park('timer', task, {
        key,
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
      const nextMs = this.#clock.nextDueMs();
      dueMs = racing && nextMs !== null && nextMs > sleeper.dueMs ? null : nextMs;
    }
  }

  /** Nothing is enabled: lets time pass. False when the run is over. */
  async #whenIdle(): Promise<boolean> {
    let dueMs = this.#clock.nextDueMs();
    if (this.#sawLoop || dueMs === null) {
      await loopTurn();
      if (this.#parked.enabled.length > 0) return true;
      dueMs = this.#clock.nextDueMs();
    }
    if (this.#unfinished === 0) return false;
    if (dueMs === null) throw this.#stuck();
    if (dueMs > this.#clock.nowMs()) this.#clock.advanceTo(dueMs);
    if ((this.#options.timers ?? 'idle') !== 'idle') return true;
    const { tag, wake } = this.#clock.takeFirst() as Sleeper<SleepTag>;
    this.#current = tag.task;
    tag.task.outstanding -= 1;
    wake();
    await (this.#sawLoop ? loopTurn() : microtasksDone());
    this.#current = this.#outside;
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
    this.#lastKey = key;
    onStep?.(this.#steps, key);
    task.executed += 1;
    task.outstanding -= 1;
    this.#current = task;
    let slow = false;
    if (kind === 'effect') slow = await this.#runEffect(event, count);
    else {
      if (kind === 'timer') event.resolve(undefined);
      else this.#deliver(event, event.outcome as EffectOutcome);
      this.#record(event, count, null, null);
    }
    await (slow ? loopTurn() : microtasksDone());
    await this.#checkLeak(task);
    this.#current = this.#outside;
    if (afterStep !== undefined) {
      const settling = afterStep(this.#steps, event);
      if (settling !== undefined) await settling;
    }
    if (always !== undefined) await checkAlways(always, this.#steps, key);
    return true;
  }

  /** Whether the effect was truly asynchronous. */
  async #runEffect(event: Parked, count: number): Promise<boolean> {
    const { faults, normalise, hangMs } = this.#options;
    const crashes = this.#crashes.get(event.node);
    const run = event.effect as () => unknown;
    let slow = false;
    let outcome: EffectOutcome | null = null;
    const striking = faults?.strike({ event, position: 'before', outcome, run }) ?? null;
    const before = striking instanceof Promise ? await striking : striking;
    let after: FaultStrike | null = null;
    if (before === null || before.decision.kind === 'act') {
      const performed = performEffect(
        () => this.#as(event.task, run),
        hangMs,
        () => this.#stuck('hang'),
      );
      ({ outcome, slow } = performed instanceof Promise ? await performed : performed);
      this.#sawLoop ||= slow;
      const following = faults?.strike({ event, position: 'after', outcome, run }) ?? null;
      after = following instanceof Promise ? await following : following;
    }
    const fault = joined(before, after);
    const told = toldBy((after ?? before)?.decision ?? null, outcome);
    const result = outcome === null || normalise === undefined ? null : normalise(outcome, event.key);
    this.#record(event, count, fault, result);
    if (told === null || this.#crashes.get(event.node) !== crashes) event.task.dropped.push(event.key);
    else if (event.separate) {
      const { key, actor, label, node, call, resolve, reject } = event;
      this.#park('response', event.task, {
        key: `${key} reply`,
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
    if (this.#options.leaks !== 'atOnce' || task === this.#outside) return;
    const leaks = (): boolean => task.outstanding === 0 && task.outcome === null && task.dropped.length === 0;
    if (!leaks()) return;
    await loopTurn();
    if (leaks()) throw this.#stuck('leak', task);
  }

  #stuck(kind: StuckKind | null = null, culprit: Task | null = null): StuckError {
    const tasks = this.#running.filter((task) => task.outcome === null && !task.background && (culprit ?? task) === task);
    const sleepers = this.#clock.sleepers().map(({ dueMs, tag }) => ({ who: (tag as SleepTag).key, dueMs }));
    return new StuckError(
      stuckReport({ kind, step: this.#steps, lastKey: this.#lastKey, tasks, held: this.#parked.held(), sleepers }),
    );
  }
}
