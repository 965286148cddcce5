/**
 * A run as each write saw it that a client left at a backend: its row, the attempts at it, its end, and what clients were told of it. What
 * is written in one batch is one observation.
 */

import { isRunning } from '#model/protocols/node.ts';
import { isQueuedDurable, type QueuedEvent, type QueuedSlots, queuedRule } from '#model/protocols/queued-run.ts';
import { type QueueDesign, queueDesign } from '#model/protocols/queued-writes.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import type { Reading } from './acceptor.ts';
import { attemptIn, batchOf, type Json, type Observed, outboxRows, type Row } from './rows.ts';

export interface QueuedTrace {
  readonly backend: string;
  readonly intent: string;
  readonly observed: readonly Observed[];
}

interface Open {
  readonly backend: string;
  readonly intent: string;
  readonly observed: Observed[];
}

interface QueuedRow {
  readonly intent: string;
  readonly attempt: number;
}

const attemptOf = ({ intent }: Row): number => attemptIn(intent)?.number ?? Number.NaN;

class Reader {
  readonly #traces = new Map<string, Open>();
  /** By backend and key of the row: whose it is. */
  readonly #intents = new Map<string, string>();

  read(effects: readonly Effect[]): readonly QueuedTrace[] {
    for (const effect of effects) this.#take(effect);
    return [...this.#traces.values()];
  }

  #of(backend: string, intent: string): Open | undefined {
    return this.#traces.get(`${backend} ${intent}`);
  }

  #take(effect: Effect): void {
    const { node, label, inputs, told, step } = effect;
    switch (label) {
      case 'store.write':
        this.#batch(effect);
        return;
      case 'store.sync':
      case 'node.crash':
      case 'node.restart': {
        const what = label.slice(label.indexOf('.') + 1);
        for (const trace of this.#traces.values()) if (trace.backend === node) trace.observed.push({ what, step });
        return;
      }
      case 'channel.answer':
        this.#answer(effect, JSON.parse(inputs[0] as string) as Json, JSON.parse(told as string) as Json);
    }
  }

  #answer({ node, step }: Effect, request: Json, answer: Json): void {
    const see = (intent: unknown, what: string): void => void this.#of(node, intent as string)?.observed.push({ what, step });
    if (request['kind'] === 'queueWrite' && answer['kind'] === 'queued') see(request['intent'], 'acknowledge');
    if (request['kind'] === 'dropQueued' && answer['kind'] === 'dropped') see(request['intent'], 'told dropped');
    for (const { intent, attempt } of (answer['queued'] ?? []) as readonly QueuedRow[]) see(intent, `tell ${attempt}`);
  }

  #batch(effect: Effect): void {
    const { node, step } = effect;
    const rows = outboxRows(effect);
    const put = new Map<string, number>();
    const gone = new Set<string>();
    for (const { kind, table, key, value } of batchOf(effect)) {
      if (table !== 'queued') continue;
      if (kind === 'delete') gone.add(this.#intents.get(`${node} ${key}`) ?? '');
      else {
        const { intent, attempt } = value as QueuedRow;
        this.#intents.set(`${node} ${key}`, intent);
        put.set(intent, attempt);
        if (this.#of(node, intent) === undefined) this.#traces.set(`${node} ${intent}`, { backend: node, intent, observed: [] });
      }
    }
    for (const trace of this.#traces.values()) {
      if (trace.backend !== node) continue;
      const { intent } = trace;
      const isGone = gone.has(intent);
      const own = rows.find((row) => row.queued === intent);
      const isDropped = rows.some((row) => row.intent === intent && row.state === 'ended');
      const what = own === undefined ? unattempted(put.get(intent), isGone, isDropped) : attempted(own, put.get(intent), isGone);
      if (what !== null) trace.observed.push({ what, step });
    }
  }
}

function unattempted(put: number | undefined, isGone: boolean, isDropped: boolean): string | null {
  if (put !== undefined) return put === 1 ? 'leave' : `row of attempt ${put}`;
  if (isGone) return isDropped ? 'drop' : 'row gone';
  return null;
}

function attempted(row: Row, put: number | undefined, isGone: boolean): string {
  const attempt = attemptOf(row);
  switch (row.state) {
    case 'preparing':
      return `prepare ${attempt}`;
    case 'submitting':
      return isGone ? `take ${attempt}` : `take and keep ${attempt}`;
    case 'ended':
      if (isGone) return `give up ${attempt}`;
      return put === attempt + 1 ? `again ${attempt}` : `end ${attempt} ${row.end?.kind}`;
  }
}

export const readQueued = (effects: readonly Effect[]): readonly QueuedTrace[] => new Reader().read(effects);

/** null: none that the design could know. */
function eventIn(observation: string): QueuedEvent | null {
  const [, does, attempt, end] = /^([a-z ]+?)(?: (\d+))?(?: (confirmed|refused))?$/.exec(observation) ?? [];
  switch (does) {
    case 'leave':
    case 'drop':
    case 'acknowledge':
    case 'told dropped':
      return { does };
    case 'prepare':
    case 'take':
    case 'take and keep':
    case 'tell':
    case 'again':
    case 'give up':
      return { does, attempt: Number(attempt) };
    case 'end':
      return { does, attempt: Number(attempt), end: end as 'confirmed' | 'refused' };
    default:
      return null;
  }
}

/** How steps of the design show in a run. */
export const queuedReading = (design: QueueDesign = queueDesign): Reading<QueuedSlots> => ({
  observed: (label) => {
    const { does, seen } = label as Readonly<Record<string, string>>;
    return seen ?? does ?? null;
  },
  stutters: (observation, state) =>
    observation === 'sync' ? isQueuedDurable(state) : observation === (isRunning(state.node) ? 'restart' : 'crash'),
  given: (observation) => {
    const event = eventIn(observation);
    return event === null ? [] : [queuedRule(event, observation, design)];
  },
});
