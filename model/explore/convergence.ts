/**
 * Whether everybody agrees in the end: with faults switched off, every weakly fair run from every reachable state (reached with faults)
 * comes to a converged state, and stays. Three things can be wrong, and each is looked for in the graph of steps that are no faults:
 *
 * - `stuck`: a state that is not converged has no such step;
 * - `lasso`: a fair cycle outside agreement. A strongly connected component of the states that are not converged holds one exactly when
 *   each rule is somewhere in it not enabled, or taken inside it: a run that visits all of it forever is then fair, and if a rule is
 *   enabled everywhere in it and taken nowhere, no run that stays is;
 * - `leaves agreement`: such a step leads from a converged state to one that is not.
 *
 * Fairness is that of each rule: one that stays enabled is taken some time, whichever of its steps that may be. Edges are kept only
 * between states that are not converged, and only while this runs: 4 bytes each, and up to 32 for each state.
 *
 * A green run shows nothing of how long agreement takes, and nothing where the exploration was not complete.
 */
import type { CompiledRule } from './compiled.ts';
import { componentsOf, type Graph } from './components.ts';
import type { Exploration, ExploredStep } from './exploration.ts';
import type { Finding, FindingKind } from './finding.ts';
import { fairLoop, type Place } from './lasso.ts';
import { Numbers } from './numbers.ts';
import { Stepper } from './stepper.ts';

export interface Convergence<Slots> {
  /** States that are converged. */
  readonly converged: number;
  /** Components of several states among the others, and how many of them hold a fair cycle. */
  readonly cycles: number;
  readonly fairCycles: number;
  /** The nearest of each kind. */
  readonly findings: readonly Finding<Slots>[];
}

/**
 * @param exploration without symmetries; where it was stopped, what is found is so, and what is not found proves nothing
 * @param maxWays looked at for the shortest fair loop, before a short one will do
 * @throws an Error when states stand for others
 */
export function convergenceOf<Slots>(exploration: Exploration<Slots>, maxWays = defaultWays): Convergence<Slots> {
  if (exploration.quotient.size > 1) throw new Error('convergence is judged on an exploration without symmetries');
  return new Judgement(exploration, maxWays).run();
}

const property = 'convergence';
const defaultWays = 20_000;

class Judgement<Slots> {
  private readonly exploration: Exploration<Slots>;
  private readonly maxWays: number;
  private readonly rules: readonly CompiledRule[];
  private readonly stepper: Stepper;
  /** By state: 1 when it is converged. */
  private readonly isConverged: Uint8Array;
  private converged = 0;
  private stuck = -1;
  private leaver = -1;

  constructor(exploration: Exploration<Slots>, maxWays: number) {
    this.exploration = exploration;
    this.maxWays = maxWays;
    this.rules = exploration.machine.rules.filter(({ kind }) => kind === 'step');
    this.stepper = new Stepper(exploration.machine);
    this.isConverged = new Uint8Array(exploration.states);
  }

  run(): Convergence<Slots> {
    this.markConverged();
    const component = componentsOf(this.graph());
    const { fair, cycles } = this.fairComponents(component);
    const findings = [this.stuckFinding(), this.lassoFinding(component, fair), this.leaverFinding()];
    return {
      ...{ converged: this.converged, cycles, fairCycles: fair.size },
      findings: findings.filter((finding) => finding !== null),
    };
  }

  private markConverged(): void {
    const { machine, visited, states } = this.exploration;
    for (let index = 0; index < states; index += 1) {
      visited.read(index, this.stepper.ids);
      if (!machine.isConverged(this.stepper.ids)) continue;
      this.isConverged[index] = 1;
      this.converged += 1;
    }
  }

  /** Steps between states that are not converged; notes the first state that is stuck, and the first that leaves agreement. */
  private graph(): Graph {
    const { states, search } = this.exploration;
    const offsets = new Int32Array(states + 1);
    const targets = new Numbers();
    for (let from = 0; from < states; from += 1) {
      offsets[from] = targets.count;
      if (from >= search.expanded) continue;
      const isConverged = this.isConverged[from] === 1;
      let steps = 0;
      this.eachStep(from, (_, to) => {
        steps += 1;
        if (this.isConverged[to] === 1) return;
        if (!isConverged) targets.push(to);
        else if (this.leaver === -1) this.leaver = from;
      });
      if (steps === 0 && !isConverged && this.stuck === -1) this.stuck = from;
    }
    offsets[states] = targets.count;
    return { offsets, targets: targets.toArray() };
  }

  /** Components of several states, and which of them satisfy every rule. */
  private fairComponents(component: Int32Array): { readonly fair: ReadonlySet<number>; readonly cycles: number } {
    const sizes = new Int32Array(component.length);
    for (const each of component) sizes[each] = (sizes[each] as number) + 1;
    const settled = new Map<number, Set<number>>();
    /** By rule: the last state in which it was seen enabled. */
    const enabledIn = new Int32Array(this.exploration.machine.rules.length).fill(-1);
    for (const [state, own] of component.entries()) {
      if ((sizes[own] as number) < 2) continue;
      const rules = settled.get(own) ?? new Set();
      settled.set(own, rules);
      if (rules.size === this.rules.length) continue;
      this.eachStep(state, ({ number }, to) => {
        enabledIn[number] = state;
        if (component[to] === own) rules.add(number);
      });
      for (const { number } of this.rules) if (enabledIn[number] !== state) rules.add(number);
    }
    const fair = [...settled].filter(([, rules]) => rules.size === this.rules.length).map(([own]) => own);
    return { fair: new Set(fair), cycles: settled.size };
  }

  private eachStep(from: number, visit: (rule: CompiledRule, to: number) => void): void {
    const { stepper } = this;
    const { visited } = this.exploration;
    visited.read(from, stepper.ids);
    stepper.begin();
    stepper.each(this.rules, (rule) => {
      visit(rule, visited.find(stepper.child, stepper.childLow, stepper.childHigh));
      return false;
    });
  }

  private stuckFinding(): Finding<Slots> | null {
    if (this.stuck === -1) return null;
    const explanation = 'without a fault nothing can happen any more, and not everybody agrees';
    return this.finding('stuck', explanation, this.stuck);
  }

  private leaverFinding(): Finding<Slots> | null {
    if (this.leaver === -1) return null;
    const step = this.stepsFrom(this.leaver).find(({ to }) => this.isConverged[to] === 0) as ExploredStep;
    const explanation = 'everybody agrees, and without a fault they come to disagree';
    return this.finding('leaves agreement', explanation, this.leaver, [step]);
  }

  private lassoFinding(component: Int32Array, fair: ReadonlySet<number>): Finding<Slots> | null {
    const entry = component.findIndex((own) => fair.has(own));
    if (entry === -1) return null;
    const names = this.rules.map(({ name }) => name);
    const places = new Map<number, Place>();
    const look = (state: number): Place => {
      const steps = this.stepsFrom(state);
      const enabled = new Set(steps.map(({ rule }) => rule));
      const inside = steps.filter(({ to }) => component[to] === component[entry]);
      const place = { inside, disabled: new Set(names.filter((name) => !enabled.has(name))) };
      places.set(state, place);
      return place;
    };
    const loop = fairLoop(entry, names, (state) => places.get(state) ?? look(state), this.maxWays);
    return this.finding('lasso', 'without any fault this may go on for ever, and never does everybody agree', entry, loop);
  }

  private stepsFrom(index: number): readonly ExploredStep[] {
    return this.exploration.stepsFrom(index).filter(({ kind }) => kind === 'step');
  }

  /** A shortest run to a state, and steps from there. */
  private finding(kind: FindingKind, explanation: string, index: number, more: readonly ExploredStep[] = []): Finding<Slots> {
    const { start, steps } = this.exploration.traceTo(index);
    const told = [...steps, ...more.map((step) => this.exploration.told(step))];
    return { property, kind, explanation, start, steps: told, loopFrom: kind === 'lasso' ? steps.length : null };
  }
}
