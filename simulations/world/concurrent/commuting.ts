/**
 * Which events of a concurrent world can change places without anybody telling the difference: neither who runs, nor the authorities,
 * nor a history that is judged. What it does not know, and what a fault strikes, is taken to touch everything.
 *
 * - What a backend calls and what it is told has an order, whichever authority it is about, and so has what reaches a program.
 * - Submissions to the ledger have an order. What is read of it is what is confirmed there, which no submission changes before time
 *   passes; but for the status of transactions, and a backend asks for its own only. Writes to the content store have an order, and
 *   so have its writes and reads.
 * - Calls and answers of any two clients keep their order, which says which operation ended before which began; so do they and pushes,
 *   which may tell of an end. So do they all and whatever a backend makes durable: nobody may show what no backend held by then.
 *
 * Time moves with a timer that is not due yet, and everybody may look at it. Otherwise it moves when nothing is enabled, and then two
 * events that could change places have the same time on both sides; what its passing confirms is recorded with the first event after it,
 * whichever that is.
 */
import type { Event } from '../../engine/event.ts';

/** Places an event reads and writes, by name. */
interface Footprint {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** What it lets be seen: what a backend holds, or what a client shows. */
  readonly sees?: 'held' | 'shown';
}

const contentReads: ReadonlySet<string> = new Set(
  ['messages', 'threadMessages', 'thread', 'search'].map((method) => `content.${method}`),
);

const isBackend = (node: string): boolean => node.startsWith('backend#');

/** No place, but an order that is seen. */
const calls = 'calls and answers of clients';

/** null: everything. */
function atBackend({ kind, label, node }: Event): Footprint | null {
  if (kind === 'timer') return null;
  if (kind === 'response') return { reads: [], writes: [node] };
  if (label === 'store.sync') return { reads: [], writes: [node], sees: 'held' };
  if (label === 'ledger.submit') return { reads: [], writes: [node, 'ledger'] };
  if (label.startsWith('ledger.')) return { reads: [], writes: [node] };
  if (contentReads.has(label)) return { reads: ['content'], writes: [node] };
  return label.startsWith('content.') ? { reads: [], writes: [node, 'content'] } : null;
}

/** @param backend whom the program is connected to */
function inProgram({ kind, label, node }: Event, backend: string | null): Footprint | null {
  if (kind !== 'effect') return null;
  if (label === 'channel.request') return backend === null ? null : { reads: [], writes: [node, backend] };
  if (label === 'channel.push') return { reads: [calls], writes: [node], sees: 'shown' };
  return label === 'begin' || label === 'channel.reply' ? { reads: [], writes: [node, calls], sees: 'shown' } : null;
}

const touches = (one: Footprint, other: Footprint): boolean =>
  one.writes.some((place) => other.writes.includes(place) || other.reads.includes(place));

/** Whether somebody could show what nobody held yet. */
const isSeen = (one: Footprint, other: Footprint): boolean =>
  one.sees !== undefined && other.sees !== undefined && one.sees !== other.sees;

export class Commuting {
  readonly #footprints = new WeakMap<Event, Footprint | null>();

  /**
   * To be told of every event while it is enabled.
   * @param backendOf the backend that the program on a node is connected to
   * @param isStruck a fault strikes it
   */
  note(event: Event, backendOf: (node: string) => string | null, isStruck: boolean): void {
    if (isStruck) this.#footprints.set(event, null);
    else if (!this.#footprints.has(event))
      this.#footprints.set(event, isBackend(event.node) ? atBackend(event) : inProgram(event, backendOf(event.node)));
  }

  /** Whether two of them, of different strands, can change places. */
  commute(a: Event, b: Event): boolean {
    const one = this.#footprints.get(a) ?? null;
    const other = this.#footprints.get(b) ?? null;
    return one !== null && other !== null && !touches(one, other) && !touches(other, one) && !isSeen(one, other);
  }
}
