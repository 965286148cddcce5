/**
 * Runs candidates, each at most once, within limits, and remembers the best that fails in the same way. What is a better
 * candidate is decided by those who offer them; this decides only what counts as failing and when nothing more may be executed.
 */
import { bigintAsText } from '#properties/scenario-file/parts.ts';
import type { Execution, Shape, Shrinkable, ShrinkLimits } from './shrinkable.ts';
import { switchesIn } from './switches.ts';

export const defaultLimits = { executions: 400, ms: 30_000 } as const;

export class Trial<Op, Fault, S extends Shrinkable<Op, Fault>> {
  executions = 0;
  readonly shape: Shape<Op, Fault, S>;
  readonly #failure: string;
  readonly #limit: number;
  readonly #untilMs: number;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Execution>();
  #best: S;
  /** The texts of all that were ever the best. */
  readonly #bests = new Set<string>();
  #schedule: readonly string[] = [];
  #reserved = 0;

  /** Knows nothing of `scenario` yet: `attempt` it first. */
  constructor(scenario: S, failure: string, shape: Shape<Op, Fault, S>, limits: ShrinkLimits, nowMs: () => number) {
    this.#best = scenario;
    this.#failure = failure;
    this.shape = shape;
    this.#limit = limits.executions ?? defaultLimits.executions;
    this.#untilMs = nowMs() + (limits.ms ?? defaultLimits.ms);
    this.#nowMs = nowMs;
  }

  get best(): S {
    return this.#best;
  }

  /** The best scenario's run: the name of a task a step. */
  get schedule(): readonly string[] {
    return this.#schedule;
  }

  get switches(): number {
    return switchesIn(this.#schedule);
  }

  /** No execution is left, but for those that are kept back. */
  get isSpent(): boolean {
    return this.executions + this.#reserved >= this.#limit || this.#nowMs() >= this.#untilMs;
  }

  /** Keeps so many executions back for what comes later, but never more than a quarter of all. */
  reserve(executions: number): void {
    this.#reserved = Math.min(executions, this.#limit >> 2);
  }

  /**
   * Whether the candidate was never the best, fails in the same way and is wanted; then it is the best from now on. null: that
   * would need an execution and none is left. What was given up for something better is not taken again, so that forms which go
   * round in circles come to an end.
   */
  async attempt(candidate: S, isWanted: (execution: Execution) => boolean = () => true): Promise<boolean | null> {
    const key = JSON.stringify(candidate, bigintAsText);
    if (this.#bests.has(key)) return false;
    const execution = await this.#run(key, candidate);
    if (execution === null) return null;
    if (execution.failure !== this.#failure || !isWanted(execution)) return false;
    this.#best = candidate;
    this.#bests.add(key);
    this.#schedule = execution.schedule;
    return true;
  }

  /** As `attempt`, for what is worth less than a calm schedule: its run must not switch more than the best one's. */
  attemptCalm(candidate: S): Promise<boolean | null> {
    return this.attempt(candidate, ({ schedule }) => switchesIn(schedule) <= this.switches);
  }

  async #run(key: string, candidate: S): Promise<Execution | null> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.isSpent) return null;
    this.executions += 1;
    const execution = await this.shape.run(candidate);
    this.#known.set(key, execution);
    return execution;
  }
}
