/**
 * Every reachable state of a design, breadth first, each once: so the first state that violates a property is one of the nearest, and
 * the way to it is a shortest counterexample. States are vectors of small ids, and rules are looked up rather than run (`compiled.ts`).
 *
 * Judged on the way: `always`, deadlocks, `sometimes`. Whether everybody agrees in the end is `convergence.ts`, afterwards.
 * A green run that is `complete` shows that no reachable state of this spec, at this size, violates what was asked. It does not show
 * anything of larger sizes, nor that the implementation does what the spec says; cut short by a bound it is no proof at all.
 */

import { Exploration, type Search, type Stop } from './exploration.ts';
import { TooManyValues } from './intern.ts';
import { Judge } from './judge.ts';
import { Machine } from './machine.ts';
import type { AnySpec, Spec } from './spec.ts';
import { Stepper } from './stepper.ts';
import { Quotient } from './symmetry.ts';
import { full, Visited } from './visited.ts';

export interface Progress {
  /** Different states so far. */
  readonly states: number;
  /** Steps taken so far, to new states and known ones. */
  readonly generated: number;
  /** States whose steps have not been taken yet. */
  readonly queue: number;
  /** Steps from a start to the state whose turn it is. */
  readonly depth: number;
}

export interface ExploreOptions {
  /** One representative for states that differ by names only. Default: true. */
  readonly symmetry?: boolean;
  /** States held at most. */
  readonly maxStates?: number;
  /** Steps from a start at most: states that far away are judged, but their steps are not taken. */
  readonly maxDepth?: number;
  /** Bytes of tables, vectors and memos, at most; looked at every 4,096 states, so a little more is possible. */
  readonly maxBytes?: number;
  /** Ends at the first violation. Default: goes on, and keeps the first of each property. */
  readonly stopAtFirst?: boolean;
  /** Names of checks and marks, and `deadlock`: what is judged. Default: everything. */
  readonly properties?: ReadonlySet<string>;
  readonly onProgress?: (progress: Progress) => void;
  /** Tuples that one rule or check remembers at most. */
  readonly memoEntries?: number;
}

/** States expanded between two looks at memory and two reports. */
const lookEvery = 4_096;

/** @throws an Error that names what is wrong with the spec */
export function explore<Slots>(spec: Spec<Slots>, options: ExploreOptions = {}): Exploration<Slots> {
  const anySpec = spec as unknown as AnySpec;
  const machine = new Machine(anySpec, options.memoEntries);
  const quotient = new Quotient(machine, (options.symmetry ?? true) ? anySpec.symmetries : []);
  const visited = new Visited(machine.slots.length, options.maxStates ?? Number.POSITIVE_INFINITY);
  const judge = new Judge(machine, quotient, (name) => options.properties?.has(name) ?? true);
  const search = new BreadthFirst(machine, quotient, visited, judge, options);
  search.run();
  return new Exploration(machine, quotient, visited, judge, search);
}

const states = (count: number): string => `${count} state${count === 1 ? '' : 's'}`;

class BreadthFirst implements Search {
  generated = 0;
  expanded = 0;
  readonly levels = [0];
  stop: Stop | null = null;
  private readonly machine: Machine;
  private readonly quotient: Quotient;
  private readonly visited: Visited;
  private readonly judge: Judge;
  private readonly options: ExploreOptions;
  private readonly stepper: Stepper;
  /** The state being expanded. */
  private index = 0;
  /** States up to the level being expanded. */
  private levelEnd = Number.POSITIVE_INFINITY;

  constructor(machine: Machine, quotient: Quotient, visited: Visited, judge: Judge, options: ExploreOptions) {
    this.machine = machine;
    this.quotient = quotient;
    this.visited = visited;
    this.judge = judge;
    this.options = options;
    this.stepper = new Stepper(machine);
  }

  run(): void {
    try {
      if (!this.begin()) this.expandAll();
    } catch (error) {
      if (!(error instanceof TooManyValues)) throw error;
      this.stop = { bound: 'maxValues', reason: error.message };
    }
    if (this.visited.count > this.levelEnd) this.levels.push(this.levelEnd);
    this.report();
  }

  /** @returns whether that was all that may be done */
  private begin(): boolean {
    return this.machine.starts.some((start, number) => {
      this.stepper.child.set(start);
      this.stepper.fingerprint(start);
      return this.arrive(-1 - number);
    });
  }

  private expandAll(): void {
    const { stepper, visited, machine } = this;
    const { maxDepth = Number.POSITIVE_INFINITY } = this.options;
    const visit = (): boolean => {
      this.generated += 1;
      return this.arrive(this.index);
    };
    this.levelEnd = visited.count;
    for (let index = 0; index < visited.count; index += 1) {
      if (index === this.levelEnd) {
        this.levelEnd = visited.count;
        this.levels.push(index);
      }
      if (this.levels.length > maxDepth) this.halt('maxDepth', `${maxDepth} steps from a start`);
      else if (index % lookEvery === 0) this.look();
      if (this.stop !== null) return;
      this.index = index;
      visited.read(index, stepper.ids);
      stepper.begin();
      const generated = this.generated;
      if (stepper.each(machine.rules, visit)) return;
      this.expanded = index + 1;
      if (this.generated > generated || !this.judge.end(stepper.ids, index)) continue;
      if (this.options.stopAtFirst !== true) continue;
      this.halt('stopAtFirst', 'the first violation');
      return;
    }
  }

  /** The stepper's child has been reached. @returns whether the search ends here */
  private arrive(parent: number): boolean {
    const { stepper, visited } = this;
    const { child } = stepper;
    const ids = this.quotient.representative(child);
    if (ids !== child) stepper.fingerprint(ids);
    const at = visited.insert(ids, stepper.childLow, stepper.childHigh, parent);
    if (at >= 0) return false;
    if (at === full) {
      this.halt('maxStates', states(visited.count));
      return true;
    }
    if (!this.judge.meet(ids, ~at) || this.options.stopAtFirst !== true) return false;
    this.halt('stopAtFirst', 'the first violation');
    return true;
  }

  private halt(bound: Stop['bound'], reason: string): void {
    this.stop = { bound, reason };
  }

  private look(): void {
    this.report();
    const bytes = this.visited.bytes + this.machine.memoBytes;
    if (bytes > (this.options.maxBytes ?? Number.POSITIVE_INFINITY)) this.halt('maxBytes', `${bytes} bytes`);
  }

  private report(): void {
    const { generated, expanded } = this;
    const { count } = this.visited;
    this.options.onProgress?.({ states: count, generated, queue: count - expanded, depth: this.levels.length - 1 });
  }
}
