/** Runs of Quint's simulator held against our rules. */
import { canonical } from '#model/canonical.ts';
import { partingOf } from '#model/explore/follow.ts';
import type { ItfRun } from '#model/explore/itf.ts';
import type { AnySlots, Spec } from '#model/explore/spec.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { type QuintState, type StateMapping, stateMapping } from './state-mapping.ts';
import { type QuintScope, ruleOf, scopeOf, specOf, type UpdateName } from './updates.ts';

/** Names of the variables of a run that make up a state: all but `scope` and `taken`. */
const stateIn = ({ scope: _scope, taken: _taken, ...state }: AnySlots): QuintState => state as unknown as QuintState;

/** Both designs of one protocol in every scope that comes along. */
export class TraceJudge {
  private readonly specFor: (scope: QuintScope) => Spec<UpdateSlots>;
  private readonly specs = new Map<string, Spec<UpdateSlots>>();
  private readonly mapping: StateMapping;
  /** Equal states are one object: so their canonical texts are made once. */
  private readonly states = new Map<string, AnySlots>();

  constructor(name: UpdateName, specFor: (scope: QuintScope) => Spec<UpdateSlots> = (scope) => specOf(name, scope)) {
    this.specFor = specFor;
    this.mapping = stateMapping(scopeOf(name, { on: new Set(), atOnce: true }));
  }

  /** The first step, or state, about which the two do not agree; null when they agree. */
  problemOf({ start, steps }: ItfRun): string | null {
    const spec = this.specOf(start['scope'] as QuintScope);
    const states = [start, ...steps.map(({ state }) => state)];
    const lost = states.findIndex((state) => !this.isKept(stateIn(state)));
    if (lost !== -1) return `state ${lost} of Quint cannot be said in our slots and back`;
    const named = steps.map(({ state }) => ({
      rule: spec.rules.find(({ name }) => ruleOf(name) === state['taken'])?.name ?? String(state['taken']),
      state: this.ours(state),
    }));
    const parting = partingOf(spec, this.ours(start), named);
    if (parting === null) return null;
    const { step, explanation } = parting;
    return `step ${step + 1} of ${steps.length}, '${named[step]?.rule ?? 'start'}': ${explanation}`;
  }

  private specOf(scope: QuintScope): Spec<UpdateSlots> {
    const key = canonical(scope);
    const spec = this.specs.get(key) ?? this.specFor(scope);
    this.specs.set(key, spec);
    return spec;
  }

  private isKept(state: QuintState): boolean {
    return canonical(this.mapping.theirs(this.mapping.ours(state))) === canonical(state);
  }

  private ours(state: AnySlots): AnySlots {
    const key = canonical(stateIn(state));
    const known = this.states.get(key) ?? (this.mapping.ours(stateIn(state)) as unknown as AnySlots);
    this.states.set(key, known);
    return known;
  }
}
