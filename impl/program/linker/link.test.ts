/** The linker on objects made for it. That its programs run is shown by every test that executes `choir.so`. */
import { describe, expect, it } from 'vitest';
import { linkProgram } from './link.ts';
import { LinkError } from './link-error.ts';
import { buildObject, CODE, CONSTANTS, DATA, RETURN_ZERO, type RelocationSpec } from './object-builder.ts';
import { PROGRAM_START } from './shared-object.ts';

const text = { name: '.text', bytes: RETURN_ZERO, flags: CODE };
const entrypoint = { name: 'entrypoint', section: 1 };

/** Code and message of the refusal, or `linked`. */
function refusal(object: Uint8Array): string {
  try {
    linkProgram(object);
    return 'linked';
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const call = (imm: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.set([0x85, 0x10]);
  bytes.writeInt32LE(imm, 4);
  return bytes;
};
const loadAddress = (addend: number): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.set([0x18, 0x01]);
  bytes.writeUInt32LE(addend, 4);
  return bytes;
};

describe('what it links', () => {
  it('[PG13] code and entrypoint are where the header says; equal input gives equal bytes', () => {
    const object = buildObject(
      [text],
      [
        { name: 'other', section: 1 },
        { ...entrypoint, value: 8 },
      ],
    );
    const program = Buffer.from(linkProgram(object));
    expect(program.subarray(PROGRAM_START, PROGRAM_START + 16)).toEqual(Buffer.from(RETURN_ZERO));
    expect(program.readBigUInt64LE(24)).toBe(BigInt(PROGRAM_START + 8));
    expect([program.readUInt16LE(16), program.readUInt16LE(18), program.readUInt32LE(48)]).toEqual([3, 247, 0]);
    expect(Buffer.from(linkProgram(Buffer.from(object)))).toEqual(program);
  });

  it('[PG13] sections lie at their own addresses, one behind the other, within the file', () => {
    const program = Buffer.from(
      linkProgram(buildObject([text, { name: '.rodata', bytes: Buffer.alloc(5), flags: CONSTANTS }], [entrypoint])),
    );
    const [table, count] = [Number(program.readBigUInt64LE(40)), program.readUInt16LE(60)];
    let end = PROGRAM_START;
    for (let index = 1; index < count; index++) {
      const at = table + 64 * index;
      const [address, offset, size] = [16, 24, 32].map((field) => Number(program.readBigUInt64LE(at + field))) as [
        number,
        number,
        number,
      ];
      if (index < count - 1) expect(address).toBe(offset);
      expect(offset).toBeGreaterThanOrEqual(end);
      end = offset + size;
    }
    expect(end).toBeLessThanOrEqual(program.length);
  });

  it('[PG13] calls of own functions are resolved, those of the runtime are left to the loader', () => {
    const bytes = Buffer.concat([call(-1), call(1), call(-1), RETURN_ZERO]);
    const relocations: readonly RelocationSpec[] = [
      { section: 1, offset: 0, type: 10, symbol: 1 },
      { section: 1, offset: 8, type: 10, symbol: 2 },
      { section: 1, offset: 16, type: 10, symbol: 3 },
    ];
    const symbols = [
      entrypoint,
      { name: 'own', section: 1, value: 24 },
      // A section symbol: the target within the section is in the instruction.
      { name: '', section: 1, local: true },
      { name: 'sol_log_', section: 0 },
    ];
    const program = Buffer.from(linkProgram(buildObject([{ ...text, bytes }], symbols, relocations)));
    const imm = (index: number): number => program.readInt32LE(PROGRAM_START + 8 * index + 4);
    expect([imm(0), imm(1), imm(2)]).toEqual([2, 0, -1]);
    expect(program.includes('\0sol_log_\0')).toBe(true);
    expect(program.includes('own')).toBe(false);
  });

  it('[PG13] the address of a constant is its place in the file, across several constant sections', () => {
    const bytes = Buffer.concat([loadAddress(0), loadAddress(3), RETURN_ZERO]);
    const first = { name: '.rodata.str1.1', bytes: Buffer.from('first\0'), flags: CONSTANTS };
    const second = { name: '.rodata', bytes: Buffer.from('second\0'), flags: CONSTANTS };
    const symbols = [entrypoint, { name: 'a', section: 2 }, { name: 'b', section: 3, value: 1 }];
    const relocations = [
      { section: 1, offset: 0, type: 1, symbol: 1 },
      { section: 1, offset: 16, type: 1, symbol: 2 },
    ];
    const program = Buffer.from(linkProgram(buildObject([{ ...text, bytes }, first, second], symbols, relocations)));
    const target = (index: number): number => program.readUInt32LE(PROGRAM_START + 16 * index + 4);
    expect(program.toString('latin1', target(0), target(0) + 5)).toBe('first');
    expect(program.toString('latin1', target(1), target(1) + 2)).toBe('nd');
  });
});

describe('what it refuses', () => {
  const twoRelocated = (type: number, symbol: number, bytes: Uint8Array = call(-1)): Buffer =>
    buildObject(
      [
        { ...text, bytes: Buffer.concat([bytes, RETURN_ZERO]) },
        { name: '.rodata', bytes: Buffer.alloc(8), flags: CONSTANTS },
      ],
      [entrypoint, { name: 'sol_log_', section: 0 }, { name: 'memcpy', section: 0 }, { name: 'constant', section: 2 }],
      [{ section: 1, offset: 0, type, symbol }],
    );

  it.each([
    [
      'code in several sections',
      buildObject([text, { name: '.text.other', bytes: RETURN_ZERO, flags: CODE }], [entrypoint]),
      /^TextSection: code in section \.text\.other/,
    ],
    [
      'no code',
      buildObject([{ name: '.rodata', bytes: Buffer.alloc(8), flags: CONSTANTS }], []),
      /^TextSection: the object has no code/,
    ],
    [
      'initialized globals',
      buildObject([text, { name: '.data', bytes: Buffer.alloc(8), flags: DATA }], [entrypoint]),
      /^WritableData: section \.data .*8 bytes/,
    ],
    ['zeroed globals', buildObject([text, { name: '.bss', size: 8, flags: DATA }], [entrypoint]), /^WritableData: section \.bss/],
    [
      'other loaded sections',
      buildObject([text, { name: '.eh_frame', bytes: Buffer.alloc(8), flags: CONSTANTS }], [entrypoint]),
      /^UnknownSection: section \.eh_frame/,
    ],
    [
      'constants without content',
      buildObject([text, { name: '.rodata', size: 8, flags: CONSTANTS }], [entrypoint]),
      /^UnknownSection: section \.rodata \(8 bytes/,
    ],
    ['no entrypoint', buildObject([text], [{ name: 'main', section: 1 }]), /^MissingEntrypoint/],
    ['a private entrypoint', buildObject([text], [{ ...entrypoint, local: true }]), /^MissingEntrypoint/],
    ['an entrypoint elsewhere', buildObject([text], [{ name: 'entrypoint', section: 0 }]), /^MissingEntrypoint/],
    ['functions nobody has', twoRelocated(10, 2), /^UndefinedSymbol: memcpy/],
    ['other relocation types', twoRelocated(2, 1), /^UnknownRelocation: relocation of type 2 at \.text\+0 against sol_log_/],
    ['a call relocation where there is no call', twoRelocated(10, 1, RETURN_ZERO), /^UnknownRelocation/],
    ['a call of a constant', twoRelocated(10, 3), /^UnknownRelocation/],
    ['the address of what is no constant', twoRelocated(1, 1, loadAddress(0)), /^UnknownRelocation: the address of sol_log_/],
    [
      'addresses inside constants',
      buildObject(
        [text, { name: '.rodata', bytes: Buffer.alloc(8), flags: CONSTANTS }],
        [entrypoint],
        [{ section: 2, offset: 0, type: 2, symbol: 0 }],
      ),
      /^UnknownRelocation: section \.rodata holds addresses/,
    ],
    [
      'explicit addends',
      buildObject([text], [entrypoint], [{ section: 1, offset: 0, type: 10, symbol: 0, withAddend: true }]),
      /^UnknownRelocation: .* explicit addends/,
    ],
  ])('[PG13] %s', (_what, object, expected) => {
    expect(refusal(object)).toMatch(expected);
  });

  it('[PG13] a file cut anywhere is truncated or no object, never linked and never a crash', () => {
    const object = twoRelocated(10, 1);
    expect(refusal(object)).toBe('linked');
    for (let length = 0; length < object.length; length++) {
      expect(refusal(object.subarray(0, length))).toMatch(/^(Truncated|NotABpfObject): /);
    }
  });

  it('[PG13] a file whose bytes are changed one by one is linked or refused by name', () => {
    const object = twoRelocated(10, 1);
    for (let position = 0; position < object.length; position++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(object);
        damaged[position] = (damaged[position] ?? 0) ^ flip;
        expect(refusal(damaged)).toMatch(/^(linked|[A-Z][A-Za-z]+: .+)$/);
      }
    }
  });

  it.each([
    ['text', Buffer.from('#include <stdio.h>'.padEnd(80))],
    ['another machine', Buffer.from(buildObject([text], [entrypoint])).fill(62, 18, 19)],
    ['32 bits', Buffer.from(buildObject([text], [entrypoint])).fill(1, 4, 5)],
    ['a finished program', Buffer.from(buildObject([text], [entrypoint])).fill(3, 16, 17)],
  ])('[PG13] %s is not an object file', (_what, object) => {
    expect(refusal(object)).toMatch(/^NotABpfObject: .*expected an object file from clang -target bpf -c/);
  });
});
