/**
 * What an exploration has found, and every state and step of it again: states are decoded and steps are taken anew when they are
 * asked for, since only packed vectors are kept. With symmetries a state stands for its whole orbit, and a step leads to whichever
 * state stands for where it really leads.
 */

import { indexOfChild, runTo } from './counterexample.ts';
import type { Finding, Trace, TraceStep } from './finding.ts';
import { collisionOdds } from './fingerprint.ts';
import type { Judge, Verdict } from './judge.ts';
import type { Machine } from './machine.ts';
import type { Label, RuleKind } from './spec.ts';
import { Stepper } from './stepper.ts';
import type { Quotient } from './symmetry.ts';
import type { Visited } from './visited.ts';

/** Why states or steps are missing. */
export interface Stop {
  readonly bound: 'maxStates' | 'maxDepth' | 'maxBytes' | 'maxValues' | 'stopAtFirst';
  /** What was reached, in words. */
  readonly reason: string;
}

export interface Search {
  readonly generated: number;
  /** States whose steps were all taken: those below this index. */
  readonly expanded: number;
  /** By depth: index of the first state that far from a start. */
  readonly levels: readonly number[];
  readonly stop: Stop | null;
}

export interface Bytes {
  /** Hash tables, vectors and parent pointers, as allocated. */
  readonly states: number;
  /** The same for each state; small explorations have large ones, since chunks are allocated whole. */
  readonly perState: number;
  /** What rules and predicates remember. */
  readonly memos: number;
}

/** One step between two states, by their indices. */
export interface ExploredStep {
  readonly from: number;
  readonly rule: string;
  readonly actor: string;
  readonly kind: RuleKind;
  readonly label: Label;
  readonly to: number;
}

/** A mark and where it is met first, nearest to a start; null where it is not. */
export interface MarkMet {
  readonly name: string;
  readonly met: { readonly index: number; readonly depth: number } | null;
}

export class Exploration<Slots> {
  /** For what works on packed states. */
  readonly machine: Machine;
  readonly quotient: Quotient;
  readonly visited: Visited;
  readonly search: Search;
  private readonly judge: Judge;

  constructor(machine: Machine, quotient: Quotient, visited: Visited, judge: Judge, search: Search) {
    this.machine = machine;
    this.quotient = quotient;
    this.visited = visited;
    this.judge = judge;
    this.search = search;
  }

  /** Different states; with symmetries, states that stand for others. */
  get states(): number {
    return this.visited.count;
  }

  /** Steps taken, to new states and known ones; steps that change nothing are none. */
  get generated(): number {
    return this.search.generated;
  }

  /** Steps from a start to the state farthest from all. */
  get depth(): number {
    return this.search.levels.length - 1;
  }

  /** Every reachable state was met and every step taken. If not, nothing that was not found is proved absent. */
  get complete(): boolean {
    return this.search.stop === null;
  }

  get bytes(): Bytes {
    const states = this.visited.bytes;
    return { states, perState: states / this.states, memos: this.machine.memoBytes };
  }

  /** Values kept once, in all slots, and the characters of their canonical texts. */
  get values(): { readonly count: number; readonly characters: number } {
    return this.machine.slots.reduce(
      ({ count, characters }, slot) => ({ count: count + slot.values.length, characters: characters + slot.characters }),
      { count: 0, characters: 0 },
    );
  }

  /**
   * `odds`: that any two states have one fingerprint of 64 bits. It costs a comparison and loses no state, since vectors are compared
   * in full; `needless`: comparisons of different states that there were.
   */
  get collisions(): { readonly odds: number; readonly needless: number } {
    return { odds: collisionOdds(this.states), needless: this.visited.needless };
  }

  /** The first violation of each property, nearest first; then marks that a complete exploration has not met. */
  findings(): readonly Finding<Slots>[] {
    const unmet = this.complete ? this.marks().filter(({ met }) => met === null) : [];
    return [
      ...this.judge.verdicts.map((verdict) => this.findingOf(verdict)),
      ...unmet.map(({ name }) => ({
        property: name,
        kind: 'sometimes' as const,
        explanation: `none of ${this.states} reachable states bears the mark`,
        start: null,
        steps: [],
        loopFrom: null,
      })),
    ];
  }

  marks(): readonly MarkMet[] {
    return this.judge
      .metMarks()
      .map(({ name, index }) => ({ name, met: index === null ? null : { index, depth: this.depthOf(index) } }));
  }

  /** @param index from 0 to below `states`, in breadth-first order */
  state(index: number): Slots {
    const ids = new Int32Array(this.machine.slots.length);
    this.visited.read(index, ids);
    return this.machine.decode(ids) as Slots;
  }

  /** Steps from the nearest start. */
  depthOf(index: number): number {
    const { levels } = this.search;
    let depth = levels.length - 1;
    while ((levels[depth] as number) > index) depth -= 1;
    return depth;
  }

  /** Of one state; none where the exploration was stopped before its turn. */
  stepsFrom(index: number): readonly ExploredStep[] {
    const steps: ExploredStep[] = [];
    if (index >= this.search.expanded) return steps;
    const stepper = new Stepper(this.machine);
    this.visited.read(index, stepper.ids);
    stepper.begin();
    stepper.each(this.machine.rules, ({ name, actor, kind }, label) => {
      steps.push({ from: index, rule: name, actor, kind, label: this.labelOf(label), to: indexOfChild(this, stepper) });
      return false;
    });
    return steps;
  }

  /** Every step of every state, in breadth-first order. */
  *everyStep(): Generator<ExploredStep> {
    for (let index = 0; index < this.search.expanded; index += 1) yield* this.stepsFrom(index);
  }

  /** Every state, in breadth-first order, decoded. */
  *everyState(): Generator<Slots> {
    for (let index = 0; index < this.states; index += 1) yield this.state(index);
  }

  /**
   * A shortest run from a start to the state.
   *
   * @param isWanted with symmetries: to that state of its orbit, where it can be led to
   */
  traceTo(index: number, isWanted: (ids: Int32Array) => boolean = () => true): Trace<Slots> {
    return runTo(this, index, isWanted);
  }

  /** A shortest run to where a mark is met; null where it is not. */
  witness(name: string): Trace<Slots> | null {
    const mark = this.judge.metMarks().find((each) => each.name === name);
    return mark === undefined || mark.index === null ? null : this.traceTo(mark.index, mark.isShown);
  }

  /** As a trace tells it. */
  told({ rule, actor, label, to }: ExploredStep): TraceStep<Slots> {
    return { rule, actor, label, state: this.state(to) };
  }

  private labelOf(label: number): Label {
    return this.machine.labels.all[label] as Label;
  }

  private findingOf({ property, kind, explanation, index, isShown }: Verdict): Finding<Slots> {
    return { property, kind, explanation, ...this.traceTo(index, isShown), loopFrom: null };
  }
}
