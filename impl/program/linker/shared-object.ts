/**
 * Writes the ELF64 shared object that the runtime's loader takes as an SBPF v0 program:
 *
 *   ELF header · 3 program headers · .text · .rodata · .dynamic · .dynsym · .dynstr · .rel.dyn · .shstrtab · section headers
 *
 * Every section's address equals its offset in the file; the loader insists on it. No time, path or tool name is written, so
 * equal code gives equal bytes wherever it was built.
 */
export interface DynamicRelocation {
  /** In the file. */
  readonly offset: number;
  readonly type: number;
  /** Name of the runtime function, or null when the relocation needs none. */
  readonly symbol: string | null;
}

export interface ProgramParts {
  readonly code: Uint8Array;
  readonly constants: Uint8Array;
  /** In the file. */
  readonly constantsOffset: number;
  /** Offset within the code. */
  readonly entrypoint: number;
  readonly syscalls: readonly string[];
  readonly relocations: readonly DynamicRelocation[];
}

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const PROGRAM_HEADERS = 3;
const SECTION_HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;
const RELOCATION_SIZE = 16;
const DYNAMIC_ENTRY_SIZE = 16;

/** Where the code begins in the file. */
export const PROGRAM_START = HEADER_SIZE + PROGRAM_HEADERS * PROGRAM_HEADER_SIZE;

interface OutputSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly link: number;
  readonly info: number;
  readonly alignment: number;
  readonly entrySize: number;
}

const align8 = (offset: number): number => Math.ceil(offset / 8) * 8;

export function writeSharedObject(parts: ProgramParts): Uint8Array {
  const sections = layOut(parts);
  const names = sections.at(-1);
  const headersOffset = align8(names === undefined ? 0 : names.offset + names.bytes.length);
  const file = Buffer.alloc(headersOffset + SECTION_HEADER_SIZE * (sections.length + 1));
  writeHeader(file, PROGRAM_START + parts.entrypoint, headersOffset, sections.length + 1);
  writeProgramHeaders(file, sections);
  for (const section of sections) file.set(section.bytes, section.offset);
  sections.forEach((section, index) => {
    writeSectionHeader(file, headersOffset + SECTION_HEADER_SIZE * (index + 1), section, sections);
  });
  return file;
}

/** The sections behind the null section, so that the first has number 1. */
const TEXT = 1;
const DYNSYM = 4;
const DYNSTR = 5;

function layOut(parts: ProgramParts): readonly OutputSection[] {
  const { strings, offsetOf } = nameTable([...parts.syscalls, 'entrypoint']);
  const dynsym = symbolTable(parts, offsetOf);
  const reldyn = relocationTable(parts);
  const dynamicOffset = align8(parts.constantsOffset + parts.constants.length);
  const dynsymOffset = dynamicOffset + 8 * DYNAMIC_ENTRY_SIZE;
  const dynstrOffset = dynsymOffset + dynsym.length;
  const reldynOffset = align8(dynstrOffset + strings.length);
  const dynamic = dynamicTable({
    relocations: reldynOffset,
    relocationsSize: reldyn.length,
    symbols: dynsymOffset,
    strings: dynstrOffset,
    stringsSize: strings.length,
  });
  const plain = { link: 0, info: 0, entrySize: 0 };
  const sections: readonly OutputSection[] = [
    { ...plain, name: '.text', type: 1, flags: 6, offset: PROGRAM_START, bytes: parts.code, alignment: 8 },
    { ...plain, name: '.rodata', type: 1, flags: 2, offset: parts.constantsOffset, bytes: parts.constants, alignment: 16 },
    {
      name: '.dynamic',
      type: 6,
      flags: 3,
      offset: dynamicOffset,
      bytes: dynamic,
      link: DYNSTR,
      info: 0,
      alignment: 8,
      entrySize: DYNAMIC_ENTRY_SIZE,
    },
    {
      name: '.dynsym',
      type: 11,
      flags: 2,
      offset: dynsymOffset,
      bytes: dynsym,
      link: DYNSTR,
      info: 1,
      alignment: 8,
      entrySize: SYMBOL_SIZE,
    },
    { ...plain, name: '.dynstr', type: 3, flags: 2, offset: dynstrOffset, bytes: strings, alignment: 1 },
    {
      name: '.rel.dyn',
      type: 9,
      flags: 2,
      offset: reldynOffset,
      bytes: reldyn,
      link: DYNSYM,
      info: 0,
      alignment: 8,
      entrySize: RELOCATION_SIZE,
    },
  ];
  const sectionNames = nameTable([...sections.map((section) => section.name), '.shstrtab']).strings;
  const offset = reldynOffset + reldyn.length;
  return [...sections, { ...plain, name: '.shstrtab', type: 3, flags: 0, offset, bytes: sectionNames, alignment: 1 }];
}

/** Names, each ended by a zero byte, behind an empty one. */
function nameTable(names: readonly string[]): { readonly strings: Uint8Array; readonly offsetOf: (name: string) => number } {
  const strings = Buffer.from(['', ...names].map((name) => `${name}\0`).join(''), 'latin1');
  return { strings, offsetOf: (name) => strings.indexOf(`\0${name}\0`, 0, 'latin1') + 1 };
}

/** The null symbol, the runtime's functions (undefined, numbers from 1 in their order), the entrypoint. */
function symbolTable(parts: ProgramParts, nameOffset: (name: string) => number): Uint8Array {
  const table = Buffer.alloc(SYMBOL_SIZE * (parts.syscalls.length + 2));
  parts.syscalls.forEach((name, index) => {
    table.writeUInt32LE(nameOffset(name), SYMBOL_SIZE * (index + 1));
    table[SYMBOL_SIZE * (index + 1) + 4] = 0x10; // global, no type
  });
  const at = SYMBOL_SIZE * (parts.syscalls.length + 1);
  table.writeUInt32LE(nameOffset('entrypoint'), at);
  table[at + 4] = 0x12; // global function
  table.writeUInt16LE(TEXT, at + 6);
  table.writeBigUInt64LE(BigInt(PROGRAM_START + parts.entrypoint), at + 8);
  return table;
}

function relocationTable(parts: ProgramParts): Uint8Array {
  const table = Buffer.alloc(RELOCATION_SIZE * parts.relocations.length);
  parts.relocations.forEach(({ offset, type, symbol }, index) => {
    const number = symbol === null ? 0 : parts.syscalls.indexOf(symbol) + 1;
    table.writeBigUInt64LE(BigInt(offset), RELOCATION_SIZE * index);
    table.writeUInt32LE(type, RELOCATION_SIZE * index + 8);
    table.writeUInt32LE(number, RELOCATION_SIZE * index + 12);
  });
  return table;
}

function dynamicTable(at: {
  readonly relocations: number;
  readonly relocationsSize: number;
  readonly symbols: number;
  readonly strings: number;
  readonly stringsSize: number;
}): Uint8Array {
  const entries: readonly (readonly [tag: number, value: number])[] = [
    [0x11, at.relocations], // DT_REL
    [0x12, at.relocationsSize], // DT_RELSZ
    [0x13, RELOCATION_SIZE], // DT_RELENT
    [0x06, at.symbols], // DT_SYMTAB
    [0x0b, SYMBOL_SIZE], // DT_SYMENT
    [0x05, at.strings], // DT_STRTAB
    [0x0a, at.stringsSize], // DT_STRSZ
    [0, 0],
  ];
  const table = Buffer.alloc(DYNAMIC_ENTRY_SIZE * entries.length);
  entries.forEach(([tag, value], index) => {
    table.writeBigUInt64LE(BigInt(tag), DYNAMIC_ENTRY_SIZE * index);
    table.writeBigUInt64LE(BigInt(value), DYNAMIC_ENTRY_SIZE * index + 8);
  });
  return table;
}

function writeHeader(file: Buffer, entry: number, sectionHeaders: number, sectionCount: number): void {
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  file.writeUInt16LE(3, 16); // shared object
  file.writeUInt16LE(247, 18); // BPF
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(entry), 24);
  file.writeBigUInt64LE(BigInt(HEADER_SIZE), 32);
  file.writeBigUInt64LE(BigInt(sectionHeaders), 40);
  file.writeUInt32LE(0, 48); // flags: SBPF v0
  file.writeUInt16LE(HEADER_SIZE, 52);
  file.writeUInt16LE(PROGRAM_HEADER_SIZE, 54);
  file.writeUInt16LE(PROGRAM_HEADERS, 56);
  file.writeUInt16LE(SECTION_HEADER_SIZE, 58);
  file.writeUInt16LE(sectionCount, 60);
  file.writeUInt16LE(sectionCount - 1, 62);
}

function writeProgramHeaders(file: Buffer, sections: readonly OutputSection[]): void {
  const [text, constants, dynamic, , , relocations] = sections;
  if (text === undefined || constants === undefined || dynamic === undefined || relocations === undefined) return;
  const header = (index: number, type: number, flags: number, offset: number, size: number): void => {
    const at = HEADER_SIZE + PROGRAM_HEADER_SIZE * index;
    file.writeUInt32LE(type, at);
    file.writeUInt32LE(flags, at + 4);
    for (const field of [8, 16, 24]) file.writeBigUInt64LE(BigInt(offset), at + field);
    for (const field of [32, 40]) file.writeBigUInt64LE(BigInt(size), at + field);
    file.writeBigUInt64LE(0x1000n, at + 48);
  };
  header(0, 1, 5, text.offset, text.bytes.length);
  header(1, 1, 4, constants.offset, relocations.offset + relocations.bytes.length - constants.offset);
  header(2, 2, 6, dynamic.offset, dynamic.bytes.length);
}

function writeSectionHeader(file: Buffer, at: number, section: OutputSection, all: readonly OutputSection[]): void {
  const names = nameTable(all.map((each) => each.name));
  const loaded = (section.flags & 2) !== 0;
  file.writeUInt32LE(names.offsetOf(section.name), at);
  file.writeUInt32LE(section.type, at + 4);
  file.writeBigUInt64LE(BigInt(section.flags), at + 8);
  file.writeBigUInt64LE(BigInt(loaded ? section.offset : 0), at + 16);
  file.writeBigUInt64LE(BigInt(section.offset), at + 24);
  file.writeBigUInt64LE(BigInt(section.bytes.length), at + 32);
  file.writeUInt32LE(section.link, at + 40);
  file.writeUInt32LE(section.info, at + 44);
  file.writeBigUInt64LE(BigInt(section.alignment), at + 48);
  file.writeBigUInt64LE(BigInt(section.entrySize), at + 56);
}
