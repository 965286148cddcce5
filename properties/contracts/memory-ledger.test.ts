/**
 * The ledger port on the model's reducers: the suites every ground stands, then what is this ledger's own. Green here says nothing
 * about Solana; it says that the fast tier's ledger means the same as the slow one's.
 */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { signature } from '#impl/ports/ids.ts';
import type { LedgerAction, SignedTransaction, Wallet } from '#impl/ports/ledger.ts';
import { SLOT_MS } from '#simulations/solana/slots.ts';
import { decodeBytes, decodeMessage, encodeMessage } from '#simulations/world/memory/transaction-text.ts';
import { ledgerContract } from './ledger.contract.ts';
import { ledgerFaultsContract } from './ledger-faults.contract.ts';
import { act, confirmed, expectValue, hashOf, processed, settled, signed, threadAt, threadOf } from './ledger-stage.ts';
import { memoryLedgerEnvironment, type OpenedMemoryLedger, wireOnly } from './memory-grounds.ts';

describe("[MY1] ledger on the model's reducers", () => {
  ledgerContract(memoryLedgerEnvironment(), wireOnly);
  ledgerFaultsContract(memoryLedgerEnvironment());
});

describe('memory ledger', () => {
  let opened: OpenedMemoryLedger;
  let alice: Wallet;
  let bob: Wallet;
  beforeEach(async () => {
    opened = await memoryLedgerEnvironment().open();
    [alice, bob] = opened.wallets;
  });

  it('[MY2] prepares one spelling of each action for the one signer, and changes nothing', async () => {
    const thread = threadOf(alice);
    const key = { thread, hash: hashOf('a'), author: bob.id };
    await act(opened, alice, { kind: 'createThread', thread });
    await act(opened, bob, { kind: 'submitSpec', ...key, stake: 1_000n });
    const actions: readonly LedgerAction[] = [
      { kind: 'createThread', thread },
      { kind: 'postMessage', thread, hash: key.hash },
      { kind: 'submitSpec', thread, hash: key.hash, stake: 18_446_744_073_709_551_615n },
      { kind: 'vote', ...key, choice: 'approve' },
      { kind: 'vote', ...key, choice: 'deny' },
      { kind: 'settle', ...key },
      { kind: 'divest', thread },
    ];
    const messages = new Set<string>();
    for (const action of actions) {
      const prepared = expectValue(await opened.ledger.prepare(action, alice.id));
      expect(decodeMessage(prepared.message)).toMatchObject({ signer: alice.id, action });
      expect(expectValue(await opened.ledger.prepare(action, alice.id))).toEqual(prepared);
      messages.add(prepared.message);
    }
    expect(messages.size).toBe(actions.length);
    await opened.pass(SLOT_MS);
    const later = expectValue(await opened.ledger.prepare({ kind: 'divest', thread }, alice.id));
    expect(messages.has(later.message)).toBe(false);
    expect(await threadAt(opened.ledger, thread, processed)).toMatchObject({ version: 2 });
  });

  it('[MY2] a write may be prepared from before what was only processed when it was seen', async () => {
    const thread = threadOf(alice);
    await act(opened, alice, { kind: 'createThread', thread });
    const client = opened.another();
    expect(await threadAt(client, thread, processed)).toMatchObject({ version: 1 });
    expect(expectValue(await client.prepare({ kind: 'divest', thread }, alice.id)).signer).toBe(alice.id);
  });

  it('[MY2] a wallet signs exactly the action it was told, and nothing else', async () => {
    const thread = threadOf(alice);
    const action: LedgerAction = { kind: 'createThread', thread };
    const prepared = expectValue(await opened.ledger.prepare(action, alice.id));
    const unexpected = { ok: false, failure: expect.objectContaining({ kind: 'refused', code: 'UnexpectedMessage' }) };
    expect(alice.signAction(prepared, { kind: 'createThread', thread: threadOf(bob) })).toEqual(unexpected);
    expect(alice.signAction(prepared, { kind: 'divest', thread })).toEqual(unexpected);
    expect(bob.signAction(prepared, action)).toEqual(unexpected);
    expect(bob.signAction({ ...prepared, signer: bob.id }, action)).toEqual(unexpected);
    const longer = Buffer.concat([Buffer.from(prepared.message, 'base64'), Buffer.from(' ')]).toString('base64');
    for (const message of ['', 'AAAA', longer]) expect(alice.signAction({ ...prepared, message }, action)).toEqual(unexpected);
    expect(alice.signAction(prepared, action).ok).toBe(true);
  });

  it('[MY2] a wallet that never signed moves nothing: no signature, a forged one, or one over other bytes', async () => {
    const thread = threadOf(alice);
    await act(opened, alice, { kind: 'createThread', thread });
    const before = await opened.holdings();
    const action = { kind: 'submitSpec', thread, hash: hashOf('forged'), stake: 1_000n } as const;
    const honest = await signed(opened.ledger, bob, action);
    const wire = Buffer.from(honest.bytes, 'base64');
    const flipped = Buffer.from(wire);
    flipped[9] = (flipped[9] ?? 0) ^ 1;
    const decoded = decodeBytes(honest.bytes);
    if (decoded === null) throw new Error('an honest transaction must decode');
    const other = encodeMessage({ ...decoded.message, action: { ...action, stake: 2_000n } });
    const byAlice = encodeMessage({ ...decoded.message, signer: alice.id });
    const forgeries = [
      Buffer.concat([Buffer.from([1]), Buffer.alloc(64, 5), wire.subarray(65)]),
      flipped,
      Buffer.concat([wire.subarray(0, 65), Buffer.from(other, 'base64')]),
      Buffer.concat([wire.subarray(0, 65), Buffer.from(byAlice, 'base64')]),
    ];
    for (const forgery of forgeries) {
      const bytes = forgery.toString('base64');
      const name = decodeBytes(bytes)?.signature ?? signature('1'.repeat(64));
      const refused: SignedTransaction = { ...honest, signature: name, bytes };
      const outcome = { kind: 'notApplied', failure: { kind: 'invalid', code: 'SignatureVerificationFailure' } };
      expect(await opened.ledger.submit(refused)).toMatchObject(outcome);
      expect(await opened.another({ preflight: true }).submit(refused)).toMatchObject(outcome);
    }
    await opened.pass(1_600);
    expect(await opened.holdings()).toEqual(before);
    await opened.ledger.submit(honest);
    expect(await settled(opened, honest)).toMatchObject({ refusal: null });
  });

  it('[MY3] every past bank stays as it was, and a fork gives back exactly the one before', async () => {
    const { chain } = opened;
    const thread = threadOf(alice);
    const { slot } = await act(opened, alice, { kind: 'createThread', thread });
    const then = chain.bank(slot);
    for (const text of ['a', 'b', 'c']) await act(opened, alice, { kind: 'postMessage', thread, hash: hashOf(text) });
    expect(chain.bank(slot)).toBe(then);
    expect(then.state.threads.get(thread)?.now).toMatchObject({ version: 1, messageCount: 0 });
    const newest = chain.bank(chain.tip());
    await opened.ledger.submit(await signed(opened.ledger, alice, { kind: 'postMessage', thread, hash: hashOf('d') }));
    await opened.ledger.submit(await signed(opened.ledger, alice, { kind: 'postMessage', thread, hash: hashOf('e') }));
    expect(await chain.forkOut(5)).toHaveLength(2);
    expect(chain.bank(chain.tip())).toBe(newest);
  });

  it("[MY3] a thread's hash chain and slots follow its messages, as the program computes them", async () => {
    const thread = threadOf(alice);
    const created = await act(opened, alice, { kind: 'createThread', thread });
    await opened.pass(4 * SLOT_MS);
    const posted = await act(opened, alice, { kind: 'postMessage', thread, hash: hashOf('a') });
    const { value } = expectValue(await opened.ledger.thread(thread, confirmed));
    expect(value).toMatchObject({ createdSlot: created.slot, updatedSlot: posted.slot, messageCount: 1 });
    const chain = Buffer.concat([Buffer.alloc(32), Buffer.from(hashOf('a'), 'hex')]);
    expect(value?.hashChain).toBe(createHash('sha256').update(chain).digest('hex'));
  });
});
