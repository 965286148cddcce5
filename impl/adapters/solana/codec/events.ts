/**
 * From a transaction's log lines to the program's events. Only `Program data:` lines written while this program was the one
 * running count: any other program in the same transaction could log the very same bytes.
 * Logs of a failed transaction hold no events, whatever they say; that is for the caller to know.
 */
import type { LedgerEvent } from '../../../ports/ledger.ts';
import { failed, ok, type Reply } from '../../../ports/outcome.ts';
import { specStatus } from './accounts.ts';
import { hashAt, i64NumberAt, threadIdAt, u32At, u64At, u64NumberAt, walletAt } from './bytes.ts';
import { CHOICE, EVENT, PROGRAM_ID } from './constants.ts';
import { EVENT_LAYOUT, EVENT_SIZE, LAYOUT_VERSION } from './layout.ts';

type WithoutPlace<Event> = Event extends unknown ? Omit<Event, 'slot' | 'signature'> : never;
/** An event as the program tells it; where it happened (slot, signature) is known only to who read the transaction. */
export type ProgramEvent = WithoutPlace<LedgerEvent>;

const programId = PROGRAM_ID.toBase58();
const invoke = /^Program (\w+) invoke \[\d+\]$/;
const end = /^Program (\w+) (?:success|failed: .*)$/s;
const dataPrefix = 'Program data: ';

const malformed = (detail: string): Reply<never> =>
  failed({ kind: 'invalid', authority: 'solana', code: 'EventMalformed', detail });

/**
 * The program's events of one transaction, in order. Fails with `LogTruncated` when the node dropped lines (the events must then
 * be read otherwise), and with `EventMalformed` for bytes this version does not know.
 */
export function decodeEvents(logs: readonly string[]): Reply<readonly ProgramEvent[]> {
  const running: string[] = [];
  const events: ProgramEvent[] = [];
  for (const line of logs) {
    const started = invoke.exec(line)?.[1];
    if (started !== undefined) running.push(started);
    else if (end.test(line)) running.pop();
    else if (line === 'Log truncated') {
      return failed({
        kind: 'invalid',
        authority: 'solana',
        code: 'LogTruncated',
        detail: 'the node cut the log of this transaction',
      });
    } else if (line.startsWith(dataPrefix) && running.at(-1) === programId) {
      const event = decodeEvent(Buffer.from(line.slice(dataPrefix.length), 'base64'));
      if (!event.ok) return event;
      events.push(event.value);
    }
  }
  return ok(events);
}

/** One event from its bytes. */
export function decodeEvent(data: Uint8Array): Reply<ProgramEvent> {
  const kind = (Object.keys(EVENT) as (keyof typeof EVENT)[]).find((each) => EVENT[each] === data[EVENT_LAYOUT.kind]);
  if (kind === undefined) return malformed(`event kind ${data[EVENT_LAYOUT.kind]}, expected 1 to 6`);
  if (data.length !== EVENT_SIZE[kind]) return malformed(`${kind}: expected ${EVENT_SIZE[kind]} bytes, got ${data.length}`);
  if (data[EVENT_LAYOUT.layout] !== LAYOUT_VERSION) {
    return malformed(`${kind}: expected layout ${LAYOUT_VERSION}, got ${data[EVENT_LAYOUT.layout]}`);
  }
  return decodeBody(kind, data);
}

function decodeBody(kind: keyof typeof EVENT, data: Uint8Array): Reply<ProgramEvent> {
  const common = {
    thread: threadIdAt(data, EVENT_LAYOUT.thread),
    version: u64NumberAt(data, EVENT_LAYOUT.version),
    vault: u64At(data, EVENT_LAYOUT.vault),
  };
  const body = data.subarray(EVENT_LAYOUT.body);
  switch (kind) {
    case 'threadCreated':
      return ok({ kind, ...common, creator: walletAt(body, 0) });
    case 'messagePosted':
      return ok({ kind, ...common, hash: hashAt(body, 0), author: walletAt(body, 32), sequence: u32At(body, 64) });
    case 'specSubmitted': {
      const [stake, expiresAtS] = [u64At(body, 64), i64NumberAt(body, 72)];
      return ok({ kind, ...common, hash: hashAt(body, 0), author: walletAt(body, 32), stake, expiresAtS });
    }
    case 'voted': {
      const choice = body[96] === CHOICE.approve ? 'approve' : 'deny';
      return ok({ kind, ...common, hash: hashAt(body, 0), author: walletAt(body, 32), voter: walletAt(body, 64), choice });
    }
    case 'settled': {
      const status = specStatus(body[64]);
      if (status === null || status === 'open') return malformed(`settled: status ${body[64]}, expected 1 to 5`);
      const sequence = body[66] === 1 ? u32At(body, 68) : null;
      return ok({ kind, ...common, hash: hashAt(body, 0), author: walletAt(body, 32), status, sequence, joined: body[65] === 1 });
    }
    case 'divested':
      return ok({ kind, ...common, wallet: walletAt(body, 0), payout: u64At(body, 32) });
  }
}
