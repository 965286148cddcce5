/**
 * Which faults strike where: each is keyed to a task, that task's n-th port call, and a side of its effect. The plan knows nothing
 * of the faults themselves: a function of the caller's enacts them. It counts what was planned, what fired, what had an effect.
 *
 *   before  the effect never happens            after  it happened, and the caller is told something else
 */
import { isDeepStrictEqual } from 'node:util';
import type { Event } from './event.ts';
import type { EffectOutcome } from './trace.ts';

export type FaultPosition = 'before' | 'after';

export interface PlannedFault<Fault> {
  readonly task: string;
  /** The task's n-th port call, from 1. */
  readonly call: number;
  readonly position: FaultPosition;
  readonly fault: Fault;
}

/** What the caller of the struck port call gets. `drop`: never an answer, as when its node died. `pass`: no fault after all. */
export type FaultDecision =
  | { readonly kind: 'throw'; readonly error: unknown }
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'drop' }
  | { readonly kind: 'pass' };

/** Where a fault strikes. `outcome` is what really happened, null before the effect. */
export interface FaultSite {
  readonly event: Event;
  readonly position: FaultPosition;
  readonly outcome: EffectOutcome | null;
}

/** What the gate asks of whoever plans faults. */
export interface FaultSource {
  /** Null when nothing strikes here. */
  strike(site: FaultSite): FaultStrike | null;
}

/** A fault that did strike, by its name in the trace. */
export interface FaultStrike {
  readonly name: string;
  readonly decision: Exclude<FaultDecision, { readonly kind: 'pass' }>;
}

export interface FaultMark<Fault> extends PlannedFault<Fault> {
  /** The call it was planned for came, and so did its turn. */
  readonly fired: boolean;
  /** It changed what happened or what the caller was told. */
  readonly effective: boolean;
}

interface Entry<Fault> {
  readonly planned: PlannedFault<Fault>;
  fired: boolean;
  effective: boolean;
}

export interface FaultPlanOptions<Fault> {
  readonly planned: readonly PlannedFault<Fault>[];
  /** Decides what this fault does to this call; may act on the world first. Effective unless it passes or answers the truth. */
  readonly enact: (fault: Fault, site: FaultSite) => FaultDecision;
  /** The fault's name in the trace. */
  readonly name: (fault: Fault) => string;
}

/** Whether the caller is told anything but what happened. */
function changes(decision: FaultDecision, outcome: EffectOutcome | null): boolean {
  if (decision.kind !== 'answer' || outcome === null || !outcome.ok) return decision.kind !== 'pass';
  return !isDeepStrictEqual(decision.value, outcome.value);
}

export class FaultPlan<Fault> implements FaultSource {
  readonly #options: FaultPlanOptions<Fault>;
  readonly #entries: Entry<Fault>[];
  readonly #byTask = new Map<string, Entry<Fault>[]>();

  /** Throws a RangeError for a call below 1. */
  constructor(options: FaultPlanOptions<Fault>) {
    this.#options = options;
    this.#entries = options.planned.map((planned) => ({ planned, fired: false, effective: false }));
    for (const entry of this.#entries) {
      const { task, call } = entry.planned;
      if (!Number.isInteger(call) || call < 1)
        throw new RangeError(`fault plan: calls of ${task} count from 1, there is no call ${call}`);
      const others = this.#byTask.get(task);
      if (others === undefined) this.#byTask.set(task, [entry]);
      else others.push(entry);
    }
  }

  /** The first fault planned here that does not pass. */
  strike(site: FaultSite): FaultStrike | null {
    const { event, position } = site;
    for (const entry of this.#byTask.get(event.task.name) ?? []) {
      const { call, position: wanted, fault } = entry.planned;
      if (entry.fired || call !== event.call || wanted !== position) continue;
      entry.fired = true;
      const decision = this.#options.enact(fault, site);
      if (decision.kind === 'pass') continue;
      entry.effective = changes(decision, site.outcome);
      return { name: `${this.#options.name(fault)} ${position}`, decision };
    }
    return null;
  }

  /** One mark a planned fault, in the order of the plan. */
  marks(): readonly FaultMark<Fault>[] {
    return this.#entries.map(({ planned, fired, effective }) => ({ ...planned, fired, effective }));
  }
}

/** What the caller is told where a fault struck; null when it never hears anything. */
export function toldBy(decision: FaultStrike['decision']): EffectOutcome | null {
  switch (decision.kind) {
    case 'throw':
      return { ok: false, error: decision.error };
    case 'answer':
      return { ok: true, value: decision.value };
    case 'drop':
      return null;
  }
}
