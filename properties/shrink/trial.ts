/** Runs candidates, each at most once, within limits, and remembers the best that fails in the same way. */
import { bigintAsText } from '#properties/corpus/parts.ts';
import type { Execution, Shape, Shrinkable, ShrinkLimits } from './shrinkable.ts';

export class Trial<Op, Fault, S extends Shrinkable<Op, Fault>> {
  best: S;
  executions = 0;
  readonly #shape: Shape<Op, Fault, S>;
  readonly #failure: string;
  readonly #limit: number;
  readonly #untilMs: number;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Execution>();

  constructor(best: S, failure: string, shape: Shape<Op, Fault, S>, limits: ShrinkLimits, nowMs: () => number) {
    this.best = best;
    this.#failure = failure;
    this.#shape = shape;
    this.#limit = limits.executions ?? 400;
    this.#untilMs = nowMs() + (limits.ms ?? 30_000);
    this.#nowMs = nowMs;
  }

  /** No execution is left. */
  get isSpent(): boolean {
    return this.executions >= this.#limit || this.#nowMs() >= this.#untilMs;
  }

  /** The candidate's execution; null when it would need one and none is left. */
  async run(candidate: S): Promise<Execution | null> {
    const key = JSON.stringify(candidate, bigintAsText);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.isSpent) return null;
    this.executions += 1;
    const execution = await this.#shape.run(candidate);
    this.#known.set(key, execution);
    return execution;
  }

  /** Whether it fails in the same way; then it is the best from now on. False also when no execution is left. */
  async adopt(candidate: S): Promise<boolean> {
    const execution = await this.run(candidate);
    if (execution?.failure !== this.#failure) return false;
    this.best = candidate;
    return true;
  }
}

/**
 * Takes away halves of a list, quarters ... single items, anywhere, as long as the rest still fails. True when anything went.
 * @param read the list in the best so far; @param attempt whether this list will do instead, adopting it if so
 */
export async function removeFrom<Item>(
  read: () => readonly Item[],
  attempt: (items: readonly Item[]) => Promise<boolean>,
  isSpent: () => boolean,
): Promise<boolean> {
  let any = false;
  let size = Math.max(1, read().length >> 1);
  for (;;) {
    let removed = false;
    // Backwards: later items are the likelier to be mere decoration, and removing them leaves indices before them alone.
    for (let from = Math.max(0, read().length - size); ; from = Math.max(0, from - size)) {
      const items = read();
      if (isSpent()) return any;
      const rest = [...items.slice(0, from), ...items.slice(from + size)];
      if (rest.length < items.length && (await attempt(rest))) removed = true;
      if (from === 0) break;
    }
    any ||= removed;
    if (size > 1) size = Math.max(1, size >> 1);
    else if (!removed) return any;
  }
}
