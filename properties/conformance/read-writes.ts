/**
 * A run as the writes in it saw it: for each write that a backend was asked for, what happened about it there, on the ledger and in its
 * content's place, in order. Reads what the implementation did from its ports alone: rows it made durable, calls and their answers.
 *
 * Beside what happens it tells what is so: `ready ...` that somebody has begun a call and waits for its turn, `signed` and `late` how far
 * the bytes are. Such an observation is no step of the design; it only says in which of its states the design cannot be.
 */

import { CONFIRMED_AFTER_SLOTS, timeOfSlot } from '#simulations/solana/slots.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import { genesisMs } from '#simulations/world/system.ts';
import { attemptIn, isGivenUp, type Json, type Observed, outboxRows, type Row } from './rows.ts';

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
  /** A blockhash that has passed: no block takes its bytes any more, and every node that does not lag says so. */
  isLate: boolean;
  /** The wallet has signed it, as far as this backend's client goes. */
  isSigned: boolean;
  /** Requests to prepare it that are not answered, oldest first: those that came twice, and those whose row was written. */
  readonly prepares: (Arrived & { isKept: boolean })[];
  /** Requests to execute it that are not answered, oldest first. */
  readonly executes: Arrived[];
  /** Answers that nobody has been given yet, and which are observed already. */
  toldBefore: number;
  /** Submitted since the newest request to execute it. */
  isSent: boolean;
  /** In a block, as far as this backend's submissions and the forks say. */
  isIn: boolean;
  /** The round in which it was taken up from the outbox last. */
  takenUpIn: string | null;
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

/** A request that has reached its backend. */
interface Arrived {
  readonly frame: string;
  /** How often it has come. */
  readonly number: unknown;
  /** It had come before, at once or long ago. */
  readonly isDoubled: boolean;
}

/** Takes out the one that is answered. */
function answered(waiting: Arrived[], [frame, number]: readonly unknown[]): Arrived | undefined {
  const at = waiting.findIndex((each) => each.frame === frame && each.number === number);
  return waiting.splice(Math.max(0, at), 1)[0];
}

const contentKinds: ReadonlySet<string> = new Set(['post', 'postMessage', 'submitSpec']);

/** What is observed of a call on the ledger about the write, begun or over. */
export const asksLedger = /^(ready )?(submit|look|height|resumed)/;

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
  /** By backend and intent: writes that waited, and were given up. */
  readonly #givenUp = new Set<string>();
  /** What confirmed transactions came to, by signature. */
  readonly #confirmed = new Map<string, 'landed' | 'refused'>();
  /** By node and task: writes that were looked for and not seen, before the ledger was asked how high it is. */
  readonly #unseen = new Map<string, Set<Open>>();
  /** Backends that ask the ledger nothing for now. */
  readonly #heldBack = new Set<string>();
  /** Faults that struck calls which are not over, by node, task and label: kind and position of the last one. */
  readonly #struck = new Map<string, { readonly kind: string; readonly position: string }>();
  /** Rounds begun so far, by node and task. */
  readonly #rounds = new Map<string, number>();
  /** The request that arrived last, and at which step. */
  #arrived = { frame: '', step: -1 };
  /** The step at which one arrives once more, long after. */
  #repeatedAt = -1;

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
      lastValid: Number.POSITIVE_INFINITY,
      isLate: false,
      isSigned: false,
      prepares: [],
      executes: [],
      toldBefore: 0,
      isSent: false,
      isIn: false,
      takenUpIn: null,
      isPassed: false,
      hash: null,
      task: null,
      signedFor: null,
      wasHeldBack: false,
      cutShort: this.#isOfGivenUp(backend, intent),
    };
    this.#writes.set(key, open);
    return open;
  }

  #isOfGivenUp(backend: string, intent: string): boolean {
    const attempt = attemptIn(intent);
    return attempt !== null && this.#givenUp.has(`${backend} ${attempt.queued}`);
  }

  /** The design of a write does not know giving up, which that of waiting writes judges: of its attempts nothing more is read. */
  #giveUp(backend: string, intent: string): void {
    this.#givenUp.add(`${backend} ${intent}`);
    for (const write of this.#at(backend, [...this.#writes.values()]))
      write.cutShort ||= this.#isOfGivenUp(backend, write.intent);
  }

  #at(backend: string, writes: readonly Open[]): readonly Open[] {
    return writes.filter((write) => write.backend === backend);
  }

  #see(writes: Iterable<Open>, what: string, { step }: Effect): void {
    for (const write of writes) if (!write.cutShort) write.observed.push({ what, step });
  }

  /** Of all that happen at the moment when it is too late for their bytes. */
  #pass(effect: Effect): void {
    for (const write of this.#writes.values()) {
      if (write.isLate || effect.atMs < lateMs(write.lastValid)) continue;
      write.isLate = true;
      this.#see([write], 'late', effect);
    }
  }

  /** The fault that has struck a call that is now over. */
  #strikeOf({ node, task, label }: Effect): { readonly kind: string; readonly position: string } | null {
    const key = `${node} ${task} ${label}`;
    const struck = this.#struck.get(key) ?? null;
    this.#struck.delete(key);
    return struck;
  }

  #take(effect: Effect, effects: readonly Effect[], at: number): void {
    const { node, label, inputs, told, task } = effect;
    this.#pass(effect);
    switch (label) {
      case 'channel.taken':
        this.#arrive(effect, inputs[0] as string, inputs[1]);
        return;
      case 'channel.again':
        this.#repeatedAt = effect.step;
        return;
      case 'wallet.signed':
        this.#signed(effect);
        return;
      case 'fault.struck': {
        const [struck, kind, position] = inputs as readonly [string, string, string];
        this.#struck.set(`${node} ${task} ${struck}`, { kind, position });
        return;
      }
      case 'node.round':
        this.#rounds.set(`${node} ${task}`, 1 + (this.#rounds.get(`${node} ${task}`) ?? 0));
        return;
      case 'ledger.submit begun': {
        const { signature } = inputs[0] as { readonly signature: string };
        const writes = this.#mine(effect, signature);
        for (const write of writes) this.#giveWay(effect, write, 2);
        this.#see(writes, 'ready submit', effect);
        return;
      }
      case 'ledger.transactionStatus begun':
        this.#begins(effect);
        return;
      case 'ledger.events begun':
        this.#leaveOthers(effect, null);
        return;
      case 'channel.answer':
        this.#answer(effect, JSON.parse(inputs[0] as string) as Json, JSON.parse(told as string) as Json);
        return;
      case 'store.write':
        for (const row of outboxRows(effect)) {
          if (isGivenUp(row)) this.#giveUp(node, row.intent);
          else this.#row(effect, row);
        }
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
        for (const write of this.#at(node, [...this.#writes.values()])) {
          write.prepares.length = 0;
          write.executes.length = 0;
          write.toldBefore = 0;
          write.signedFor = null;
          write.takenUpIn = null;
          write.isPassed = false;
          this.#see([write], 'crash', effect);
        }
        return;
      case 'node.restart':
        this.#see(this.#at(node, [...this.#writes.values()]), 'restart', effect);
        return;
      case 'chain.fork':
        for (const signature of inputs[0] as readonly string[]) {
          const writes = this.#bySignature.get(signature) ?? [];
          this.#see(writes, 'fork', effect);
          for (const write of writes) write.isIn = false;
          this.#see(
            writes.filter(({ isLate }) => isLate),
            'late',
            effect,
          );
        }
        return;
      case 'chain.confirmed':
        this.#confirm(effect, inputs[0] as string, told === null ? 'landed' : 'refused');
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
      const asked = open.prepares.find(({ isKept }) => !isKept);
      if (asked !== undefined) asked.isKept = true;
      const isRepeated = open.task !== null && asked?.isDoubled === true;
      open.task = effect.task;
      this.#see([open], isRepeated ? 'keep doubled' : 'keep', effect);
      return;
    }
    open.task = null;
    if (row.state === 'ended') {
      this.#see([open], `end ${row.end?.kind}`, effect);
      return;
    }
    const signature = row.signed?.signature ?? '';
    this.#mayBecomeLate(open, row.signed?.lastValidBlockHeight ?? Number.POSITIVE_INFINITY);
    const same = this.#bySignature.get(signature) ?? [];
    if (!same.includes(open)) this.#bySignature.set(signature, [...same, open]);
    open.signedFor = effect.task;
    open.isSent = false;
    open.wasHeldBack = this.#heldBack.has(effect.node);
    this.#see([open], 'sign', effect);
    // The very same transaction was sent for another write, and is over.
    const end = same.includes(open) ? undefined : this.#confirmed.get(signature);
    if (end !== undefined) this.#see([open], `confirm ${end}`, effect);
  }

  #confirm(effect: Effect, signature: string, end: 'landed' | 'refused'): void {
    this.#confirmed.set(signature, end);
    this.#see(this.#bySignature.get(signature) ?? [], `confirm ${end}`, effect);
  }

  /** Until when its bytes can land is known now; and whether that is over already. */
  #mayBecomeLate(write: Open, lastValid: number): void {
    if (write.lastValid === lastValid) return;
    write.lastValid = lastValid;
    write.isLate = false;
  }

  /** A request has reached its backend: one that comes once more, at once or later, was doubled on its way. */
  #arrive(effect: Effect, frame: string, number: unknown): void {
    const isAtOnce = this.#arrived.frame === frame && this.#arrived.step === effect.step;
    const isDoubled = isAtOnce || this.#repeatedAt === effect.step;
    this.#arrived = { frame, step: effect.step };
    const { kind, intent } = JSON.parse(frame) as { readonly kind: string; readonly intent?: string };
    const open = this.#writes.get(`${effect.node} ${intent}`);
    if (kind === 'prepareWrite') (open ?? this.#asked(effect, frame)).prepares.push({ frame, number, isDoubled, isKept: false });
    if (kind !== 'executeWrite' || open === undefined) return;
    open.executes.push({ frame, number, isDoubled });
    open.isSent = false;
  }

  #asked(effect: Effect, frame: string): Open {
    const { intent, write } = JSON.parse(frame) as { readonly intent: string; readonly write?: { readonly kind: string } };
    return this.#open(effect.node, intent, contentKinds.has(write?.kind ?? '') ? 'content' : 'ownership');
  }

  /** By the wallet; of a queued write the newest attempt. */
  #signed(effect: Effect): void {
    const [intent, , lastValid] = effect.inputs as readonly [string, string, number];
    const open = this.#at(effect.node, [...this.#writes.values()]).filter(
      (write) => (write.intent === intent || write.intent.startsWith(`${intent}.q`)) && !write.isSigned,
    );
    const [only] = open;
    if (only === undefined || open.length > 1) return;
    only.isSigned = true;
    this.#see([only], 'signed', effect);
    this.#mayBecomeLate(only, lastValid);
  }

  /** Somebody is about to look for a transaction. */
  #begins(effect: Effect): void {
    const { node, task } = effect;
    const [write] = this.#mine(effect, effect.inputs[0] as string);
    this.#leaveOthers(effect, write ?? null);
    if (write === undefined) return;
    const round = `${node} ${task} ${this.#rounds.get(`${node} ${task}`) ?? 0}`;
    const isTakenUp = task.startsWith(`${node} `) && write.takenUpIn !== round;
    if (task.startsWith(`${node} `)) write.takenUpIn = round;
    if (isTakenUp) this.#giveWay(effect, write, 1);
    this.#see([write], isTakenUp ? 'ready resumed' : 'ready look', effect);
  }

  /**
   * Somebody else works on it: a second request that is the same, or a round. So whoever was at it before has left it, and the answer to
   * that is on its way. @param least so many requests are not answered then
   */
  #giveWay(effect: Effect, write: Open, least: 1 | 2): void {
    const last = write.observed.findLast(({ what }) => /^(submit|look|height)/.test(what))?.what ?? '';
    if (write.executes.length - write.toldBefore < least || !/^(submit|look processed)/.test(last)) return;
    this.#see([write], 'answer unsettled', effect);
    write.toldBefore += 1;
  }

  /** Who goes on to something else in a round has left what it was at, where that has not ended. */
  #leaveOthers({ node, task, step }: Effect, except: Open | null): void {
    const round = `${node} ${task} ${this.#rounds.get(`${node} ${task}`) ?? 0}`;
    for (const write of this.#writes.values()) {
      if (write === except || write.takenUpIn !== round || write.cutShort) continue;
      const last = write.observed.findLast(({ what }) => asksLedger.test(what))?.what ?? '';
      const isOver = write.observed.some(({ what }) => what.startsWith('end '));
      if (!isOver && /^(submit|look processed)/.test(last)) write.observed.push({ what: 'left', step });
    }
  }

  #answer(effect: Effect, request: Json, answer: Json): void {
    const { kind } = request;
    if (kind !== 'prepareWrite' && kind !== 'executeWrite') return;
    const intent = request['intent'] as string;
    const carries = contentKinds.has((request['write'] as { kind: string } | undefined)?.kind ?? '');
    const open = this.#open(effect.node, intent, carries ? 'content' : 'ownership');
    // Of two that are the same nobody waits for the second one's answer.
    const waiting: Arrived[] = kind === 'prepareWrite' ? open.prepares : open.executes;
    const isDoubled = answered(waiting, effect.inputs)?.isDoubled === true;
    if (kind === 'prepareWrite' && isDoubled) return;
    if (kind === 'executeWrite' && open.executes.length === 0) open.signedFor = null;
    if (answer['kind'] === 'prepared') {
      if (open.kind === 'ownership') this.#see([open], 'answer prepared', effect);
      return;
    }
    const end = answer['kind'] === 'written' ? (answer['result'] as { kind: string }).kind : 'refused';
    if (end === 'unsettled' && open.toldBefore > 0) {
      open.toldBefore -= 1;
      return;
    }
    // It may have tried to send, and been held back.
    if (end === 'unsettled' && open.wasHeldBack) open.cutShort = true;
    // Refused once more, it is no other refusal.
    if (isDoubled && end === 'refused') return;
    this.#see([open], `answer ${end}${kind === 'prepareWrite' ? ' to prepare' : ''}`, effect);
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
    const struck = this.#strikeOf(effect);
    const outcome = (effect.told ?? effect.real) as { kind: string; failure?: { kind: string } } | null;
    if (outcome === null || outcome instanceof Promise) return;
    const isIn = noted?.real === true;
    for (const write of writes) {
      const isFirst = !write.isSent && !effect.task.startsWith(`${effect.node} `);
      write.isSent = true;
      write.isIn ||= isIn;
      this.#see([write], `submit ${saidOf(write, outcome, { isIn, isFirst, struck })}`, effect);
    }
  }

  #look(effect: Effect): void {
    const writes = this.#mine(effect, effect.inputs[0] as string);
    const told = effect.told as Told | null;
    if (told === null) return;
    const struck = this.#strikeOf(effect);
    const seen = seenIn(told);
    const isOwn = effect.task.startsWith(`${effect.node} `);
    for (const write of writes) {
      const isOlder = struck?.kind === 'S7-lagging' && write.isPassed && write.isIn;
      this.#see([write], `look ${seen !== 'failed' ? seen : isOwn ? 'failed, left' : isOlder ? 'older' : seen}`, effect);
    }
    const key = `${effect.node} ${effect.task}`;
    const [first] = writes;
    // After the last look nobody asks how high the ledger is on its behalf.
    if (first === undefined) return;
    const unseen = this.#unseen.get(key) ?? new Set();
    this.#unseen.set(key, unseen);
    if (seen === 'notSeen' && !first.isPassed) unseen.add(first);
    else unseen.delete(first);
    first.isPassed = false;
  }

  #height(effect: Effect): void {
    const key = `${effect.node} ${effect.task}`;
    const [open, ...others] = this.#unseen.get(key) ?? [];
    const told = effect.told as { ok: boolean; value?: { value: number } } | null;
    this.#unseen.delete(key);
    if (open === undefined) return;
    // Several at once on behalf of one task: nobody can say for which of them this was asked.
    if (others.length > 0) for (const write of [open, ...others]) write.cutShort = true;
    if (told === null) return;
    this.#strikeOf(effect);
    const outcome = !told.ok ? 'failed' : (told.value?.value ?? 0) > open.lastValid ? 'over' : open.isLate ? 'older' : 'within';
    open.isPassed = outcome === 'over';
    const isOwn = effect.task.startsWith(`${effect.node} `);
    this.#see([open], `height ${outcome === 'failed' && isOwn ? 'failed, left' : outcome}`, effect);
  }

  #store(effect: Effect): void {
    const { hash } = effect.inputs[0] as { hash: string };
    const told = effect.told as { kind: string } | null;
    if (told === null) return;
    const stored = this.#at(effect.node, this.#byHash.get(hash) ?? []).filter(({ task }) => task === effect.task);
    const isAcknowledged = this.#strikeOf(effect)?.kind === 'Q1-acknowledged' && told.kind === 'applied';
    this.#see(stored, `store ${isAcknowledged ? 'acknowledged' : told.kind}`, effect);
  }
}

/** When no node that does not lag says any more that a block could take the bytes. */
const lateMs = (lastValid: number): number => timeOfSlot(lastValid + 1 + CONFIRMED_AFTER_SLOTS, genesisMs);

/** What a node said to bytes, and whether they are in a block. */
function saidOf(
  { isLate }: Open,
  { kind, failure }: { readonly kind: string; readonly failure?: { readonly kind: string } },
  how: {
    readonly isIn: boolean;
    readonly isFirst: boolean;
    readonly struck: { readonly kind: string; readonly position: string } | null;
  },
): string {
  const place = how.isIn ? 'in' : 'out';
  if (kind === 'notApplied') return failure?.kind === 'invalid' && how.isFirst ? 'notApplied for good' : 'notApplied';
  if (kind === 'unknown') {
    const position = how.struck?.kind === 'S3-answerLost' ? how.struck.position : how.isIn ? 'after' : 'before';
    return `unknown ${place} ${position}`;
  }
  // What a node took and put nowhere was dropped, unless no block could take it any more, as far as is confirmed.
  const isDropped = how.struck?.kind === 'S1-dropped' || (!how.isIn && !isLate);
  return `taken ${place}${isDropped ? ' dropped' : ''}`;
}

export const readWrites = (effects: readonly Effect[]): readonly WriteTrace[] => new Reader().read(effects);
