/**
 * Correct concurrent histories from a seed, to test and to time the oracles with: clients whose calls, effects and answers interleave
 * over the model's own ledger, backends and clients that fall behind and catch up, a store that follows, unknown ends, a heal.
 * It is no world: nothing of the implementation runs, and what it never does (faults inside a step) no oracle meets here.
 */
import type { ContentName, ContentOperation, Operation } from '#model/action.ts';
import { compareContents, contentOf, hashOf } from '#model/content.ts';
import type { Answer, Observation, ThreadObservation } from '#model/observation.ts';
import { genesis, isRecorded, type Rules, type SolanaState, type Thread } from '#model/solana/state.ts';
import { stepSolana } from '#model/solana/step.ts';
import { escrowed } from '#model/solana/tokens.ts';
import { type Dice, dice } from '#properties/program/fuzzing/random.ts';
import type { Answered, ContentsAnswer, History, Landing, Look, OperationRecord, Showing, StoreEvent } from './history.ts';
import { newestView, writeOf } from './thread-rules.ts';

export interface RandomHistory {
  readonly operations: number;
  readonly clients: number;
  readonly threads: number;
  /** Of a hundred writes, how many never hear their end (or hear it after healing, when the run heals). */
  readonly unknown: number;
  /** Backends, caches, store and a heal at the end; without, only operations and the ledger. */
  readonly observers: boolean;
  /** Different texts in use: few collide. */
  readonly texts: number;
  readonly rules: Rules;
  /** Virtual milliseconds a step. */
  readonly stepMs: number;
}

export const plainRules: Rules = { minimumStake: 10n, maxCoAuthors: 4, specLifetimeS: 604_800 };

export const fullHistory: RandomHistory = {
  operations: 60,
  clients: 4,
  threads: 3,
  unknown: 10,
  observers: true,
  texts: 8,
  rules: plainRules,
  stepMs: 40,
};

const startMs = 1_800_000_000_000;
const backends = ['backend#0', 'backend#1'] as const;
const balance = 1_000_000n;

export function randomHistory(seed: number, options: RandomHistory = fullHistory): History {
  const run = new Run(dice(seed), options);
  run.operate();
  return run.finish();
}

type Open = { -readonly [Key in keyof OperationRecord]: OperationRecord[Key] };

interface Task {
  readonly record: Open;
  answer: Answered['answer'] | null;
  ageMs: number | null;
}

/** Where an observer stands in the ledger's order, and what it shows. */
interface Follower {
  readonly name: string;
  reached: number;
  readonly shows: Map<string, number>;
  comparedAtMs: number;
}

const follower = (name: string): Follower => ({ name, reached: 0, shows: new Map(), comparedAtMs: startMs });

class Run {
  readonly #dice: Dice;
  readonly #options: RandomHistory;
  readonly #wallets: readonly string[];
  readonly #operations: Open[] = [];
  readonly #landings: Landing[] = [];
  readonly #showings: Showing[] = [];
  readonly #store: StoreEvent[] = [];
  readonly #looks: Look[] = [];
  readonly #threads = new Map<string, Thread>();
  readonly #views = new Map<string, ThreadObservation[]>();
  readonly #pending = new Map<string, ContentName>();
  readonly #caches = backends.map(follower);
  readonly #clients: readonly Follower[];
  readonly #metadata = follower('metadata');
  /** Own writes that clients still show. */
  readonly #own: Open[] = [];
  #ledger: SolanaState;
  #at = 0;

  constructor(random: Dice, options: RandomHistory) {
    this.#dice = random;
    this.#options = options;
    this.#wallets = Array.from({ length: options.clients }, (_, index) => `wallet#${index}`);
    this.#clients = this.#wallets.map(follower);
    this.#ledger = genesis(options.rules, new Map(this.#wallets.map((name) => [name, balance])));
  }

  get #nowMs(): number {
    return startMs + this.#at * this.#options.stepMs;
  }

  /** Each turn one client begins, takes effect or hears its answer; or an observer catches up. */
  operate(): void {
    const tasks: (Task | null)[] = this.#wallets.map(() => null);
    let left = this.#options.operations;
    let busy = 0;
    while (left > 0 || busy > 0) {
      this.#at += 1;
      if (this.#options.observers && this.#dice.percent(25)) this.#observe();
      const index = this.#dice.below(tasks.length);
      const task = tasks[index] ?? null;
      if (task === null) {
        if (left === 0) continue;
        left -= 1;
        busy += 1;
        tasks[index] = this.#begin(index);
      } else if (task.answer === null) this.#takeEffect(task);
      else {
        this.#end(task);
        tasks[index] = null;
        busy -= 1;
      }
    }
  }

  #begin(index: number): Task {
    const client = this.#wallets[index] ?? '';
    const record: Open = {
      id: this.#operations.length,
      client,
      backend: backends[index % backends.length] ?? null,
      operation: this.#choose(client),
      call: this.#at,
      calledAtMs: this.#nowMs,
      end: null,
      settled: null,
      sameTransactionAs: null,
      abandoned: false,
      canLandUntilMs: null,
    };
    this.#operations.push(record);
    const write = writeOf(record);
    if (write !== null && this.#options.observers) {
      record.canLandUntilMs = this.#nowMs + 60_000;
      this.#own.push(record);
      this.#show({ kind: 'own', at: this.#at, client, operation: record.id, mark: 'optimistic' });
      if ('text' in record.operation) this.#keep(contentOf('hash' in write.instruction ? write.instruction.hash : ''));
    }
    return { record, answer: null, ageMs: null };
  }

  #show(showing: Showing): void {
    this.#showings.push(showing);
  }

  #keep(content: ContentName): void {
    if (this.#isRecordedInStore(content)) return;
    this.#pending.set(hashOf(content), content);
    this.#store.push({ kind: 'acknowledged', at: this.#at, content, state: 'pending' });
  }

  #isRecordedInStore({ thread, author, text }: ContentName): boolean {
    const shown = this.#viewAt(thread, this.#metadata.shows.get(thread) ?? 0);
    return shown?.messages.some((each) => each.author === author && each.text === text) ?? false;
  }

  #choose(client: string): Operation | ContentOperation {
    const name = `thread#${this.#dice.below(this.#options.threads)}`;
    const thread = this.#threads.get(name);
    const roll = this.#dice.below(100);
    if (thread === undefined) return { kind: roll < 85 ? 'createThread' : 'readStrong', thread: name };
    if (roll < 8 && this.#options.observers)
      return { kind: 'readContent', thread: name, from: this.#dice.below(2), limit: 1 + this.#dice.below(4) };
    if (roll < 35) return { kind: 'readStrong', thread: name };
    if (roll < 45 && this.#options.observers) return { kind: 'readCached', thread: name };
    const text = `text ${this.#dice.below(this.#options.texts)}`;
    const isCoAuthor = thread.now.coAuthors.includes(client);
    if (roll < 65) {
      if (isCoAuthor || (roll >= 45 && roll < 47)) return { kind: 'post', thread: name, text };
      return { kind: 'submitSpec', thread: name, text, stake: roll < 50 ? 5n : BigInt(10 + this.#dice.below(90)) };
    }
    const open = thread.now.openSpecs;
    // Somebody who has no say seldom tries.
    if (!isCoAuthor && roll < 92 && !this.#dice.percent(15)) return { kind: 'readStrong', thread: name };
    if (roll < 95 && open.length > 0) {
      const content = contentOf(this.#dice.pick(open).hash);
      if (roll < 85) return { kind: 'vote', content, choice: this.#dice.percent(70) ? 'approve' : 'deny' };
      return { kind: 'settle', content };
    }
    if (roll < 97) return { kind: 'divest', thread: name };
    return roll < 99
      ? { kind: 'createThread', thread: name }
      : { kind: 'vote', content: { thread: name, author: client, text }, choice: 'deny' };
  }

  #takeEffect(task: Task): void {
    const { operation, backend } = task.record;
    const write = writeOf(task.record);
    if (write !== null) task.answer = this.#land(task.record, write);
    else if (operation.kind === 'readContent') this.#readContent(task, operation);
    else if (operation.kind === 'readStrong' || operation.kind === 'readCached') {
      const cache = this.#caches.find(({ name }) => name === backend);
      const cached = operation.kind === 'readCached' ? cache?.shows.get(operation.thread) : undefined;
      const view = this.#viewAt(operation.thread, cached ?? Number.POSITIVE_INFINITY);
      task.ageMs = cached === undefined ? 0 : this.#nowMs - (cache?.comparedAtMs ?? 0);
      task.answer = view === undefined ? { kind: 'refused', code: 'ThreadNotFound' } : { kind: 'view', view };
      if (cached === undefined && view !== undefined && cache !== undefined && this.#options.observers) this.#cache(cache, view);
    }
  }

  /** As of what its backend has cached, or else the newest. Now and then the content store is away, or has lost something. */
  #readContent(task: Task, { thread, from, limit }: ContentOperation): void {
    const cache = this.#caches.find(({ name }) => name === task.record.backend);
    const view = this.#viewAt(thread, cache?.shows.get(thread) ?? Number.POSITIVE_INFINITY);
    if (view === undefined) {
      task.answer = { kind: 'refused', code: 'ThreadNotFound' };
      return;
    }
    if (cache !== undefined) this.#cache(cache, view);
    const degraded = this.#dice.percent(30);
    const named = view.messages.map((content, sequence) => ({ sequence, content })).slice(from, from + limit);
    const parts = named.map((each) => ({ ...each, isHad: this.#dice.percent(70), isCached: degraded || this.#dice.percent(50) }));
    const texts = parts.filter(({ isHad }) => isHad);
    if (degraded && texts.length === 0) {
      task.answer = { kind: 'refused', code: 'QdrantUnavailable' };
      return;
    }
    const answer: ContentsAnswer = {
      kind: 'contents',
      thread,
      version: view.version,
      messageCount: view.messages.length,
      from,
      texts: texts.map(({ sequence, content, isCached }) => ({
        sequence,
        content,
        text: content.text,
        source: isCached ? 'cache' : 'qdrant',
      })),
      missing: parts
        .filter(({ isHad }) => !isHad)
        .map(({ sequence, content }) => ({ sequence, content, reason: degraded ? 'unreachable' : 'absent' })),
      next: null,
      degraded,
    };
    task.answer = answer;
    task.ageMs = texts.some(({ isCached }) => isCached) ? this.#options.stepMs : 0;
  }

  #viewAt(thread: string, version: number): ThreadObservation | undefined {
    const views = this.#views.get(thread) ?? [];
    return views[Math.min(version, views.length) - 1];
  }

  /** On the ledger, one thread at a time, so that many threads cost no more than few. */
  #land(record: Open, { signer, instruction }: NonNullable<ReturnType<typeof writeOf>>): Answer {
    const thread = this.#threads.get(instruction.thread);
    const here = new Map(thread === undefined ? [] : [[thread.id, { ...thread, history: [] }]]);
    const clockS = Math.floor(this.#nowMs / 1000);
    const { state, outcome } = stepSolana({ ...this.#ledger, threads: here }, { ...instruction, signer, nowS: clockS });
    const before = this.#ledger.wallets;
    const base = { at: this.#at, clockS, operation: record.id, signer, instruction };
    const last = this.#landings.at(-1)?.tokens.escrowed ?? 0n;
    const tokens = {
      wallets: [...state.wallets].filter(([name, held]) => before.get(name) !== held),
      treasury: state.treasury,
      escrowed: last + escrowed(state) - escrowed({ ...this.#ledger, threads: here }),
    };
    const next = state.threads.get(instruction.thread);
    const view = next === undefined ? null : newestView(next);
    if (outcome.kind !== 'ok' || next === undefined || view === null) {
      const code = outcome.kind === 'refused' ? outcome.code : '';
      this.#landings.push({ ...base, outcome: { kind: 'refused', code }, tokens });
      return { kind: 'refused', code };
    }
    this.#ledger = state;
    this.#threads.set(next.id, next);
    this.#views.set(next.id, [...(this.#views.get(next.id) ?? []), view]);
    this.#landings.push({ ...base, outcome: { kind: 'committed', view }, tokens });
    return { kind: 'confirmed', version: view.version };
  }

  #end({ record, answer, ageMs }: Task): void {
    const isUnknown = writeOf(record) !== null && this.#dice.percent(this.#options.unknown);
    if (answer === null || (isUnknown && !this.#options.observers)) return;
    const said: Answered['answer'] = isUnknown ? { kind: 'unsettled' } : answer;
    record.end = { at: this.#at, atMs: this.#nowMs, answer: said, ageMs };
    this.#mark(record, said);
    if (said.kind === 'unsettled') this.#unsettled.set(record, answer);
  }

  readonly #unsettled = new Map<Open, Answered['answer']>();

  #mark({ id, client }: Open, answer: Answered['answer']): void {
    const mark = answer.kind === 'unsettled' ? 'unsettled' : answer.kind === 'confirmed' ? 'confirmed' : 'gone';
    const index = this.#own.findIndex((each) => each.id === id);
    if (index < 0) return;
    if (mark === 'gone') this.#own.splice(index, 1);
    this.#show({ kind: 'own', at: this.#at, client, operation: id, mark });
  }

  #observe(): void {
    const { below, pick } = this.#dice;
    const turn = below(5);
    if (turn < 2) this.#ingest(pick(this.#caches));
    else if (turn < 4) this.#adopt(below(this.#clients.length));
    else this.#project();
  }

  #ingest(cache: Follower): void {
    cache.comparedAtMs = this.#nowMs;
    for (; cache.reached < this.#landings.length; cache.reached += 1) {
      const outcome = this.#landings[cache.reached]?.outcome;
      if (outcome?.kind === 'committed') this.#cache(cache, outcome.view);
    }
  }

  #cache(cache: Follower, view: ThreadObservation): void {
    if ((cache.shows.get(view.thread) ?? 0) >= view.version) return;
    cache.shows.set(view.thread, view.version);
    this.#show({ kind: 'cache', at: this.#at, backend: cache.name, view });
  }

  #adopt(index: number): void {
    const client = this.#clients[index];
    const cache = this.#caches[index % backends.length];
    if (client === undefined || cache === undefined) return;
    for (const [thread, version] of cache.shows) {
      const view = this.#viewAt(thread, version);
      if (view === undefined || (client.shows.get(thread) ?? 0) >= version) continue;
      client.shows.set(thread, version);
      this.#show({ kind: 'client', at: this.#at, client: client.name, view });
    }
    for (const record of this.#own.filter((each) => each.client === client.name)) {
      const answer = record.settled?.answer ?? record.end?.answer;
      const thread = writeOf(record)?.instruction.thread ?? '';
      if (answer?.kind !== 'confirmed' || (client.shows.get(thread) ?? 0) < answer.version) continue;
      this.#own.splice(this.#own.indexOf(record), 1);
      this.#show({ kind: 'own', at: this.#at, client: client.name, operation: record.id, mark: 'gone' });
    }
  }

  /** The content store follows what the first backend has cached. */
  #project(): void {
    for (const [thread, version] of this.#caches[0]?.shows ?? []) {
      const view = this.#viewAt(thread, version);
      const before = this.#metadata.shows.get(thread) ?? 0;
      if (view === undefined || before >= version) continue;
      this.#metadata.shows.set(thread, version);
      this.#show({ kind: 'metadata', at: this.#at, thread, version, coAuthors: view.coAuthors });
      for (const content of view.messages.slice(this.#viewAt(thread, before)?.messages.length ?? 0)) {
        this.#pending.delete(hashOf(content));
        this.#store.push({ kind: 'acknowledged', at: this.#at, content, state: 'recorded' });
      }
    }
  }

  finish(): History {
    this.#at += 1;
    const healed = { at: this.#at, withinSteps: 20 };
    if (this.#options.observers) this.#heal();
    const { rules } = this.#options;
    return {
      setup: { wallets: this.#wallets.map((name) => [name, balance] as const), rules, maxLagMs: 0 },
      operations: this.#operations,
      landings: this.#landings,
      showings: this.#showings,
      store: this.#store,
      looks: this.#looks,
      crashes: [],
      healed: this.#options.observers ? healed : null,
      ended: { at: this.#at, atMs: this.#nowMs, pending: [] },
    };
  }

  #heal(): void {
    this.#looks.push(this.#look());
    this.#at += 5;
    for (const [record, answer] of this.#unsettled) {
      if (answer.kind !== 'confirmed' && answer.kind !== 'refused') continue;
      record.settled = { at: this.#at, answer };
      this.#mark(record, answer);
    }
    this.#at += 1;
    this.#caches.forEach((cache) => {
      this.#ingest(cache);
    });
    this.#clients.forEach((_, index) => {
      this.#adopt(index);
    });
    this.#project();
    this.#discard();
    for (let look = 0; look < 3; look += 1) {
      this.#at += 5;
      this.#looks.push(this.#look());
    }
    this.#at += 10;
  }

  #discard(): void {
    const open = new Set([...this.#threads.values()].flatMap(({ now }) => now.openSpecs.map(({ hash }) => hash)));
    for (const [hash, content] of this.#pending) {
      const thread = this.#threads.get(content.thread);
      if (open.has(hash) || (thread !== undefined && isRecorded(thread, hash))) continue;
      this.#pending.delete(hash);
      this.#store.push({ kind: 'discarded', at: this.#at, content });
    }
  }

  #look(): Look {
    const shown = ({ shows }: Follower): readonly ThreadObservation[] =>
      [...shows].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([thread, version]) => this.#viewAt(thread, version) ?? []);
    const threads = shown({ ...this.#metadata, shows: new Map([...this.#threads.keys()].map((id) => [id, Number.MAX_VALUE])) });
    const stored = shown(this.#metadata);
    const observation: Observation = {
      ledger: {
        threads,
        wallets: [...this.#ledger.wallets].sort(([a], [b]) => (a < b ? -1 : 1)),
        treasury: this.#ledger.treasury,
        escrowed: this.#landings.at(-1)?.tokens.escrowed ?? 0n,
      },
      content: {
        threads: stored.map(({ thread, version, coAuthors }) => ({ thread, version, coAuthors })),
        recorded: stored.flatMap(({ messages }) => messages).sort(compareContents),
        pending: [...this.#pending.values()].sort(compareContents),
      },
      backends: this.#caches.map((each) => ({ backend: each.name, cache: shown(each), sessions: this.#wallets })),
      clients: this.#clients.map((each, index) => ({
        client: each.name,
        backend: backends[index % backends.length] ?? null,
        threads: shown(each),
        unsettled: 0,
      })),
    };
    return { at: this.#at, atMs: this.#nowMs, observation, mismatched: [], sequences: [] };
  }
}
