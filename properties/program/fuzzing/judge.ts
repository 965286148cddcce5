/**
 * What no transaction may do, whatever was in it: judged from the accounts before and after and from who signed, without asking
 * the program. It does not repeat the settlement table in full (`settlement.test.ts` has it), but says for every token
 * and every co-author why it was allowed to move.
 */
import { PROGRAM_ERRORS, type ProgramEvent, SYSTEM_PROGRAM_ID } from '#impl/adapters/solana/codec/index.ts';
import { judgeOwnership } from './judge-ownership.ts';
import { judgeTokens } from './judge-tokens.ts';
import { changedAddresses, type Observed } from './observed.ts';

const systemProgramId = SYSTEM_PROGRAM_ID.toBase58();

/** Refusals of the runtime itself: here only that a payer must keep enough for its own rent, or give away everything. */
const runtimeRefusals: ReadonlySet<string> = new Set(['InsufficientFundsForRent']);
const named: ReadonlySet<string> = new Set([...PROGRAM_ERRORS.map(({ name }) => name), ...runtimeRefusals]);

/** What was wrong, in words; empty when nothing was. */
export function judge(observed: Observed): readonly string[] {
  const { sent } = observed;
  const crash = sent.logs.find((line) => /access violation|exceeded CUs|panicked|failed to complete|stack/i.test(line));
  const found: string[] = crash === undefined ? [] : [`the program crashed: ${crash}`];
  if (sent.refusal !== null) {
    if (!named.has(sent.refusal)) found.push(`refused with ${sent.refusal} (${sent.error}), which no table names`);
    const changed = changedAddresses(observed);
    if (changed.length > 0) found.push(`${sent.refusal} changed ${changed.join(', ')}`);
    return found;
  }
  return [...found, ...judgeLamports(observed), ...judgeEvents(observed), ...judgeTokens(observed), ...judgeOwnership(observed)];
}

/** A wallet's lamports go down only with its signature; none appear or vanish. */
function judgeLamports({ before, after, signers }: Observed): readonly string[] {
  const found: string[] = [];
  let sum = 0n;
  for (const [address, old] of before) {
    const now = after.get(address) ?? null;
    const change = (now?.lamports ?? 0n) - (old?.lamports ?? 0n);
    sum += change;
    if (change < 0n && (old?.owner !== systemProgramId || !signers.has(address))) {
      found.push(`${address} lost ${-change} lamports without signing`);
    }
  }
  if (sum !== 0n) found.push(`lamports changed by ${sum}`);
  return found;
}

/** One event a success; `initialize` alone has none, and the fuzzed program is configured already. */
function judgeEvents({ sent, instructionCount }: Observed): readonly string[] {
  if (sent.events.length !== instructionCount) return [`${sent.events.length} events from ${instructionCount} instructions`];
  const last: ProgramEvent | undefined = sent.events.at(-1);
  return last !== undefined && sent.version === BigInt(last.version) ? [] : [`returned version ${sent.version}, not the event's`];
}
