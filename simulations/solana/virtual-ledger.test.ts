/**
 * The virtual ledger against a ledger of plain numbers: transfers, time, forks, reads of any age, on both virtual machines. Then
 * what many worlds on one bank must not do to each other, and what no sum may do. Does not show what the program does.
 */
import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { PublicKey, SystemProgram, type TransactionInstruction, TransactionMessage, VersionedTransaction } from '@solana/web3.js';
import bs58 from 'bs58';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createThread, tokenAccountAddress, treasuryAddress } from '#impl/adapters/solana/codec/index.ts';
import { createKeypairWallet } from '#impl/adapters/solana/wallet.ts';
import { threadId, type WalletId } from '#impl/ports/ids.ts';
import { createGenesis, type Genesis, MINT, SHARED_ACCOUNTS } from './genesis.ts';
import {
  BLOCKHASH_LIFE_SLOTS,
  Blockhashes,
  bankSlot,
  CONFIRMED_AFTER_SLOTS,
  commitmentOf,
  FIRST_SLOT,
  SLOT_MS,
} from './slots.ts';
import { tokensIn } from './token-layout.ts';
import { LAMPORTS_PER_SIGNATURE, MAX_LAG_SLOTS, type SubmitResult, VirtualLedger } from './virtual-ledger.ts';
import { isMalformed, parseWire, type WireTransaction } from './wire.ts';

interface Signer {
  readonly id: WalletId;
  readonly address: PublicKey;
  readonly key: KeyObject;
}

function signer(name: string): Signer {
  const seed = createHash('sha256').update(name).digest();
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const { id } = createKeypairWallet(seed);
  return { id, address: new PublicKey(id), key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
}

function wireOf(bytes: Uint8Array): WireTransaction {
  const wire = parseWire(bytes);
  if (isMalformed(wire)) throw new Error(wire.detail);
  return wire;
}

function transaction(ledger: VirtualLedger, from: Signer, instruction: TransactionInstruction, slot = ledger.tip()): Uint8Array {
  const message = new TransactionMessage({
    payerKey: from.address,
    recentBlockhash: ledger.blockhash(slot),
    instructions: [instruction],
  }).compileToLegacyMessage();
  const signed = new VersionedTransaction(message);
  signed.addSignature(from.address, sign(null, message.serialize(), from.key));
  return signed.serialize();
}

const transfer = (from: Signer, to: Signer, lamports: number): TransactionInstruction =>
  SystemProgram.transfer({ fromPubkey: from.address, toPubkey: to.address, lamports });

const errorOf = (result: SubmitResult): unknown => (result.kind === 'landed' ? result.transaction.error : result.error);

describe('[VL1] virtual slots and blockhashes', () => {
  it('a blockhash is a function of seed and slot, tells its slot, and none is taken for another', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), fc.nat({ max: 31 }), (seed, other, slot, at) => {
        const hashes = new Blockhashes(seed);
        expect(new Blockhashes(seed).at(slot)).toEqual(hashes.at(slot));
        expect(hashes.slotOf(hashes.at(slot))).toBe(slot);
        const damaged = Uint8Array.from(hashes.at(slot));
        damaged[at] = (damaged[at] ?? 0) ^ 1;
        expect(hashes.slotOf(damaged)).toBeNull();
        if (seed !== other) expect(new Blockhashes(other).slotOf(hashes.at(slot))).toBeNull();
      }),
    );
  });

  it('commitments follow from the distance to the newest slot', () => {
    expect([100, 98, 97, 69, 68, 0].map((slot) => commitmentOf(slot, 100))).toEqual([
      'processed',
      'processed',
      'confirmed',
      'confirmed',
      'finalized',
      'finalized',
    ]);
    for (const commitment of ['confirmed', 'finalized'] as const) {
      const newest = bankSlot(500, commitment);
      expect(commitmentOf(newest, 500)).toBe(commitment);
      expect(commitmentOf(newest + 1, 500)).not.toBe(commitment);
    }
    expect(bankSlot(FIRST_SLOT - MAX_LAG_SLOTS, 'finalized')).toBeGreaterThanOrEqual(0);
  });
});

describe.each(['litesvm', 'bankrun'] as const)('virtual ledger on %s', (kind) => {
  let genesis: Genesis;
  let worlds = 0;
  const opened: VirtualLedger[] = [];
  beforeAll(async () => {
    genesis = await createGenesis(kind);
  });
  afterEach(async () => {
    for (const ledger of opened.splice(0)) await ledger.close();
  });

  const open = (): { ledger: VirtualLedger; wallet: (name: string) => Signer; pass: (slots: number) => void } => {
    let nowMs = 1_735_689_600_000;
    const seed = `test ${kind} ${worlds++}`;
    const ledger = new VirtualLedger({ genesis, seed, nowMs: () => nowMs });
    opened.push(ledger);
    const pass = (slots: number): void => {
      nowMs += slots * SLOT_MS;
    };
    return { ledger, wallet: (name) => signer(`${seed} ${name}`), pass };
  };
  const fund = (ledger: VirtualLedger, wallets: readonly Signer[], choir: bigint | null = null): Promise<void> =>
    ledger.fundWallets(wallets.map(({ id }) => ({ wallet: id, lamports: 1_000_000_000n, choir })));
  const lamports = async (ledger: VirtualLedger, wallets: readonly Signer[], slot: number): Promise<readonly bigint[]> =>
    (
      await ledger.accounts(
        wallets.map(({ id }) => id),
        slot,
      )
    ).map((account) => account?.lamports ?? 0n);

  it('[VL2] agrees with plain numbers: transfers, expiry, repetition, forks, and reads of every age', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('transfer' as const),
          from: fc.nat(2),
          to: fc.nat(2),
          amount: fc.integer({ min: 1, max: 5 }),
        }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), slots: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), slots: fc.integer({ min: 10, max: 25 }) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), slots: fc.constant(BLOCKHASH_LIFE_SLOTS + 1) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('fork' as const), count: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(5) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), async (steps) => {
        const { ledger, wallet, pass } = open();
        const wallets = ['a', 'b', 'c'].map(wallet);
        await fund(ledger, wallets);
        /** What landed, in order: the reference. */
        let chain: { slot: number; from: number; to: number; amount: number; bytes: Uint8Array }[] = [];
        const sent: (typeof chain)[number][] = [];
        const expected = (slot: number): readonly bigint[] =>
          wallets.map((_, index) =>
            chain
              .filter((each) => each.slot <= slot)
              .reduce(
                (sum, each) =>
                  sum +
                  (each.to === index ? BigInt(each.amount) : 0n) -
                  (each.from === index ? BigInt(each.amount + LAMPORTS_PER_SIGNATURE) : 0n),
                1_000_000_000n,
              ),
          );
        for (const [index, each] of steps.entries()) {
          switch (each.kind) {
            case 'pass':
              pass(each.slots);
              break;
            case 'fork': {
              const gone = await ledger.forkOut(each.count);
              const unconfirmed = chain.filter(({ slot }) => slot > ledger.tip() - CONFIRMED_AFTER_SLOTS).length;
              expect(gone).toHaveLength(Math.min(each.count, unconfirmed));
              chain = chain.slice(0, chain.length - gone.length);
              break;
            }
            case 'transfer': {
              const [from, to] = [wallets[each.from], wallets[each.to]];
              if (from === undefined || to === undefined || from === to) break;
              // The position makes otherwise equal transfers distinct.
              const amount = each.amount * 100 + index;
              const bytes = transaction(ledger, from, transfer(from, to, amount));
              const entry = { slot: ledger.tip(), from: each.from, to: each.to, amount, bytes };
              expect(errorOf(await ledger.submit(wireOf(bytes)))).toBeNull();
              chain.push(entry);
              sent.push(entry);
              break;
            }
            case 'again': {
              const old = sent[each.which];
              if (old === undefined) break;
              const expired = ledger.tip() > old.slot + BLOCKHASH_LIFE_SLOTS;
              const there = chain.some(({ bytes }) => bytes === old.bytes);
              const result = await ledger.submit(wireOf(old.bytes));
              expect(errorOf(result)).toBe(expired ? 'BlockhashNotFound' : there ? 'AlreadyProcessed' : null);
              // A later landing of the same bytes has the old blockhash, so it keeps the old entry's lifetime.
              if (result.kind === 'landed') chain.push({ ...old, slot: ledger.tip() });
              break;
            }
          }
          for (const back of [0, 1, 2, 5, 32, 64]) {
            expect(await lamports(ledger, wallets, ledger.tip() - back)).toEqual(expected(ledger.tip() - back));
          }
        }
        const signatures = [...ledger.history(ledger.tip())].map(({ signature }) => signature);
        expect(signatures).toEqual(chain.map(({ bytes }) => bs58.encode(bytes.subarray(1, 65))).reverse());
        await ledger.close();
      }),
      { numRuns: kind === 'litesvm' ? 60 : 25 },
    );
  });

  it('[VL3] no sum ever changes but by fees, and the supply is always what the accounts hold', async () => {
    const { ledger, wallet, pass } = open();
    const wallets = ['a', 'b'].map(wallet);
    const [a, b] = wallets;
    if (a === undefined || b === undefined) throw new Error('two wallets');
    const thread = threadId(createHash('sha256').update(`${a.id}`).digest('hex'));
    const own = createThread({ creator: a.id, thread, mint: MINT });
    const everything = [
      ...SHARED_ACCOUNTS,
      ...own.keys.map(({ pubkey }) => pubkey.toBase58()),
      ...wallets.flatMap(({ id }) => [id as string, tokenAccountAddress(id, MINT).toBase58()]),
    ];
    const addresses = [...new Set(everything)];
    const sums = async (): Promise<readonly [lamports: bigint, tokens: bigint, supply: bigint]> => {
      const accounts = await ledger.accounts(addresses, ledger.tip());
      const mint = accounts[addresses.indexOf(MINT)];
      return [
        accounts.reduce((sum, account) => sum + (account?.lamports ?? 0n), 0n),
        accounts.reduce((sum, account) => sum + tokensIn(account, MINT), 0n),
        Buffer.from(mint?.data ?? new Uint8Array(82)).readBigUInt64LE(36),
      ];
    };
    const [lamportsBefore, tokensBefore, supplyBefore] = await sums();
    await fund(ledger, wallets, 500n);
    expect(await sums()).toEqual([lamportsBefore, tokensBefore + 1_000n, supplyBefore + 1_000n]);
    await fund(ledger, [a], 300n);
    expect(await sums()).toEqual([lamportsBefore, tokensBefore + 800n, supplyBefore + 800n]);
    const created = transaction(ledger, a, own);
    expect(errorOf(await ledger.submit(wireOf(created)))).toBeNull();
    const fee = BigInt(LAMPORTS_PER_SIGNATURE);
    expect(await sums()).toEqual([lamportsBefore - fee, tokensBefore + 800n, supplyBefore + 800n]);
    await ledger.forkOut(1);
    expect(await sums()).toEqual([lamportsBefore, tokensBefore + 800n, supplyBefore + 800n]);
    expect(errorOf(await ledger.submit(wireOf(created)))).toBeNull();
    pass(2);
    await ledger.close();
    const after = await genesis.bank.exclusive(() => genesis.bank.accounts(addresses));
    expect(after.reduce((sum, account) => sum + (account?.lamports ?? 0n), 0n)).toBe(lamportsBefore - fee);
    expect(
      addresses.filter((address, index) => !SHARED_ACCOUNTS.has(address) && after[index]?.owner.startsWith('Choir')),
    ).toEqual([]);
  });

  it('[VL4] worlds on one bank neither see nor undo each other', async () => {
    const [one, two] = [open(), open()];
    const [a, b] = [one.wallet('a'), two.wallet('a')];
    await fund(one.ledger, [a]);
    await fund(two.ledger, [b]);
    const first = transaction(one.ledger, a, transfer(a, one.wallet('b'), 1_000_000));
    expect(errorOf(await one.ledger.submit(wireOf(first)))).toBeNull();
    expect(errorOf(await two.ledger.submit(wireOf(first)))).toBe('BlockhashNotFound');
    const second = transaction(two.ledger, b, transfer(b, two.wallet('b'), 1_000_000));
    expect(errorOf(await two.ledger.submit(wireOf(second)))).toBeNull();
    expect([...two.ledger.history(two.ledger.tip())]).toHaveLength(1);
    expect(await one.ledger.forkOut(9)).toHaveLength(1);
    expect(await lamports(two.ledger, [b], two.ledger.tip())).toEqual([998_995_000n]);
    await one.ledger.close();
    expect(await lamports(two.ledger, [b, a], two.ledger.tip())).toEqual([998_995_000n, 0n]);
    await expect(async () => one.ledger.accounts([a.id], 0)).rejects.toThrow('this world is closed');
  });

  it('[VL4] a fork takes back its own share of the treasury, whatever other worlds did to it since', async () => {
    const [one, two] = [open(), open()];
    const treasury = treasuryAddress();
    const pay = async ({ ledger, wallet }: ReturnType<typeof open>, lamportsPaid: number): Promise<void> => {
      const payer = wallet('payer');
      await fund(ledger, [payer]);
      const instruction = SystemProgram.transfer({ fromPubkey: payer.address, toPubkey: treasury, lamports: lamportsPaid });
      expect(errorOf(await ledger.submit(wireOf(transaction(ledger, payer, instruction))))).toBeNull();
    };
    const read = async (ledger: VirtualLedger, slot = ledger.tip()): Promise<bigint> =>
      (await ledger.accounts([treasury.toBase58()], slot))[0]?.lamports ?? 0n;
    const before = await read(one.ledger);
    await pay(one, 100);
    await pay(two, 10);
    expect(await read(two.ledger)).toBe(before + 110n);
    // Each world's own payment is not confirmed yet, the other's is none of its business.
    expect(await read(one.ledger, bankSlot(one.ledger.tip(), 'confirmed'))).toBe(before + 10n);
    await one.ledger.forkOut(1);
    expect(await read(two.ledger)).toBe(before + 10n);
    expect(await read(two.ledger, bankSlot(two.ledger.tip(), 'confirmed'))).toBe(before);
  });

  it('[VL5] simulating leaves no trace', async () => {
    const { ledger, wallet } = open();
    const [a, b] = [wallet('a'), wallet('b')];
    await fund(ledger, [a]);
    const wire = wireOf(transaction(ledger, a, transfer(a, b, 1_000_000)));
    expect(await ledger.simulate(wire)).toMatchObject({ error: null, computeUnits: 150 });
    expect(await lamports(ledger, [a, b], ledger.tip())).toEqual([1_000_000_000n, 0n]);
    expect([...ledger.history(ledger.tip())]).toEqual([]);
    expect(errorOf(await ledger.submit(wire))).toBeNull();
  });

  it('[VL6] failures have the names and the effects of the runtime: fee paid, or not in any block', async () => {
    const { ledger, wallet } = open();
    const [a, b, poor] = [wallet('a'), wallet('b'), wallet('poor')];
    await fund(ledger, [a]);
    const submit = async (from: Signer, instruction: TransactionInstruction): Promise<SubmitResult> =>
      ledger.submit(wireOf(transaction(ledger, from, instruction)));
    const tooMuch = await submit(a, transfer(a, b, 2_000_000_000));
    expect(errorOf(tooMuch)).toEqual({ InstructionError: [0, { Custom: 1 }] });
    expect(await lamports(ledger, [a], ledger.tip())).toEqual([999_995_000n]);
    const badRent = await submit(a, transfer(a, b, 1));
    expect(errorOf(badRent)).toEqual({ InsufficientFundsForRent: { account_index: 1 } });
    expect([tooMuch.kind, badRent.kind]).toEqual(['landed', 'landed']);
    expect(await lamports(ledger, [a], ledger.tip())).toEqual([999_990_000n]);
    expect(await submit(poor, transfer(poor, b, 1))).toEqual({ kind: 'notLanded', error: 'AccountNotFound' });
    const forged = transaction(ledger, a, transfer(a, b, 1_000_000)).fill(1, 1, 65);
    expect(await ledger.submit(wireOf(forged))).toEqual({ kind: 'notLanded', error: 'SignatureFailure' });
    expect([...ledger.history(ledger.tip())]).toHaveLength(2);
    expect(await lamports(ledger, [a, b], ledger.tip())).toEqual([999_990_000n, 0n]);
  });

  it('[VL6] equal messages land again and again when only their virtual blockhashes differ', async () => {
    const { ledger, wallet, pass } = open();
    const [a, b] = [wallet('a'), wallet('b')];
    await fund(ledger, [a]);
    for (let times = 1; times <= 5; times++) {
      expect(errorOf(await ledger.submit(wireOf(transaction(ledger, a, transfer(a, b, 1_000_000)))))).toBeNull();
      pass(1);
      expect((await lamports(ledger, [b], ledger.tip()))[0]).toBe(BigInt(times) * 1_000_000n);
    }
  });

  it('[VL6] the sysvar clock is the virtual one', async () => {
    const { ledger, wallet, pass } = open();
    const a = wallet('a');
    await fund(ledger, [a], 0n);
    pass(1_000);
    const thread = threadId(createHash('sha256').update(`clock ${a.id}`).digest('hex'));
    const own = createThread({ creator: a.id, thread, mint: MINT });
    expect(errorOf(await ledger.submit(wireOf(transaction(ledger, a, own))))).toBeNull();
    const [clock] = await ledger.accounts(['SysvarC1ock11111111111111111111111111111111'], ledger.tip());
    const data = Buffer.from(clock?.data ?? new Uint8Array(40));
    expect([data.readBigUInt64LE(0), data.readBigInt64LE(32)]).toEqual([BigInt(FIRST_SLOT + 1_000), 1_735_690_000n]);
  });
});
