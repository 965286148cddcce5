/**
 * Signed bytes on their way to the ledger: they land and succeed, land and fail, or nobody can say (`unknown`), in which case the
 * world keeps a flight. Decides where nondeterminism enters: before or after a lost answer, and at what clock a re-send lands.
 */
import type { BackendName, ClientName } from '../action.ts';
import { withEntry } from '../collections.ts';
import type { Outcome } from '../outcome.ts';
import type { Instruction, SolanaEvent, SolanaRefusal } from '../solana/action.ts';
import { specKey } from '../solana/state.ts';
import { stepSolana } from '../solana/step.ts';
import type { Armed, Branch, World } from '../world.ts';

/** How long a backend tries before it gives up, and so the longest an effect is late when nobody says when it ended. */
export const deadlineMs = 30_000;

/** One client write under way. */
export interface Write {
  readonly id: string;
  readonly client: ClientName;
  readonly backend: BackendName;
  readonly instruction: Instruction;
  readonly armed: Armed;
  /** Virtual time by which all of it had happened. */
  readonly untilMs: number;
}

export type Ending = Outcome<SolanaEvent, SolanaRefusal>;

/** @param late whether something before had to be sent again, so that the effect may come after the operation's start */
export function submit(world: World, write: Write, late: boolean): readonly Branch<Ending>[] {
  const { armed, instruction, client, untilMs } = write;
  if (armed.solana === null) return land(world, instruction, client, late ? untilMs : world.nowMs);
  if (!armed.solana.thenDown) return land(world, instruction, client, untilMs);
  const down: World = { ...world, links: { ...world.links, solana: false } };
  const lost: Branch<Ending> = { world: inFlight(down, write, false), answer: { kind: 'unknown' } };
  const landed = land(down, instruction, client, late ? untilMs : world.nowMs);
  return [lost, ...landed.map((each) => ({ world: inFlight(each.world, write, true), answer: lost.answer }))];
}

function inFlight(world: World, { id, backend, client: signer, instruction }: Write, landed: boolean): World {
  const flight = { id, backend, signer, instruction, preparedAtMs: world.nowMs, landed };
  return { ...world, flights: withEntry(world.flights, id, flight) };
}

/** The bytes run on the ledger at some clock from now to `untilMs`: one branch for each that makes a difference. */
export function land(world: World, instruction: Instruction, signer: ClientName, untilMs: number): readonly Branch<Ending>[] {
  return clocks(world, instruction, untilMs).map((nowS) => {
    const { state, outcome } = stepSolana(world.solana, { ...instruction, signer, nowS });
    return { world: state === world.solana ? world : { ...world, solana: state }, answer: outcome };
  });
}

/** Ledger clocks, in whole seconds, at which the instruction could end differently. */
function clocks(world: World, instruction: Instruction, untilMs: number): readonly number[] {
  const firstS = Math.floor(world.nowMs / 1000);
  const lastS = Math.floor(untilMs / 1000);
  switch (instruction.kind) {
    case 'createThread':
    case 'postMessage':
    case 'divest':
      return [firstS];
    case 'submitSpec':
      return Array.from({ length: lastS - firstS + 1 }, (_, index) => firstS + index);
    case 'vote':
    case 'settle': {
      const key = specKey(instruction.hash, instruction.author);
      const expiresAtS = world.solana.threads.get(instruction.thread)?.specs.get(key)?.expiresAtS ?? firstS;
      return expiresAtS > firstS && expiresAtS <= lastS ? [firstS, expiresAtS] : [firstS];
    }
  }
}

export type PrepareRefusal = 'ThreadNotFound' | 'SpecNotFound';

/** What `prepare` may already refuse: an account that the instruction needs is absent. */
export function prepareRefusal(world: World, instruction: Instruction): PrepareRefusal | null {
  if (instruction.kind === 'createThread') return null;
  const thread = world.solana.threads.get(instruction.thread);
  if (thread === undefined) return 'ThreadNotFound';
  if (instruction.kind !== 'vote' && instruction.kind !== 'settle') return null;
  return thread.specs.has(specKey(instruction.hash, instruction.author)) ? null : 'SpecNotFound';
}
