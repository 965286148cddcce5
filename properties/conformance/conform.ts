/**
 * Whether a run does what the design says: every write in it, every content that it brings, every thread as a backend follows it,
 * every write that waits and every initial sync is followed through its design, effect by effect. What the design does not allow is a
 * difference between design and implementation, at that step; which of the two is wrong is for a person to say.
 *
 * A green run does not show that the design is right (its exploration does), nor anything of what is none of these.
 */

import { contentRun } from '#model/protocols/content-run.ts';
import { type InitialSyncDesign, initialSyncDesign } from '#model/protocols/initial-sync.ts';
import { type SyncRunSlots, syncRun } from '#model/protocols/initial-sync-run.ts';
import { type QueuedSlots, queuedRun } from '#model/protocols/queued-run.ts';
import { type QueueDesign, queueDesign } from '#model/protocols/queued-writes.ts';
import { type RecoveryDesign, type RecoverySlots, recoveryDesign } from '#model/protocols/recovery.ts';
import { recoveryRun } from '#model/protocols/recovery-run.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { type Design, design } from '#model/protocols/update.ts';
import { writeRun } from '#model/protocols/write-run.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import { Acceptor, type SeenStep } from './acceptor.ts';
import { type Departure, departures, type Seen, type Trace } from './departure.ts';
import { contentReading, readContents } from './read-contents.ts';
import { queuedReading, readQueued } from './read-queued.ts';
import { readSyncs, syncReading } from './read-syncs.ts';
import { readThreads, threadReading } from './read-threads.ts';
import { readWrites } from './read-writes.ts';
import { writeReading } from './show-writes.ts';

export type DesignName = 'ownership' | 'content' | 'projection';

/** Told of every observation of a write or content that the design allows, with the likeliest steps of it that this was. */
export type OnSeen = (design: DesignName, steps: readonly SeenStep<UpdateSlots>[], seen: Seen<UpdateSlots>) => void;

/** The designs that runs are held against. */
export interface Designs {
  readonly update: Design;
  readonly recovery: RecoveryDesign;
  readonly queue: QueueDesign;
  readonly initialSync: InitialSyncDesign;
}

const designs: Designs = { update: design, recovery: recoveryDesign, queue: queueDesign, initialSync: initialSyncDesign };

export class Conformance {
  readonly #updates: Readonly<Record<DesignName, Acceptor<UpdateSlots>>>;
  readonly #threads: Acceptor<RecoverySlots>;
  readonly #queued: Acceptor<QueuedSlots>;
  readonly #syncs: Acceptor<SyncRunSlots>;

  constructor(others: Partial<Designs> = {}) {
    const { update, recovery, queue, initialSync } = { ...designs, ...others };
    this.#updates = {
      ownership: new Acceptor(writeRun('ownership', update), writeReading),
      content: new Acceptor(writeRun('content', update), writeReading),
      projection: new Acceptor(contentRun(update.projection), contentReading),
    };
    this.#threads = new Acceptor(recoveryRun(recovery), threadReading(recovery));
    this.#queued = new Acceptor(queuedRun(), queuedReading(queue));
    this.#syncs = new Acceptor(syncRun(), syncReading(initialSync));
  }

  /** How much of the designs was gone into so far. */
  get size(): { readonly states: number; readonly beliefs: number } {
    const sizes = [...Object.values(this.#updates), this.#threads, this.#queued, this.#syncs].map(({ size }) => size);
    const sum = (of: 'states' | 'beliefs'): number => sizes.reduce((total, each) => total + each[of], 0);
    return { states: sum('states'), beliefs: sum('beliefs') };
  }

  /** The first departure of each that has one, in order of steps. */
  judge(effects: readonly Effect[], onSeen: OnSeen | null = null): readonly Departure[] {
    const update = (name: DesignName, trace: Trace): readonly Departure[] =>
      departures(this.#updates[name], trace, onSeen === null ? null : (steps, seen) => onSeen(name, steps, seen));
    const all = [
      ...readWrites(effects).flatMap(({ kind, backend, intent, observed }) =>
        update(kind, { what: `${intent} at ${backend}`, observed }),
      ),
      ...readContents(effects).flatMap(({ backend, hash, observed }) =>
        update('projection', { what: `content ${hash.slice(0, 8)} at ${backend}`, observed }),
      ),
      ...readThreads(effects).flatMap(({ backend, thread, observed }) =>
        departures(this.#threads, { what: `thread ${thread.slice(0, 8)} at ${backend}`, observed }),
      ),
      ...readQueued(effects).flatMap(({ backend, intent, observed }) =>
        departures(this.#queued, { what: `${intent}, left at ${backend}`, observed }),
      ),
      ...readSyncs(effects).flatMap(({ task, thread, observed }) =>
        departures(this.#syncs, { what: `initial sync of thread ${thread.slice(0, 8)}, ${task}`, observed }),
      ),
    ];
    return all.sort((a, b) => a.step - b.step);
  }
}
