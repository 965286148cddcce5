/** Judges states as they are met: what must always hold, what must be met sometimes, and ends that are none. Each name once. */
import type { CompiledPredicate, Machine } from './compiled.ts';

export interface Verdict {
  readonly property: string;
  readonly kind: 'always' | 'deadlock';
  readonly explanation: string;
  /** Index of the state. */
  readonly index: number;
}

export interface MetMark {
  readonly name: string;
  /** Index of the first state that bears it; null when none does so far. */
  readonly index: number | null;
}

export class Judge {
  /** In the order they were found. */
  readonly verdicts: Verdict[] = [];
  private readonly machine: Machine;
  private readonly marks: readonly CompiledPredicate[];
  private readonly met = new Map<string, number>();
  private open: readonly CompiledPredicate[];
  private unmet: readonly CompiledPredicate[];
  private asksDeadlock: boolean;

  constructor(machine: Machine, isAsked: (name: string) => boolean) {
    this.machine = machine;
    this.open = machine.always.filter(({ name }) => isAsked(name));
    this.marks = machine.sometimes.filter(({ name }) => isAsked(name));
    this.unmet = this.marks;
    this.asksDeadlock = isAsked('deadlock');
  }

  /** A new state. @returns whether it violates anything that nothing before it did */
  meet(ids: Int32Array, index: number): boolean {
    const before = this.verdicts.length;
    for (const check of this.open) if (!check.holds(ids)) this.convict(check, ids, index);
    for (const mark of this.unmet) {
      if (!mark.holds(ids)) continue;
      this.met.set(mark.name, index);
      this.unmet = this.unmet.filter((other) => other !== mark);
    }
    return this.verdicts.length > before;
  }

  /** A state without any step; where nothing says what converged means, every such state is wrong. @returns as `meet` */
  end(ids: Int32Array, index: number): boolean {
    if (!this.asksDeadlock || (this.machine.converged.length > 0 && this.machine.isConverged(ids))) return false;
    this.asksDeadlock = false;
    const explanation = 'nothing can happen any more, and not everybody agrees';
    this.verdicts.push({ property: 'deadlock', kind: 'deadlock', explanation, index });
    return true;
  }

  metMarks(): readonly MetMark[] {
    return this.marks.map(({ name }) => ({ name, index: this.met.get(name) ?? null }));
  }

  private convict(check: CompiledPredicate, ids: Int32Array, index: number): void {
    this.open = this.open.filter((other) => other !== check);
    const explanation = check.problem(ids) as string;
    this.verdicts.push({ property: check.name, kind: 'always', explanation, index });
  }
}
