/**
 * What the way through web3.js and the gateway costs over handing the same bytes to the bare virtual machine, on both of them, and
 * whether memory stays flat over thousands of worlds. Interleaved pairs and medians, so that a busy machine slows both sides alike.
 * LiteSVM verifies signatures itself. bankrun verifies none, which no ledger can do without, so on its bare side the same bytes are
 * verified by node:crypto first; the row without a bar shows it without.
 * Says nothing about a validator, whose network and consensus dwarf all of this.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { address, getTransactionDecoder, lamports } from '@solana/kit';
import { Connection, PublicKey, VersionedTransaction } from '@solana/web3.js';
import bs58 from 'bs58';
import { FailedTransactionMetadata, LiteSVM } from 'litesvm';
import { start } from 'solana-bankrun';
import { tokenAccountAddress } from '#impl/adapters/solana/codec/index.ts';
import { createSolanaLedger } from '#impl/adapters/solana/ledger.ts';
import { createKeypairWallet } from '#impl/adapters/solana/wallet.ts';
import { contentHash, threadId } from '#impl/ports/ids.ts';
import type { Ledger, LedgerAction, SignedTransaction, Wallet } from '#impl/ports/ledger.ts';
import type { Bank } from '#simulations/solana/bank.ts';
import { choirProgram } from '#simulations/solana/create-bank.ts';
import { Gateway } from '#simulations/solana/gateway.ts';
import { createGenesis, type Genesis, MINT, SHARED_ACCOUNTS } from '#simulations/solana/genesis.ts';
import { VirtualLedger } from '#simulations/solana/virtual-ledger.ts';
import { blockhashOffset } from '#simulations/solana/wire.ts';
import { median } from '../median.ts';
import type { BenchRow } from './bench-row.ts';

const PAIRS = 300;
const WARM_UP = 60;
const WORLDS = 2_000;
/** As the svm tier does: a closed world leaves a little behind in LiteSVM. */
const WORLDS_PER_LITESVM = 250;

const nowMs = (): number => performance.now();
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Runs wire bytes on a virtual machine with nothing in between; fails when they do not succeed. */
interface Bare {
  /** Not timed: makes the bytes acceptable to this machine. */
  ready(wire: Uint8Array): Promise<Uint8Array>;
  /** Verifies the one signature where the machine does not. */
  check(wire: Uint8Array): void;
  run(wire: Uint8Array): Promise<void>;
}

interface World {
  readonly chain: VirtualLedger;
  readonly gateway: Gateway;
  readonly ledger: Ledger;
  readonly wallet: Wallet;
  pass(ms: number): void;
}

async function openWorld(genesis: Genesis, name: string): Promise<World> {
  let now = 1_735_689_600_000;
  const chain = new VirtualLedger({ genesis, seed: name, nowMs: () => now });
  const gateway = new Gateway(chain);
  const wallet = createKeypairWallet(sha256(name));
  await chain.fundWallets([{ wallet: wallet.id, lamports: 1_000_000_000_000n, choir: 10_000n }]);
  const ledger = createSolanaLedger({ url: 'http://gateway.invalid', fetch: gateway.fetch });
  return {
    chain,
    gateway,
    ledger,
    wallet,
    pass: (ms) => {
      now += ms;
    },
  };
}

async function sign({ ledger, wallet }: World, action: LedgerAction): Promise<SignedTransaction> {
  const prepared = await ledger.prepare(action, wallet.id);
  if (!prepared.ok) throw new Error(prepared.failure.detail);
  const signed = wallet.signAction(prepared.value, action);
  if (!signed.ok) throw new Error(signed.failure.detail);
  return signed.value;
}

/** Sends and waits until it is confirmed; fails unless it succeeded. */
async function confirm(world: World, transaction: SignedTransaction): Promise<void> {
  await world.ledger.submit(transaction);
  world.pass(800);
  const status = await world.ledger.transactionStatus(transaction.signature, { searchHistory: false });
  if (!status.ok || status.value.kind !== 'landed' || status.value.refusal !== null) throw new Error('it did not succeed');
}

/** Everything a transaction of this wallet can touch, copied into another machine before it runs. */
type Copy = readonly (readonly [address: string, account: NonNullable<Awaited<ReturnType<VirtualLedger['accounts']>>[number]>])[];

async function copyOf({ chain, wallet }: World): Promise<Copy> {
  const addresses = [...SHARED_ACCOUNTS, wallet.id, tokenAccountAddress(wallet.id, MINT).toBase58()];
  const accounts = await chain.accounts(addresses, chain.tip());
  return addresses.flatMap((address, index) => {
    const account = accounts[index];
    return account ? [[address, account] as const] : [];
  });
}

async function bareLiteSvm(copy: Copy): Promise<Bare> {
  const svm = new LiteSVM().withBlockhashCheck(false);
  const { address: program, elf } = choirProgram();
  svm.addProgram(address(program), elf);
  for (const [key, { lamports: amount, owner, data, executable }] of copy) {
    const common = { lamports: lamports(amount), programAddress: address(owner), space: BigInt(data.length), executable };
    svm.setAccount({ address: address(key), data, ...common });
  }
  const decoder = getTransactionDecoder();
  return {
    ready: async (wire) => wire,
    check: () => undefined,
    run: async (wire) => {
      const result = svm.sendTransaction(decoder.decode(wire));
      if (result instanceof FailedTransactionMetadata) throw new Error(result.toString());
    },
  };
}

async function bareBankrun(copy: Copy, wallet: Wallet): Promise<Bare> {
  const { address: program, elf } = choirProgram();
  const loader = new PublicKey('BPFLoader2111111111111111111111111111111111');
  const accounts = copy.map(([key, { lamports: amount, owner, data, executable }]) => ({
    address: new PublicKey(key),
    info: { lamports: Number(amount), owner: new PublicKey(owner), data, executable },
  }));
  const code = { lamports: 10_000_000_000, owner: loader, data: elf, executable: true };
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bs58.decode(wallet.id)]);
  const signer = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const { banksClient } = await start([], [{ address: new PublicKey(program), info: code }, ...accounts]);
  return {
    ready: async (wire) => {
      const [blockhash] = (await banksClient.getLatestBlockhash()) ?? [''];
      const patched = Uint8Array.from(wire);
      patched.set(bs58.decode(blockhash), blockhashOffset(wire));
      return patched;
    },
    check: (wire) => {
      if (!verify(null, wire.subarray(65), signer, wire.subarray(1, 65))) throw new Error('the signature does not hold');
    },
    run: async (wire) => {
      const { result } = await banksClient.tryProcessTransaction(VersionedTransaction.deserialize(wire));
      if (result !== null) throw new Error(result);
    },
  };
}

/** As under the gate, which lets everything that was resumed run before the next effect. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

interface Pairs {
  readonly gatewayMs: number;
  readonly bareMs: number;
  /** Without the signature check that bankrun does not make. */
  readonly uncheckedMs: number;
}

async function measurePairs(kind: Bank['kind']): Promise<Pairs> {
  const world = await openWorld(await createGenesis(kind), `bench ${kind}`);
  const copy = await copyOf(world);
  const bare = await (kind === 'litesvm' ? bareLiteSvm(copy) : bareBankrun(copy, world.wallet));
  const connection = new Connection('http://gateway.invalid', { fetch: world.gateway.fetch as typeof fetch });
  const times = { gateway: [] as number[], bare: [] as number[], unchecked: [] as number[] };
  const thread = threadId(sha256(`thread ${kind}`).toString('hex'));
  for (let index = 0; index < WARM_UP + PAIRS; index++) {
    const hash = contentHash(sha256(`message ${index}`).toString('hex'));
    const { bytes } = await sign(world, index === 0 ? { kind: 'createThread', thread } : { kind: 'postMessage', thread, hash });
    const wire = Buffer.from(bytes, 'base64');
    const throughGateway = async (): Promise<void> => {
      const begun = nowMs();
      await connection.sendRawTransaction(wire, { skipPreflight: true, maxRetries: 0 });
      times.gateway.push(nowMs() - begun);
    };
    const straight = async (): Promise<void> => {
      const ready = await bare.ready(wire);
      const begun = nowMs();
      bare.check(wire);
      const checked = nowMs();
      await bare.run(ready);
      const ended = nowMs();
      times.bare.push(ended - begun);
      times.unchecked.push(ended - checked);
    };
    for (const side of index % 2 === 0 ? [throughGateway, straight] : [straight, throughGateway]) {
      await turns();
      await side();
    }
    world.pass(800);
  }
  const landed = await world.ledger.thread(thread, { commitment: 'confirmed' });
  if (!landed.ok || landed.value.value?.version !== WARM_UP + PAIRS) throw new Error('not every transaction landed');
  await world.chain.close();
  const measured = (values: readonly number[]): number => median(values.slice(WARM_UP));
  return { gatewayMs: measured(times.gateway), bareMs: measured(times.bare), uncheckedMs: measured(times.unchecked) };
}

/** Prepared, signed, sent, confirmed: what a client's write costs the harness. */
async function measureWrites(kind: Bank['kind']): Promise<number> {
  const world = await openWorld(await createGenesis(kind), `writes ${kind}`);
  const thread = threadId(sha256(`writes ${kind}`).toString('hex'));
  await confirm(world, await sign(world, { kind: 'createThread', thread }));
  const times: number[] = [];
  for (let index = 0; index < WARM_UP + PAIRS; index++) {
    const begun = nowMs();
    const hash = contentHash(sha256(`write ${index}`).toString('hex'));
    await confirm(world, await sign(world, { kind: 'postMessage', thread, hash }));
    times.push(nowMs() - begun);
  }
  await world.chain.close();
  return median(times.slice(WARM_UP));
}

/** Worlds of one thread and two messages each, opened and closed one after another. */
async function measureWorlds(kind: Bank['kind']): Promise<{ readonly rssMb: number; readonly msEach: number }> {
  let genesis = await createGenesis(kind);
  const begun = nowMs();
  for (let index = 0; index < WORLDS; index++) {
    if (kind === 'litesvm' && index % WORLDS_PER_LITESVM === 0) genesis = await createGenesis(kind);
    const world = await openWorld(genesis, `world ${kind} ${index}`);
    const thread = threadId(sha256(`world ${kind} ${index}`).toString('hex'));
    await confirm(world, await sign(world, { kind: 'createThread', thread }));
    for (const text of ['a', 'b']) {
      await confirm(world, await sign(world, { kind: 'postMessage', thread, hash: contentHash(sha256(text).toString('hex')) }));
    }
    await world.chain.close();
  }
  return { rssMb: process.memoryUsage().rss / 2 ** 20, msEach: (nowMs() - begun) / WORLDS };
}

export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [kind, bar] of [
    ['litesvm', 6],
    ['bankrun', 1.6],
  ] as const) {
    const { gatewayMs, bareMs, uncheckedMs } = await measurePairs(kind);
    rows.push({
      name: `web3.js + gateway over bare ${kind}`,
      figure: gatewayMs / bareMs,
      unit: 'x',
      bar: { atMost: bar },
      detail: `postMessage, medians of ${PAIRS} pairs: ${gatewayMs.toFixed(3)} ms and ${bareMs.toFixed(3)} ms`,
    });
    if (kind === 'bankrun') {
      const detail = `${uncheckedMs.toFixed(3)} ms: nobody verifies anything`;
      rows.push({
        name: 'web3.js + gateway over bankrun without signature check',
        figure: gatewayMs / uncheckedMs,
        unit: 'x',
        detail,
      });
    }
    rows.push({ name: `a whole confirmed write on ${kind}`, figure: await measureWrites(kind), unit: 'ms' });
  }
  for (const kind of ['litesvm', 'bankrun'] as const) {
    const { rssMb, msEach } = await measureWorlds(kind);
    const detail = `${WORLDS} worlds of 3 writes, ${msEach.toFixed(1)} ms each; the whole process, all benches before it included`;
    rows.push({ name: `memory after ${WORLDS} worlds on ${kind}`, figure: rssMb, unit: 'MB', bar: { atMost: 600 }, detail });
  }
  return rows;
}
