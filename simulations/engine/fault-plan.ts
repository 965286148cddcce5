/**
 * Which faults strike where: each is keyed to a task, that task's n-th port call, and a side of its effect. The plan knows
 * nothing of the faults: a function of the caller's enacts them. It counts what was planned, what fired, what had an effect.
 *
 *   before  the effect never happens            after  it happened, and the caller is told something else
 */
import { isDeepStrictEqual } from 'node:util';
import type { Event } from './event.ts';
import type { EffectOutcome } from './trace.ts';

export type FaultPosition = 'before' | 'after';

export interface PlannedFault<Fault> {
  readonly task: string;
  /** The task's n-th port call, from 1, of those the fault fits; `after`, of those among them whose effect happened. */
  readonly call: number;
  readonly position: FaultPosition;
  readonly fault: Fault;
}

/**
 * What the caller of the struck port call gets. `throw` and `answer`: that, whatever happened; before the effect, it never
 * happens. `drop`: never an answer, as when its node died. `act`: the world has been changed, and the caller is told whatever
 * follows from that. `pass`: no fault after all, and the next one planned here has its turn.
 */
export type FaultDecision =
  | { readonly kind: 'throw'; readonly error: unknown }
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'drop' }
  | { readonly kind: 'act' }
  | { readonly kind: 'pass' };

/** Where a fault strikes. `outcome` is what really happened, null before the effect. */
export interface FaultSite {
  readonly event: Event;
  readonly position: FaultPosition;
  readonly outcome: EffectOutcome | null;
  /** The effect itself, as its task's own: a fault may run it once more. Throws or rejects as it does. */
  readonly run: () => unknown;
}

/** What the gate asks of whoever plans faults, before every effect and after each that happened. */
export interface FaultSource {
  /** Null when nothing strikes here. An error ends the run. */
  strike(site: FaultSite): FaultStrike | null | Promise<FaultStrike | null>;
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
  /** Calls that came so far, of those it can strike. */
  seen: number;
  /** The port call it acted on, until that call's effect is over. */
  acting: number | null;
  fired: boolean;
  effective: boolean;
}

export interface FaultPlanOptions<Fault> {
  readonly planned: readonly PlannedFault<Fault>[];
  /**
   * Decides what this fault does to this call; may act on the world first. Effective unless it passes or answers the truth, or
   * acts and `settle` says otherwise. An error ends the run.
   */
  readonly enact: (fault: Fault, site: FaultSite) => FaultDecision | Promise<FaultDecision>;
  /** Whether a fault can strike this port call; asked once a call, until the fault has fired. Default: every call. */
  readonly fits?: (fault: Fault, event: Event, position: FaultPosition) => boolean;
  /** Told of a fault that acted before an effect, once that is over; whether it made a difference. Default: it did. */
  readonly settle?: (fault: Fault, site: FaultSite) => boolean;
  /** The fault's name in the trace, given where it strikes; two on one call are joined by a comma. */
  readonly name: (fault: Fault, position: FaultPosition) => string;
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
    this.#entries = options.planned.map((planned) => ({ planned, seen: 0, acting: null, fired: false, effective: false }));
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
  strike(site: FaultSite): FaultStrike | null | Promise<FaultStrike | null> {
    const entries = this.#byTask.get(site.event.task.name);
    if (entries === undefined) return null;
    if (site.position === 'after') this.#settle(entries, site);
    const struck = entries.filter((entry) => this.#comes(entry, site));
    return struck.length === 0 ? null : this.#enact(struck, site);
  }

  /** Counts the call, and says whether it is the one. */
  #comes(entry: Entry<Fault>, { event, position }: FaultSite): boolean {
    const { planned, fired } = entry;
    if (fired || planned.position !== position || this.#options.fits?.(planned.fault, event, position) === false) return false;
    entry.seen += 1;
    return entry.seen === planned.call;
  }

  #settle(entries: readonly Entry<Fault>[], site: FaultSite): void {
    for (const entry of entries) {
      if (entry.acting !== site.event.call) continue;
      entry.acting = null;
      entry.effective = this.#options.settle?.(entry.planned.fault, site) ?? true;
    }
  }

  #enact(struck: readonly Entry<Fault>[], site: FaultSite): FaultStrike | null | Promise<FaultStrike | null> {
    const [entry, ...others] = struck;
    if (entry === undefined) return null;
    entry.fired = true;
    const decision = this.#options.enact(entry.planned.fault, site);
    const follow = (decided: FaultDecision): FaultStrike | null | Promise<FaultStrike | null> =>
      decided.kind === 'pass' ? this.#enact(others, site) : this.#struck(entry, decided, site);
    return decision instanceof Promise ? decision.then(follow) : follow(decision);
  }

  #struck(entry: Entry<Fault>, decision: FaultStrike['decision'], site: FaultSite): FaultStrike {
    entry.effective = changes(decision, site.outcome);
    if (decision.kind === 'act' && site.position === 'before') entry.acting = site.event.call;
    return { name: this.#options.name(entry.planned.fault, site.position), decision };
  }

  /** One mark a planned fault, in the order of the plan. */
  marks(): readonly FaultMark<Fault>[] {
    return this.#entries.map(({ planned, fired, effective }) => ({ ...planned, fired, effective }));
  }
}

/** What the caller is told where a fault struck or not; null when it never hears anything. */
export function toldBy(decision: FaultStrike['decision'] | null, outcome: EffectOutcome | null): EffectOutcome | null {
  switch (decision?.kind) {
    case 'throw':
      return { ok: false, error: decision.error };
    case 'answer':
      return { ok: true, value: decision.value };
    case 'drop':
      return null;
    case 'act':
    case undefined:
      return outcome;
  }
}
