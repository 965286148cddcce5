/** The judge of crash campaigns, held against histories made by hand: a good one, and it with one lie at a time. */
import { describe, expect, it } from 'vitest';
import { hashContent } from '#impl/core/content.ts';
import type { ThreadView, WriteCommand } from '#impl/core/protocol.ts';
import { backendId, intentId, signature, threadId, walletId } from '#impl/ports/ids.ts';
import type { LedgerEvent } from '#impl/ports/ledger.ts';
import { CrashRecord, type WriteRecord } from '#simulations/crash/record.ts';
import { type CrashEvidence, type CrashObservation, judgeCrashes } from './judge.ts';

const alice = walletId('A'.repeat(43));
const bob = walletId('B'.repeat(43));
const thread = threadId('ab'.repeat(32));
const other = threadId('cd'.repeat(32));
const hashOf = (author: typeof alice, text: string) => hashContent({ thread, author, text });
const posted = hashOf(alice, 'hello');
const open = hashOf(bob, 'let me in');
const at = { thread, vault: 0n, slot: 200, signature: signature('S'.repeat(87)) };

const view: ThreadView = {
  thread,
  version: 3,
  coAuthors: [alice],
  vault: 0n,
  messages: [{ hash: posted, author: alice, sequence: 0 }],
  specs: [{ hash: open, author: bob, stake: 1_000n, expiresAtS: 9, voters: [alice], approvals: [], denials: [] }],
};
const events: readonly LedgerEvent[] = [
  { ...at, version: 1, kind: 'threadCreated', creator: alice },
  { ...at, version: 2, kind: 'messagePosted', hash: posted, author: alice, sequence: 0 },
  { ...at, version: 3, kind: 'specSubmitted', hash: open, author: bob, stake: 1_000n, expiresAtS: 9 },
];
const shown = (who: string) => ({ who, views: [view] });
const seen: CrashObservation = {
  ledger: [view],
  events,
  backends: [shown('b0, in its cache,'), shown('b0, read strongly,')],
  clients: [shown('client 0')],
  messages: [
    { hash: posted, thread, author: alice, text: 'hello', state: 'recorded', sequence: 0 },
    { hash: open, thread, author: bob, text: 'let me in', state: 'pending', sequence: null },
  ],
  metadata: [{ thread, version: 3, coAuthors: [alice], messageCount: 1 }],
  unreadable: [],
};

const write = (wallet: typeof alice, command: WriteCommand, over: Partial<WriteRecord> & { version?: number }): WriteRecord => {
  const { version, ...rest } = over;
  const end = version === undefined ? null : ({ kind: 'confirmed', thread, version, slot: 200 } as const);
  return {
    client: 'client 0',
    wallet,
    intent: intentId('i'),
    command,
    answer: end === null ? 'refused' : 'confirmed',
    end,
    ...rest,
  };
};
const refusedWith = (code: string) =>
  ({ answer: 'refused', end: { kind: 'refused', refusal: { code, authority: 'solana', detail: '' } } }) as const;

const writes: readonly WriteRecord[] = [
  write(alice, { kind: 'createThread', thread }, { version: 1 }),
  write(alice, { kind: 'post', thread, text: 'hello' }, { version: 2 }),
  write(bob, { kind: 'submitSpec', thread, text: 'let me in', stake: 1_000n }, { version: 3, answer: 'unsettled' }),
  write(bob, { kind: 'post', thread, text: 'no' }, refusedWith('NotCoAuthor')),
  write(alice, { kind: 'createThread', thread: other }, refusedWith('BackendUnavailable')),
];
const told: CrashEvidence = { writes, sightings: [] };

const rulesOf = (evidence: CrashEvidence, observation: CrashObservation): readonly string[] =>
  judgeCrashes(evidence, observation).map(({ rule }) => rule);
const alsoWritten = (...more: readonly WriteRecord[]): CrashEvidence => ({ ...told, writes: [...writes, ...more] });
const [recorded, pending] = seen.messages;
if (recorded === undefined || pending === undefined) throw new Error('two messages are stored');

describe('[KS2] the judge of crashes', () => {
  it('has nothing against a history in which everything acknowledged is everywhere', () => {
    expect(judgeCrashes(told, seen)).toEqual([]);
  });

  const post = (text: string): WriteCommand => ({ kind: 'post', thread, text });
  it.each<readonly [string, CrashEvidence, readonly string[]]>([
    ['an acknowledged post that is not on the ledger', alsoWritten(write(alice, post('lost'), { version: 4 })), ['confirmed']],
    [
      'an acknowledged version that belongs to another write',
      alsoWritten(write(alice, post('lost'), { version: 2 })),
      ['confirmed'],
    ],
    [
      'an acknowledged vote that is not on the ledger',
      alsoWritten(write(alice, { kind: 'vote', thread, hash: open, author: bob, choice: 'approve' }, { version: 3 })),
      ['confirmed'],
    ],
    [
      'an acknowledged settlement that is not on the ledger',
      alsoWritten(write(alice, { kind: 'settle', thread, hash: open, author: bob }, { version: 3 })),
      ['confirmed'],
    ],
    [
      'an acknowledged departure that is not on the ledger',
      alsoWritten(write(alice, { kind: 'divest', thread }, { version: 3 })),
      ['confirmed'],
    ],
    ['a refused post that is on the ledger', alsoWritten(write(alice, post('hello'), refusedWith('Expired'))), ['refused']],
    [
      'a refused creation that is on the ledger',
      alsoWritten(write(alice, { kind: 'createThread', thread }, refusedWith('ThreadAlreadyExists'))),
      ['refused'],
    ],
    ['a write without an end', alsoWritten(write(alice, post('?'), { answer: 'unsettled', end: null })), ['ended']],
    ['a write that was never answered', alsoWritten(write(alice, post('?'), { answer: null, end: null })), ['ended']],
    ['what was sighted on the way', { ...told, sightings: [{ rule: 'forward', detail: 'back it went' }] }, ['forward']],
  ])('convicts %s', (_what, evidence, rules) => {
    expect(rulesOf(evidence, seen)).toEqual(rules);
  });

  it.each<readonly [string, Partial<CrashObservation>, readonly string[]]>([
    ['a cache without a thread', { backends: [{ who: 'b0', views: [] }] }, ['backend']],
    ['a cache at an older version', { backends: [{ who: 'b0', views: [{ ...view, version: 2 }] }] }, ['backend']],
    [
      'a cache with another content of the same version',
      { backends: [{ who: 'b0', views: [{ ...view, vault: 1n }] }] },
      ['backend'],
    ],
    ['a client with other co-authors', { clients: [{ who: 'c', views: [{ ...view, coAuthors: [alice, bob] }] }] }, ['client']],
    ['a client with a thread of its own', { clients: [{ who: 'c', views: [view, { ...view, thread: other }] }] }, ['client']],
    ['a recorded message that is missing', { messages: [pending] }, ['content']],
    ['a recorded message left pending', { messages: [{ ...recorded, state: 'pending', sequence: null }, pending] }, ['content']],
    ['a recorded message at another place', { messages: [{ ...recorded, sequence: 1 }, pending] }, ['content']],
    ['a recorded message with another text', { messages: [{ ...recorded, text: 'hullo' }, pending] }, ['content']],
    ['an open spec without its content', { messages: [recorded] }, ['content']],
    ['an unreadable point', { unreadable: ['1'] }, ['content']],
    [
      'pending content of nobody',
      { messages: [recorded, pending, { ...pending, hash: hashOf(bob, 'no'), text: 'no' }] },
      ['orphan'],
    ],
    ['metadata that is missing', { metadata: [] }, ['metadata']],
    ['metadata with other co-authors', { metadata: [{ thread, version: 3, coAuthors: [bob], messageCount: 1 }] }, ['metadata']],
  ])('convicts %s', (_what, over, rules) => {
    expect(rulesOf(told, { ...seen, ...over })).toEqual(rules);
  });
});

describe('[KS3] the record of a crash campaign', () => {
  const b0 = backendId('b0');
  const intent = intentId('a1');
  const begun = (): CrashRecord => {
    const record = new CrashRecord();
    record.begin({ client: 'client 0', wallet: alice, intent, command: { kind: 'post', thread, text: 'hello' } }, b0);
    return record;
  };

  it('keeps the end of a write, whether told at once or learned later, also under the name of a later preparation', () => {
    const record = begun();
    record.answer(intent, 'unsettled', null, b0);
    expect(record.writes).toMatchObject([{ answer: 'unsettled', end: null }]);
    record.end(`${intent}.2`, { kind: 'confirmed', thread, version: 2, slot: 7 });
    record.end(intent, { kind: 'confirmed', thread, version: 2, slot: 7 });
    expect(record.writes).toMatchObject([{ answer: 'unsettled', end: { kind: 'confirmed', version: 2 } }]);
    expect(record.newestConfirmed(thread)).toBe(2);
    expect(record.sightings).toEqual([]);
  });

  it('sights a second end that is another one, and a version that two observers see differently', () => {
    const record = begun();
    record.answer(intent, 'confirmed', { kind: 'confirmed', thread, version: 2, slot: 7 }, b0);
    record.end(intent, { kind: 'refused', refusal: { code: 'Expired', authority: 'solana', detail: '' } });
    record.shown('client 0', view);
    record.shown('client 1', view);
    record.shown('client 1', { ...view, vault: 1n });
    expect(record.sightings.map(({ rule }) => rule)).toEqual(['one end', 'agreement']);
    expect(record.versionsSeen).toBe(1);
  });
});
