/**
 * A run as the writes in it saw it: for each write that a backend was asked for, what happened about it there, on the ledger and in its
 * content's place, in order. Reads what the implementation did from its ports alone: rows it made durable, calls and their answers.
 */

import { endAt, isRunning, isSynced, type Node, stageOf } from '#model/protocols/node.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import type { Reading } from './acceptor.ts';
import { type Json, type Observed, outboxRows, type Row } from './rows.ts';

/** One write at one backend. */
export interface WriteTrace {
  readonly backend: string;
  readonly intent: string;
  readonly kind: 'ownership' | 'content';
  readonly observed: readonly Observed[];
}

interface Open {
  readonly backend: string;
  readonly intent: string;
  readonly kind: 'ownership' | 'content';
  readonly observed: Observed[];
  lastValid: number;
  /** The ledger is too high for its bytes: what is looked for next is looked for the last time. */
  isPassed: boolean;
  hash: string | null;
  /** On whose behalf its content is stored. */
  task: string | null;
  /** On whose behalf its signed bytes were taken. */
  signedFor: string | null;
  /** Its backend's breaker was open since its last call: some that it made may have been refused before they went out. */
  wasHeldBack: boolean;
  /**
   * From here on nobody can say what happened about it, and only what came before is observed: two writes are one transaction and nobody
   * can say whose calls are whose, or calls were refused that nobody saw.
   */
  cutShort: boolean;
}

const contentKinds: ReadonlySet<string> = new Set(['post', 'postMessage', 'submitSpec']);

/** What a node tells of a transaction. */
interface Told {
  readonly ok: boolean;
  readonly value?: { readonly kind: string; readonly commitment?: string; readonly refusal?: unknown };
}

function seenIn({ ok, value }: Told): string {
  if (!ok) return 'failed';
  if (value?.kind === 'notSeen') return 'notSeen';
  if (value?.commitment === 'processed') return 'processed';
  return value?.refusal === null ? 'landed' : 'refused';
}

class Reader {
  readonly #writes = new Map<string, Open>();
  readonly #bySignature = new Map<string, Open[]>();
  readonly #byHash = new Map<string, Open[]>();
  /** By node and task: the write that was looked for last, and was not seen. */
  readonly #unseen = new Map<string, Open>();
  /** Backends that ask the ledger nothing for now. */
  readonly #heldBack = new Set<string>();

  read(effects: readonly Effect[]): readonly WriteTrace[] {
    for (const [at, effect] of effects.entries()) this.#take(effect, effects, at);
    return [...this.#writes.values()];
  }

  #open(backend: string, intent: string, kind: 'ownership' | 'content'): Open {
    const key = `${backend} ${intent}`;
    const known = this.#writes.get(key);
    if (known !== undefined) return known;
    const open: Open = {
      backend,
      intent,
      kind,
      observed: [],
      lastValid: 0,
      isPassed: false,
      hash: null,
      task: null,
      signedFor: null,
      wasHeldBack: false,
      cutShort: false,
    };
    this.#writes.set(key, open);
    return open;
  }

  #at(backend: string, writes: readonly Open[]): readonly Open[] {
    return writes.filter((write) => write.backend === backend);
  }

  #see(writes: Iterable<Open>, what: string, { step }: Effect): void {
    for (const write of writes) if (!write.cutShort) write.observed.push({ what, step });
  }

  #take(effect: Effect, effects: readonly Effect[], at: number): void {
    const { node, label, inputs, told } = effect;
    switch (label) {
      case 'channel.answer':
        this.#answer(effect, JSON.parse(inputs[0] as string) as Json, JSON.parse(told as string) as Json);
        return;
      case 'store.write':
        for (const row of outboxRows(effect)) this.#row(effect, row);
        return;
      case 'store.sync':
        this.#see(this.#at(node, [...this.#writes.values()]), 'sync', effect);
        return;
      case 'breaker.open':
        if (inputs[0] !== 'solana') return;
        this.#heldBack.add(node);
        for (const write of this.#at(node, [...this.#writes.values()])) write.wasHeldBack = true;
        return;
      case 'breaker.closed':
        if (inputs[0] === 'solana') this.#heldBack.delete(node);
        return;
      case 'node.crash':
        this.#heldBack.delete(node);
        this.#see(this.#at(node, [...this.#writes.values()]), 'crash', effect);
        return;
      case 'node.restart':
        this.#see(this.#at(node, [...this.#writes.values()]), 'restart', effect);
        return;
      case 'chain.fork':
        for (const signature of inputs[0] as readonly string[]) this.#see(this.#bySignature.get(signature) ?? [], 'fork', effect);
        return;
      case 'chain.confirmed':
        this.#see(this.#bySignature.get(inputs[0] as string) ?? [], `confirm ${told === null ? 'landed' : 'refused'}`, effect);
        return;
      case 'ledger.submit':
        this.#submit(effect, effects, at);
        return;
      case 'ledger.transactionStatus':
        this.#look(effect);
        return;
      case 'ledger.blockHeight':
        this.#height(effect);
        return;
      case 'content.putPending':
        this.#store(effect);
    }
  }

  #row(effect: Effect, row: Row): void {
    const open = this.#open(effect.node, row.intent, row.hash === null ? 'ownership' : 'content');
    if (row.hash !== null && open.hash === null) {
      open.hash = row.hash;
      this.#byHash.set(row.hash, [...(this.#byHash.get(row.hash) ?? []), open]);
    }
    if (row.state === 'preparing') {
      open.task = effect.task;
      this.#see([open], 'keep', effect);
      return;
    }
    open.task = null;
    if (row.state === 'ended') {
      this.#see([open], `end ${row.end?.kind}`, effect);
      return;
    }
    const signature = row.signed?.signature ?? '';
    open.lastValid = row.signed?.lastValidBlockHeight ?? 0;
    const same = this.#bySignature.get(signature) ?? [];
    if (!same.includes(open)) this.#bySignature.set(signature, [...same, open]);
    open.signedFor = effect.task;
    open.wasHeldBack = this.#heldBack.has(effect.node);
    this.#see([open], 'sign', effect);
  }

  #answer(effect: Effect, request: Json, answer: Json): void {
    const { kind } = request;
    if (kind !== 'prepareWrite' && kind !== 'executeWrite') return;
    const intent = request['intent'] as string;
    const carries = contentKinds.has((request['write'] as { kind: string } | undefined)?.kind ?? '');
    const open = this.#open(effect.node, intent, carries ? 'content' : 'ownership');
    if (answer['kind'] === 'prepared') {
      if (open.kind === 'ownership') this.#see([open], 'answer prepared', effect);
      return;
    }
    const end = answer['kind'] === 'written' ? (answer['result'] as { kind: string }).kind : 'refused';
    this.#see([open], `answer ${end}`, effect);
  }

  /** The write whose call to the ledger this is. */
  #mine(effect: Effect, signature: string): readonly Open[] {
    const writes = this.#meant(effect, signature);
    for (const write of writes) if (write.wasHeldBack) write.cutShort = true;
    return writes;
  }

  #meant(effect: Effect, signature: string): readonly Open[] {
    const writes = this.#at(effect.node, this.#bySignature.get(signature) ?? []);
    // Whoever looks on behalf of a client that only asks may ask about another write that would have been the same transaction.
    const isOwn = effect.task.startsWith(`${effect.node} `);
    if (writes.length < 2) return writes.filter(({ signedFor }) => isOwn || signedFor === effect.task);
    const mine = writes.filter(({ signedFor }) => signedFor === effect.task);
    if (mine.length === 0 && isOwn) for (const write of writes) write.cutShort = true;
    return mine.slice(-1);
  }

  #submit(effect: Effect, effects: readonly Effect[], at: number): void {
    const { signature } = effect.inputs[0] as { signature: string };
    const writes = this.#mine(effect, signature);
    const noted = effects.slice(at, at + 3).find(({ label, inputs }) => label === 'chain.submitted' && inputs[0] === signature);
    const outcome = (effect.told ?? effect.real) as { kind: string; failure?: { kind: string } } | null;
    if (outcome === null || outcome instanceof Promise) return;
    const isIn = noted === undefined ? null : noted.real === true;
    const said = outcome.kind === 'applied' ? 'taken' : outcome.kind;
    this.#see(
      writes,
      said === 'notApplied' || isIn === null ? `submit ${said}` : `submit ${said} ${isIn ? 'in' : 'out'}`,
      effect,
    );
  }

  #look(effect: Effect): void {
    const writes = this.#mine(effect, effect.inputs[0] as string);
    const told = effect.told as Told | null;
    if (told === null) return;
    const seen = seenIn(told);
    this.#see(writes, `look ${seen}`, effect);
    const key = `${effect.node} ${effect.task}`;
    const [first] = writes;
    // After the last look nobody asks how high the ledger is on its behalf.
    if (seen === 'notSeen' && first?.isPassed === false) this.#unseen.set(key, first);
    else this.#unseen.delete(key);
    if (first !== undefined) first.isPassed = false;
  }

  #height(effect: Effect): void {
    const key = `${effect.node} ${effect.task}`;
    const open = this.#unseen.get(key);
    const told = effect.told as { ok: boolean; value?: number } | null;
    this.#unseen.delete(key);
    if (open === undefined || told === null) return;
    const outcome = !told.ok ? 'failed' : (told.value ?? 0) > open.lastValid ? 'over' : 'within';
    open.isPassed = outcome === 'over';
    this.#see([open], `height ${outcome}`, effect);
  }

  #store(effect: Effect): void {
    const { hash } = effect.inputs[0] as { hash: string };
    const told = effect.told as { kind: string } | null;
    if (told === null) return;
    const stored = this.#at(effect.node, this.#byHash.get(hash) ?? []).filter(({ task }) => task === effect.task);
    this.#see(stored, `store ${told.kind === 'applied' ? 'applied' : 'failed'}`, effect);
  }
}

export const readWrites = (effects: readonly Effect[]): readonly WriteTrace[] => new Reader().read(effects);

type Detail = Readonly<Record<string, string | number | boolean | null>>;

const asksLedger = /^(submit|look|height) /;

/** How steps of the design show in a run. */
export const writeReading: Reading<UpdateSlots> = {
  observed: (label, from, to) => {
    const { does, outcome, end, ends } = label as Detail;
    switch (does) {
      case 'keep':
      case 'sign':
      case 'sync':
      case 'crash':
      case 'restart':
      case 'fork':
        return does;
      case 'prepare':
        return 'answer prepared';
      case 'store':
        return outcome === 'applied' ? 'store applied' : 'store failed';
      case 'submit':
        return outcome === 'notApplied' ? 'submit notApplied' : `submit ${outcome} ${isInBlock(to) ? 'in' : 'out'}`;
      // Those on behalf of a client that only asks are nobody's to tell apart.
      case 'look':
        if (from['wire#0'] === 'asking') return null;
        return `look ${outcome === 'older' ? 'failed' : outcome}`;
      case 'height':
        if (from['wire#0'] === 'asking') return null;
        return `height ${outcome}`;
      case 'end':
      case 'close':
        return 'end refused';
      case 'ingest':
        return ends === true ? 'end confirmed' : null;
      case 'confirm':
        return `confirm ${end}`;
      case 'refuse to prepare':
      case 'refuse to take':
      case 'not prepared':
        return 'answer refused';
      case 'answer':
        return from['wire#0'] === 'executing' || from['wire#0'] === 'preparing' ? `answer ${end}` : null;
      case 'leave':
        return from['wire#0'] === 'executing' ? 'answer unsettled' : null;
      case 'repeat':
        return `answer ${end}`;
      default:
        return null;
    }
  },
  stutters: (observation, state) => {
    const node = state['node#0'] as Node;
    const phase = state['handler#0'];
    // The ledger's events may end it while its bytes are still in somebody's hands: what those do then changes nothing.
    if (endAt(node, 0) === 'confirmed' && asksLedger.test(observation)) return true;
    switch (observation) {
      case 'sync':
        return isSynced(node);
      case 'crash':
        return !isRunning(node);
      case 'restart':
        return isRunning(node);
      // A request that comes a second time is answered as the first was.
      case 'end confirmed':
      case 'answer confirmed':
        return endAt(node, 0) === 'confirmed';
      case 'answer refused':
        return endAt(node, 0) === 'refused';
      case 'answer prepared':
        return phase === 'prepared';
      case 'answer unsettled':
        return stageOf(node, 0) === 'signed';
      default:
        return false;
    }
  },
};

const isInBlock = (state: UpdateSlots): boolean => {
  const bytes = state['bytes#0'];
  return bytes === 'processed' || bytes === 'landed' || bytes === 'refused';
};
