/**
 * What every ground must do that the ledger port runs on: our gateways and a validator alike. Nothing here commands faults or reads
 * anything but through the port. A green run on gateways says nothing about a validator; the run names its ground.
 */
import { Message, PublicKey, SystemProgram, TransactionMessage } from '@solana/web3.js';
import bs58 from 'bs58';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { PROGRAM_ID } from '#impl/adapters/solana/codec/index.ts';
import { signature, walletId } from '#impl/ports/ids.ts';
import type { SignedTransaction, Wallet } from '#impl/ports/ledger.ts';
import { CONFIRMED_AFTER_SLOTS, SLOT_MS } from '#simulations/solana/slots.ts';
import {
  act,
  allEvents,
  casesExcept,
  confirmed,
  eventsOf,
  expectValue,
  hashOf,
  type LedgerEnvironment,
  type OpenedLedger,
  processed,
  settled,
  signed,
  threadAt,
  threadOf,
} from './ledger-stage.ts';

const failsWith = (kind: string, code: string): object => ({ ok: false, failure: expect.objectContaining({ kind, code }) });
/** A signature over other bytes than these. */
const flipped = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64');
  bytes[5] = (bytes[5] ?? 0) ^ 1;
  return bytes;
};

/** @param skipped cases that do not apply to this ground, by name, with the reason */
export function ledgerContract(environment: LedgerEnvironment, skipped: Readonly<Record<string, string>> = {}): void {
  const { it, unused } = casesExcept(skipped);
  let opened: OpenedLedger;
  let alice: Wallet;
  let bob: Wallet;
  let carol: Wallet;
  beforeEach(async () => {
    opened = await environment.open();
    [alice, bob, carol] = opened.wallets;
  });
  afterEach(() => opened.close());

  describe('preparing', () => {
    it('[LG1] compiles one instruction of the program for the one signer, and changes nothing', async () => {
      const thread = threadOf(alice);
      const prepared = expectValue(await opened.ledger.prepare({ kind: 'createThread', thread }, alice.id));
      const { value: height } = expectValue(await opened.ledger.blockHeight());
      expect(prepared.signer).toBe(alice.id);
      expect(prepared.lastValidBlockHeight).toBeGreaterThanOrEqual(height);
      expect(prepared.lastValidBlockHeight).toBeLessThanOrEqual(height + 151);
      expect(Buffer.from(prepared.message, 'base64').includes(PROGRAM_ID.toBuffer())).toBe(true);
      await opened.pass(1_600);
      expect(await threadAt(opened.ledger, thread)).toBeNull();
    });

    it('[LG1] refuses by name where a thread or spec is missing', async () => {
      const thread = threadOf(alice);
      const key = { thread, hash: hashOf('a'), author: bob.id };
      const prepare = (action: Parameters<typeof signed>[2]) => opened.ledger.prepare(action, alice.id);
      const noThread = failsWith('refused', 'ThreadNotFound');
      expect(await prepare({ kind: 'postMessage', thread, hash: key.hash })).toEqual(noThread);
      expect(await prepare({ kind: 'submitSpec', thread, hash: key.hash, stake: 1_000n })).toEqual(noThread);
      expect(await prepare({ kind: 'divest', thread })).toEqual(noThread);
      expect(await prepare({ kind: 'settle', ...key })).toEqual(noThread);
      expect((await act(opened, alice, { kind: 'createThread', thread })).refusal).toBeNull();
      expect(await prepare({ kind: 'vote', ...key, choice: 'deny' })).toEqual(failsWith('refused', 'SpecNotFound'));
      expect(await prepare({ kind: 'settle', ...key })).toEqual(failsWith('refused', 'SpecNotFound'));
    });

    it('[LG2] a wallet signs exactly the action it was told, and nothing else', async () => {
      const thread = threadOf(alice);
      const prepared = expectValue(await opened.ledger.prepare({ kind: 'createThread', thread }, alice.id));
      const unexpected = failsWith('refused', 'UnexpectedMessage');
      expect(alice.signAction(prepared, { kind: 'createThread', thread: threadOf(bob) })).toEqual(unexpected);
      expect(alice.signAction(prepared, { kind: 'divest', thread })).toEqual(unexpected);
      expect(bob.signAction(prepared, { kind: 'createThread', thread })).toEqual(unexpected);
      expect(bob.signAction({ ...prepared, signer: bob.id }, { kind: 'createThread', thread })).toEqual(unexpected);
      const longer = `${Buffer.concat([Buffer.from(prepared.message, 'base64'), Buffer.from([0])]).toString('base64')}`;
      expect(alice.signAction({ ...prepared, message: longer }, { kind: 'createThread', thread })).toEqual(unexpected);
      const transfer = transferMessage(alice, bob, blockhashOf(prepared.message));
      expect(alice.signAction({ ...prepared, message: transfer }, { kind: 'createThread', thread })).toEqual(unexpected);
      expect(alice.signAction(prepared, { kind: 'createThread', thread }).ok).toBe(true);
    });

    it('[LG2] a wallet signs no text that could be a transaction', () => {
      expect(bs58.decode(alice.signText('Choir sign-in')).length).toBe(64);
      const transfer = Buffer.from(transferMessage(alice, bob, bs58.encode(Buffer.alloc(32, 3))), 'base64');
      expect(() => alice.signText(transfer.toString('latin1'))).toThrow('UnsafeText');
      expect(() => alice.signText('')).toThrow('UnsafeText');
    });
  });

  describe('submitting', () => {
    it('[LG3] what a node takes lands once, is confirmed, and shows in every read', async () => {
      const thread = threadOf(alice);
      const { slot, refusal, transaction } = await act(opened, alice, { kind: 'createThread', thread });
      expect(refusal).toBeNull();
      const read = expectValue(await opened.another().thread(thread, { ...confirmed, minContextSlot: slot }));
      expect(read.slot).toBeGreaterThanOrEqual(slot);
      expect(read.value).toEqual({
        id: thread,
        version: 1,
        coAuthors: [alice.id],
        messageCount: 0,
        openSpecs: 0,
        hashChain: '0'.repeat(64),
        vault: 0n,
        createdSlot: slot,
        updatedSlot: slot,
      });
      const [event] = await eventsOf(opened.ledger, thread);
      expect(event).toMatchObject({ kind: 'threadCreated', version: 1, slot, signature: transaction.signature });
    });

    it('[LG3] the same bytes twice count as success and land once', async () => {
      const thread = threadOf(alice);
      const transaction = await signed(opened.ledger, alice, { kind: 'createThread', thread });
      const taken = { kind: 'applied', value: transaction.signature };
      expect(await opened.ledger.submit(transaction)).toEqual(taken);
      expect(await opened.ledger.submit(transaction)).toEqual(taken);
      const { slot } = await settled(opened, transaction);
      expect(await opened.another().submit(transaction)).toEqual(taken);
      expect(await opened.another({ preflight: true }).submit(transaction)).toEqual(taken);
      await opened.pass(1_600);
      expect(await settled(opened, transaction)).toMatchObject({ slot, refusal: null });
      expect(await threadAt(opened.ledger, thread)).toMatchObject({ version: 1 });
    });

    it("[LG4] the program's refusal lands by its name and changes nothing", async () => {
      const thread = threadOf(alice);
      await act(opened, alice, { kind: 'createThread', thread });
      expect((await act(opened, bob, { kind: 'createThread', thread })).refusal).toBe('ThreadAlreadyExists');
      expect((await act(opened, bob, { kind: 'postMessage', thread, hash: hashOf('a') })).refusal).toBe('NotCoAuthor');
      const stake = opened.minimumStake - 1n;
      expect((await act(opened, bob, { kind: 'submitSpec', thread, hash: hashOf('a'), stake })).refusal).toBe(
        'StakeBelowMinimum',
      );
      expect((await act(opened, alice, { kind: 'divest', thread })).refusal).toBe('LastCoAuthor');
      expect(await threadAt(opened.ledger, thread)).toMatchObject({ version: 1, coAuthors: [alice.id] });
      expect((await eventsOf(opened.ledger, thread)).map(({ kind }) => kind)).toEqual(['threadCreated']);
    });

    it('[LG4] preflight says so before anything is broadcast', async () => {
      const thread = threadOf(alice);
      await act(opened, alice, { kind: 'createThread', thread });
      const again = await signed(opened.ledger, alice, { kind: 'createThread', thread });
      expect(await opened.another({ preflight: true }).submit(again)).toMatchObject({
        kind: 'notApplied',
        failure: { kind: 'refused', code: 'ThreadAlreadyExists' },
      });
      expect(expectValue(await opened.ledger.transactionStatus(again.signature, { searchHistory: true }))).toEqual({
        kind: 'notSeen',
      });
    });

    it('[LG5] a wallet that never signed moves nothing: no signature, a forged one, or one over other bytes', async () => {
      const thread = threadOf(alice);
      await act(opened, alice, { kind: 'createThread', thread });
      const before = await balances(opened);
      const action = { kind: 'submitSpec', thread, hash: hashOf('forged'), stake: opened.minimumStake } as const;
      const { message, lastValidBlockHeight } = expectValue(await opened.ledger.prepare(action, bob.id));
      const honest = expectValue(bob.signAction({ signer: bob.id, message, lastValidBlockHeight }, action));
      const altered = Buffer.from(honest.bytes, 'base64');
      altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
      const lamport = transferMessage(bob, carol, blockhashOf(message));
      for (const bytes of [unsigned(message), unsigned(lamport), flipped(honest.bytes), altered]) {
        await neverApplies(opened, bytes, lastValidBlockHeight);
      }
      await opened.pass(1_600);
      expect(await balances(opened)).toEqual(before);
      const spec = async () =>
        expectValue(await opened.ledger.spec({ thread, hash: action.hash, author: bob.id }, confirmed)).value;
      expect(await spec()).toBeNull();
      // The very same message lands with the right signature: only signatures stood in its way.
      expect(await opened.ledger.submit(honest)).toMatchObject({ kind: 'applied' });
      expect(await settled(opened, honest)).toMatchObject({ refusal: null });
      expect(await spec()).toMatchObject({ stake: opened.minimumStake });
    });

    it('[LG6] a transaction nobody sent is not seen, which is no failure', async () => {
      const transaction = await signed(opened.ledger, alice, { kind: 'createThread', thread: threadOf(alice) });
      for (const searchHistory of [false, true]) {
        const status = await opened.ledger.transactionStatus(transaction.signature, { searchHistory });
        expect(status).toEqual({ ok: true, value: { kind: 'notSeen' } });
      }
    });

    it('[LG6] bytes that are no transaction are invalid and certainly not applied', async () => {
      const honest = await signed(opened.ledger, alice, { kind: 'createThread', thread: threadOf(alice) });
      for (const bytes of ['', 'AAAA', honest.bytes.slice(0, 100), `${honest.bytes.slice(0, -8)}AAAAAAAAAAAAAAAA`]) {
        expect(await opened.ledger.submit({ ...honest, bytes })).toMatchObject({
          kind: 'notApplied',
          failure: { kind: 'invalid' },
        });
      }
    });
  });

  describe('reading', () => {
    it('[LG7] specs, votes, settlements, messages and balances through a whole life', async () => {
      const thread = threadOf(alice);
      const hash = hashOf('proposal');
      const key = { thread, hash, author: bob.id };
      const stake = opened.minimumStake + 1n;
      await act(opened, alice, { kind: 'createThread', thread });
      await act(opened, alice, { kind: 'postMessage', thread, hash: hashOf('first') });
      expect((await act(opened, bob, { kind: 'submitSpec', thread, hash, stake })).refusal).toBeNull();
      const open = expectValue(await opened.ledger.spec(key, confirmed)).value;
      expect(open).toMatchObject({ ...key, stake, voters: [alice.id], approvals: [], denials: [], status: 'open' });
      expect(expectValue(await opened.ledger.balance(bob.id, confirmed)).value).toBe(opened.balance - stake);
      expect(await threadAt(opened.ledger, thread)).toMatchObject({ version: 3, openSpecs: 1 });
      await act(opened, alice, { kind: 'vote', ...key, choice: 'approve' });
      expect(expectValue(await opened.ledger.spec(key, confirmed)).value).toMatchObject({
        approvals: [alice.id],
        status: 'open',
      });
      await act(opened, carol, { kind: 'settle', ...key });
      expect(expectValue(await opened.ledger.spec(key, confirmed)).value).toMatchObject({ status: 'approved' });
      const joined = await threadAt(opened.ledger, thread);
      expect(joined).toMatchObject({ version: 5, openSpecs: 0, coAuthors: [alice.id, bob.id], messageCount: 2, vault: 0n });
      expect(expectValue(await opened.ledger.balance(alice.id, confirmed)).value).toBe(opened.balance + stake);
      const recorded = { hash, author: bob.id, sequence: 1 };
      expect(expectValue(await opened.ledger.message({ thread, hash }, confirmed)).value).toEqual(recorded);
      expect((await act(opened, bob, { kind: 'divest', thread })).refusal).toBeNull();
      expect(await threadAt(opened.ledger, thread)).toMatchObject({ version: 6, coAuthors: [alice.id] });
      const events = await eventsOf(opened.ledger, thread);
      expect(events.map(({ kind }) => kind)).toEqual([
        'threadCreated',
        'messagePosted',
        'specSubmitted',
        'voted',
        'settled',
        'divested',
      ]);
      expect(events[4]).toMatchObject({ status: 'approved', sequence: 1, joined: true, author: bob.id });
    });

    it('[LG7] what does not exist reads as nothing, not as an error', async () => {
      const thread = threadOf(alice);
      const nobody = walletId(bs58.encode(Buffer.alloc(32, 7)));
      expect(await threadAt(opened.ledger, thread)).toBeNull();
      expect(expectValue(await opened.ledger.message({ thread, hash: hashOf('a') }, confirmed)).value).toBeNull();
      expect(expectValue(await opened.ledger.messages(thread, { from: 0, limit: 10 }, confirmed)).value).toEqual([]);
      expect(expectValue(await opened.ledger.balance(nobody, confirmed)).value).toBe(0n);
    });

    it('[LG8] refuses to answer from a bank older than asked for', async () => {
      const far = { ...confirmed, minContextSlot: expectValue(await opened.ledger.blockHeight()).slot + 1_000_000_000 };
      const behind = expect.objectContaining({ ok: false, failure: expect.objectContaining({ kind: 'behind' }) });
      const thread = threadOf(alice);
      const hash = hashOf('a');
      expect(await opened.ledger.thread(thread, far)).toEqual(behind);
      expect(await opened.ledger.spec({ thread, hash, author: bob.id }, far)).toEqual(behind);
      expect(await opened.ledger.message({ thread, hash }, far)).toEqual(behind);
      expect(await opened.ledger.messages(thread, { from: 0, limit: 1 }, far)).toEqual(behind);
      expect(await opened.ledger.balance(alice.id, far)).toEqual(behind);
      const { signature } = await signed(opened.ledger, alice, { kind: 'createThread', thread });
      for (const searchHistory of [false, true]) {
        const { minContextSlot } = far;
        expect(await opened.ledger.transactionStatus(signature, { searchHistory, minContextSlot })).toEqual(behind);
        const { slot } = expectValue(await opened.ledger.blockHeight());
        const found = await opened.ledger.transactionStatus(signature, { searchHistory, minContextSlot: slot });
        expect(found).toEqual({ ok: true, value: { kind: 'notSeen' } });
      }
    });

    it('[LG8] processed is seen first, confirmed later, and the block height never goes back', async () => {
      const thread = threadOf(alice);
      const transaction = await signed(opened.ledger, alice, { kind: 'createThread', thread });
      const before = expectValue(await opened.ledger.blockHeight());
      await opened.ledger.submit(transaction);
      const { slot } = await settled(opened, transaction);
      expect(await threadAt(opened.ledger, thread, processed)).toMatchObject({ version: 1 });
      expect(await threadAt(opened.ledger, thread, { ...confirmed, minContextSlot: slot })).toMatchObject({ version: 1 });
      const after = expectValue(await opened.ledger.blockHeight());
      expect(after.value).toBeGreaterThanOrEqual(before.value);
      expect(after.slot).toBeGreaterThanOrEqual(before.slot);
      expect(after.slot).toBeGreaterThanOrEqual(after.value);
    });

    it('[LG9] pages of messages: more than 64, any range, in order, and the next one goes to the right page', async () => {
      const thread = threadOf(alice);
      await act(opened, alice, { kind: 'createThread', thread });
      const hashes = Array.from({ length: 66 }, (_, index) => hashOf(`message ${index}`));
      for (const hash of hashes) {
        const { refusal } = await act(opened, alice, { kind: 'postMessage', thread, hash });
        expect(refusal).toBeNull();
      }
      const read = async (from: number, limit: number) =>
        expectValue(await opened.ledger.messages(thread, { from, limit }, confirmed)).value;
      const all = hashes.map((hash, sequence) => ({ hash, author: alice.id, sequence }));
      expect(await read(0, 1_024)).toEqual(all);
      expect(await read(0, 64)).toEqual(all.slice(0, 64));
      expect(await read(63, 2)).toEqual(all.slice(63, 65));
      expect(await read(64, 1)).toEqual(all.slice(64, 65));
      expect(await read(65, 1_024)).toEqual(all.slice(65));
      expect(await read(66, 10)).toEqual([]);
      expect(await read(1_000, 10)).toEqual([]);
      const versions = (await eventsOf(opened.ledger, thread, 25)).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: 67 }, (_, index) => index + 1));
      // 67 confirmations in real time, where there is one.
    }, 240_000);

    it('[LG10] ranges out of bounds are invalid', async () => {
      const invalid = failsWith('invalid', 'InvalidRange');
      const thread = threadOf(alice);
      for (const range of [
        { from: 0, limit: 0 },
        { from: 0, limit: 1_025 },
        { from: -1, limit: 1 },
        { from: 0.5, limit: 1 },
      ]) {
        expect(await opened.ledger.messages(thread, range, confirmed)).toEqual(invalid);
      }
      for (const limit of [0, 1_001, 1.5]) expect(await opened.ledger.events(null, limit)).toEqual(invalid);
    });
  });

  describe('events', () => {
    it('[LG11] come in ledger order, strictly after the position, in pages that leave nothing out', async () => {
      const thread = threadOf(alice);
      const start = (await allEvents(opened.ledger)).length;
      await act(opened, alice, { kind: 'createThread', thread });
      for (const text of ['a', 'b', 'c']) await act(opened, alice, { kind: 'postMessage', thread, hash: hashOf(text) });
      const events = await allEvents(opened.ledger);
      expect(events.slice(start).map(({ version }) => version)).toEqual([1, 2, 3, 4]);
      for (const limit of [1, 2, 3]) expect(await allEvents(opened.another(), limit)).toEqual(events);
      const last = events.at(-1);
      if (last === undefined) throw new Error('no events');
      const position = { slot: last.slot, signature: last.signature };
      expect(expectValue(await opened.another().events(position, 10))).toEqual({ events: [], next: position });
    });

    it('[LG11] of one thread: its own only, from the beginning or after any position, in pages too', async () => {
      const [mine, other] = [threadOf(alice), threadOf(bob)];
      await act(opened, alice, { kind: 'createThread', thread: mine });
      await act(opened, bob, { kind: 'createThread', thread: other });
      for (const text of ['a', 'b', 'c']) {
        await act(opened, alice, { kind: 'postMessage', thread: mine, hash: hashOf(text) });
        await act(opened, bob, { kind: 'postMessage', thread: other, hash: hashOf(text) });
      }
      const all = await allEvents(opened.ledger);
      const expected = all.filter(({ thread }) => thread === mine);
      expect(expected.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
      for (const limit of [1, 3, 1_000]) expect(await allEvents(opened.another(), limit, mine)).toEqual(expected);
      const foreign = all.findLast(({ thread, version }) => thread === other && version === 2);
      if (foreign === undefined) throw new Error('no event of the other thread');
      const { slot, signature: name } = foreign;
      const { events } = expectValue(await opened.another().events({ slot, signature: name }, 1_000, mine));
      // A position of another thread's: at most what shares its slot is told again.
      expect(events.filter((event) => event.slot > slot)).toEqual(expected.filter((event) => event.slot > slot));
    });

    it('[LG11] failed transactions move the position and tell nothing', async () => {
      const thread = threadOf(alice);
      await act(opened, alice, { kind: 'createThread', thread });
      const before = await allEvents(opened.ledger);
      const { transaction, slot, refusal } = await act(opened, bob, { kind: 'createThread', thread });
      expect(refusal).toBe('ThreadAlreadyExists');
      const last = before.at(-1);
      const after = last === undefined ? null : { slot: last.slot, signature: last.signature };
      expect(expectValue(await opened.another().events(after, 10))).toEqual({
        events: [],
        next: { slot, signature: transaction.signature },
      });
    });

    it('[LG12] a position that the ledger does not have is replaced by its slot', async () => {
      const thread = threadOf(alice);
      await act(opened, alice, { kind: 'createThread', thread });
      await opened.pass(CONFIRMED_AFTER_SLOTS * SLOT_MS);
      const second = await act(opened, alice, { kind: 'postMessage', thread, hash: hashOf('a') });
      await opened.pass(CONFIRMED_AFTER_SLOTS * SLOT_MS);
      await act(opened, alice, { kind: 'postMessage', thread, hash: hashOf('b') });
      const missing = { slot: second.slot, signature: signature(bs58.encode(Buffer.alloc(64, 9))) };
      const { events } = expectValue(await opened.another().events(missing, 1_000));
      expect(events.filter((event) => event.thread === thread).map(({ version }) => version)).toEqual([2, 3]);
    });
  });
  if (Object.keys(skipped).length > 0) it('every case that is skipped exists', () => expect(unused()).toEqual([]));
}

function transferMessage(from: Wallet, to: Wallet, recentBlockhash: string): string {
  const [fromPubkey, toPubkey] = [new PublicKey(from.id), new PublicKey(to.id)];
  return new TransactionMessage({
    payerKey: fromPubkey,
    recentBlockhash,
    instructions: [SystemProgram.transfer({ fromPubkey, toPubkey, lamports: 1n })],
  })
    .compileToLegacyMessage()
    .serialize()
    .toString('base64');
}

const blockhashOf = (message: string): string => Message.from(Buffer.from(message, 'base64')).recentBlockhash;

const unsigned = (message: string): Buffer =>
  Buffer.concat([Buffer.from([1]), Buffer.alloc(64, 5), Buffer.from(message, 'base64')]);

/** Submits it, and sees that it is not in any block afterwards. A validator may take it at first and drop it. */
async function neverApplies({ ledger, another }: OpenedLedger, bytes: Buffer, lastValidBlockHeight: number): Promise<void> {
  const transaction: SignedTransaction = {
    signature: signature(bs58.encode(bytes.subarray(1, 65))),
    bytes: bytes.toString('base64'),
    lastValidBlockHeight,
  };
  expect(await another({ preflight: true }).submit(transaction)).toMatchObject({ kind: 'notApplied' });
  await ledger.submit(transaction);
  expect(expectValue(await ledger.transactionStatus(transaction.signature, { searchHistory: true }))).toEqual({
    kind: 'notSeen',
  });
}

async function balances({ ledger, wallets, rpc }: OpenedLedger): Promise<readonly unknown[]> {
  return Promise.all(
    wallets.map(async ({ id }) => {
      const request = { jsonrpc: '2.0', id: 1, method: 'getBalance', params: [id, { commitment: 'confirmed' }] };
      const { result } = JSON.parse((await rpc(JSON.stringify(request))).text) as { result: { value: number } };
      return [expectValue(await ledger.balance(id, confirmed)).value, result.value];
    }),
  );
}
