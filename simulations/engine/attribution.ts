/**
 * Whose code runs. By cause: the task whose event was delivered last. By context: the task that the code was started by, whoever
 * wakes it; gates may run side by side and inside one another, each with tasks of its own.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Task } from './task.ts';

interface Scope {
  readonly of: Attribution;
  readonly task: Task;
  /** Of whichever gate this one's code runs inside. */
  readonly outer: Scope | undefined;
}

/** One for all gates: each that is made hooks every promise of the process. */
const scopes = new AsyncLocalStorage<Scope>();

export class Attribution {
  /** Whom code outside all tasks counts as. */
  readonly outside: Task;
  /** The task whose event was delivered last; `outside` between steps. */
  current: Task;
  readonly #byContext: boolean;

  constructor(outside: Task, by: 'cause' | 'context') {
    this.outside = outside;
    this.current = outside;
    this.#byContext = by === 'context';
  }

  /** The task whose code runs now. By context, code that no task started is told by cause. */
  get caller(): Task {
    if (this.#byContext) {
      for (let scope = scopes.getStore(); scope !== undefined; scope = scope.outer) if (scope.of === this) return scope.task;
    }
    return this.current;
  }

  /** The code such that it runs, and whatever it sets going, as the task's own. */
  bound<T>(task: Task, code: () => T): () => T {
    return this.#byContext ? () => scopes.run({ of: this, task, outer: scopes.getStore() }, code) : code;
  }
}
