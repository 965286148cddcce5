/**
 * Judges states as they are met: what must always hold, what must be met sometimes, and ends that are none. Each name once.
 * A state that stands for its orbit is asked about all of it: marks always, checks where one of them fails, since with symmetries
 * the checks as a whole say the same of every state of an orbit.
 */
import type { CompiledPredicate } from './compiled.ts';
import type { Machine } from './machine.ts';
import type { Quotient } from './symmetry.ts';

export interface Verdict {
  readonly property: string;
  readonly kind: 'always' | 'deadlock';
  readonly explanation: string;
  /** Index of the state. */
  readonly index: number;
  /** What fails in it, or in another state of its orbit. */
  readonly isShown: (ids: Int32Array) => boolean;
}

export interface MetMark {
  readonly name: string;
  /** Index of the first state that bears it, or stands for one that does; null when none does so far. */
  readonly index: number | null;
  readonly isShown: (ids: Int32Array) => boolean;
}

export class Judge {
  /** In the order they were found. */
  readonly verdicts: Verdict[] = [];
  private readonly machine: Machine;
  private readonly quotient: Quotient;
  private readonly marks: readonly CompiledPredicate[];
  private readonly met = new Map<string, number>();
  private open: readonly CompiledPredicate[];
  private unmet: readonly CompiledPredicate[];
  private asksDeadlock: boolean;

  constructor(machine: Machine, quotient: Quotient, isAsked: (name: string) => boolean) {
    this.machine = machine;
    this.quotient = quotient;
    this.open = machine.always.filter(({ name }) => isAsked(name));
    this.marks = machine.sometimes.filter(({ name }) => isAsked(name));
    this.unmet = this.marks;
    this.asksDeadlock = isAsked('deadlock');
  }

  /** A new state. @returns whether it violates anything that nothing before it did */
  meet(ids: Int32Array, index: number): boolean {
    let fails = false;
    for (const check of this.open) if (!check.holds(ids)) fails = true;
    if (fails) for (const image of this.quotient.images(ids)) this.convict(image, index);
    if (this.unmet.length > 0) this.mark(ids, index);
    return fails;
  }

  /** A state without any step; where nothing says what converged means, every such state is wrong. @returns as `meet` */
  end(ids: Int32Array, index: number): boolean {
    if (!this.asksDeadlock || (this.machine.converged.length > 0 && this.machine.isConverged(ids))) return false;
    this.asksDeadlock = false;
    const explanation = 'nothing can happen any more, and not everybody agrees';
    this.verdicts.push({ property: 'deadlock', kind: 'deadlock', explanation, index, isShown: () => true });
    return true;
  }

  metMarks(): readonly MetMark[] {
    return this.marks.map((mark) => ({
      ...{ name: mark.name, index: this.met.get(mark.name) ?? null, isShown: (ids: Int32Array) => mark.holds(ids) },
    }));
  }

  private mark(ids: Int32Array, index: number): void {
    const images = this.quotient.size === 1 ? [ids] : this.quotient.images(ids);
    for (const mark of this.unmet) {
      if (!images.some((image) => mark.holds(image))) continue;
      this.met.set(mark.name, index);
      this.unmet = this.unmet.filter((other) => other !== mark);
    }
  }

  private convict(ids: Int32Array, index: number): void {
    for (const check of this.open) {
      const explanation = check.problem(ids);
      if (explanation === null) continue;
      this.open = this.open.filter((other) => other !== check);
      const isShown = (other: Int32Array): boolean => !check.holds(other);
      this.verdicts.push({ property: check.name, kind: 'always', explanation, index, isShown });
    }
  }
}
