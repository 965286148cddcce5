/**
 * When to kill whom. A write is most of its life waiting for its confirmation, so that moments drawn evenly would seldom meet what is
 * interesting: its beginning (intent and content stored, prepared, handed in), its end (confirmed, ingested, published, answered),
 * the moment after an answer, and a backend that is just beginning to recover from the kill before.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendId } from '#impl/ports/ids.ts';
import type { CrashRecord } from '#simulations/crash/record.ts';
import type { SeededRandom } from '#simulations/engine/seeded-random.ts';
import { TroubleError } from '../exit-codes.ts';
import type { BackendProcess } from './backend-process.ts';

export const killKinds = ['at any time', 'write begun', 'write about to end', 'write answered', 'starting'] as const;
export type KillKind = (typeof killKinds)[number];

/** A write's first look at its confirmation comes 800 ms after its submission. */
const confirmationMs = 800;
/** For a write to begin or end somewhere; then the kill comes as it may. */
const patienceMs = 2_000;

function draw(random: SeededRandom): KillKind {
  const roll = random.fraction();
  if (roll < 0.3) return 'at any time';
  if (roll < 0.55) return 'write begun';
  if (roll < 0.75) return 'write about to end';
  return roll < 0.9 ? 'write answered' : 'starting';
}

export interface KillerOptions {
  readonly backends: readonly BackendProcess[];
  readonly record: CrashRecord;
  readonly random: SeededRandom;
}

export class Killer {
  readonly kills: Record<KillKind, number> = {
    'at any time': 0,
    'write begun': 0,
    'write about to end': 0,
    'write answered': 0,
    starting: 0,
  };
  readonly #options: KillerOptions;

  constructor(options: KillerOptions) {
    this.#options = options;
  }

  get total(): number {
    return killKinds.reduce((sum, kind) => sum + this.kills[kind], 0);
  }

  /** Kills one backend and starts it again. */
  async kill(): Promise<void> {
    const { backends, random } = this.#options;
    const kind = draw(random);
    const fraction = random.fraction();
    const candidates = backends.filter(({ isServing }) => isServing === (kind !== 'starting'));
    const victim = candidates[random.below(Math.max(1, candidates.length))] ?? backends[random.below(backends.length)];
    if (victim === undefined) throw new TroubleError('there is no backend to kill');
    if (kind === 'starting') await sleep(fraction * 900);
    else {
      await victim.serving();
      await this.#wait(kind, victim.id, fraction);
    }
    // It may have been quicker than that.
    this.kills[kind === 'starting' && victim.isServing ? 'at any time' : kind] += 1;
    await victim.kill();
    victim.start();
  }

  async #wait(kind: Exclude<KillKind, 'starting'>, victim: BackendId, fraction: number): Promise<void> {
    switch (kind) {
      case 'at any time':
        return sleep(fraction * 800);
      case 'write begun':
        await this.#moment('begun', victim);
        return sleep(fraction * 100);
      case 'write about to end':
        await this.#moment('begun', victim);
        return sleep(confirmationMs + fraction * 250);
      case 'write answered':
        await this.#moment('ended', victim);
        return sleep(fraction * 10);
    }
  }

  async #moment(what: 'begun' | 'ended', victim: BackendId): Promise<void> {
    const { moments } = this.#options.record;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        moments.delete(moment);
        resolve();
      };
      const moment = (now: 'begun' | 'ended', backend: BackendId): void => {
        if (now === what && backend === victim) done();
      };
      const timer = setTimeout(done, patienceMs);
      moments.add(moment);
    });
  }
}
