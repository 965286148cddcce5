import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../adapters/store/memory.ts';
import { contentHash, intentId, threadId, walletId } from '../../ports/ids.ts';
import { transaction } from '../scripted-ledger.ts';
import { claimStore } from '../tables.ts';
import { type Ended, ended, keyOf, keyOfEntry, Outbox, type Preparing, type Submitting } from './outbox.ts';

const ann = walletId('A'.repeat(40));
const thread = threadId('01'.repeat(32));
const hash = contentHash('0a'.repeat(32));
const prepared = { signer: ann, message: 'AQ==', lastValidBlockHeight: 9 };

const preparing = (n: number): Preparing => ({
  state: 'preparing',
  wallet: ann,
  intent: intentId(`i${n}`),
  order: n,
  action: { kind: 'submitSpec', thread, hash, stake: 5n },
  hash,
  prepared,
});
const submitting = (n: number): Submitting => ({
  ...preparing(n),
  state: 'submitting',
  signed: { signature: transaction(n).signature, bytes: 'AQ==', lastValidBlockHeight: 9 },
});
const end = { kind: 'confirmed', thread, version: 2, slot: 7 } as const;
const finished = (n: number): Ended => ended(submitting(n), end);

describe('outbox', () => {
  it('[OX1] is the same after a crash: every state, every number', async () => {
    const store = new MemoryStore();
    const outbox = await Outbox.load(store, 10);
    for (const entry of [preparing(0), submitting(1), finished(2)]) await outbox.put(entry);
    const again = await Outbox.load(new MemoryStore(store.crash()), 10);
    for (const entry of [preparing(0), submitting(1), finished(2)]) expect(again.get(keyOfEntry(entry))).toEqual(entry);
    expect(again.sizes()).toEqual({ preparing: 1, submitting: 1, ended: 1 });
    expect(again.nextOrder()).toBe(3);
    expect(again.submitting(transaction(1).signature)).toEqual([submitting(1)]);
    expect(again.submitting(transaction(2).signature)).toEqual([]);
  });

  it('[OX2] names open intents in order of submission', async () => {
    const outbox = await Outbox.load(new MemoryStore(), 10);
    for (const n of [2, 0, 1]) await outbox.put(submitting(n));
    expect(outbox.open().map((entry) => entry.order)).toEqual([0, 1, 2]);
  });

  it('[OX3] knows that content can land while any intent with it is open', async () => {
    const outbox = await Outbox.load(new MemoryStore(), 10);
    await outbox.put(preparing(0));
    await outbox.put(submitting(1));
    await outbox.put(finished(0));
    expect(outbox.canLand(hash)).toBe(true);
    await outbox.put(finished(1));
    expect(outbox.canLand(hash)).toBe(false);
  });

  it('[OX4] counts an open intent at once, and tells of an end only when it is durable', async () => {
    const outbox = await Outbox.load(new MemoryStore(), 10);
    const storing = outbox.put(preparing(0));
    expect(outbox.canLand(hash)).toBe(true);
    await storing;
    const ending = outbox.put(finished(0));
    expect(outbox.get(keyOf(ann, intentId('i0')))?.state).toBe('preparing');
    await ending;
    expect(outbox.get(keyOf(ann, intentId('i0')))?.state).toBe('ended');
  });

  it('[OX5] keeps the newest ends up to its retention, in memory and on disk alike', async () => {
    const store = new MemoryStore();
    const outbox = await Outbox.load(store, 3);
    for (let n = 0; n < 7; n += 1) {
      await outbox.put(submitting(n));
      await outbox.put(finished(n));
    }
    expect(outbox.sizes().ended).toBe(3);
    expect((await store.scan('outbox')).map(([key]) => key)).toEqual([4, 5, 6].map((n) => keyOf(ann, intentId(`i${n}`))));
  });

  it('[OX7] knows every intent that waits for the same transaction, until each has ended', async () => {
    const outbox = await Outbox.load(new MemoryStore(), 10);
    const twin: Submitting = { ...submitting(1), intent: intentId('twin') };
    await outbox.put(submitting(1));
    await outbox.put(twin);
    expect(outbox.submitting(transaction(1).signature)).toEqual([submitting(1), twin]);
    await outbox.put(finished(1));
    expect(outbox.submitting(transaction(1).signature)).toEqual([twin]);
  });

  it('[OX6] a store of another backend or format is refused, by name', async () => {
    const store = new MemoryStore();
    await claimStore(store, 'b0');
    await claimStore(store, 'b0');
    await expect(claimStore(store, 'b1')).rejects.toMatchObject({ code: 'StoreCorrupt', message: /"b0".*"b1"/ });
    await store.write([{ kind: 'put', table: 'meta', key: 'format', value: 99 }]);
    await expect(claimStore(store, 'b0')).rejects.toMatchObject({ code: 'StoreCorrupt', message: /expected 1, got 99/ });
  });
});
