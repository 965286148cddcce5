/**
 * The Qdrant of one memory-tier world: the model's reducer with a vector beside each message, the link, and the emulator's faults
 * as far as they mean something to a whole port call. Decides what becomes of each effect; what a caller is told is the store's.
 *
 *   write -> link? -> armed fault? -> effect: now | never | queued (until a later write waits) | delayed (until delivered)
 *
 * Left out: partial batches (a port call writes one point, so `firstPoints` is all or nothing), consistency levels, payload indexes.
 */
import {
  emptyQdrant,
  type Metadata,
  type QdrantAction,
  type QdrantEffect,
  type QdrantState,
  type StoredContent,
  stepQdrant,
} from '#model/qdrant.ts';
import {
  type EmulatorFault,
  FaultPlan,
  type FiredFault,
  type WriteEffect,
  type WriteFault,
} from '../../qdrant/emulator-faults.ts';

export type ContentWrite = Extract<
  QdrantAction,
  { kind: 'putPending' | 'putRecorded' | 'markRecorded' | 'discardPending' | 'putThread' }
>;

/** A write on its way; `vector` with contents only. */
export interface WriteRequest {
  readonly action: ContentWrite;
  readonly vector: readonly number[] | null;
}

/** Everything a read may see, as of one moment. */
export interface ContentView {
  readonly state: QdrantState;
  /** By hash, scaled to unit length (or all zero). */
  readonly vectors: ReadonlyMap<string, readonly number[]>;
}

const recentWrites = 64;

export class MemoryContent {
  readonly plan = new FaultPlan();
  /** Whether the collections exist. */
  exists = false;
  #state: QdrantState = emptyQdrant;
  #vectors: ReadonlyMap<string, readonly number[]> = new Map();
  #frozen: ContentView | null = null;
  #linkUp = true;
  readonly #queued: WriteRequest[] = [];
  readonly #delayed: WriteRequest[] = [];
  /** The last writes that were applied, oldest first. */
  readonly #recent: WriteRequest[] = [];

  get isUp(): boolean {
    return this.#linkUp;
  }

  async setLink(link: 'up' | 'down'): Promise<void> {
    this.#linkUp = link === 'up';
  }

  arm(fault: EmulatorFault): void {
    this.plan.arm(fault);
  }

  armed(): number {
    return this.plan.armed;
  }

  disarm(): void {
    this.plan.disarm();
  }

  fired(): readonly FiredFault[] {
    return this.plan.fired;
  }

  /** What is really stored. */
  live(): ContentView {
    return { state: this.#state, vectors: this.#vectors };
  }

  /** What an ordinary read is shown: the frozen moment, if any. */
  seen(): ContentView {
    return this.#frozen ?? this.live();
  }

  freezeReads(): void {
    this.#frozen = this.live();
  }

  thawReads(): void {
    this.#frozen = null;
  }

  /** Applies the write as the fault says, or now; what it did, null when it was not applied by this call. */
  write(request: WriteRequest, fault: WriteFault | null): QdrantEffect | null {
    const before = this.#state;
    const effect = this.#perform(request, fault?.effect ?? { kind: 'now' });
    if (fault !== null) {
      const collection = request.action.kind === 'putThread' ? 'threads' : 'messages';
      this.plan.fired.push({ fault, collection, changed: this.#state !== before });
    }
    return effect;
  }

  /** Applies what is queued; how many writes that were. */
  applyPending(): number {
    const queued = this.#queued.splice(0);
    for (const request of queued) this.#apply(request);
    return queued.length;
  }

  /** Delivers every delayed write now, oldest first; how many that were. */
  deliverDelayed(): number {
    const delayed = this.#delayed.splice(0);
    for (const request of delayed) this.#perform(request, { kind: 'now' });
    return delayed.length;
  }

  /** The last writes that were applied, oldest first. */
  recent(): readonly WriteRequest[] {
    return this.#recent;
  }

  /** Delivers an applied write once more, as a network may. */
  redeliver(request: WriteRequest): void {
    this.#perform(request, { kind: 'now' });
  }

  /** Replaces a stored text behind everybody's back. False when there is no such message. */
  tamper(hash: string, text: string): boolean {
    return this.#step({ kind: 'alterText', hash, text }) === 'altered';
  }

  /** Puts a recorded message at another sequence behind everybody's back. False when there is none. */
  misorder(hash: string): boolean {
    const stored = this.#state.messages.get(hash);
    if (stored?.state !== 'recorded') return false;
    return this.#step({ kind: 'markRecorded', hash, sequence: stored.sequence + 1 }) === 'recorded';
  }

  /** Replaces stored metadata behind everybody's back, without asking its version. */
  tamperThread(metadata: Metadata): void {
    this.#step({ kind: 'loseThread', thread: metadata.thread });
    this.#step({ kind: 'putThread', metadata });
  }

  /** Removes a stored message, or a thread's metadata, behind everybody's back. */
  lose(what: { readonly hash: string } | { readonly thread: string }): boolean {
    const action: QdrantAction =
      'hash' in what ? { kind: 'loseMessage', hash: what.hash } : { kind: 'loseThread', thread: what.thread };
    return this.#step(action) === 'lost';
  }

  #perform(request: WriteRequest, effect: WriteEffect): QdrantEffect | null {
    switch (effect.kind) {
      case 'now':
        this.applyPending();
        return this.#apply(request);
      case 'firstPoints':
        return effect.count > 0 ? this.#perform(request, { kind: 'now' }) : null;
      case 'never':
        return null;
      case 'queued':
        this.#queued.push(request);
        return null;
      case 'delayed':
        this.#delayed.push(request);
        return null;
    }
  }

  #apply(request: WriteRequest): QdrantEffect {
    const { action, vector } = request;
    this.#recent.push(request);
    if (this.#recent.length > recentWrites) this.#recent.shift();
    if (action.kind === 'putThread') return this.#putThread(action);
    const effect = this.#step(action);
    // An existing point is left as it is by putPending, and written whole by putRecorded.
    if (vector !== null && 'content' in action && (action.kind === 'putRecorded' || effect === 'stored'))
      this.#keepVector(action, vector);
    return effect;
  }

  /** The reducer knows no metadata that was altered behind its version; the port says that such a version is mended. */
  #putThread(action: Extract<ContentWrite, { kind: 'putThread' }>): QdrantEffect {
    const stored = this.#state.threads.get(action.metadata.thread);
    const isAltered = stored?.version === action.metadata.version && !isSame(stored, action.metadata);
    if (isAltered) this.#step({ kind: 'loseThread', thread: action.metadata.thread });
    return this.#step(action);
  }

  #keepVector({ content }: Extract<ContentWrite, { kind: 'putPending' | 'putRecorded' }>, vector: readonly number[]): void {
    this.#vectors = new Map(this.#vectors).set(content.hash, unit(vector));
  }

  #step(action: QdrantAction): QdrantEffect {
    const { state, outcome } = stepQdrant(this.#state, action);
    this.#state = state;
    // This reducer has no refusals, so that its outcome is always a value.
    if (outcome.kind !== 'ok') throw new Error(`the content authority refused ${action.kind}, which it never does`);
    return outcome.value;
  }
}

const isSame = (a: Metadata, b: Metadata): boolean =>
  a.messageCount === b.messageCount &&
  a.coAuthors.length === b.coAuthors.length &&
  a.coAuthors.every((each, i) => each === b.coAuthors[i]);

function unit(vector: readonly number[]): readonly number[] {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return length === 0 ? vector : vector.map((x) => x / length);
}

/** Cosine similarity of unit vectors, -1 to 1; 0 with an all-zero one. */
export function similarity(view: ContentView, message: StoredContent, query: readonly number[]): number {
  const stored = view.vectors.get(message.hash) ?? [];
  const product = unit(query).reduce((sum, x, i) => sum + x * (stored[i] ?? 0), 0);
  return Math.min(1, Math.max(-1, product));
}
