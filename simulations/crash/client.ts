/**
 * One client of backends that die: a real frontend that goes to another backend when its own is gone, writes and reads what makes
 * sense by what it is shown (and now and then what does not), and notes everything it is told.
 */
import type { ThreadView, WriteCommand, WriteResult } from '#impl/core/protocol.ts';
import { Frontend } from '#impl/frontend/frontend.ts';
import type { Dialer } from '#impl/ports/channel.ts';
import type { Clock } from '#impl/ports/clock.ts';
import type { BackendId, IntentId, ThreadId } from '#impl/ports/ids.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import type { SeededRandom } from '../engine/seeded-random.ts';
import { seededBytes } from '../world/seeded-bytes.ts';
import type { CrashRecord } from './record.ts';

export interface CrashClientOptions {
  readonly name: string;
  readonly wallet: Wallet;
  readonly backends: readonly BackendId[];
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly record: CrashRecord;
}

const stake = 1_000n;
/** Of its own; more would make every thread small. */
const mostThreads = 2;
/** Between two looks for a backend, milliseconds. */
const lookEveryMs = 60;
const mostIdleMs = 120;

export class CrashClient {
  readonly frontend: Frontend;
  readonly name: string;
  readonly #options: CrashClientOptions;
  readonly #shown = new Map<ThreadId, ThreadView>();
  readonly #sessions = new Set<BackendId>();
  #texts = 0;

  constructor(options: CrashClientOptions) {
    this.#options = options;
    this.name = options.name;
    // Names of its own: two clients that draw alike must not make up the same threads.
    this.frontend = new Frontend({ wallet: options.wallet, dialer: options.dialer, random: seededBytes(options.wallet.id) });
    this.frontend.subscribe(() => this.#look());
  }

  /** Acts until told to stop; ends with nothing of its own under way. */
  async act(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      if (!(await this.#present())) {
        await clock.sleep(lookEveryMs);
        continue;
      }
      if (this.frontend.getSnapshot().unsettled.length > 0) await this.frontend.round();
      // Its backend may have gone meanwhile, and a write refused as offline tries nothing.
      if (this.frontend.getSnapshot().backend === null) continue;
      await Promise.all([this.#write(this.#choose()), random.fraction() < 0.5 ? this.#read() : null]);
      await clock.sleep(random.below(mostIdleMs));
      if (random.fraction() < 0.04) this.frontend.disconnect();
    }
  }

  /** Asks until it knows the end of everything it began and sees what its backend has. False when that takes longer. */
  async settle(withinMs: number): Promise<boolean> {
    const { clock } = this.#options;
    const deadlineMs = clock.nowMs() + withinMs;
    for (;;) {
      if (await this.#present()) {
        await this.frontend.round();
        if (this.frontend.getSnapshot().unsettled.length === 0) return true;
      }
      if (clock.nowMs() >= deadlineMs) return false;
      await clock.sleep(lookEveryMs * 5);
    }
  }

  /** What it shows. */
  views(): readonly ThreadView[] {
    return [...this.#shown.values()];
  }

  /** Whether it is connected and signed in now, having tried once. */
  async #present(): Promise<boolean> {
    const { backends, random, record } = this.#options;
    if (this.frontend.getSnapshot().backend === null) {
      const backend = backends[random.below(backends.length)];
      if (backend === undefined || (await this.frontend.connect(backend)).kind !== 'done') return false;
      record.connects += 1;
    }
    const { backend, signedIn } = this.frontend.getSnapshot();
    if (backend === null) return false;
    if (signedIn) return true;
    if ((await this.frontend.signIn()).kind !== 'done') return false;
    record.signIns += 1;
    this.#sessions.add(backend);
    return true;
  }

  async #write(command: WriteCommand): Promise<void> {
    const { record, wallet, name } = this.#options;
    const intent = this.frontend.newIntentId();
    const { backend } = this.frontend.getSnapshot();
    record.begin({ client: name, wallet: wallet.id, intent, command }, backend);
    const result = await this.#carryOut(command, intent);
    record.answer(intent, result.kind, result.kind === 'unsettled' ? null : result, backend);
  }

  #carryOut(command: WriteCommand, intent: IntentId): Promise<WriteResult> {
    switch (command.kind) {
      case 'createThread':
        return this.frontend.createThread(command.thread, intent);
      case 'post':
        return this.frontend.post(command.thread, command.text, intent);
      case 'submitSpec':
        return this.frontend.submitSpec(command.thread, command.text, command.stake, intent);
      case 'vote':
        return this.frontend.vote(command, command.choice, intent);
      case 'settle':
        return this.frontend.settle(command, intent);
      case 'divest':
        return this.frontend.divest(command.thread, intent);
    }
  }

  #choose(): WriteCommand {
    const { random, wallet } = this.#options;
    const me = wallet.id;
    const views = this.views();
    const own = views.filter(({ coAuthors }) => coAuthors.includes(me));
    const any = <T>(list: readonly T[]): T | undefined => list[random.below(Math.max(1, list.length))];
    const view = any(views);
    const mine = any(own);
    if (view === undefined || (own.length < mostThreads && random.fraction() < 0.3))
      return { kind: 'createThread', thread: this.frontend.newThreadId() };
    const specs = views.flatMap(({ thread, coAuthors, specs }) => specs.map((spec) => ({ thread, coAuthors, spec })));
    const decided = any(
      specs.filter(({ coAuthors, spec }) =>
        spec.voters.every((each) => !coAuthors.includes(each) || [...spec.approvals, ...spec.denials].includes(each)),
      ),
    );
    const awaited = any(
      specs.filter(
        ({ coAuthors, spec: { voters, approvals, denials } }) =>
          voters.includes(me) && coAuthors.includes(me) && ![...approvals, ...denials].includes(me),
      ),
    );
    const roll = random.fraction();
    if (roll < 0.15 && decided !== undefined)
      return { kind: 'settle', thread: decided.thread, hash: decided.spec.hash, author: decided.spec.author };
    if (roll < 0.35 && awaited !== undefined) {
      const choice = random.fraction() < 0.7 ? 'approve' : 'deny';
      return { kind: 'vote', thread: awaited.thread, hash: awaited.spec.hash, author: awaited.spec.author, choice };
    }
    const foreign = any(views.filter(({ coAuthors }) => !coAuthors.includes(me)));
    if (roll < 0.5 && foreign !== undefined) return { kind: 'submitSpec', thread: foreign.thread, text: this.#text(), stake };
    if (roll < 0.52 && mine !== undefined && mine.coAuthors.length > 1) return { kind: 'divest', thread: mine.thread };
    // Seldom where it may not: a refusal must leave nothing behind.
    if (roll < 0.56 && foreign !== undefined) return { kind: 'post', thread: foreign.thread, text: this.#text() };
    return { kind: 'post', thread: (mine ?? view).thread, text: this.#text() };
  }

  /** No two alike, and some long enough to take several packets. */
  #text(): string {
    const { random, name } = this.#options;
    this.#texts += 1;
    return `${name} says ${this.#texts}: ${'blah '.repeat(random.fraction() < 0.05 ? random.below(20_000) : random.below(20))}`;
  }

  async #read(): Promise<void> {
    const { random, record } = this.#options;
    const view = this.views()[random.below(Math.max(1, this.#shown.size))];
    if (view === undefined) return;
    const roll = random.fraction();
    const kind = roll < 0.4 ? 'strong' : roll < 0.8 ? 'cached' : 'search';
    const floor = record.newestConfirmed(view.thread);
    const result = await (kind === 'strong'
      ? this.frontend.readStrong(view.thread)
      : kind === 'cached'
        ? this.frontend.readCached(view.thread)
        : this.frontend.search(`${this.name} says`, { limit: 10 }));
    record.reads[result.kind === 'refused' ? 'refused' : kind] += 1;
    if (result.kind !== 'view') return;
    record.shown(this.name, result.view);
    if (kind === 'strong' && result.view.version < floor)
      record.sight(
        'strong read',
        `${this.name} read ${view.thread} strongly at version ${result.view.version}, after version ${floor} was confirmed`,
      );
  }

  /** Everything shown, after every change. */
  #look(): void {
    const { record, name } = this.#options;
    const { threads, settled, backend, signedIn } = this.frontend.getSnapshot();
    for (const { intent, end } of settled) record.end(intent, end);
    if (backend !== null && !signedIn && this.#sessions.has(backend)) {
      this.#sessions.delete(backend);
      record.sight('session', `${backend} does not know the session it gave ${name}`);
    }
    const now = new Map(threads.flatMap(({ confirmed }) => (confirmed === null ? [] : [[confirmed.thread, confirmed]])));
    for (const [thread, before] of this.#shown) {
      const version = now.get(thread)?.version ?? 0;
      if (version < before.version)
        record.sight('forward', `${name} was shown ${thread} at version ${version} after ${before.version}`);
    }
    for (const [thread, view] of now) {
      if (this.#shown.get(thread) !== view) record.shown(name, view);
      this.#shown.set(thread, view);
    }
  }
}
