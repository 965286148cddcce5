/** Threads and specs in a fuzzed transaction: who joined, left, posted and voted, and by whose signature. */
import { decodeSpec, decodeThread, type ProgramEvent, specAddress, threadAddress } from '#impl/adapters/solana/codec/index.ts';
import type { LedgerSpec, LedgerThread } from '#impl/ports/ledger.ts';
import { changedAddresses, decoded, type Observed, programId } from './observed.ts';

export function judgeOwnership(observed: Observed): readonly string[] {
  const found: string[] = [];
  for (const address of changedAddresses(observed)) {
    const old = observed.before.get(address) ?? null;
    const now = observed.after.get(address) ?? null;
    if (
      old?.owner === programId &&
      (now?.owner !== programId || now.data.length !== old.data.length || now.data[0] !== old.data[0])
    ) {
      found.push(`${address} ceased to be what it was`);
      continue;
    }
    const thread = decoded(now, decodeThread);
    if (thread !== null) found.push(...judgeThread(observed, decoded(old, decodeThread), thread));
    const spec = decoded(now, decodeSpec);
    if (spec !== null) found.push(...judgeSpec(observed, decoded(old, decodeSpec), spec));
  }
  const [only] = observed.sent.events;
  if (only !== undefined && observed.sent.events.length === 1) found.push(...judgeRights(observed, only));
  return found;
}

function judgeThread({ sent, signers }: Observed, old: LedgerThread | null, now: LedgerThread): readonly string[] {
  const own = sent.events.filter((event) => event.thread === now.id);
  const found: string[] = [];
  if (now.version !== (old?.version ?? 0) + own.length)
    found.push(`version ${old?.version} became ${now.version} by ${own.length} events`);
  const joined = now.coAuthors.filter((wallet) => old?.coAuthors.includes(wallet) !== true);
  const left = old?.coAuthors.filter((wallet) => !now.coAuthors.includes(wallet)) ?? [];
  for (const wallet of joined) {
    const founder = own.some((event) => event.kind === 'threadCreated' && event.creator === wallet && signers.has(wallet));
    const settled = own.some((event) => event.kind === 'settled' && event.joined && event.author === wallet);
    if (!founder && !settled) found.push(`${wallet} joined by nothing`);
  }
  for (const wallet of left) if (!signers.has(wallet)) found.push(`${wallet} left without signing`);
  if (new Set(now.coAuthors).size !== now.coAuthors.length) found.push('a co-author is there twice');
  return found;
}

function judgeSpec({ signers }: Observed, old: LedgerSpec | null, now: LedgerSpec): readonly string[] {
  const found: string[] = [];
  if (old === null) return signers.has(now.author) ? [] : [`a spec of ${now.author} without their signature`];
  if (old.status !== 'open') found.push('a settled spec changed');
  for (const [was, is] of [
    [old.approvals, now.approvals],
    [old.denials, now.denials],
  ] as const) {
    if (was.some((wallet) => !is.includes(wallet))) found.push('a vote was taken back');
    for (const wallet of is)
      if (!was.includes(wallet) && !signers.has(wallet)) found.push(`a vote of ${wallet} without their signature`);
  }
  if (now.approvals.some((wallet) => now.denials.includes(wallet))) found.push('a voter both approved and denied');
  return found;
}

/** Whether the state before gave somebody who signed the right to it. */
function judgeRights(observed: Observed, event: ProgramEvent): readonly string[] {
  const { before, signers, nowS } = observed;
  const thread = decoded(before.get(threadAddress(event.thread).toBase58()), decodeThread);
  const isCoAuthor = (wallet: LedgerThread['coAuthors'][number]): boolean => thread?.coAuthors.includes(wallet) === true;
  const wrong = (condition: boolean, what: string): readonly string[] => (condition ? [] : [what]);
  switch (event.kind) {
    case 'threadCreated':
      return wrong(thread === null && signers.has(event.creator), `${event.creator} created an existing thread, or unsigned`);
    case 'messagePosted':
      return wrong(isCoAuthor(event.author) && signers.has(event.author), `${event.author} posted without right or signature`);
    case 'specSubmitted':
      return wrong(!isCoAuthor(event.author) && signers.has(event.author), `${event.author} submitted as co-author, or unsigned`);
    case 'divested':
      return wrong(isCoAuthor(event.wallet) && signers.has(event.wallet), `${event.wallet} left without right or signature`);
    case 'voted': {
      const spec = decoded(before.get(specAddress(event).toBase58()), decodeSpec);
      const { voter } = event;
      const mine = spec?.voters.includes(voter) === true && !spec.approvals.includes(voter) && !spec.denials.includes(voter);
      const may = mine && isCoAuthor(voter) && signers.has(voter) && spec.status === 'open' && nowS < spec.expiresAtS;
      return wrong(may, `${voter} voted without right, twice, too late or unsigned`);
    }
    case 'settled': {
      const spec = decoded(before.get(specAddress(event).toBase58()), decodeSpec);
      const expected = spec === null || thread === null ? 'nothing' : outcomeOf(thread, spec, nowS);
      return wrong(expected === event.status, `settled as ${event.status}, expected ${expected}`);
    }
  }
}

function outcomeOf(thread: LedgerThread, spec: LedgerSpec, nowS: number): string {
  const voted = new Set([...spec.approvals, ...spec.denials]);
  const awaited = spec.voters.some((voter) => !voted.has(voter) && thread.coAuthors.includes(voter));
  if (awaited) return nowS >= spec.expiresAtS ? 'expired' : 'undecided';
  if (spec.denials.length > 0) return spec.approvals.length > 0 ? 'split' : 'denied';
  const room = thread.coAuthors.length < 16 || thread.coAuthors.includes(spec.author);
  return spec.approvals.length > 0 && room ? 'approved' : 'returned';
}
