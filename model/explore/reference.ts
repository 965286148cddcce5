/**
 * What the explorer must find, found plainly: states in a map by their canonical texts, rules run for every state, reachability by
 * following edges from each state, fairness by its definition. For designs of a few hundred states.
 */
import { canonical } from '../canonical.ts';
import type { AnySlots, AnySpec, Label, RuleKind } from './spec.ts';

export interface PlainState {
  readonly state: AnySlots;
  readonly depth: number;
  readonly edges: readonly PlainEdge[];
}

export interface PlainEdge {
  readonly rule: string;
  readonly kind: RuleKind;
  readonly label: Label;
  /** Canonical text of the state it leads to. */
  readonly to: string;
}

export type PlainGraph = ReadonlyMap<string, PlainState>;

type Function<Result> = (...values: readonly unknown[]) => Result;
const ask = <Result>(question: unknown, slots: readonly string[], state: AnySlots): Result =>
  (question as Function<Result>)(...slots.map((slot) => state[slot]));

/** Every step from a state, without those that change nothing. */
export function plainSteps(spec: AnySpec, state: AnySlots): readonly (PlainEdge & { readonly state: AnySlots })[] {
  return spec.rules.flatMap(({ name, kind, slots, next }) =>
    ask<readonly { readonly label: Label; readonly to: readonly unknown[] }[]>(next, slots, state)
      .map(({ label, to }) => ({ label, state: { ...state, ...Object.fromEntries(slots.map((slot, n) => [slot, to[n]])) } }))
      .map((step) => ({ rule: name, kind, ...step, to: canonical(step.state) }))
      .filter(({ to }) => to !== canonical(state)),
  );
}

export function plainGraph(spec: AnySpec): PlainGraph {
  const graph = new Map<string, PlainState>();
  const add = (state: AnySlots, depth: number): void => {
    const text = canonical(state);
    if (!graph.has(text)) graph.set(text, { state, depth, edges: plainSteps(spec, state) });
  };
  for (const start of spec.starts) add(start, 0);
  for (const [, { state, depth }] of graph) for (const step of plainSteps(spec, state)) add(step.state, depth + 1);
  return graph;
}

export const isPlainlyConverged = (spec: AnySpec, state: AnySlots): boolean =>
  spec.converged.every(({ holds, slots }) => ask(holds, slots, state));

/** The least depth of a state that is so; null when none is. */
export function nearest(graph: PlainGraph, isSo: (state: PlainState, text: string) => boolean): number | null {
  const depths = [...graph].filter(([text, state]) => isSo(state, text)).map(([, { depth }]) => depth);
  return depths.length === 0 ? null : Math.min(...depths);
}

/** By the name of each check and mark, and `deadlock`: where it fails first, is met first, is there first. */
export function plainVerdicts(spec: AnySpec, graph: PlainGraph): Readonly<Record<string, number | null>> {
  const checks = spec.always.map(({ name, problem, slots }): readonly [string, number | null] => [
    name,
    nearest(graph, ({ state }) => ask(problem, slots, state) !== null),
  ]);
  const marks = spec.sometimes.map(({ name, holds, slots }): readonly [string, number | null] => [
    name,
    nearest(graph, ({ state }) => ask(holds, slots, state)),
  ]);
  const isEnd = ({ state, edges }: PlainState): boolean =>
    edges.length === 0 && (spec.converged.length === 0 || !isPlainlyConverged(spec, state));
  return { ...Object.fromEntries([...checks, ...marks]), deadlock: nearest(graph, isEnd) };
}

/** Where each thing that can be wrong with convergence is first: the state that is stuck, leaves, or is on a fair cycle. */
export function plainConvergence(
  spec: AnySpec,
  graph: PlainGraph,
): Readonly<Record<'stuck' | 'leaves agreement' | 'lasso', number | null>> {
  const stepsOf = ({ edges }: PlainState): readonly PlainEdge[] => edges.filter(({ kind }) => kind === 'step');
  const isConverged = (text: string): boolean => isPlainlyConverged(spec, (graph.get(text) as PlainState).state);
  const rules = spec.rules.filter(({ kind }) => kind === 'step').map(({ name }) => name);
  const around = new Map([...graph.keys()].map((text) => [text, reachedFrom(text)] as const));
  /** Where steps lead without meeting agreement. */
  function reachedFrom(text: string): ReadonlySet<string> {
    const reached = new Set<string>();
    const pending = isConverged(text) ? [] : [text];
    for (const at of pending)
      for (const { to } of stepsOf(graph.get(at) as PlainState))
        if (!isConverged(to) && !reached.has(to)) {
          reached.add(to);
          pending.push(to);
        }
    return reached;
  }
  const isOnFairCycle = (text: string): boolean => {
    const cycle = [...(around.get(text) as ReadonlySet<string>)].filter((other) => around.get(other)?.has(text));
    return (
      cycle.length > 0 &&
      rules.every((rule) =>
        cycle.some((at) => {
          const taken = stepsOf(graph.get(at) as PlainState).filter((edge) => edge.rule === rule);
          return taken.length === 0 || taken.some(({ to }) => cycle.includes(to));
        }),
      )
    );
  };
  return {
    stuck: nearest(graph, (state, text) => !isConverged(text) && stepsOf(state).length === 0),
    'leaves agreement': nearest(graph, (state, text) => isConverged(text) && stepsOf(state).some(({ to }) => !isConverged(to))),
    lasso: nearest(graph, (_, text) => isOnFairCycle(text)),
  };
}

/**
 * States from which a fair run exists that never converges, as a greatest fixpoint (Emerson and Lei): those from which, for each rule,
 * a state where it is not enabled, or a step of it, can be reached without leaving the set. Empty exactly when there is no lasso.
 */
export function plainFairRuns(spec: AnySpec, graph: PlainGraph): ReadonlySet<string> {
  const rules = spec.rules.filter(({ kind }) => kind === 'step').map(({ name }) => name);
  const steps = (text: string): readonly PlainEdge[] =>
    (graph.get(text) as PlainState).edges.filter(({ kind }) => kind === 'step');
  let set: ReadonlySet<string> = new Set(
    [...graph].filter(([, { state }]) => !isPlainlyConverged(spec, state)).map(([text]) => text),
  );
  for (;;) {
    const before = set.size;
    set = new Set([...set].filter((text) => steps(text).some(({ to }) => set.has(to))));
    for (const rule of rules) {
      const inside = set;
      const pays = (text: string): boolean => {
        const taken = steps(text).filter((edge) => edge.rule === rule);
        return taken.length === 0 || taken.some(({ to }) => inside.has(to));
      };
      let leading = new Set([...inside].filter(pays));
      for (let size = -1; size !== leading.size; ) {
        size = leading.size;
        leading = new Set([...inside].filter((text) => leading.has(text) || steps(text).some(({ to }) => leading.has(to))));
      }
      set = leading;
    }
    if (set.size === before) return set;
  }
}

/** Steps in the shortest loop through a state that is fair and never converges; null when there is none. */
export function shortestFairLoop(spec: AnySpec, graph: PlainGraph, entry: string): number | null {
  const rules = spec.rules.filter(({ kind }) => kind === 'step').map(({ name }) => name);
  const steps = (text: string): readonly PlainEdge[] =>
    (graph.get(text) as PlainState).edges.filter(({ kind }) => kind === 'step');
  const rest = (owed: readonly string[], text: string, taken: string): readonly string[] =>
    owed.filter((rule) => rule !== taken && steps(text).some((edge) => edge.rule === rule));
  const isOpen = (text: string): boolean => !isPlainlyConverged(spec, (graph.get(text) as PlainState).state);
  const owedAtFirst = rest(rules, entry, '');
  const first = { at: entry, owed: owedAtFirst, length: 0 };
  const met = new Map(isOpen(entry) ? [[canonical([entry, owedAtFirst]), first]] : []);
  for (const [, { at, owed, length }] of met) {
    for (const { to, rule } of steps(at)) {
      const owes = rest(owed, to, rule);
      if (to === entry && owes.length === 0) return length + 1;
      const text = canonical([to, owes]);
      if (isOpen(to) && !met.has(text)) met.set(text, { at: to, owed: owes, length: length + 1 });
    }
  }
  return null;
}
