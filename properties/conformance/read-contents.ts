/**
 * A run as each content saw it at each backend: its writes there, the ledger recording it, the backend learning of that, and what the
 * backend did about it in Qdrant. Only contents of one message each are followed: a spec's content, and one that two writes carry, have
 * longer lives than the design of one knows.
 */

import { isRunning, isSynced, type Node } from '#model/protocols/node.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import type { Reading } from './acceptor.ts';
import { cachedHashes, isGivenUp, type Observed, outboxRows } from './rows.ts';

export interface ContentTrace {
  readonly backend: string;
  readonly hash: string;
  readonly observed: readonly Observed[];
}

const brings: Readonly<Record<string, string>> = {
  'content.markRecorded': 'record',
  'content.putRecorded': 'restore',
  'content.discardPending': 'discard',
};

/** The store says no more of it: a content that was so already counts as brought. */
export const brought = (next: string | undefined, effect: unknown): string =>
  effect === 'missing' || (next === 'discard' && effect === 'kept') ? String(effect) : 'done';

class Reader {
  readonly #traces = new Map<string, { readonly backend: string; readonly hash: string; readonly observed: Observed[] }>();
  readonly #hashOf = new Map<string, string>();
  readonly #intents = new Map<string, Set<string>>();
  readonly #unfit = new Set<string>();
  /** Writes whose rows have not ended. */
  readonly #kept = new Set<string>();
  /** Since which step. */
  readonly #confirmed = new Map<string, number>();

  read(effects: readonly Effect[]): readonly ContentTrace[] {
    for (const effect of effects) this.#take(effect);
    return [...this.#traces.values()].filter(({ hash }) => !this.#unfit.has(hash));
  }

  #of(backend: string, hash: string) {
    const key = `${backend} ${hash}`;
    const known = this.#traces.get(key);
    if (known !== undefined) return known;
    const confirmedAt = this.#confirmed.get(hash);
    const observed: Observed[] = confirmedAt === undefined ? [] : [{ what: 'confirm', step: confirmedAt }];
    const trace = { backend, hash, observed };
    this.#traces.set(key, trace);
    return trace;
  }

  #everywhere(effect: Effect, what: string, fits: (trace: ContentTrace) => boolean): void {
    for (const trace of this.#traces.values()) if (fits(trace)) trace.observed.push({ what, step: effect.step });
  }

  #take(effect: Effect): void {
    const { node, label, inputs, step } = effect;
    const atNode = ({ backend }: ContentTrace): boolean => backend === node;
    switch (label) {
      case 'store.write':
        this.#batch(effect);
        return;
      case 'store.sync':
        this.#everywhere(effect, 'sync', atNode);
        return;
      case 'node.crash':
      case 'node.restart':
        this.#everywhere(effect, label.slice('node.'.length), atNode);
        return;
      case 'chain.confirmed': {
        const hash = this.#hashOf.get(inputs[0] as string);
        if (hash === undefined || effect.told !== null) return;
        this.#confirmed.set(hash, step);
        this.#everywhere(effect, 'confirm', (trace) => trace.hash === hash);
        return;
      }
      default: {
        const [call = '', begun] = label.split(' ');
        const next = brings[call];
        if (next === undefined) return;
        const hash = typeof inputs[0] === 'string' ? inputs[0] : (inputs[0] as { readonly hash: string }).hash;
        const { observed } = this.#of(node, hash);
        const told = effect.told as { readonly kind: string; readonly value?: unknown } | null;
        if (begun !== undefined) observed.push({ what: `ready ${next}`, step });
        else if (told !== null)
          observed.push({ what: `bring ${next} ${told.kind === 'applied' ? brought(next, told.value) : told.kind}`, step });
      }
    }
  }

  #batch(effect: Effect): void {
    const { node, step } = effect;
    const see = (hash: string, what: string): void => void this.#of(node, hash).observed.push({ what, step });
    const cached = new Set(cachedHashes(effect));
    for (const row of outboxRows(effect)) {
      if (row.hash === null) continue;
      const name = `${node} ${row.intent}`;
      // Nothing is kept of a write that waits; unless a request to prepare it came late, once more: then this is its end.
      if (isGivenUp(row) && !this.#kept.has(name)) continue;
      if (row.state === 'ended') this.#kept.delete(name);
      else this.#kept.add(name);
      const intents = this.#intents.get(row.hash) ?? new Set<string>();
      this.#intents.set(row.hash, intents.add(name));
      if (row.action.kind !== 'postMessage' || intents.size > 1) this.#unfit.add(row.hash);
      if (row.signed !== undefined) this.#hashOf.set(row.signed.signature, row.hash);
      if (row.state === 'preparing') see(row.hash, 'keep');
      else if (row.state === 'ended' && row.end?.kind === 'refused') see(row.hash, 'end');
      else if (row.state === 'ended') cached.add(row.hash);
    }
    for (const hash of cached) see(hash, 'ingest');
  }
}

export const readContents = (effects: readonly Effect[]): readonly ContentTrace[] => new Reader().read(effects);

/** How steps of the design show in a run. */
export const contentReading: Reading<UpdateSlots> = {
  observed: (label) => {
    const { does, next, effect, fault } = label as Readonly<Record<string, string>>;
    if (does === 'bring')
      return `bring ${next} ${fault === undefined ? brought(next, effect) : fault === 'Q2-answerLost' ? 'unknown' : 'notApplied'}`;
    const isSeen =
      does === 'keep' ||
      does === 'end' ||
      does === 'ingest' ||
      does === 'sync' ||
      does === 'crash' ||
      does === 'restart' ||
      does === 'confirm';
    return isSeen ? (does ?? null) : null;
  },
  stutters: (observation, state) => {
    const node = state['node#0'] as Node;
    // A call that has begun: what it is to bring about was decided before.
    if (observation.startsWith('ready ')) return state['looked#0']?.next === observation.slice('ready '.length);
    if (observation === 'sync') return isSynced(node);
    return observation === (isRunning(node) ? 'restart' : 'crash');
  },
};
