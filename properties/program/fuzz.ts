/**
 * Random and damaged instructions against the real program on a real virtual machine, each judged from outside (`fuzzing/judge.ts`).
 * A green run shows that nothing forbidden happened to these instructions; it does not show that every allowed one works.
 */
import type { TransactionInstruction } from '@solana/web3.js';
import { PROGRAM_ID, type ProgramEvent } from '#impl/adapters/solana/codec/index.ts';
import type { Bank, BankAccount } from '#simulations/solana/bank.ts';
import { choirProgram, createBank } from '#simulations/solana/create-bank.ts';
import { createLiteSvmBank } from '#simulations/solana/litesvm-bank.ts';
import { judge } from './fuzzing/judge.ts';
import { crossed, MAX_KEYS, mutate } from './fuzzing/mutations.ts';
import { type Dice, dice } from './fuzzing/random.ts';
import { drawRequest } from './fuzzing/requests.ts';
import { disturb, type FuzzWorld, openWorld } from './fuzzing/world.ts';
import { OPENING_S, openStage, type Stage } from './stage.ts';

export interface FuzzOptions {
  /** Transactions to send; one in twenty carries two instructions. */
  readonly count: number;
  /** The same seed sends the same transactions. */
  readonly seed: number;
  readonly bank: Bank['kind'];
  /** Another build of the program, to see that the fuzz finds what is wrong with it. LiteSVM only. */
  readonly program?: Uint8Array;
  /** The run ends with this many; 20 unless said otherwise. */
  readonly maxViolations?: number;
  /** Told after each transaction. */
  readonly onSent?: (sent: number) => void;
}

export interface FuzzReport {
  readonly instructions: number;
  readonly accepted: number;
  /** What the accepted ones did, e.g. `voted approve`, `settled split`; most frequent first. */
  readonly effects: Readonly<Record<string, number>>;
  /** Refusals by name, most frequent first. */
  readonly errors: Readonly<Record<string, number>>;
  /** What must not have happened, each with its number in the run. */
  readonly violations: readonly string[];
}

/** So many transactions share one world, then a fresh one begins. */
const WORLD_LENGTH = 400;

/** @throws RangeError when another program is asked for on bankrun */
export async function fuzzProgram(options: FuzzOptions): Promise<FuzzReport> {
  const { count: limit, maxViolations = 20 } = options;
  const bank = await openBank(options);
  const random = dice(options.seed);
  const [errors, effects] = [new Map<string, number>(), new Map<string, number>()];
  const violations: string[] = [];
  let [instructions, accepted, sent] = [0, 0, 0];
  let world: FuzzWorld | null = null;
  while (sent < limit && violations.length < maxViolations) {
    if (world === null || sent % WORLD_LENGTH === 0) {
      const name = `fuzz ${options.seed} ${sent} ${options.program === undefined ? '' : 'another program'}`;
      world = await openWorld(await openStage(options.bank, name, bank));
    }
    await disturb(world, random);
    const batch = await drawBatch(world, random);
    const { refusal, events, found } = await sendAndJudge(world, batch);
    sent += 1;
    options.onSent?.(sent);
    instructions += batch.length;
    if (refusal === null) accepted += batch.length;
    else count(errors, refusal);
    for (const event of events) count(effects, effectName(event));
    for (const what of found) violations.push(`#${sent}: ${what}`);
  }
  return { instructions, accepted, effects: sorted(effects), errors: sorted(errors), violations };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

const sorted = (counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));

function effectName(event: ProgramEvent): string {
  switch (event.kind) {
    case 'voted':
      return `voted ${event.choice}`;
    case 'settled':
      return `settled ${event.status}`;
    case 'threadCreated':
    case 'messagePosted':
    case 'specSubmitted':
    case 'divested':
      return event.kind;
  }
}

async function openBank({ bank, program }: FuzzOptions): Promise<Bank> {
  if (program === undefined) return bank === 'litesvm' ? createLiteSvmBank([choirProgram()]) : createBank(bank);
  if (bank === 'bankrun') throw new RangeError('another program can be fuzzed on LiteSVM only: bankrun loads one a process');
  return createLiteSvmBank([{ address: PROGRAM_ID.toBase58(), elf: program }]);
}

async function drawBatch(world: FuzzWorld, random: Dice): Promise<readonly TransactionInstruction[]> {
  const first = await drawOne(world, random);
  if (!random.percent(5)) return [first];
  const second = await drawOne(world, random);
  return first.keys.length + second.keys.length > MAX_KEYS ? [first] : [first, second];
}

async function drawOne(world: FuzzWorld, random: Dice): Promise<TransactionInstruction> {
  const request = await drawRequest(world, random);
  if (random.percent(55)) return request;
  if (random.percent(8)) return crossed(request, await drawRequest(world, random));
  return mutate(request, random, world);
}

async function sendAndJudge(
  world: FuzzWorld,
  batch: readonly TransactionInstruction[],
): Promise<{ readonly refusal: string | null; readonly events: readonly ProgramEvent[]; readonly found: readonly string[] }> {
  const { stage } = world;
  const metas = batch.flatMap((instruction) => instruction.keys);
  const signers = new Set(metas.filter((meta) => meta.isSigner).map((meta) => meta.pubkey.toBase58()));
  // The world's purses too: who should have been paid may be just who is missing from the transaction.
  const addresses = new Set([...metas.map((meta) => meta.pubkey.toBase58()), ...world.purses]);
  addresses.delete(stage.feePayer);
  const before = await read(stage, [...addresses]);
  const sent = await stage.send(batch);
  for (const event of sent.events) follow(world, event);
  const after = await read(stage, [...addresses]);
  const nowS = OPENING_S + world.nowS;
  const found = judge({ sent, instructionCount: batch.length, signers, before, after, mint: stage.mint, nowS });
  return { refusal: sent.refusal, events: sent.events, found };
}

/** Keeps the list of open specs that requests are drawn from. */
function follow(world: FuzzWorld, event: ProgramEvent): void {
  if (event.kind === 'specSubmitted') world.open.push(event);
  if (event.kind !== 'settled') return;
  const { thread, hash, author } = event;
  const position = world.open.findIndex((spec) => spec.thread === thread && spec.hash === hash && spec.author === author);
  if (position >= 0) world.open.splice(position, 1);
}

async function read(stage: Stage, addresses: readonly string[]): Promise<ReadonlyMap<string, BankAccount | null>> {
  const accounts = await stage.bank.accounts(addresses);
  return new Map(addresses.map((address, index) => [address, accounts[index] ?? null]));
}
