/**
 * A client's writes that wait at a backend because Solana or Qdrant is away: left there with a proof that its wallet asked for them,
 * known again by any later life of the client, and carried out in its rounds: on one thread one after another in order of arrival,
 * threads side by side.
 *
 *   left -> sure: the backend has it -> told: its turn and attempt -> under way -> ended
 *                                        ^------- passing refusal -----'
 *
 * A backend's word that something was asked for is not taken: what the proof does not cover is never signed.
 */
import type { QueuedWrite, RequestRefusal, WriteCommand, WriteEnd, WriteResult } from '../core/protocol.ts';
import { actionOf } from '../core/protocol.ts';
import { MAX_ASKED_WRITES } from '../core/protocol-codec.ts';
import { isAskedBy, isPassing, queuedText } from '../core/queued-write.ts';
import type { BackendId, IntentId, ThreadId } from '../ports/ids.ts';
import type { LedgerAction, Wallet } from '../ports/ledger.ts';
import type { Link } from './link.ts';

/** A write of this wallet that waits at a backend. */
export interface Waiting {
  readonly intent: IntentId;
  readonly backend: BackendId;
  readonly write: WriteCommand;
  readonly action: LedgerAction;
  readonly proof: string;
  /** Why it was left there: `SolanaUnavailable` or `QdrantUnavailable`; null for one of an earlier life. */
  readonly because: string | null;
  /** The backend is known to have it. */
  readonly isSure: boolean;
}

interface Known extends Waiting {
  /** Before it is, it is sent again. */
  isSure: boolean;
  /** It is being left there: nobody else sends it meanwhile. */
  isLeaving: boolean;
  /** It was sent, and no answer came: it may be there. */
  isDoubtful: boolean;
  /** As its backend told last. */
  told: { readonly order: number; readonly attempt: number } | null;
  /** An attempt was put off, and may have been counted as one: it is to be told again, and what comes after it waits. */
  isStale: boolean;
  isUnderWay: boolean;
  /** Signed bytes of it are on their way, and their end is not known. */
  isSent: boolean;
}

/** Nothing has been told or tried of it in this life of its client. */
const untouched = {
  told: null,
  isLeaving: false,
  isDoubtful: false,
  isStale: false,
  isUnderWay: false,
  isSent: false,
} as const;

/** What its client does for it. */
export interface OwnQueueParts {
  readonly wallet: Wallet;
  readonly link: Link;
  /** Shows it, marked, where it is not shown yet. */
  show(waiting: Waiting): void;
  /** One attempt, by its number. */
  carryOut(token: string, waiting: Waiting, attempt: number): Promise<WriteResult>;
  ended(intent: IntentId, end: WriteEnd): void;
  changed(): void;
}

/** Threads on which it carries out writes at the same time. */
const LANES = 8;
const MAX_PARTS = 1_000;
/** Ended ones that are not taken up again when an old answer still tells of them. */
const KEPT_OVER = 1_000;
/** One thread's, in order, up to the first of which it has to be told again how it stands: what is behind that must not overtake it. */
function inTurn(lane: readonly Known[]): readonly Known[] {
  const sorted = lane.toSorted((a, b) => (a.told?.order ?? 0) - (b.told?.order ?? 0));
  const stale = sorted.findIndex(({ isStale }) => isStale);
  return stale === -1 ? sorted : sorted.slice(0, stale);
}

/** After these nothing else would fare better now. */
const halting: ReadonlySet<string> = new Set(['Disconnected', 'Unauthenticated', 'BackendUnavailable', 'SolanaUnavailable']);

const refusal = (code: string, detail: string): RequestRefusal => ({ code, authority: 'frontend', detail });

export class OwnQueue {
  readonly #parts: OwnQueueParts;
  readonly #known = new Map<IntentId, Known>();
  readonly #over = new Set<IntentId>();
  /** Over, and still waiting at their backend as far as that has told: another write's very same transaction was theirs, too. */
  readonly #leftOver = new Map<IntentId, BackendId>();
  #shown: readonly Waiting[] | null = null;
  #isDraining = false;

  constructor(parts: OwnQueueParts) {
    this.#parts = parts;
  }

  /** The same list until something is left, taken up or ended. */
  get shown(): readonly Waiting[] {
    this.#shown ??= [...this.#known.values()].map(({ intent, backend, write, action, proof, because, isSure }) => ({
      intent,
      backend,
      write,
      action,
      proof,
      because,
      isSure,
    }));
    return this.#shown;
  }

  isUnderWay(intent: IntentId): boolean {
    return this.#known.get(intent)?.isUnderWay === true;
  }

  /** Leaves a write at the backend connected to. `unsettled` once it is there, or may be. */
  async leave(token: string, write: Pick<Waiting, 'intent' | 'write' | 'action'>, because: RequestRefusal): Promise<WriteResult> {
    const { wallet, link } = this.#parts;
    const { backend } = link;
    if (backend === null) return { kind: 'refused', refusal: because };
    const proof = wallet.signText(queuedText({ backend, wallet: wallet.id, ...write }));
    const waiting = { ...write, backend, proof, because: because.code };
    const known = this.#known.get(write.intent) ?? { ...waiting, ...untouched, isSure: false };
    this.#over.delete(write.intent);
    this.#hold(known);
    known.isLeaving = true;
    const result = await this.#ask(token, known);
    known.isLeaving = false;
    if (result === null || result.kind === 'unsettled') return { kind: 'unsettled' };
    // That it cannot be left there once more says nothing of what is there, or may be.
    if (result.kind === 'refused' && (known.isSure || known.isDoubtful)) return { kind: 'unsettled' };
    // Over: a copy of the request that comes late may leave it there after all, and is cleared away.
    this.#forget(known.intent);
    // Of a backend that was not reached nothing is known but why the write was refused before.
    const isUnreached = result.kind === 'refused' && result.refusal.code === 'BackendUnavailable';
    return isUnreached ? { kind: 'refused', refusal: because } : result;
  }

  /** Asks again about those of which no answer came; what was refused then, has ended so. */
  async assure(token: string): Promise<void> {
    for (const known of [...this.#known.values()]) {
      if (known.isSure || known.isLeaving || known.backend !== this.#parts.link.backend) continue;
      const result = await this.#ask(token, known);
      if (result === null || result.kind === 'unsettled') continue;
      if (result.kind === 'confirmed' || !isPassing(result.refusal.code)) this.#end(known, result);
    }
    await this.#clearAway(token);
  }

  /** What is over must not wait any longer: a later life of this client would take it up, and carry it out once more. */
  async #clearAway(token: string): Promise<void> {
    for (const [intent, backend] of [...this.#leftOver]) {
      if (backend !== this.#parts.link.backend) continue;
      const asked = await this.#parts.link.ask({ kind: 'dropQueued', token, intent }, 'dropped', 'written');
      const isPut = asked.kind === 'answered' || (asked.kind === 'refused' && !isPassing(asked.refusal.code));
      if (isPut) this.#leftOver.delete(intent);
    }
  }

  /** Those whose ends this backend may be asked for. */
  asked(backend: BackendId | null): readonly IntentId[] {
    const mine = [...this.#known.values()].filter((each) => each.backend === backend && each.isSure && !each.isUnderWay);
    return mine.slice(0, MAX_ASKED_WRITES).map(({ intent }) => intent);
  }

  /** The backend has told what waits there; of an earlier life, too. */
  take(backend: BackendId, rows: readonly QueuedWrite[]): void {
    for (const { order, attempt, ...row } of rows) {
      if (this.#over.has(row.intent)) this.#leftOver.set(row.intent, backend);
      const known = this.#known.get(row.intent) ?? this.#takeUp(backend, row);
      if (known === null || known.backend !== backend || known.proof !== row.proof) continue;
      this.#makeSure(known);
      known.told = { order, attempt };
      if (known.isUnderWay) continue;
      known.isStale = false;
      // It is still there, so no signed bytes of it are: those on their way, if any, will be refused.
      known.isSent = false;
    }
  }

  #takeUp(backend: BackendId, row: Pick<QueuedWrite, 'intent' | 'write' | 'proof'>): Known | null {
    const { wallet } = this.#parts;
    if (this.#over.has(row.intent) || !isAskedBy(wallet, backend, row)) return null;
    const action = actionOf(row.write, wallet.id);
    const waiting: Waiting = { ...row, backend, action, because: null, isSure: true };
    const known: Known = { ...waiting, ...untouched };
    this.#hold(known);
    this.#parts.show(waiting);
    return known;
  }

  /** It has ended, as somebody told. */
  ended(intent: IntentId, end: WriteEnd): void {
    const known = this.#known.get(intent);
    if (known !== undefined) this.#end(known, end);
  }

  /** As `ended`, told by the backend at which it was left: not while an attempt of it is under way, which knows better. */
  told(intent: IntentId, end: WriteEnd): void {
    if (!this.isUnderWay(intent)) this.ended(intent, end);
  }

  /** Carries out what waits at this backend and whose turn it is; what is refused for a passing reason waits for the next time. */
  async drain(catchUp: () => Promise<void>): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      const stopped = new Set<ThreadId>();
      for (let part = 0; part < MAX_PARTS; part += 1) {
        const lanes = this.#ready(stopped);
        const { token } = this.#parts.link;
        if (lanes.length === 0 || token === null) return;
        if (!(await this.#carryOutAll(token, lanes, stopped))) return;
        await catchUp();
      }
    } finally {
      this.#isDraining = false;
    }
  }

  /** Gives one up; refused when that is too late, or cannot be known. */
  async drop(token: string, intent: IntentId): Promise<RequestRefusal | null> {
    const { link } = this.#parts;
    const known = this.#known.get(intent);
    if (known === undefined) return refusal('NotQueued', `no write of this client waits under intent ${intent}`);
    if (known.backend !== link.backend) return refusal('QueuedElsewhere', `it waits at ${known.backend}; connect there first`);
    const request = { kind: 'dropQueued', token, intent } as const;
    let asked = await link.ask(request, 'dropped', 'written');
    if (asked.kind === 'unknown') asked = await link.ask(request, 'dropped', 'written');
    if (asked.kind !== 'answered') return asked.refusal;
    if (asked.answer.kind === 'dropped') {
      this.ended(intent, { kind: 'refused', refusal: refusal('Dropped', 'given up before it was carried out') });
      return null;
    }
    const { result } = asked.answer;
    if (result.kind !== 'unsettled') this.told(intent, result);
    return refusal('NotQueued', 'it has been carried out already, or is being');
  }

  /** By thread, in order of arrival: what may be carried out now. */
  #ready(stopped: ReadonlySet<ThreadId>): readonly (readonly Known[])[] {
    const { backend } = this.#parts.link;
    const blocked = new Set(stopped);
    for (const { isSent, isUnderWay, write } of this.#known.values()) if (isSent || isUnderWay) blocked.add(write.thread);
    const lanes = new Map<ThreadId, Known[]>();
    for (const known of this.#known.values()) {
      if (known.told === null || known.backend !== backend || blocked.has(known.write.thread)) continue;
      const lane = lanes.get(known.write.thread);
      if (lane === undefined) lanes.set(known.write.thread, [known]);
      else lane.push(known);
    }
    return [...lanes.values()].map(inTurn).filter(({ length }) => length > 0);
  }

  /** False when the rest had better wait, too. */
  async #carryOutAll(token: string, lanes: readonly (readonly Known[])[], stopped: Set<ThreadId>): Promise<boolean> {
    let next = 0;
    let isHalted = false;
    const work = async (): Promise<void> => {
      for (let lane = lanes[next]; lane !== undefined && !isHalted; lane = lanes[next]) {
        next += 1;
        for (const known of lane) {
          const code = isHalted ? 'BackendUnavailable' : await this.#attempt(token, known);
          if (code === null) continue;
          stopped.add(known.write.thread);
          isHalted ||= halting.has(code);
          break;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(LANES, lanes.length) }, work));
    return !isHalted;
  }

  /** null when it has ended; else why the next of its thread has to wait. */
  async #attempt(token: string, known: Known): Promise<string | null> {
    const { told } = known;
    if (told === null || this.#known.get(known.intent) !== known) return null;
    known.isUnderWay = true;
    const result = await this.#parts.carryOut(token, known, told.attempt);
    known.isUnderWay = false;
    if (this.#known.get(known.intent) !== known) return null;
    switch (result.kind) {
      case 'unsettled':
        known.isSent = true;
        return 'unsettled';
      case 'confirmed':
        this.#end(known, result);
        return null;
      case 'refused': {
        const { code } = result.refusal;
        if (isPassing(code)) {
          known.isStale = true;
          return code;
        }
        this.#end(known, result);
        return null;
      }
    }
  }

  /** null: no answer came. */
  async #ask(token: string, known: Known): Promise<WriteResult | null> {
    const { intent, write, proof } = known;
    const request = { kind: 'queueWrite', token, intent, write, proof } as const;
    let asked = await this.#parts.link.ask(request, 'queued', 'written');
    if (asked.kind === 'unknown') {
      known.isDoubtful = true;
      asked = await this.#parts.link.ask(request, 'queued', 'written');
    }
    if (asked.kind === 'unknown') return null;
    if (asked.kind === 'refused') return { kind: 'refused', refusal: asked.refusal };
    if (asked.answer.kind === 'written') return asked.answer.result;
    this.#makeSure(known);
    return { kind: 'unsettled' };
  }

  #makeSure(known: Known): void {
    if (known.isSure) return;
    known.isSure = true;
    this.#shown = null;
    this.#parts.changed();
  }

  #hold(known: Known): void {
    this.#known.set(known.intent, known);
    this.#shown = null;
    this.#parts.changed();
  }

  /** It is over. */
  #forget(intent: IntentId): void {
    this.#known.delete(intent);
    this.#shown = null;
    this.#over.add(intent);
    for (const oldest of this.#over) {
      if (this.#over.size <= KEPT_OVER) break;
      this.#over.delete(oldest);
    }
  }

  #end(known: Known, end: WriteEnd): void {
    this.#forget(known.intent);
    this.#parts.ended(known.intent, end);
  }
}
