/**
 * Writes that wait at a backend because Solana or Qdrant is away: what a wallet signs to leave one there, so that a later life of its
 * client can tell that it really asked for it, and under which intents it is carried out.
 *
 *   queued under intent q --attempt 1, intent q.q1--> refused for a passing reason --attempt 2, intent q.q2--> ... --> ended
 *
 * The attempt is counted by the backend, in the batch that ends one: whoever carries the write out, whenever, uses the same intent for
 * the same attempt, and the backend prepares, takes and sends at most one transaction under it. What signed bytes are durable for is no
 * longer queued.
 */
import { createHash } from 'node:crypto';
import { type BackendId, type IntentId, intentId, type WalletId } from '../ports/ids.ts';
import type { Wallet } from '../ports/ledger.ts';
import { pack } from './json.ts';
import { actionOf, type QueuedWrite, type WriteCommand } from './protocol.ts';

export interface QueuedParts {
  readonly backend: BackendId;
  readonly wallet: WalletId;
  readonly intent: IntentId;
  readonly write: WriteCommand;
}

/**
 * UTF-8 text that no ledger message can begin like. The write stands in it as the ledger action it is, in which content is its hash.
 * Throws a TypeError for a write that is none (an author that is no key).
 */
export function queuedText({ backend, wallet, intent, write }: QueuedParts): string {
  const fields = Object.entries(pack(actionOf(write, wallet)) as object).sort(([a], [b]) => (a < b ? -1 : 1));
  const action = JSON.stringify(Object.fromEntries(fields));
  return ['Choir queued write', `Backend: ${backend}`, `Wallet: ${wallet}`, `Intent: ${intent}`, `Write: ${action}`].join('\n');
}

/** Whether the wallet has signed exactly this for that backend: Ed25519 signs the same the same way, for ever. */
export function isAskedBy(wallet: Wallet, backend: BackendId, queued: Pick<QueuedWrite, 'intent' | 'write' | 'proof'>): boolean {
  const { intent, write, proof } = queued;
  return wallet.signText(queuedText({ backend, wallet: wallet.id, intent, write })) === proof;
}

/** Longer names are shortened to a digest, so that an attempt's number always fits. */
const LONGEST = 48;

/** @param attempt 1, 2, 3 ... */
export function attemptIntent(queued: IntentId, attempt: number): IntentId {
  const stem = queued.length <= LONGEST ? queued : createHash('sha256').update(queued, 'utf8').digest('hex').slice(0, 40);
  return intentId(`${stem}.q${attempt}`);
}

/** For these a write is queued, and a queued one stays. */
const away: ReadonlySet<string> = new Set(['SolanaUnavailable', 'QdrantUnavailable']);
export const isAway = (code: string): boolean => away.has(code);

const passing: ReadonlySet<string> = new Set([
  ...away,
  'BackendUnavailable',
  'Disconnected',
  'Unauthenticated',
  'TooManyIntents',
  'QueueFull',
  // Another program of the same wallet was faster, or what was prepared is forgotten: it is told again how things stand.
  'AttemptOver',
  'IntentNotPrepared',
  'InvalidRequest',
  'InvalidAnswer',
]);
/** Whether a queued write that was refused so is still queued; every other refusal is its end. */
export const isPassing = (code: string): boolean => passing.has(code);
