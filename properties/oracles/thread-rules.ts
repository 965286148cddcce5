/**
 * The sequential specification of one thread, for oracles: the model's own ledger rules, with wallets that never run dry, so that
 * threads can be judged apart. What is left out is who can afford a stake: a refusal `InsufficientFunds` is accepted wherever
 * everything checked before it passes; tokens are judged by `tokens-conserved.ts` and by the witness, over all threads at once.
 */
import { canonical } from '#model/canonical.ts';
import type { ThreadObservation } from '#model/observation.ts';
import { instructionOf } from '#model/sequences/write.ts';
import { type Instruction, type SolanaRefusal, solanaRefusals } from '#model/solana/action.ts';
import { genesis, type Rules, type SolanaState, type Thread } from '#model/solana/state.ts';
import { stepSolana } from '#model/solana/step.ts';
import { viewAt } from '#model/view.ts';
import { isWrite, type OperationRecord } from './history.ts';

/** A thread (absent before its creation) under the ledger's rules. */
export interface ThreadState {
  /** With this thread only. */
  readonly ledger: SolanaState;
  readonly thread: Thread | null;
}

/** The first and last whole second of something. */
export type Seconds = readonly [number, number];

/** An instruction and who signed it. */
export interface Write {
  readonly signer: string;
  readonly instruction: Instruction;
}

export type Applied = { readonly kind: 'ok'; readonly state: ThreadState } | { readonly kind: 'refused'; readonly code: string };

/** Earlier tuples are dropped: no rule looks at them, and a long thread would carry them all along. */
function threadState(rules: Rules, thread: Thread | null): ThreadState {
  const empty = genesis(rules, new Map());
  if (thread === null) return { ledger: empty, thread };
  return { ledger: { ...empty, threads: new Map([[thread.id, { ...thread, history: [] }]]) }, thread };
}

export const noThread = (rules: Rules): ThreadState => threadState(rules, null);

/** Every wallet has plenty: all it is asked is what somebody holds, and what is credited or debited is not kept. */
class Plenty extends Map<string, bigint> {
  override get(): bigint {
    return 1n << 96n;
  }
}

const plenty: ReadonlyMap<string, bigint> = new Plenty();
const nothing: ReadonlyMap<string, bigint> = new Map();

export function applyWrite(before: ThreadState, { instruction, signer }: Write, nowS: number, wallets = plenty): Applied {
  const { state, outcome } = stepSolana({ ...before.ledger, wallets }, { ...instruction, signer, nowS });
  if (outcome.kind !== 'ok') return { kind: 'refused', code: outcome.kind === 'refused' ? outcome.code : outcome.kind };
  return { kind: 'ok', state: threadState(before.ledger.rules, state.threads.get(instruction.thread) ?? null) };
}

/** Whether the write can be refused with that code here. */
function isRefused(state: ThreadState, write: Write, nowS: number, code: string): boolean {
  const applied = applyWrite(state, write, nowS, code === 'InsufficientFunds' ? nothing : plenty);
  return applied.kind === 'refused' && applied.code === code;
}

/** At the first second or the last: expiry, all that a refusal can wait for, comes once. */
export function isRefusedWithin(state: ThreadState, write: Write, [first, last]: Seconds, code: string): boolean {
  return isRefused(state, write, first, code) || (last !== first && isRefused(state, write, last, code));
}

/** The thread's newest view, whatever it remembers of its past. */
export function newestView(thread: Thread): ThreadObservation {
  const { version } = thread.now;
  const history: Thread['history'][number][] = [];
  history[version - 1] = thread.now;
  return viewAt({ ...thread, history }, version);
}

/** Equal exactly when two states of the same thread are. */
export const stateKey = ({ thread }: ThreadState): string =>
  thread === null ? '' : `${canonical(thread.now)}${canonical(thread.messages)}${canonical(thread.specs)}`;

/** The write an operation asks for; null when it is none. */
export function writeOf({ operation, client }: Pick<OperationRecord, 'operation' | 'client'>): Write | null {
  return isWrite(operation) ? { signer: client, instruction: instructionOf(operation, client) } : null;
}

const ledgerCodes: ReadonlySet<string> = new Set<SolanaRefusal>(solanaRefusals);

/** Whether a refusal is the ledger's word about its state, rather than that it was not asked or could not be. */
export const isLedgerRefusal = (code: string): boolean => ledgerCodes.has(code);

/** The first and last whole second at which an operation can have happened. A write of unknown end may happen until the run's. */
export function secondsOf({ calledAtMs, end, settled }: OperationRecord, endedAtMs: number): Seconds {
  const untilMs = settled === null && end !== null && end.answer.kind !== 'unsettled' ? end.atMs : endedAtMs;
  return [Math.floor(calledAtMs / 1000), Math.floor(Math.max(calledAtMs, untilMs) / 1000)];
}
