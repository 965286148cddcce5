/** What everything in one concurrent world shares. */
import type { ContentHash, ThreadId } from '#impl/ports/ids.ts';
import type { LogContext } from '#impl/ports/logger.ts';
import type { Gate } from '../../engine/gate.ts';
import type { VirtualClock } from '../../engine/virtual-clock.ts';
import type { Authorities, ContentFaults } from '../authorities.ts';
import type { EffectLog } from '../effect-log.ts';
import type { Names } from '../names.ts';
import type { WorldSetup } from '../system.ts';
import type { Written } from './gated-ports.ts';
import type { Marks } from './marks.ts';
import type { Recorder } from './recorder.ts';

export interface ConcurrentSetup extends WorldSetup {
  /** How far each backend's clock is ahead, milliseconds; 0 for those left out. */
  readonly skewMs: readonly number[];
  /** Pause between a backend's background rounds, milliseconds of virtual time. */
  readonly roundMs: number;
  /** How often a backend compares everything; as it comes when left out. */
  readonly syncEveryMs?: number;
  /** Writes that a backend takes on at a time; its own default where left out. */
  readonly maxOpenWrites?: number;
  /** Clients reach the authorities themselves when no backend can be reached, and come back by themselves. */
  readonly directReads?: true;
  /** Clients leave writes at their backend while an authority is away, and carry them out when it is back. */
  readonly queueWrites?: true;
  /** How many such writes a backend takes, in all and of one wallet; as it comes when left out. */
  readonly maxQueued?: number;
  /** Pause between a client's rounds, milliseconds of virtual time; some seconds when left out. */
  readonly clientRoundMs?: number;
  /** A client's operation begins in a step of its own, so that it can begin late; otherwise as soon as its turn has come. */
  readonly beginsApart?: true;
  /** After the last barrier, timers that are due within so many milliseconds overtake calls that are parked, and one another. */
  readonly raceMs?: number;
}

/** Something of the implementation's own threw where nothing may. */
export class BackgroundError extends Error {
  constructor(who: string, error: unknown) {
    super(`${who} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    this.name = 'BackgroundError';
  }
}

export class Stage {
  readonly gate: Gate;
  readonly clock: VirtualClock;
  readonly names: Names;
  readonly authorities: Authorities;
  readonly recorder: Recorder;
  readonly marks: Marks;
  readonly setup: ConcurrentSetup;
  readonly effects: EffectLog;
  /** Errors that nobody may throw, met in background work. */
  readonly broken: BackgroundError[] = [];
  /** The scenario is over: nobody begins anything any more. */
  isOver = false;
  #spawned = 0;

  constructor(parts: Pick<Stage, 'gate' | 'clock' | 'names' | 'authorities' | 'recorder' | 'marks' | 'setup' | 'effects'>) {
    this.gate = parts.gate;
    this.clock = parts.clock;
    this.names = parts.names;
    this.authorities = parts.authorities;
    this.recorder = parts.recorder;
    this.marks = parts.marks;
    this.setup = parts.setup;
    this.effects = parts.effects;
  }

  /** A number that no task's name has yet. */
  nextNumber(): number {
    this.#spawned += 1;
    return this.#spawned;
  }

  /** Lets `ms` pass at once; whether anybody slept who is to wake by then. */
  passTime(ms: number): boolean {
    const untilMs = this.clock.nowMs() + ms;
    const dueMs = this.clock.nextDueMs();
    this.clock.advanceTo(untilMs);
    return dueMs !== null && dueMs <= untilMs;
  }

  /** In the background, after `ms`, unless the scenario is over by then: a run that is over does not wait for it. */
  later(ms: number, what: string, action: () => unknown): void {
    const clock = this.gate.clockFor('network');
    this.gate.spawn(
      `later ${this.nextNumber()}`,
      async () => {
        await clock.sleep(ms);
        await this.gate.call('network', what, () => {
          if (!this.isOver) action();
          this.recorder.touchStore();
        });
      },
      { background: true },
    );
  }

  /** Takes the newest transactions that are not confirmed out of the chain; their signatures, newest first. */
  async forkOut(count: number): Promise<readonly string[]> {
    const gone = await this.authorities.ledger.forkOut(count);
    if (gone.length > 0) this.effects.note('solana', 'chain.fork', [gone]);
    return gone;
  }

  /** What a backend logs is nobody's to read here, except what only a bug of somebody's can be. */
  logged(who: string, event: string, context: LogContext): void {
    if (event === 'monitor threw') this.broken.push(new BackgroundError(`${who}, telling its monitor,`, context['detail']));
  }

  /** Background work of the implementation's must not throw; a store that a crash closed under it may. */
  async guarded(who: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if ((error as { code?: string } | null)?.code !== 'StoreClosed') this.broken.push(new BackgroundError(who, error));
    }
  }

  /**
   * The newest but `back` writes to the content store arrives once more; false when there is none. It does so within another write's
   * step: what it takes away of what that one has just put there would be seen by nobody.
   */
  async redeliver(back: number): Promise<boolean> {
    const { faults, stored } = this.authorities.content;
    if (faults === null) return false;
    const before = await stored();
    if (!faults.redeliver(back)) return false;
    const after = await stored();
    for (const hash of before.messages.keys()) if (!after.messages.has(hash)) this.recorder.takenAway(hash, this.gate.steps);
    return true;
  }

  /** Alters or loses what is stored; whether there was anything to harm. */
  harm(how: 'alter' | 'lose', written: Written | null): boolean {
    const { faults } = this.authorities.content;
    if (faults === null || written === null) return false;
    this.recorder.touchStore();
    if ('hash' in written) {
      if (how === 'alter') return faults.alter(written.hash);
      if (!faults.lose({ hash: written.hash })) return false;
      this.recorder.takenAway(written.hash, this.gate.steps);
      return true;
    }
    if (how === 'alter') return this.#alterMetadata(faults, written.thread);
    if (!faults.lose({ thread: written.thread })) return false;
    this.recorder.metadataLost(this.names.threadName(written.thread), this.gate.steps);
    return true;
  }

  /** A recorded message is stored at another sequence; whether there was one. */
  misorder(hash: ContentHash): boolean {
    this.recorder.touchStore();
    return this.authorities.content.faults?.misorder(hash) ?? false;
  }

  /** Everybody is its co-author, or the one who came first only, where everybody is. */
  #alterMetadata(faults: ContentFaults, thread: ThreadId): boolean {
    const everybody = this.authorities.wallets.map(({ id }) => id);
    const stored = this.authorities.content.stored();
    if (stored instanceof Promise) return false;
    const before = stored.threads.get(thread)?.coAuthors;
    if (before === undefined) return false;
    const coAuthors = before.length === everybody.length ? everybody.slice(0, 1) : everybody;
    this.recorder.metadataAltered(thread, coAuthors, this.gate.steps);
    return faults.alterMetadata(thread, coAuthors);
  }
}
