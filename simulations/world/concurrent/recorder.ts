/**
 * Writes the history of a run as it goes: looks after each step at whatever that step may have changed, and at nothing else.
 * Keeps names only. Judges nothing.
 */
import type { Backend } from '#impl/backend/backend.ts';
import type { ThreadView } from '#impl/core/protocol.ts';
import type { Frontend } from '#impl/frontend/frontend.ts';
import type { Snapshot } from '#impl/frontend/snapshot.ts';
import type { ThreadId } from '#impl/ports/ids.ts';
import type { LedgerAction } from '#impl/ports/ledger.ts';
import type { ContentName, ContentOperation, Operation } from '#model/action.ts';
import { hashOf } from '#model/content.ts';
import { isSame } from '#model/difference.ts';
import type { Answer } from '#model/observation.ts';
import type { Instruction } from '#model/solana/action.ts';
import type { Authorities, Stored } from '../authorities.ts';
import type { History, Landing, Look, OperationRecord, Showing, StoreEvent } from '../history.ts';
import type { Names } from '../names.ts';
import { observeView } from '../observe-services.ts';
import type { ToldContents } from '../perform.ts';

/** A transaction that somebody of this world signed. */
export interface Signed {
  readonly operation: number;
  readonly signer: string;
  readonly action: LedgerAction;
}

type Open = { -readonly [Key in keyof OperationRecord]: OperationRecord[Key] };
type Mark = Extract<Showing, { kind: 'own' }>['mark'];

interface WatchedClient {
  readonly frontend: Frontend;
  /** The observer's name: a program that was closed and opened again is another one. */
  readonly node: string;
  readonly client: string;
  isDirty: boolean;
  readonly shown: Map<string, ThreadView>;
  readonly own: Map<number, Mark>;
  settledSeen: number;
}

/** What a transaction did. */
export interface Confirmed {
  /** Why it changed nothing; null where it succeeded. */
  readonly refusal: string | null;
  readonly thread: ThreadId;
  /** Which of its thread's it made; null where it changed nothing. */
  readonly version: number | null;
}

export class Recorder {
  readonly #names: Names;
  readonly #authorities: Authorities;
  readonly #operations: Open[] = [];
  readonly #byId = new Map<number, Open>();
  readonly #landings: Landing[] = [];
  readonly #showings: Showing[] = [];
  readonly #store: StoreEvent[] = [];
  readonly #looks: Look[] = [];
  readonly #crashes: { readonly at: number; readonly backend: string }[] = [];
  /** By signature: whoever signed those bytes, the one whose they are first. */
  readonly #signers = new Map<string, Signed[]>();
  readonly #landed: string[] = [];
  readonly #clients = new Set<WatchedClient>();
  readonly #caches = new Map<string, Map<string, ThreadView>>();
  readonly #dirtyBackends = new Set<string>();
  /** The step at which a fault took a content away last. */
  readonly #takenAwayAt = new Map<string, number>();
  #stored: Stored = { messages: new Map(), threads: new Map() };
  /** Operations that were told two different ends, one line each. */
  readonly contradictions: string[] = [];
  #storeIsDirty = false;
  /** By thread: co-authors that a fault has put there. */
  readonly #altered = new Map<string, readonly string[]>();
  #seenMs = -1;

  /** Told of each transaction that cannot go any more; null where nobody wants to know. */
  onConfirmed: ((signature: string, confirmed: Confirmed) => void) | null = null;

  constructor(authorities: Authorities, names: Names) {
    this.#authorities = authorities;
    this.#names = names;
  }

  get operations(): readonly OperationRecord[] {
    return this.#operations;
  }

  get landings(): readonly Landing[] {
    return this.#landings;
  }

  get looks(): readonly Look[] {
    return this.#looks;
  }

  begin(
    id: number,
    { client, node, backend }: { readonly client: string; readonly node: string; readonly backend: string | null },
    operation: Operation | ContentOperation,
    at: number,
    atMs: number,
  ): void {
    const record: Open = {
      id,
      client,
      node,
      backend,
      operation,
      call: at,
      calledAtMs: atMs,
      end: null,
      settled: null,
      sameTransactionAs: null,
      abandoned: false,
      canLandUntilMs: null,
    };
    this.#operations.push(record);
    this.#byId.set(id, record);
  }

  end(id: number, told: ToldContents, at: number, atMs: number): void {
    const record = this.#byId.get(id);
    if (record === undefined || record.end !== null) return;
    record.end = { at, atMs, ...told };
    const { settled } = record;
    if (settled === null) return;
    // Learnt by a catch-up while the answer was on its way: then that is the answer, too.
    if (told.answer.kind === 'unsettled') record.settled = { ...settled, at };
    else {
      record.settled = null;
      // Which refusal is told does not matter: each says for certain that nothing happened.
      if (told.answer.kind !== settled.answer.kind || (told.answer.kind === 'confirmed' && !isSame(told.answer, settled.answer)))
        this.contradictions.push(`#${id} was told ${toldText(told.answer)}, and ${toldText(settled.answer)} before`);
    }
  }

  /** Its client left it at a backend, to be carried out later. */
  queued(id: number, backend: string): void {
    const record = this.#byId.get(id);
    if (record !== undefined) record.queuedAt = backend;
  }

  /** A node that lags answers what it asks of a thread. */
  showThePast(id: number): void {
    const record = this.#byId.get(id);
    if (record !== undefined) record.shownThePast = true;
  }

  /** Its client has gone away for good: nobody waits for what is open. */
  abandon(client: string): void {
    for (const record of this.#operations) {
      const isOpen = record.end === null || (record.end.answer.kind === 'unsettled' && record.settled === null);
      if (record.client === client && isOpen) record.abandoned = true;
    }
  }

  signed(signature: string, by: Signed, canLandUntilMs: number): void {
    const record = this.#byId.get(by.operation);
    if (record === undefined) return;
    record.canLandUntilMs = Math.max(canLandUntilMs, record.canLandUntilMs ?? 0);
    const signers = this.#signers.get(signature) ?? [];
    this.#signers.set(signature, signers);
    if (!signers.some(({ operation }) => operation === by.operation)) signers.push(by);
  }

  /**
   * Two operations may ask for the very same transaction. It is that of the first one that was told of it; of those that were told no,
   * it never was.
   */
  #settleTwins(): void {
    for (const [signature, signers] of this.#signers) {
      if (signers.length < 2) continue;
      const landing = this.#landings[this.#landed.indexOf(signature)];
      const code = landing?.outcome.kind === 'refused' ? landing.outcome.code : null;
      // Told what the ledger says of these bytes, or nothing yet: they were handed in for it.
      const isTold = (record: Open): boolean => {
        const answer = (record.settled ?? record.end)?.answer;
        return answer?.kind !== 'refused' || answer.code === code;
      };
      const told = signers.map(({ operation }) => this.#byId.get(operation) as Open).filter(isTold);
      const owner = told.find((each) => (each.settled ?? each.end)?.answer.kind === 'confirmed') ?? told[0];
      if (owner === undefined) continue;
      for (const record of told) if (record !== owner) record.sameTransactionAs = owner.id;
      const first = signers.findIndex(({ operation }) => operation === owner.id);
      signers.unshift(...signers.splice(first, 1));
    }
  }

  signedBy(signature: string): Signed | null {
    return this.#signers.get(signature)?.[0] ?? null;
  }

  /** A program that a client has opened; what an earlier one of its showed is gone. */
  watch(client: string, node: string, frontend: Frontend, at: number): void {
    for (const other of this.#clients) if (other.client === client) this.#forget(other, at);
    const watched: WatchedClient = {
      frontend,
      node,
      client,
      isDirty: true,
      shown: new Map(),
      own: new Map(),
      settledSeen: 0,
    };
    this.#clients.add(watched);
    frontend.subscribe(() => {
      watched.isDirty = true;
    });
  }

  #forget(watched: WatchedClient, at: number): void {
    this.#clients.delete(watched);
    for (const [operation, mark] of watched.own)
      if (mark !== 'confirmed') this.#showings.push({ at, kind: 'own', client: watched.node, operation, mark: 'gone' });
  }

  crashed(backend: string, at: number): void {
    this.#crashes.push({ at, backend });
  }

  /** The backend may have taken over something new. */
  touchBackend(backend: string): void {
    this.#dirtyBackends.add(backend);
  }

  /** Something may have changed in the content store. */
  touchStore(): void {
    this.#storeIsDirty = true;
  }

  acknowledged(hash: string, state: 'pending' | 'recorded', at: number): void {
    const content = this.#names.contentName(hash);
    this.#store.push({ at, kind: 'acknowledged', content, state });
    if (state === 'pending' || this.#stored.messages.get(hash)?.state === 'recorded') return;
    if ((this.#takenAwayAt.get(hash) ?? Number.NEGATIVE_INFINITY) < at) this.#store.push({ at, kind: 'claimed', content });
  }

  /** A fault took it away: who needs it must put it back, and who does not owes nothing. */
  takenAway(hash: string, at: number): void {
    this.#takenAwayAt.set(hash, at);
    this.#store.push({ at: at + 1, kind: 'discarded', content: this.#names.contentName(hash) });
  }

  metadataLost(thread: string, at: number): void {
    this.#showings.push({ at, kind: 'metadataLost', thread });
  }

  /** A fault put these in place of what a backend wrote: nobody showed them, and whoever writes next must not build on them. */
  metadataAltered(thread: string, coAuthors: readonly string[], at: number): void {
    this.#altered.set(thread, coAuthors);
    this.metadataLost(this.#names.threadName(thread), at);
  }

  /** After each step; `backends` are those that run. */
  afterStep(at: number, nowMs: number, backendOf: (name: string) => Backend | null): void | Promise<void> {
    this.timePassed(at, nowMs);
    if (this.#dirtyBackends.size > 0) this.#showCaches(at, backendOf);
    for (const client of this.#clients) if (client.isDirty) this.#showClient(client, at);
    if (!this.#storeIsDirty) return undefined;
    this.#storeIsDirty = false;
    const stored = this.#authorities.content.stored();
    return stored instanceof Promise ? stored.then((each) => this.#showStored(each, at)) : this.#showStored(stored, at);
  }

  /** To be told within a step, too, where what comes after in that step may show what has been confirmed meanwhile. */
  timePassed(at: number, nowMs: number): void {
    if (nowMs !== this.#seenMs) this.#confirm(at, nowMs);
  }

  look(look: Look): void {
    this.#looks.push(look);
  }

  finish(rest: Pick<History, 'setup' | 'healed' | 'ended'>): History {
    this.#settleTwins();
    const ownerOf = (index: number): number | null => this.signedBy(this.#landed[index] ?? '')?.operation ?? null;
    return {
      ...rest,
      operations: this.#operations,
      landings: this.#landings.map((landing, index) => ({ ...landing, operation: ownerOf(index) })),
      showings: this.#showings,
      store: this.#store.toSorted((a, b) => a.at - b.at),
      looks: this.#looks,
      crashes: this.#crashes,
    };
  }

  #confirm(at: number, nowMs: number): void {
    this.#seenMs = nowMs;
    for (const { signature, clockS, refusal, view, tokens } of this.#authorities.ledger.confirmedFrom(this.#landings.length)) {
      const by = this.signedBy(signature);
      if (by === null) throw new Error(`transaction ${signature} was signed by nobody of this world`);
      this.onConfirmed?.(signature, { refusal, thread: by.action.thread, version: view?.version ?? null });
      this.#landed.push(signature);
      this.#landings.push({
        at,
        clockS,
        operation: by.operation,
        signer: by.signer,
        instruction: this.#instruction(by.action),
        outcome: view === null ? { kind: 'refused', code: refusal ?? 'unknown' } : { kind: 'committed', view },
        tokens,
      });
    }
  }

  #instruction(action: LedgerAction): Instruction {
    const names = this.#names;
    const thread = names.threadName(action.thread);
    const hash = (id: string): string => hashOf(names.contentName(id));
    switch (action.kind) {
      case 'createThread':
      case 'divest':
        return { kind: action.kind, thread };
      case 'postMessage':
        return { kind: action.kind, thread, hash: hash(action.hash) };
      case 'submitSpec':
        return { kind: action.kind, thread, hash: hash(action.hash), stake: action.stake };
      case 'vote':
        return {
          kind: action.kind,
          thread,
          hash: hash(action.hash),
          author: names.walletName(action.author),
          choice: action.choice,
        };
      case 'settle':
        return { kind: action.kind, thread, hash: hash(action.hash), author: names.walletName(action.author) };
    }
  }

  #showCaches(at: number, backendOf: (name: string) => Backend | null): void {
    for (const name of this.#dirtyBackends) {
      const backend = backendOf(name);
      if (backend === null) continue;
      const shown = this.#caches.get(name) ?? new Map<string, ThreadView>();
      this.#caches.set(name, shown);
      for (const view of backend.inspect().views) {
        if (shown.get(view.thread) === view) continue;
        shown.set(view.thread, view);
        this.#showings.push({ at, kind: 'cache', backend: name, view: observeView(this.#names, view) });
      }
    }
    this.#dirtyBackends.clear();
  }

  #showClient(watched: WatchedClient, at: number): void {
    watched.isDirty = false;
    const snapshot = watched.frontend.getSnapshot();
    for (const { thread, confirmed } of snapshot.threads) {
      if (confirmed === null || watched.shown.get(thread) === confirmed) continue;
      watched.shown.set(thread, confirmed);
      this.#showings.push({ at, kind: 'client', client: watched.node, view: observeView(this.#names, confirmed) });
    }
    this.#showOwn(watched, snapshot, at);
    this.#settle(snapshot, at);
  }

  #showOwn({ client, node, own }: WatchedClient, snapshot: Snapshot, at: number): void {
    const marks = new Map<number, Mark>();
    for (const { messages, specs, votes, settlements, creating, leaving } of snapshot.threads) {
      const marked = [...messages, ...specs, ...votes, ...settlements, creating, leaving];
      for (const each of marked) if (each !== null) marks.set(operationOf(each.intent), each.certainty);
    }
    for (const [operation, mark] of marks) {
      if (own.get(operation) === mark || this.#byId.get(operation)?.client !== client) continue;
      own.set(operation, mark);
      this.#showings.push({ at, kind: 'own', client: node, operation, mark });
    }
    for (const operation of own.keys()) {
      if (marks.has(operation) || this.#isCovered(operation, snapshot)) continue;
      own.delete(operation);
      this.#showings.push({ at, kind: 'own', client: node, operation, mark: 'gone' });
    }
  }

  /** A thread shows one write that would create it and one that would leave it: a later one covers an earlier. */
  #isCovered(operation: number, { threads }: Snapshot): boolean {
    const asked = this.#byId.get(operation)?.operation;
    if (asked?.kind !== 'createThread' && asked?.kind !== 'divest') return false;
    const shown = threads.find(({ thread }) => thread === this.#names.threadId(asked.thread));
    return shown !== undefined && (asked.kind === 'createThread' ? shown.creating : shown.leaving) !== null;
  }

  #settle({ settled }: Snapshot, at: number): void {
    for (const { intent, end } of settled) {
      const record = this.#byId.get(operationOf(intent));
      if (record === undefined || record.settled !== null) continue;
      if (record.end !== null && record.end.answer.kind !== 'unsettled') continue;
      const answer: Extract<Answer, { kind: 'confirmed' | 'refused' }> =
        end.kind === 'confirmed' ? { kind: 'confirmed', version: end.version } : { kind: 'refused', code: end.refusal.code };
      record.settled = { at, answer };
    }
  }

  #showStored(stored: Stored, at: number): void {
    const before = this.#stored;
    this.#stored = stored;
    for (const [id, { version, coAuthors }] of stored.threads) {
      const old = before.threads.get(id);
      if (old?.version === version && sameList(old.coAuthors, coAuthors)) continue;
      const altered = this.#altered.get(id);
      if (altered !== undefined && sameList(altered, coAuthors)) continue;
      this.#altered.delete(id);
      const thread = this.#names.threadName(id);
      this.#showings.push({
        at,
        kind: 'metadata',
        thread,
        version,
        coAuthors: coAuthors.map((each) => this.#names.walletName(each)),
      });
    }
    for (const [hash, { state }] of before.messages) {
      const now = stored.messages.get(hash);
      if (now?.state === state) continue;
      const content = this.#names.contentName(hash);
      if (now === undefined) this.#store.push({ at, kind: 'discarded', content });
      if (state === 'recorded' && this.#takenAwayAt.get(hash) !== at) this.#store.push({ at, kind: 'unrecorded', content });
    }
  }

  /** Stored as recorded, and at which sequence of its thread. */
  sequences(): Look['sequences'] {
    return [...this.#stored.messages].flatMap(([hash, { state, sequence }]) =>
      state === 'recorded' ? [{ content: this.#names.contentName(hash), sequence }] : [],
    );
  }

  /** Stored contents whose text is not what their hash says. */
  mismatched(): readonly ContentName[] {
    return [...this.#stored.messages].flatMap(([hash, { genuine }]) => (genuine ? [] : [this.#names.contentName(hash)]));
  }
}

const toldText = (answer: object): string => Object.values(answer).map(String).join(' ');

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each, i) => each === b[i]);

/** Intents are the operations' numbers, with a suffix where a client prepared one anew. */
export const intentOf = (operation: number): string => `operation-${operation}`;
export const operationOf = (intent: string): number => Number(/^operation-(\d+)/.exec(intent)?.[1] ?? Number.NaN);
