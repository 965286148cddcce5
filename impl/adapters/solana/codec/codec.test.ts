/** The codec alone. That the program agrees with it is shown in `properties/program`. */
import { Keypair, PublicKey } from '@solana/web3.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash, threadId, walletId } from '../../../ports/ids.ts';
import {
  CHOICE,
  configAddress,
  createThread,
  decodeConfig,
  decodeEvent,
  decodeEvents,
  decodeInstruction,
  decodeMessage,
  decodePage,
  decodeSpec,
  decodeThread,
  decodeTokenAccount,
  deriveThread,
  EVENT,
  EVENT_SIZE,
  encodeInstruction,
  MESSAGE,
  PAGE,
  PROGRAM_ERRORS,
  PROGRAM_ID,
  type ProgramInstruction,
  programError,
  refusalFromRpc,
  SPEC,
  settle,
  THREAD,
  threadAddress,
  tokenAccountAddress,
} from './index.ts';

const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const thread = hex.map(threadId);
const hash = hex.map(contentHash);
const author = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => walletId(new PublicKey(bytes).toBase58()));
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.nat({ max: 0xffffffff });

const instructions: fc.Arbitrary<ProgramInstruction> = fc.oneof(
  fc.record({ kind: fc.constant('initialize' as const), minimumStake: u64, specTimeToLiveS: u32 }),
  fc.record({ kind: fc.constantFrom('createThread' as const, 'divest' as const), thread }),
  fc.record({ kind: fc.constant('postMessage' as const), thread, hash }),
  fc.record({ kind: fc.constant('submitSpec' as const), thread, hash, stake: u64 }),
  fc.record({
    kind: fc.constant('vote' as const),
    thread,
    hash,
    author,
    choice: fc.constantFrom('approve' as const, 'deny' as const),
  }),
  fc.record({ kind: fc.constant('settle' as const), thread, hash, author }),
);

const someThread = threadId('ab'.repeat(32));
const programId = PROGRAM_ID.toBase58();

describe('instructions', () => {
  it('[PG1] what is encoded is what is decoded, for every instruction', () => {
    fc.assert(
      fc.property(instructions, (instruction) => {
        expect(decodeInstruction(encodeInstruction(instruction))).toEqual(instruction);
      }),
    );
  });

  it('[PG1] data of another length, an unknown tag or an unknown choice decodes to null', () => {
    fc.assert(
      fc.property(instructions, fc.nat(), (instruction, cut) => {
        const data = encodeInstruction(instruction);
        expect(decodeInstruction(data.subarray(0, cut % data.length))).toBeNull();
        expect(decodeInstruction(Buffer.concat([data, Buffer.alloc(1)]))).toBeNull();
        expect(decodeInstruction(Buffer.concat([Buffer.from([7 + (cut % 249)]), data.subarray(1)]))).toBeNull();
        if (instruction.kind !== 'vote') return;
        data[97] = CHOICE.approve + 1;
        expect(decodeInstruction(data)).toBeNull();
      }),
    );
  });

  it('[PG1] amounts and times out of range are refused when the instruction is built', () => {
    const stake = { kind: 'submitSpec', thread: someThread, hash: contentHash('cd'.repeat(32)) } as const;
    expect(() => encodeInstruction({ ...stake, stake: 2n ** 64n })).toThrow(RangeError);
    expect(() => encodeInstruction({ ...stake, stake: -1n })).toThrow(RangeError);
    expect(() => encodeInstruction({ kind: 'initialize', minimumStake: 1n, specTimeToLiveS: 2 ** 32 })).toThrow(RangeError);
  });

  it('[PG1] a settlement lists the token accounts of all voters, in their order, behind twelve fixed accounts', () => {
    const mint = Keypair.generate().publicKey.toBase58();
    const voters = [1, 2, 3].map((byte) => walletId(new PublicKey(new Uint8Array(32).fill(byte)).toBase58()));
    const [payer] = voters;
    if (payer === undefined) throw new Error('no voter');
    const { keys } = settle({
      thread: someThread,
      hash: contentHash('cd'.repeat(32)),
      author: payer,
      payer,
      page: 0,
      voters,
      mint,
    });
    expect(keys.slice(12).map((meta) => meta.pubkey)).toEqual(voters.map((voter) => tokenAccountAddress(voter, mint)));
    expect(keys.filter((meta) => meta.isSigner).map((meta) => meta.pubkey.toBase58())).toEqual([payer]);
  });
});

describe('addresses', () => {
  it('[PG1] are those that web3.js derives, and the remembered answer is the same', () => {
    const [address, bump] = PublicKey.findProgramAddressSync([Buffer.from('thread'), Buffer.from(someThread, 'hex')], PROGRAM_ID);
    expect(deriveThread(someThread)).toEqual({ address, bump });
    expect(threadAddress(someThread)).toBe(threadAddress(someThread));
    expect(configAddress().equals(PublicKey.findProgramAddressSync([Buffer.from('config')], PROGRAM_ID)[0])).toBe(true);
  });

  it('[PG1] a wallet that is no 32-byte key is refused when the instruction is built', () => {
    expect(() => createThread({ creator: walletId('1'.repeat(44)), thread: someThread, mint: programId })).toThrow();
  });
});

describe('accounts', () => {
  const decoders = { config: decodeConfig, thread: decodeThread, page: decodePage, message: decodeMessage, spec: decodeSpec };
  const sizes = { config: 80, thread: THREAD.size, page: PAGE.size, message: MESSAGE.size, spec: SPEC.size };
  const tags = { config: 1, thread: 2, page: 3, message: 4, spec: 5 };

  it.each(Object.keys(decoders) as (keyof typeof decoders)[])(
    '[PG1] a %s of another owner, length, tag or layout is malformed',
    (kind) => {
      const data = new Uint8Array(sizes[kind]);
      data.set([tags[kind], 1]);
      const code = (owner: string, bytes: Uint8Array): string | null => {
        const reply = decoders[kind]({ owner, data: bytes });
        return reply.ok ? null : `${reply.failure.kind} ${reply.failure.code}`;
      };
      const malformed = 'invalid AccountMalformed';
      expect(code('11111111111111111111111111111111', data)).toBe(malformed);
      expect(code(programId, data.subarray(1))).toBe(malformed);
      expect(code(programId, Uint8Array.from([...data, 0]))).toBe(malformed);
      expect(
        code(
          programId,
          Uint8Array.from(data, (byte, index) => (index === 0 ? 6 : byte)),
        ),
      ).toBe(malformed);
      expect(
        code(
          programId,
          Uint8Array.from(data, (byte, index) => (index === 1 ? 2 : byte)),
        ),
      ).toBe(malformed);
    },
  );

  it('[PG1] counts beyond their range are malformed, never an oversized answer', () => {
    const thread = new Uint8Array(THREAD.size);
    thread.set([2, 1, 255, 255, 17]);
    expect(decodeThread({ owner: programId, data: thread }).ok).toBe(false);
    thread[THREAD.coAuthorCount] = 0;
    expect(decodeThread({ owner: programId, data: thread }).ok).toBe(false);
    const page = new Uint8Array(PAGE.size);
    page.set([3, 1, 255, 65]);
    expect(decodePage({ owner: programId, data: page }).ok).toBe(false);
    const spec = new Uint8Array(SPEC.size);
    spec.set([5, 1, 255, 255, 6, 1]);
    expect(decodeSpec({ owner: programId, data: spec }).ok).toBe(false);
    expect(decodeTokenAccount({ owner: programId, data: new Uint8Array(165) }).ok).toBe(false);
  });
});

describe('events', () => {
  const event = Buffer.alloc(EVENT_SIZE.threadCreated);
  event.set([EVENT.threadCreated, 1]);
  event.writeBigUInt64LE(1n, 8);
  const data = `Program data: ${event.toString('base64')}`;
  const own = [`Program ${programId} invoke [1]`, data, `Program ${programId} success`];
  const other = '11111111111111111111111111111112';

  it('[PG14] lines that another program logs are not events, even while it is called by or around this one', () => {
    const around = (lines: readonly string[]): readonly string[] => [
      `Program ${other} invoke [1]`,
      ...lines,
      `Program ${other} success`,
    ];
    const count = (logs: readonly string[]): number | string => {
      const reply = decodeEvents(logs);
      return reply.ok ? reply.value.length : reply.failure.code;
    };
    expect(count(own)).toBe(1);
    expect(count([data])).toBe(0);
    expect(count(around([data]))).toBe(0);
    expect(count(around([...own, data]))).toBe(1);
    expect(count([`Program ${programId} invoke [1]`, ...around([data]), data, `Program ${programId} success`])).toBe(1);
    expect(count([...own, ...own])).toBe(2);
    expect(count([`Program ${programId} invoke [1]`, `Program log: ${data}`])).toBe(0);
  });

  it('[PG14] a cut log and bytes of an unknown version are failures, never fewer events', () => {
    const code = (logs: readonly string[]): string | null => {
      const reply = decodeEvents(logs);
      return reply.ok ? null : reply.failure.code;
    };
    expect(code([...own, 'Log truncated'])).toBe('LogTruncated');
    for (const [position, value] of [
      [0, 9],
      [1, 2],
    ] as const) {
      const changed = Buffer.from(event);
      changed[position] = value;
      expect(code([own[0] ?? '', `Program data: ${changed.toString('base64')}`])).toBe('EventMalformed');
    }
    expect(decodeEvent(event.subarray(0, 87)).ok).toBe(false);
    const settled = Buffer.alloc(EVENT_SIZE.settled);
    settled.set([EVENT.settled, 1]);
    expect(decodeEvent(settled).ok).toBe(false);
  });
});

describe('errors', () => {
  it('[PG3] numbers and names are unique and PascalCase, and no number is one of the programs that are called', () => {
    expect(new Set(PROGRAM_ERRORS.map(({ number }) => number)).size).toBe(PROGRAM_ERRORS.length);
    expect(new Set(PROGRAM_ERRORS.map(({ name }) => name)).size).toBe(PROGRAM_ERRORS.length);
    for (const { number, name } of PROGRAM_ERRORS) {
      expect(name).toMatch(/^([A-Z][a-z]*)+$/);
      expect(number).toBeGreaterThanOrEqual(100);
    }
  });

  it('[PG3] refusals are named from what nodes answer', () => {
    expect(refusalFromRpc({ InstructionError: [0, { Custom: 204 }] })).toEqual({
      code: 'ThreadNotFound',
      detail: programError(204)?.meaning,
    });
    expect(refusalFromRpc({ InstructionError: [0, { Custom: 1 }] }).code).toBe('Custom1');
    expect(refusalFromRpc({ InstructionError: [2, 'InvalidArgument'] }).code).toBe('InvalidArgument');
    expect(refusalFromRpc('BlockhashNotFound').code).toBe('BlockhashNotFound');
    expect(refusalFromRpc({ InsufficientFundsForRent: { account_index: 3 } }).code).toBe('InsufficientFundsForRent');
    for (const odd of [null, 7, {}, { InstructionError: 3 }, { InstructionError: [0, null] }]) {
      expect(refusalFromRpc(odd).code.length).toBeGreaterThan(0);
    }
  });
});
