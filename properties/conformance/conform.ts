/**
 * Whether a run does what the design says: every write in it, and every content that it brings, is followed through the design, effect
 * by effect. What the design does not allow is a difference between design and implementation, at that step; which of the two is wrong
 * is for a person to say.
 *
 * A green run does not show that the design is right (its exploration does), nor anything of what is neither write nor content.
 */

import { contentRun } from '#model/protocols/content-run.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { type Design, design } from '#model/protocols/update.ts';
import { writeRun } from '#model/protocols/write-run.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import { Acceptor, type SeenStep } from './acceptor.ts';
import { contentReading, readContents } from './read-contents.ts';
import { readWrites, writeReading } from './read-writes.ts';
import type { Observed } from './rows.ts';

/** Where a run leaves the design. */
export interface Departure {
  /** The run's step. */
  readonly step: number;
  /** `operation-3 at backend#0`, or a content there. */
  readonly what: string;
  readonly observed: string;
  readonly allowed: readonly string[];
  /** What was observed of it until then. */
  readonly before: readonly string[];
}

export type DesignName = 'ownership' | 'content' | 'projection';

/** One observation: of what, as in a departure, and the run's step at which it was. */
export interface Seen {
  readonly what: string;
  readonly step: number;
  /** The likeliest states of the design now. */
  readonly likeliest: () => readonly UpdateSlots[];
}

/** Told of every observation that the design allows, with the likeliest steps of it that this was. */
export type OnSeen = (design: DesignName, steps: readonly SeenStep<UpdateSlots>[], seen: Seen) => void;

interface Trace {
  readonly design: DesignName;
  readonly what: string;
  readonly observed: readonly Observed[];
}

export class Conformance {
  readonly #acceptors: Readonly<Record<DesignName, Acceptor<UpdateSlots>>>;

  constructor(from: Design = design) {
    this.#acceptors = {
      ownership: new Acceptor(writeRun('ownership', from), writeReading),
      content: new Acceptor(writeRun('content', from), writeReading),
      projection: new Acceptor(contentRun(from.projection), contentReading),
    };
  }

  /** How much of the designs was gone into so far. */
  get size(): { readonly states: number; readonly beliefs: number } {
    const sizes = Object.values(this.#acceptors).map(({ size }) => size);
    const sum = (of: 'states' | 'beliefs'): number => sizes.reduce((total, each) => total + each[of], 0);
    return { states: sum('states'), beliefs: sum('beliefs') };
  }

  /** The first departure of each write and content that has one, in order of steps. */
  judge(effects: readonly Effect[], onSeen: OnSeen | null = null): readonly Departure[] {
    const traces: readonly Trace[] = [
      ...readWrites(effects).map(({ kind, backend, intent, observed }) => ({
        design: kind,
        what: `${intent} at ${backend}`,
        observed,
      })),
      ...readContents(effects).map(({ backend, hash, observed }) => ({
        design: 'projection' as const,
        what: `content ${hash.slice(0, 8)} at ${backend}`,
        observed,
      })),
    ];
    return traces.flatMap((trace) => this.#follow(trace, onSeen)).sort((a, b) => a.step - b.step);
  }

  #follow({ design: name, what, observed }: Trace, onSeen: OnSeen | null): readonly Departure[] {
    const acceptor = this.#acceptors[name];
    let belief = acceptor.start;
    for (const [at, each] of observed.entries()) {
      const next = acceptor.next(belief, each.what);
      if (next === null) {
        const before = observed.slice(0, at).map((earlier) => earlier.what);
        return [{ step: each.step, what, observed: each.what, allowed: acceptor.allowed(belief), before }];
      }
      onSeen?.(name, next.steps, { what, step: each.step, likeliest: () => acceptor.likeliest(next.belief) });
      belief = next.belief;
    }
    return [];
  }
}

export const explainDeparture = ({ step, what, observed, allowed, before }: Departure): string =>
  `design and implementation differ at step ${step}: ${what}: ${observed}\n` +
  `  before: ${before.join(', ') || 'nothing'}\n  the design allows: ${allowed.join(', ') || 'nothing'}`;
