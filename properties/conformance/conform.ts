/**
 * Whether a run does what the design says: every write in it, and every content that it brings, is followed through the design, effect
 * by effect. What the design does not allow is a difference between design and implementation, at that step; which of the two is wrong
 * is for a person to say.
 *
 * A green run does not show that the design is right (its exploration does), nor anything of what is neither write nor content.
 */

import { contentRun } from '#model/protocols/content-run.ts';
import { type RecoveryDesign, type RecoverySlots, recoveryDesign } from '#model/protocols/recovery.ts';
import { recoveryRun } from '#model/protocols/recovery-run.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { type Design, design } from '#model/protocols/update.ts';
import { writeRun } from '#model/protocols/write-run.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import { Acceptor, type SeenStep } from './acceptor.ts';
import { contentReading, readContents } from './read-contents.ts';
import { readThreads, threadReading } from './read-threads.ts';
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

/** Told of every observation of a write or content that the design allows, with the likeliest steps of it that this was. */
export type OnSeen = (design: DesignName, steps: readonly SeenStep<UpdateSlots>[]) => void;

/** The designs that runs are held against. */
export interface Designs {
  readonly update: Design;
  readonly recovery: RecoveryDesign;
}

const designs: Designs = { update: design, recovery: recoveryDesign };

interface Trace {
  readonly what: string;
  readonly observed: readonly Observed[];
}

function follow<Slots extends object>(
  acceptor: Acceptor<Slots>,
  { what, observed }: Trace,
  onSeen: ((steps: readonly SeenStep<Slots>[]) => void) | null = null,
): readonly Departure[] {
  let belief = acceptor.start;
  for (const [at, each] of observed.entries()) {
    const next = acceptor.next(belief, each.what);
    if (next === null) {
      const before = observed.slice(0, at).map((earlier) => earlier.what);
      return [{ step: each.step, what, observed: each.what, allowed: acceptor.allowed(belief, each.what), before }];
    }
    onSeen?.(next.steps);
    belief = next.belief;
  }
  return [];
}

export class Conformance {
  readonly #updates: Readonly<Record<DesignName, Acceptor<UpdateSlots>>>;
  readonly #threads: Acceptor<RecoverySlots>;

  constructor(others: Partial<Designs> = {}) {
    const { update, recovery } = { ...designs, ...others };
    this.#updates = {
      ownership: new Acceptor(writeRun('ownership', update), writeReading),
      content: new Acceptor(writeRun('content', update), writeReading),
      projection: new Acceptor(contentRun(update.projection), contentReading),
    };
    this.#threads = new Acceptor(recoveryRun(recovery), threadReading(recovery));
  }

  /** How much of the designs was gone into so far. */
  get size(): { readonly states: number; readonly beliefs: number } {
    const sizes = [...Object.values(this.#updates), this.#threads].map(({ size }) => size);
    const sum = (of: 'states' | 'beliefs'): number => sizes.reduce((total, each) => total + each[of], 0);
    return { states: sum('states'), beliefs: sum('beliefs') };
  }

  /** The first departure of each write, content and thread that has one, in order of steps. */
  judge(effects: readonly Effect[], onSeen: OnSeen | null = null): readonly Departure[] {
    const update = (name: DesignName, trace: Trace): readonly Departure[] =>
      follow(this.#updates[name], trace, onSeen === null ? null : (steps) => onSeen(name, steps));
    const departures = [
      ...readWrites(effects).flatMap(({ kind, backend, intent, observed }) =>
        update(kind, { what: `${intent} at ${backend}`, observed }),
      ),
      ...readContents(effects).flatMap(({ backend, hash, observed }) =>
        update('projection', { what: `content ${hash.slice(0, 8)} at ${backend}`, observed }),
      ),
      ...readThreads(effects).flatMap(({ backend, thread, observed }) =>
        follow(this.#threads, { what: `thread ${thread.slice(0, 8)} at ${backend}`, observed }),
      ),
    ];
    return departures.sort((a, b) => a.step - b.step);
  }
}

export const explainDeparture = ({ step, what, observed, allowed, before }: Departure): string =>
  `design and implementation differ at step ${step}: ${what}: ${observed}\n` +
  `  before: ${before.join(', ') || 'nothing'}\n  the design allows: ${allowed.join(', ') || 'nothing'}`;
