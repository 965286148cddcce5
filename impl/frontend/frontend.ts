/**
 * One client: acts for one wallet, through one backend at a time, and shows what it knows: confirmed views, and its own writes on top,
 * marked. Framework-free: `subscribe` and `getSnapshot` are what React's useSyncExternalStore asks for.
 *
 * It never signs what it did not build and decode itself, never shows an older version after a newer one, and forgets no write whose
 * end it does not know: any backend can settle it later. Given the authorities themselves (`direct`), it reads around a backend that it
 * has lost, and comes back by itself.
 */
import { checkText, isGenuine } from '../core/content.ts';
import {
  actionOf,
  type ContentSlice,
  type Hit,
  MAX_CONTENTS,
  type RequestRefusal,
  type ThreadSynced,
  type ThreadView,
  textOf,
  type UnsettledWrite,
  type WriteCommand,
  type WriteEnd,
  type WriteResult,
} from '../core/protocol.ts';
import { MAX_ASKED_WRITES, MAX_KNOWN_THREADS } from '../core/protocol-codec.ts';
import { attemptIntent, isAskedBy, isAway } from '../core/queued-write.ts';
import { signInText } from '../core/sign-in.ts';
import type { Dialer } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import {
  type BackendId,
  type ContentHash,
  type IntentId,
  intentId,
  type ThreadId,
  threadId,
  type WalletId,
} from '../ports/ids.ts';
import type { LedgerAction, PreparedTransaction, SignedTransaction, Wallet } from '../ports/ledger.ts';
import type { Random } from '../ports/random.ts';
import { ComingBack } from './coming-back.ts';
import { isWholeAnswer, verifiedOnly } from './contents.ts';
import { type DirectPorts, DirectReads } from './direct.ts';
import { Freshness } from './freshness.ts';
import { disconnected, Link, unauthenticated } from './link.ts';
import { Offers } from './offers.ts';
import { absorb, begin, mark, type Overlay, rollBack } from './optimistic.ts';
import { OwnQueue, type Waiting } from './own-queue.ts';
import { Displays, type Snapshot } from './snapshot.ts';
import { ConfirmedViews } from './views.ts';

export type SessionResult = { readonly kind: 'done' } | Refused;
export type Refused = { readonly kind: 'refused'; readonly refusal: RequestRefusal };
/** Who answered: a backend, the ledger (for a search: the content store) itself, or what the client held already. */
export type ReadSource = 'backend' | 'direct' | 'own';
export type ReadResult =
  | {
      readonly kind: 'view';
      readonly view: ThreadView;
      /** The view's version. */
      readonly asOf: number;
      /** How long ago the backend last compared its cache with the ledger, 0 for a strong read; of what is held here, at most. */
      readonly ageMs: number;
      readonly source: ReadSource;
    }
  | Refused;
/** Every text is what its hash says; what is not is among the missing, as `altered`. */
export type ContentResult = ({ readonly kind: 'contents' } & ContentSlice) | Refused;
export type SyncResult = ({ readonly kind: 'synced' } & ThreadSynced) | Refused;
/** Best first. */
export type SearchResult =
  | { readonly kind: 'hits'; readonly hits: readonly Hit[]; readonly source: Exclude<ReadSource, 'own'> }
  | Refused;

export interface FrontendPorts {
  readonly wallet: Wallet;
  readonly dialer: Dialer;
  readonly random: Random;
  /** The authorities themselves, for when no backend can be reached; without them a client can do nothing then. */
  readonly direct?: DirectPorts;
  readonly options?: FrontendOptions;
}

export interface FrontendOptions {
  /** What becomes of a new write while Solana or Qdrant is away: it ends refused (default), or waits at the backend. */
  readonly whenUnavailable?: 'refuse' | 'queue';
  /** Where else to go when the backend that was lost stays away, in order; needs `direct`. None by default. */
  readonly backends?: readonly BackendId[];
}

/** `hash` and `author` name a spec; `intent` names the write across retries and is made up when left out. */
export interface SpecKey {
  readonly thread: ThreadId;
  readonly hash: ContentHash;
  readonly author: WalletId;
}

/** An attempt at a queued write. */
interface Attempt {
  readonly queued: IntentId;
  /** Prepared anew because the first one was overtaken: nothing waits any more where it was left. */
  readonly isAnew: boolean;
}

const KEPT_ENDS = 100;
/** A view comes in parts of some thousand messages; more parts than this means that it grows faster than it is fetched. */
const MAX_PARTS = 1_000;

/**
 * The program's word for a message prepared before another one of the thread filled the page of accounts it was to go to. It has
 * certainly changed nothing, so the write is prepared and signed anew: under an intent of its own, the same one in every retry.
 */
const OVERTAKEN = 'WrongPage';
const MAX_PREPARATIONS = 3;

/** The name of a write's `preparation`th preparation, from 1; the longest intents are cut. */
const preparedAs = (intent: IntentId, preparation: number): IntentId =>
  preparation === 1 ? intent : intentId(`${intent.slice(0, 60)}.${preparation}`);
const isOvertaken = (result: WriteResult): boolean => result.kind === 'refused' && result.refusal.code === OVERTAKEN;

const refused = (refusal: RequestRefusal): Refused => ({ kind: 'refused', refusal });
const done: SessionResult = { kind: 'done' };

/** A write that was begun and then finds no connection has lost its backend; it was not begun offline. */
function onceBegun(refusal: RequestRefusal): RequestRefusal {
  if (refusal !== disconnected) return refusal;
  return { code: 'BackendUnavailable', authority: 'frontend', detail: 'the connection was lost before the write was handed in' };
}

export class Frontend {
  readonly wallet: WalletId;
  readonly #wallet: Wallet;
  readonly #random: Random;
  readonly #link: Link;
  readonly #views = new ConfirmedViews();
  readonly #displays: Displays;
  readonly #direct: DirectReads | null;
  readonly #freshness: Freshness | null;
  readonly #comingBack: ComingBack;
  readonly #listeners = new Set<() => void>();
  readonly #unsettled = new Map<IntentId, UnsettledWrite>();
  readonly #queues: boolean;
  readonly #queue: OwnQueue;
  readonly #offers: Offers;
  /** Of attempts at queued writes that are under way, or of unknown end. */
  readonly #attempts = new Map<IntentId, Attempt>();
  #settled: Snapshot['settled'] = [];
  #overlay: Overlay = [];
  #newestSlot = 0;
  /** Counts what its user wished: to connect, to leave. */
  #wishes = 0;
  /** Whether its user signed in, and not out again. */
  #wantsSession = false;
  #snapshot: Snapshot | null = null;

  constructor(ports: FrontendPorts) {
    this.wallet = ports.wallet.id;
    this.#wallet = ports.wallet;
    this.#random = ports.random;
    this.#displays = new Displays(ports.wallet.id);
    const { direct, options = {} } = ports;
    this.#direct = direct === undefined ? null : new DirectReads(direct);
    this.#freshness = direct === undefined ? null : new Freshness(direct.clock);
    this.#comingBack = new ComingBack(options.backends ?? []);
    this.#queues = options.whenUnavailable === 'queue';
    this.#link = new Link(ports.dialer, {
      onPush: (push) => {
        for (const slice of push.slices) this.#views.take(slice);
        this.#changed();
      },
      onChange: () => this.#changed(),
      onLost: (backend) => this.#lose(backend),
    });
    this.#offers = new Offers(this.#link);
    this.#queue = new OwnQueue({
      wallet: ports.wallet,
      link: this.#link,
      show: (waiting) => this.#showQueued(waiting),
      carryOut: (token, waiting, attempt) => this.#carryOutQueued(token, waiting, attempt),
      ended: (intent, end) => this.#endQueued(intent, end),
      changed: () => this.#changed(),
    });
  }

  /** Calls `listener` after every change; answers how to stop that. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** Immutable, and the same object until something changes. */
  getSnapshot = (): Snapshot => {
    this.#snapshot ??= {
      wallet: this.wallet,
      backend: this.#link.backend,
      signedIn: this.#link.token !== null,
      lost: this.#comingBack.lost,
      threads: this.#displays.all(this.#views, this.#overlay),
      unsettled: [...this.#unsettled.values()],
      queued: this.#queue.shown,
      settled: this.#settled,
    };
    return this.#snapshot;
  };

  /** Connects to a backend, leaving any other, and catches up. Refused `BackendUnavailable`: offline then. */
  async connect(backend: BackendId): Promise<SessionResult> {
    const wish = this.#wish();
    const refusal = await this.#link.connect(backend);
    if (refusal !== null) {
      if (refusal.code === 'BackendUnavailable' && wish === this.#wishes) this.#lose(backend);
      return refused(refusal);
    }
    this.#offers.connected();
    await this.#catchUp();
    return done;
  }

  disconnect(): SessionResult {
    this.#wish();
    this.#link.disconnect();
    return done;
  }

  async signIn(): Promise<SessionResult> {
    const { backend } = this.#link;
    if (backend === null) return refused(disconnected);
    const challenge = await this.#link.ask({ kind: 'challenge', wallet: this.wallet }, 'challenge');
    if (challenge.kind !== 'answered') return refused(challenge.refusal);
    const { nonce, expiresAtMs } = challenge.answer;
    const signature = this.#wallet.signText(signInText({ backend, wallet: this.wallet, nonce, expiresAtMs }));
    const signedIn = await this.#link.ask({ kind: 'signIn', wallet: this.wallet, nonce, signature }, 'signedIn');
    if (signedIn.kind !== 'answered') return refused(signedIn.refusal);
    this.#wantsSession = true;
    this.#link.setToken(backend, signedIn.answer.token);
    await this.#catchUp();
    return done;
  }

  async signOut(): Promise<SessionResult> {
    const { backend } = this.#link;
    const session = this.#session();
    if (typeof session !== 'string' || backend === null) return refused(session as RequestRefusal);
    this.#wantsSession = false;
    let asked = await this.#link.ask({ kind: 'signOut', token: session }, 'signedOut');
    if (asked.kind === 'unknown') {
      asked = await this.#link.ask({ kind: 'signOut', token: session }, 'signedOut');
      // The first attempt had done it.
      if (asked.kind === 'refused' && asked.refusal.code === 'Unauthenticated') return done;
    }
    if (asked.kind !== 'answered') return refused(asked.refusal);
    this.#link.setToken(backend, null);
    return done;
  }

  /** `thread` is made up at random when left out. */
  createThread(thread: ThreadId = this.newThreadId(), intent?: IntentId): Promise<WriteResult> {
    return this.#write({ kind: 'createThread', thread }, intent);
  }

  post(thread: ThreadId, text: string, intent?: IntentId): Promise<WriteResult> {
    return this.#write({ kind: 'post', thread, text }, intent);
  }

  /** `stake` in base units of CHOIR. */
  submitSpec(thread: ThreadId, text: string, stake: bigint, intent?: IntentId): Promise<WriteResult> {
    return this.#write({ kind: 'submitSpec', thread, text, stake }, intent);
  }

  vote(spec: SpecKey, choice: 'approve' | 'deny', intent?: IntentId): Promise<WriteResult> {
    return this.#write({ kind: 'vote', thread: spec.thread, hash: spec.hash, author: spec.author, choice }, intent);
  }

  settle(spec: SpecKey, intent?: IntentId): Promise<WriteResult> {
    return this.#write({ kind: 'settle', thread: spec.thread, hash: spec.hash, author: spec.author }, intent);
  }

  divest(thread: ThreadId, intent?: IntentId): Promise<WriteResult> {
    return this.#write({ kind: 'divest', thread }, intent);
  }

  /** Gives up a write that waits at the backend connected to. Refused `NotQueued` when that is too late, `QueuedElsewhere`. */
  async dropQueued(intent: IntentId): Promise<SessionResult> {
    const token = this.#session();
    if (typeof token !== 'string') return refused(token);
    const refusal = await this.#queue.drop(token, intent);
    return refusal === null ? done : refused(refusal);
  }

  /** The thread as the ledger has it confirmed now; read there directly while no backend can be reached. */
  readStrong(thread: ThreadId): Promise<ReadResult> {
    return this.#read('readStrong', thread);
  }

  /** The thread as the backend remembers it, or as it is held here; what is shown does not go back to it. */
  readCached(thread: ThreadId): Promise<ReadResult> {
    return this.#read('readCached', thread);
  }

  /**
   * Texts of the thread's recorded messages: `from` (a sequence, 0 by default) onwards, `limit` of them (1 to 64, the default). Go on at
   * the answer's `next`. With Qdrant unreachable: what the backend has cached, marked `degraded`, or refused `QdrantUnavailable`.
   */
  async readContent(thread: ThreadId, range: { readonly from?: number; readonly limit?: number } = {}): Promise<ContentResult> {
    const token = this.#session();
    if (typeof token !== 'string') return refused(token);
    const { from = 0, limit = MAX_CONTENTS } = range;
    const asked = await this.#link.ask({ kind: 'readContent', token, thread, from, limit }, 'contents');
    if (asked.kind !== 'answered') return refused(asked.refusal);
    if (isWholeAnswer(asked.answer, { thread, from, limit })) {
      const contents = verifiedOnly(asked.answer);
      for (const { hash, author, text } of contents.texts) this.#offers.hold({ thread, author, text }, hash);
      return contents;
    }
    const detail = `expected each message from ${from} on, ${limit} at most, to be told of once`;
    return refused({ code: 'InvalidAnswer', authority: 'frontend', detail });
  }

  /**
   * Has the backend bring the thread together with the ledger and Qdrant, and mend what it can. Refused `SolanaUnavailable`,
   * `QdrantUnavailable`, `ThreadNotFound`, `EventsBehind` (what it can read of the ledger's events does not lead to its account yet).
   */
  async syncThread(thread: ThreadId): Promise<SyncResult> {
    const token = this.#session();
    if (typeof token !== 'string') return refused(token);
    const asked = await this.#link.ask({ kind: 'syncThread', token, thread }, 'synced');
    return asked.kind === 'answered' ? asked.answer : refused(asked.refusal);
  }

  /** Recorded messages most similar to `text`; `limit` 1 to 1,000 (default). */
  async search(
    text: string,
    filter: { readonly thread?: ThreadId; readonly author?: WalletId; readonly limit?: number } = {},
  ): Promise<SearchResult> {
    const { thread = null, author = null, limit = 1_000 } = filter;
    const there = await this.#searchThere({ text, thread, author, limit });
    const around = this.#around(there);
    if (around === null) return there;
    const found = await around.search(text, { thread, author, limit });
    if (!('code' in found)) this.#holdHits(found);
    return 'code' in found ? refused(found) : { kind: 'hits', hits: found, source: 'direct' };
  }

  /**
   * One round: learns every newer version, asks about unsettled writes, gives back what the backend lacks of texts it holds, and
   * carries out what it left queued there. Offline it does nothing, unless it can read around a backend that it has lost: then it
   * tries to come back, to that one or another.
   */
  async round(): Promise<void> {
    if (this.#link.backend !== null) {
      const { token } = this.#link;
      if (token !== null) await this.#queue.assure(token);
      await this.#catchUp();
      await this.#offers.offer();
      return this.#queue.drain(() => this.#catchUp());
    }
    if (this.#direct !== null) await this.#comeBack(this.#direct.clock);
  }

  newThreadId(): ThreadId {
    return threadId(Buffer.from(this.#random.bytes(32)).toString('hex'));
  }

  newIntentId(): IntentId {
    return intentId(Buffer.from(this.#random.bytes(16)).toString('hex'));
  }

  #changed(): void {
    this.#overlay = absorb(this.#overlay, (thread) => this.#views.version(thread));
    this.#snapshot = null;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Its user decides where it is from now on. */
  #wish(): number {
    if (this.#comingBack.lost !== null) {
      this.#comingBack.forget();
      this.#changed();
    }
    this.#wishes += 1;
    return this.#wishes;
  }

  #lose(backend: BackendId): void {
    if (this.#direct === null) return;
    this.#comingBack.lose(backend);
    this.#changed();
  }

  /** With the token kept for that backend, or a new one when its user had signed in. */
  async #comeBack(clock: Clock): Promise<void> {
    const reached = await this.#comingBack.attempt(
      clock,
      async (backend, isWanted) => (await this.#link.connect(backend, isWanted)) === null,
    );
    if (reached === null) return;
    this.#offers.connected();
    this.#changed();
    await this.#catchUp();
    if (this.#wantsSession && this.#link.backend === reached && this.#link.token === null) await this.signIn();
  }

  #session(): string | RequestRefusal {
    if (this.#link.backend === null) return disconnected;
    return this.#link.token ?? unauthenticated;
  }

  /** A session problem comes before a content problem, and only the backend knows the former for sure. */
  async #checkText(text: string, token: string): Promise<RequestRefusal | null> {
    const problem = checkText(text);
    if (problem === null) return null;
    const session = await this.#link.ask({ kind: 'session', token }, 'session');
    return session.kind === 'answered' ? { ...problem, authority: 'frontend' } : session.refusal;
  }

  async #write(write: WriteCommand, chosen?: IntentId): Promise<WriteResult> {
    const token = this.#session();
    if (typeof token !== 'string') return refused(token);
    const text = textOf(write);
    const problem = text === null ? null : await this.#checkText(text, token);
    if (problem !== null) return refused(problem);
    const action = this.#actionOf(write);
    if ('refusal' in action) return action;
    const intent = chosen ?? this.newIntentId();
    for (let attempt = 1; ; attempt += 1) {
      const each = preparedAs(intent, attempt);
      this.#overlay = begin(this.#overlay, { intent: each, action, text });
      this.#changed();
      let carried = await this.#carryOut(token, each, write, action);
      // Only before anything was signed: afterwards somebody else could still bring it.
      if (
        this.#queues &&
        attempt === 1 &&
        carried.kind === 'refused' &&
        isAway(carried.refusal.code) &&
        !this.#unsettled.has(each)
      )
        carried = await this.#queue.leave(token, { intent, write, action }, carried.refusal);
      const result = this.#conclude(each, carried);
      if (result.kind !== 'refused') this.#holdOwn(write, action);
      if (!isOvertaken(result) || attempt === MAX_PREPARATIONS) return result;
    }
  }

  #actionOf(write: WriteCommand): LedgerAction | Refused {
    try {
      return actionOf(write, this.wallet);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return refused({ code: 'InvalidRequest', authority: 'frontend', detail: error.message });
    }
  }

  async #carryOut(
    token: string,
    intent: IntentId,
    write: WriteCommand,
    action: LedgerAction,
    waiting: Waiting | null = null,
  ): Promise<WriteResult> {
    const of = waiting === null ? {} : { queued: waiting.intent };
    const request = { kind: 'prepareWrite', token, intent, write, ...of } as const;
    let asked = await this.#link.ask(request, 'prepared', 'written');
    if (asked.kind === 'unknown') asked = await this.#link.ask(request, 'prepared', 'written');
    // Nothing is signed yet, so nothing can land, whatever the backend has done about it.
    if (asked.kind !== 'answered') return refused(onceBegun(asked.refusal));
    if (asked.answer.kind === 'written') return asked.answer.result;
    if (waiting !== null && !isAskedBy(this.#wallet, waiting.backend, waiting)) {
      return refused({ code: 'ProofInvalid', authority: 'frontend', detail: 'expected a write that this wallet has asked for' });
    }
    const signed = this.#sign(asked.answer.prepared, action);
    if ('refusal' in signed) return signed;
    const { signature, lastValidBlockHeight } = signed;
    this.#unsettled.set(intent, { intent, thread: action.thread, signature, lastValidBlockHeight });
    const executed = await this.#link.ask({ kind: 'executeWrite', token, intent, signed }, 'written');
    if (executed.kind === 'answered') return executed.answer.result;
    return executed.kind === 'refused' ? refused(onceBegun(executed.refusal)) : { kind: 'unsettled' };
  }

  /** As any write, under intents of its own; what a backend took is no longer queued there. */
  async #carryOutQueued(token: string, waiting: Waiting, number: number): Promise<WriteResult> {
    const { write, action } = waiting;
    const first = attemptIntent(waiting.intent, number);
    for (let attempt = 1; ; attempt += 1) {
      const each = preparedAs(first, attempt);
      this.#attempts.set(each, { queued: waiting.intent, isAnew: attempt > 1 });
      const result = await this.#carryOut(token, each, write, action, attempt === 1 ? waiting : null);
      if (result.kind === 'unsettled') return result;
      this.#forgetAttempt(each);
      if (!isOvertaken(result) || attempt === MAX_PREPARATIONS) return result;
    }
  }

  /** What it brought in itself. */
  #holdOwn(write: WriteCommand, action: LedgerAction): void {
    const text = textOf(write);
    if (text === null || (action.kind !== 'postMessage' && action.kind !== 'submitSpec')) return;
    this.#offers.hold({ thread: action.thread, author: this.wallet, text }, action.hash);
  }

  #holdHits(hits: readonly Hit[]): void {
    for (const { hash, thread, author, text } of hits) if (text !== null) this.#offers.hold({ thread, author, text }, hash);
  }

  #forgetAttempt(intent: IntentId): void {
    this.#attempts.delete(intent);
    this.#unsettled.delete(intent);
  }

  /** What an earlier life of this client had left. */
  #showQueued({ intent, action, write }: Waiting): void {
    this.#holdOwn(write, action);
    if (this.#overlay.some((entry) => entry.intent === intent)) return;
    this.#overlay = mark(begin(this.#overlay, { intent, action, text: textOf(write) }), intent, { kind: 'unsettled' });
    this.#changed();
  }

  #endQueued(intent: IntentId, end: WriteEnd): void {
    for (const [attempt, { queued }] of this.#attempts) if (queued === intent) this.#forgetAttempt(attempt);
    this.#concludeLate(intent, end);
  }

  #sign(prepared: PreparedTransaction, action: LedgerAction): SignedTransaction | Refused {
    const signed = this.#wallet.signAction(prepared, action);
    if (signed.ok) return signed.value;
    const { code, authority, detail } = signed.failure;
    return refused({ code, authority, detail });
  }

  #conclude(intent: IntentId, result: WriteResult): WriteResult {
    switch (result.kind) {
      case 'unsettled': {
        // A catch-up through another backend may have learned the end while this answer was on its way.
        const known = this.#settled.find((each) => each.intent === intent);
        if (known !== undefined) return known.end;
        this.#overlay = mark(this.#overlay, intent, { kind: 'unsettled' });
        break;
      }
      case 'refused':
        this.#unsettled.delete(intent);
        this.#overlay = rollBack(this.#overlay, intent);
        break;
      case 'confirmed':
        this.#unsettled.delete(intent);
        this.#newestSlot = Math.max(this.#newestSlot, result.slot);
        this.#overlay = mark(this.#overlay, intent, { kind: 'confirmed', version: result.version });
    }
    this.#changed();
    return result;
  }

  /** Whoever asked for it was answered `unsettled`, or is of an earlier life: the end is shown. */
  #concludeLate(intent: IntentId, end: WriteEnd): void {
    this.#settled = [...this.#settled, { intent, end }].slice(-KEPT_ENDS);
    this.#conclude(intent, end);
  }

  /** Says hello until nothing newer comes. Asks about unsettled writes once, when there is a session to ask with. */
  async #catchUp(): Promise<void> {
    let unsettled = [...this.#unsettled.values()].slice(0, MAX_ASKED_WRITES);
    for (let part = 0; part < MAX_PARTS; part += 1) {
      const known = this.#views.known().slice(0, MAX_KNOWN_THREADS);
      const askedAtMs = this.#freshness?.nowMs() ?? 0;
      const waiting = part === 0 ? this.#queue.asked(this.#link.backend) : [];
      const asking = waiting.length === 0 ? {} : { queued: waiting };
      const { token } = this.#link;
      const asked = await this.#link.ask({ kind: 'hello', token, known, unsettled, ...asking }, 'welcome');
      if (asked.kind !== 'answered') return;
      const { backend, slices, more, signedIn, ends, ageMs, queued = [], wanted = [] } = asked.answer;
      let progress = false;
      let missing = more;
      for (const slice of slices) {
        const before = this.#views.messages(slice.thread);
        const taken = this.#views.take(slice);
        if (taken.kind === 'incomplete') missing = true;
        progress ||= taken.kind === 'complete' ? taken.adopted : taken.known > before;
      }
      for (const { intent, end } of ends) this.#settle(intent, end);
      if (queued.length > 0 && backend === this.#link.backend) this.#queue.take(backend, queued);
      if (signedIn && backend === this.#link.backend) this.#offers.take(backend, wanted);
      if (!missing && ageMs !== undefined) this.#freshness?.ofAll(askedAtMs - ageMs);
      if (progress) this.#changed();
      if (!missing || !progress) return;
      unsettled = [];
    }
  }

  #settle(intent: IntentId, end: WriteEnd): void {
    if (!this.#unsettled.has(intent)) {
      // What became of the first attempt is not the end of one that was prepared anew.
      const isAnew = [...this.#attempts.values()].some((each) => each.queued === intent && each.isAnew);
      if (!isAnew) this.#queue.told(intent, end);
      return;
    }
    const attempt = this.#attempts.get(intent);
    if (attempt !== undefined) {
      this.#settleAttempt(intent, attempt, end);
      return;
    }
    this.#concludeLate(intent, end);
  }

  /** That an attempt can never land says nothing of the queued write: it may wait where it was left, for another one. */
  #settleAttempt(intent: IntentId, { queued, isAnew }: Attempt, end: WriteEnd): void {
    this.#forgetAttempt(intent);
    if (end.kind === 'confirmed') this.#queue.ended(queued, end);
    else if (isAnew || end.refusal.code !== 'Expired') this.#queue.told(queued, end);
  }

  /** The way around the backend, when that is why it was refused. */
  #around(result: ReadResult | SearchResult): DirectReads | null {
    if (result.kind !== 'refused') return null;
    const { code } = result.refusal;
    const isGone = code === 'BackendUnavailable' || (code === 'Disconnected' && this.#comingBack.lost !== null);
    // Whoever left on purpose meanwhile is no longer told anything.
    return isGone && (this.#link.backend !== null || this.#comingBack.lost !== null) ? this.#direct : null;
  }

  async #searchThere(query: {
    readonly text: string;
    readonly thread: ThreadId | null;
    readonly author: WalletId | null;
    readonly limit: number;
  }): Promise<SearchResult> {
    const token = this.#session();
    if (typeof token !== 'string') return refused(token);
    const problem = await this.#checkText(query.text, token);
    if (problem !== null) return refused(problem);
    const asked = await this.#link.ask({ kind: 'search', token, ...query }, 'hits');
    if (asked.kind !== 'answered') return refused(asked.refusal);
    // The text is what the hash says, or it is not shown: not even a backend's word is taken for it.
    const genuine = asked.answer.hits.filter((hit) => hit.text === null || isGenuine({ ...hit, text: hit.text }));
    this.#holdHits(genuine);
    return { kind: 'hits', hits: genuine, source: 'backend' };
  }

  async #read(kind: 'readStrong' | 'readCached', thread: ThreadId): Promise<ReadResult> {
    const there = await this.#readThere(kind, thread);
    const around = this.#around(there);
    if (around === null) return there;
    const held = this.#views.get(thread);
    if (kind === 'readCached' && held !== undefined) {
      const ageMs = this.#freshness?.ageMs(thread) ?? 0;
      return { kind: 'view', view: held, asOf: held.version, ageMs, source: 'own' };
    }
    const askedAtMs = around.clock.nowMs();
    const read = await around.thread(thread, held, this.#newestSlot);
    if ('code' in read) return refused(read);
    this.#newestSlot = Math.max(this.#newestSlot, read.slot);
    this.#freshness?.ofThread(thread, askedAtMs);
    if (this.#views.adopt(read.view)) this.#changed();
    return { kind: 'view', view: read.view, asOf: read.view.version, ageMs: 0, source: 'direct' };
  }

  async #readThere(kind: 'readStrong' | 'readCached', thread: ThreadId): Promise<ReadResult> {
    for (let part = 0; part < MAX_PARTS; part += 1) {
      const token = this.#session();
      if (typeof token !== 'string') return refused(token);
      const messages = this.#views.messages(thread);
      const askedAtMs = this.#freshness?.nowMs() ?? 0;
      const asked = await this.#link.ask({ kind, token, thread, messages, minSlot: this.#newestSlot }, 'view');
      if (asked.kind !== 'answered') return refused(asked.refusal);
      const { slice, ageMs, slot } = asked.answer;
      if (kind === 'readStrong') this.#newestSlot = Math.max(this.#newestSlot, slot);
      const taken = this.#views.take(slice);
      if (taken.kind === 'incomplete') continue;
      this.#freshness?.ofThread(thread, askedAtMs - ageMs);
      if (taken.adopted) this.#changed();
      return { kind: 'view', view: taken.view, asOf: taken.view.version, ageMs, source: 'backend' };
    }
    const detail = `thread ${thread} grows faster than it can be fetched`;
    return refused({ code: 'AnswerTooLarge', authority: 'frontend', detail });
  }
}
