/**
 * The gateway's JSON-RPC as the unmodified client library and hostile clients see it. Answers of every method are checked by the
 * library's own validation; bad bodies by the code and text of their error, and by nothing having changed.
 */
import { connect } from 'node:net';
import {
  Connection,
  Keypair,
  Message,
  MessageV0,
  PublicKey,
  SystemProgram,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js';
import bs58 from 'bs58';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAM_ID, tokenAccountAddress, treasuryAddress } from '#impl/adapters/solana/codec/index.ts';
import { walletId } from '#impl/ports/ids.ts';
import type { SignedTransaction, Wallet } from '#impl/ports/ledger.ts';
import { MINT } from '#simulations/solana/genesis.ts';
import { CONFIRMED_AFTER_SLOTS, SLOT_MS } from '#simulations/solana/slots.ts';
import { gatewayEnvironment } from './ledger-grounds.ts';
import { act, expectValue, hashOf, type OpenedGateway, settled, signed, threadOf } from './ledger-stage.ts';

const request = (method: unknown, ...params: readonly unknown[]): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 7, method, params });

describe('JSON-RPC of the gateway', () => {
  let opened: OpenedGateway;
  let url: string;
  let alice: Wallet;
  let bob: Wallet;
  let connection: Connection;
  let landed: SignedTransaction;

  beforeAll(async () => {
    opened = await gatewayEnvironment('litesvm', 'process').open();
    [alice, bob] = opened.wallets;
    url = await opened.gateway.listen();
    connection = new Connection(url, { commitment: 'confirmed' });
    landed = (await act(opened, alice, { kind: 'createThread', thread: threadOf(alice) })).transaction;
  });
  afterAll(() => opened.close());

  const post = async (body: string, method = 'POST'): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await fetch(url, { method, ...(method === 'GET' ? {} : { body }) });
    return { status: response.status, text: await response.text() };
  };
  const errorOf = async (body: string): Promise<{ code: number; message: string; data?: unknown }> => {
    const { status, text } = await post(body);
    expect(status).toBe(200);
    const { error } = JSON.parse(text) as { error: { code: number; message: string; data?: unknown } };
    return error;
  };
  const resultOf = async (method: string, ...params: readonly unknown[]): Promise<unknown> => {
    const { text } = await post(request(method, ...params));
    const answer = JSON.parse(text) as { result?: unknown; error?: unknown };
    expect(answer.error).toBeUndefined();
    return answer.result;
  };
  /** Changes with every transaction that lands. */
  const chainState = async (): Promise<string> => {
    const lamports = await Promise.all(opened.wallets.map(({ id }) => connection.getBalance(new PublicKey(id), 'processed')));
    return JSON.stringify([
      lamports,
      (await resultOf('getSignaturesForAddress', alice.id, { commitment: 'confirmed' })) as unknown,
    ]);
  };

  describe('bad bodies', () => {
    const bad: readonly (readonly [string, string, number, string])[] = [
      ['nothing', '', -32700, 'Parse error'],
      ['half a request', '{"jsonrpc":"2.0","id":1,', -32700, 'Parse error'],
      ['text', 'hello', -32700, 'Parse error'],
      ['a number', '5', -32600, 'Invalid request'],
      ['null', 'null', -32600, 'Invalid request'],
      ['an empty batch', '[]', -32600, 'Invalid request'],
      ['no version', '{"id":1,"method":"getSlot"}', -32600, 'Invalid request (jsonrpc: Invalid input: expected "2.0")'],
      ['a method that is no text', '{"jsonrpc":"2.0","id":1,"method":5}', -32600, 'Invalid request (method:'],
      ['parameters by name', '{"jsonrpc":"2.0","id":1,"method":"getSlot","params":{}}', -32600, 'Invalid request (params:'],
      ['an unknown method', request('getEverything'), -32601, 'Method not found: getEverything'],
      ['a method of Object', request('constructor'), -32601, 'Method not found: constructor'],
      ['too many parameters', request('getSlot', {}, 1), -32602, 'Invalid params: expected at most 1 parameters, got 2'],
      ['an unknown commitment', request('getSlot', { commitment: 'root' }), -32602, 'Invalid params: parameter 0.commitment'],
      ['a missing address', request('getBalance'), -32602, 'Invalid params: parameter 0'],
      ['an address too short', request('getBalance', 'abc'), -32602, 'expected a public key (base58 of 32 bytes)'],
      ['an address that is not base58', request('getBalance', '0OIl'), -32602, 'expected a public key'],
      ['a negative slot', request('getSlot', { minContextSlot: -1 }), -32602, 'parameter 0.minContextSlot'],
      ['a limit of 0', request('getSignaturesForAddress', MINT, { limit: 0 }), -32602, 'parameter 1.limit'],
      ['a processed history', request('getSignaturesForAddress', MINT, { commitment: 'processed' }), -32602, 'below `confirmed`'],
      ['257 signatures', request('getSignatureStatuses', Array(257).fill(bs58.encode(Buffer.alloc(64, 1)))), -32602, 'max 256'],
      ['101 accounts', request('getMultipleAccounts', Array(101).fill(MINT)), -32602, 'max 100'],
      ['a transaction that is a number', request('sendTransaction', 5), -32602, 'parameter 0'],
      ['broken base64', request('sendTransaction', 'a$b=', { encoding: 'base64' }), -32602, 'invalid base64 encoding'],
      ['broken base58', request('sendTransaction', '0OIl'), -32602, 'invalid base58 encoding'],
      ['no transaction', request('sendTransaction', 'AAAA', { encoding: 'base64' }), -32602, 'failed to deserialize transaction'],
      ['not a token account', request('getTokenAccountBalance', PROGRAM_ID.toBase58()), -32602, 'not a Token account'],
      ['no token account', request('getTokenAccountBalance', bs58.encode(Buffer.alloc(32, 3))), -32602, 'could not find account'],
    ];
    for (const [what, body, code, message] of bad) {
      it(`[GW1] ${what} is a named error`, async () => {
        const before = await chainState();
        const error = await errorOf(body);
        expect(error.code).toBe(code);
        expect(error.message).toContain(message);
        expect(await chainState()).toBe(before);
      });
    }

    it('[GW1] other HTTP methods and bodies over 50 KiB are refused by HTTP status', async () => {
      expect((await post('', 'GET')).status).toBe(405);
      expect((await post(request('getSlot'), 'PUT')).status).toBe(405);
      expect((await post(request('getSlot', 'x'.repeat(60_000)))).status).toBe(413);
    });

    it('[GW1] a client that hangs up halfway disturbs nobody', async () => {
      const { port } = new URL(url);
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"json');
          socket.destroy();
        });
        socket.on('close', () => resolve());
      });
      expect(await resultOf('getHealth')).toBe('ok');
    });

    it('[GW1] whatever is done to the bytes of a transaction: never an effect, always a named error', async () => {
      const transaction = await signed(opened.ledger, bob, { kind: 'createThread', thread: threadOf(bob, 'fuzzed') });
      const honest = Buffer.from(transaction.bytes, 'base64');
      const before = await chainState();
      const damage = fc.oneof(
        fc.nat(honest.length - 1).map((length) => honest.subarray(0, length)),
        fc.uint8Array({ minLength: 1, maxLength: 40 }).map((more) => Buffer.concat([honest, more])),
        fc.tuple(fc.nat(honest.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
          const bytes = Buffer.from(honest);
          bytes[at] = (bytes[at] ?? 0) ^ bits;
          return bytes;
        }),
        fc.uint8Array({ maxLength: 1_300 }).map((bytes) => Buffer.from(bytes)),
      );
      await fc.assert(
        fc.asyncProperty(damage, async (bytes) => {
          const body = request('sendTransaction', bytes.toString('base64'), { encoding: 'base64', skipPreflight: true });
          const { text } = await opened.rpc(body);
          const { error } = JSON.parse(text) as { error?: { code: number; message: string } };
          expect([-32602, -32003]).toContain(error?.code);
          expect(error?.message).toMatch(/failed to deserialize transaction: .+|signature verification failure/);
        }),
        { numRuns: 400 },
      );
      expect(await chainState()).toBe(before);
      await opened.ledger.submit(transaction);
      expect(await settled(opened, transaction)).toMatchObject({ refusal: null });
    });
  });

  describe("Solana's own errors", () => {
    const send = (bytes: Uint8Array, options: object = {}): string =>
      request('sendTransaction', Buffer.from(bytes).toString('base64'), { encoding: 'base64', ...options });

    it('[GW2] -32002: preflight, with the error and the logs', async () => {
      const again = await signed(opened.ledger, alice, { kind: 'createThread', thread: threadOf(alice) });
      const error = await errorOf(send(Buffer.from(again.bytes, 'base64'), { preflightCommitment: 'confirmed' }));
      expect(error.code).toBe(-32002);
      expect(error.message).toBe('Transaction simulation failed: Error processing Instruction 0: custom program error: 0xcd');
      expect(error.data).toMatchObject({ err: { InstructionError: [0, { Custom: 205 }] } });
      expect((error.data as { logs: string[] }).logs.length).toBeGreaterThan(1);
    });

    it('[GW2] -32002: a blockhash nobody issued, and the same bytes twice', async () => {
      const thread = threadOf(alice, 'twice');
      const transaction = await signed(opened.ledger, alice, { kind: 'createThread', thread });
      const bytes = Buffer.from(transaction.bytes, 'base64');
      await post(send(bytes, { skipPreflight: true }));
      await opened.pass(CONFIRMED_AFTER_SLOTS * SLOT_MS);
      const twice = await errorOf(send(bytes, { preflightCommitment: 'confirmed' }));
      expect([twice.code, twice.message]).toEqual([
        -32002,
        'Transaction simulation failed: This transaction has already been processed',
      ]);
      // Preflight at the default, finalized, does not know a blockhash this fresh.
      const fresh = await signed(opened.ledger, alice, { kind: 'postMessage', thread, hash: hashOf('a') });
      const unknown = await errorOf(send(Buffer.from(fresh.bytes, 'base64')));
      expect([unknown.code, unknown.message]).toEqual([-32002, 'Transaction simulation failed: Blockhash not found']);
      expect(unknown.data).toMatchObject({ err: 'BlockhashNotFound' });
    });

    it('[GW2] -32003: a signature that does not hold', async () => {
      const transaction = await signed(opened.ledger, bob, { kind: 'createThread', thread: threadOf(bob, 'x') });
      const bytes = Buffer.from(transaction.bytes, 'base64').fill(7, 1, 65);
      for (const skipPreflight of [true, false]) {
        const error = await errorOf(send(bytes, { skipPreflight }));
        expect([error.code, error.message]).toEqual([-32003, 'Transaction signature verification failure']);
      }
    });

    it('[GW2] -32005: a node that is behind', async () => {
      opened.gateway.arm({ kind: 'failCall', call: 1, refusal: { kind: 'behind', slots: 42 } });
      const error = await errorOf(request('getSlot'));
      expect(error).toEqual({ code: -32005, message: 'Node is behind by 42 slots', data: { numSlotsBehind: 42 } });
    });

    it('[GW2] -32016: a bank older than demanded, for every method that takes the demand', async () => {
      const slot = (await resultOf('getSlot', { commitment: 'confirmed' })) as number;
      const far = { commitment: 'confirmed', minContextSlot: slot + 1 };
      const message = Buffer.from(landed.bytes, 'base64').subarray(65).toString('base64');
      for (const body of [
        request('getSlot', far),
        request('getBlockHeight', far),
        request('getEpochInfo', far),
        request('getLatestBlockhash', far),
        request('isBlockhashValid', MINT, far),
        request('getFeeForMessage', message, far),
        request('getAccountInfo', MINT, far),
        request('getMultipleAccounts', [MINT], far),
        request('getBalance', MINT, far),
        request('getTokenAccountBalance', treasuryAddress().toBase58(), far),
        request('getSignaturesForAddress', MINT, far),
        request('simulateTransaction', landed.bytes, { encoding: 'base64', ...far }),
        send(Buffer.from(landed.bytes, 'base64'), { preflightCommitment: 'confirmed', minContextSlot: slot + 1 }),
      ]) {
        expect(await errorOf(body)).toEqual({
          code: -32016,
          message: 'Minimum context slot has not been reached',
          data: { contextSlot: slot },
        });
      }
      expect(await resultOf('getSlot', { ...far, minContextSlot: slot })).toBe(slot);
    });

    it('[GW2] -32015: a version 0 transaction, for a client that knows only legacy ones', async () => {
      const payer = Keypair.fromSeed(new Uint8Array(32).fill(9));
      await opened.chain.fundWallets([{ wallet: walletId(payer.publicKey.toBase58()), lamports: 1_000_000_000n, choir: null }]);
      const transfer = SystemProgram.transfer({
        fromPubkey: payer.publicKey,
        toPubkey: new PublicKey(bob.id),
        lamports: 1,
      });
      const { blockhash } = await connection.getLatestBlockhash();
      const message = new TransactionMessage({ payerKey: payer.publicKey, recentBlockhash: blockhash, instructions: [transfer] });
      const transaction = new VersionedTransaction(message.compileToV0Message());
      expect((await errorOf(send(transaction.serialize()))).code).toBe(-32003);
      transaction.sign([payer]);
      const name = await connection.sendTransaction(transaction, { preflightCommitment: 'confirmed' });
      await opened.pass(CONFIRMED_AFTER_SLOTS * SLOT_MS);
      const error = await errorOf(request('getTransaction', name, { commitment: 'confirmed' }));
      expect(error.code).toBe(-32015);
      expect(error.message).toContain('"maxSupportedTransactionVersion": 0');
      const found = await connection.getTransaction(name, { commitment: 'confirmed', maxSupportedTransactionVersion: 0 });
      expect(found?.version).toBe(0);
      expect(Buffer.from(found?.transaction.message.serialize() ?? [])).toEqual(Buffer.from(transaction.message.serialize()));
    });

    it('[GW2] lookup tables are refused, not ignored', async () => {
      const bytes = Buffer.from(landed.bytes, 'base64');
      const legacy = Message.from(bytes.subarray(65));
      const table = new PublicKey(bob.id);
      const message = new MessageV0({
        header: legacy.header,
        staticAccountKeys: legacy.accountKeys,
        recentBlockhash: legacy.recentBlockhash,
        compiledInstructions: [],
        addressTableLookups: [{ accountKey: table, writableIndexes: [0], readonlyIndexes: [] }],
      });
      const error = await errorOf(send(new VersionedTransaction(message).serialize()));
      expect([error.code, error.message]).toEqual([
        -32602,
        'Invalid params: failed to deserialize transaction: address lookup tables are not supported: list every account in the message',
      ]);
    });
  });

  describe('answers, through the unmodified client', () => {
    it('[GW3] slots, blockhashes, fees, rent', async () => {
      expect((await connection.getVersion())['solana-core']).toMatch(/^\d+\.\d+\.\d+$/);
      expect(bs58.decode(await connection.getGenesisHash())).toHaveLength(32);
      const [newest, confirmed, finalized] = [
        await connection.getSlot('processed'),
        await connection.getSlot('confirmed'),
        await connection.getSlot('finalized'),
      ];
      expect([newest - confirmed, newest - finalized]).toEqual([CONFIRMED_AFTER_SLOTS, 32]);
      expect(await connection.getBlockHeight('confirmed')).toBe(confirmed);
      expect(await connection.getEpochInfo('confirmed')).toEqual({
        ...{ absoluteSlot: confirmed, blockHeight: confirmed },
        ...{ epoch: 0, slotIndex: confirmed, slotsInEpoch: 432_000 },
      });
      const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash('confirmed');
      expect(lastValidBlockHeight).toBe(confirmed + 150);
      expect((await connection.isBlockhashValid(blockhash, { commitment: 'confirmed' })).value).toBe(true);
      expect((await connection.isBlockhashValid(blockhash, { commitment: 'finalized' })).value).toBe(false);
      const message = Message.from(Buffer.from(landed.bytes, 'base64').subarray(65));
      expect((await connection.getFeeForMessage(message, 'confirmed')).value).toBe(5_000);
      expect(await connection.getMinimumBalanceForRentExemption(165)).toBe(2_039_280);
    });

    it('[GW3] accounts, whole and in part, in both encodings, and balances', async () => {
      const mint = await connection.getAccountInfo(new PublicKey(MINT));
      expect(mint).toMatchObject({ lamports: 1_461_600, executable: false });
      const part = await connection.getAccountInfo(new PublicKey(MINT), { dataSlice: { offset: 44, length: 2 } });
      expect([...(part?.data ?? [])]).toEqual([9, 1]);
      expect(mint?.data.subarray(44, 46)).toEqual(part?.data);
      const base58 = await resultOf('getAccountInfo', MINT, { commitment: 'confirmed', encoding: 'base58' });
      expect(base58).toMatchObject({ value: { data: [bs58.encode(mint?.data ?? new Uint8Array(0)), 'base58'] } });
      const unknown = new PublicKey(Buffer.alloc(32, 1));
      const many = await connection.getMultipleAccountsInfo([new PublicKey(MINT), unknown]);
      expect(many.map((account) => account?.data.length ?? null)).toEqual([82, null]);
      expect(await connection.getBalance(unknown)).toBe(0);
      const tokens = await connection.getTokenAccountBalance(tokenAccountAddress(bob.id, MINT));
      expect(tokens.value).toEqual({ amount: '10000', decimals: 9, uiAmount: 0.00001, uiAmountString: '0.00001' });
    });

    it('[GW3] statuses, histories and transactions', async () => {
      const { value } = await connection.getSignatureStatuses([landed.signature, bs58.encode(Buffer.alloc(64, 2))]);
      expect(value).toMatchObject([{ err: null, confirmationStatus: 'confirmed' }, null]);
      const history = await connection.getSignaturesForAddress(PROGRAM_ID, {}, 'confirmed');
      const oldest = history.at(-1);
      expect(oldest).toMatchObject({ signature: landed.signature, err: null, memo: null, slot: value[0]?.slot });
      const found = await connection.getTransaction(landed.signature, {
        commitment: 'confirmed',
        maxSupportedTransactionVersion: 0,
      });
      expect(found?.meta).toMatchObject({ err: null, fee: 5_000 });
      expect(found?.meta?.logMessages?.some((line) => line.startsWith('Program data: '))).toBe(true);
      expect(Buffer.from(found?.transaction.message.serialize() ?? [])).toEqual(Buffer.from(landed.bytes, 'base64').subarray(65));
      for (const encoding of ['base64', 'base58']) {
        const raw = (await resultOf('getTransaction', landed.signature, { commitment: 'confirmed', encoding })) as {
          transaction: [string, string];
        };
        const bytes =
          encoding === 'base64' ? Buffer.from(raw.transaction[0], 'base64') : Buffer.from(bs58.decode(raw.transaction[0]));
        expect(bytes.toString('base64')).toBe(landed.bytes);
      }
      expect(await resultOf('getTransaction', bs58.encode(Buffer.alloc(64, 2)))).toBeNull();
    });

    it('[GW3] histories by limit, before and until; an unknown before is empty, an unknown until stops nothing', async () => {
      const thread = threadOf(bob, 'history');
      await act(opened, bob, { kind: 'createThread', thread });
      for (const text of ['a', 'b', 'c']) await act(opened, bob, { kind: 'postMessage', thread, hash: hashOf(text) });
      const list = async (options: object): Promise<readonly string[]> =>
        (await connection.getSignaturesForAddress(new PublicKey(bob.id), options, 'confirmed')).map(({ signature }) => signature);
      const all = await list({});
      expect(all.length).toBeGreaterThanOrEqual(4);
      expect(await list({ limit: 2 })).toEqual(all.slice(0, 2));
      expect(await list({ before: all[1] })).toEqual(all.slice(2));
      expect(await list({ until: all[2] })).toEqual(all.slice(0, 2));
      expect(await list({ before: all[0], until: all[3] })).toEqual(all.slice(1, 3));
      const nobody = bs58.encode(Buffer.alloc(64, 2));
      expect(await list({ before: nobody })).toEqual([]);
      expect(await list({ until: nobody })).toEqual(all);
    });

    it('[GW3] simulating changes nothing, and needs no signature unless asked to', async () => {
      const before = await chainState();
      const next = await signed(opened.ledger, alice, { kind: 'createThread', thread: threadOf(alice, 'simulated') });
      const unsigned = Buffer.from(next.bytes, 'base64').fill(0, 1, 65).toString('base64');
      const options = { encoding: 'base64', commitment: 'confirmed' };
      const simulated = await resultOf('simulateTransaction', unsigned, options);
      expect(simulated).toMatchObject({
        value: { err: null, returnData: { programId: PROGRAM_ID.toBase58(), data: ['AQAAAAAAAAA=', 'base64'] } },
      });
      expect((await errorOf(request('simulateTransaction', unsigned, { ...options, sigVerify: true }))).code).toBe(-32003);
      const both = { ...options, sigVerify: true, replaceRecentBlockhash: true };
      expect((await errorOf(request('simulateTransaction', unsigned, both))).message).toContain('may not be used with');
      expect(await chainState()).toBe(before);
      await opened.ledger.submit(next);
      expect(await settled(opened, next)).toMatchObject({ refusal: null });
    });

    it('[GW4] a batch is answered in order, each request for itself; a notification is not answered', async () => {
      const { text } = await post(`[${request('getHealth')},${request('nope')},5,{"jsonrpc":"2.0","method":"getSlot"}]`);
      const answers = JSON.parse(text) as readonly { id: unknown; result?: unknown; error?: { code: number } }[];
      expect(answers.map(({ id, result, error }) => [id, result ?? error?.code])).toEqual([
        [7, 'ok'],
        [7, -32601],
        [null, -32600],
      ]);
      expect((await post('{"jsonrpc":"2.0","method":"getSlot"}')).text).toBe('');
    });

    it('[GW4] two worlds share no blockhash: what was prepared for one never lands in the other', async () => {
      const other = await gatewayEnvironment('litesvm', 'process').open();
      const transaction = await signed(other.ledger, alice, { kind: 'createThread', thread: threadOf(alice, 'elsewhere') });
      expect(expectValue(await other.ledger.blockHeight()).value).toBeGreaterThan(0);
      await opened.ledger.submit(transaction);
      const status = await opened.ledger.transactionStatus(transaction.signature, { searchHistory: true });
      expect(expectValue(status)).toEqual({ kind: 'notSeen' });
      await other.close();
    });
  });
});
