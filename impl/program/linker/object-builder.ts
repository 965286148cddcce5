/**
 * Writes small relocatable objects for the linker's tests, so that they need no compiler and can contain what clang would never
 * write. Sections are numbered from 1 in their order.
 */
import { SECTION_FLAG, SECTION_TYPE } from './object-file.ts';

export interface SectionSpec {
  readonly name: string;
  readonly bytes?: Uint8Array;
  /** Size without content (`.bss`). */
  readonly size?: number;
  readonly flags: number;
}

export interface SymbolSpec {
  readonly name: string;
  /** 0: not defined here. */
  readonly section: number;
  readonly value?: number;
  readonly local?: boolean;
}

export interface RelocationSpec {
  /** Section that is relocated. */
  readonly section: number;
  readonly offset: number;
  readonly type: number;
  /** Position in `symbols`. */
  readonly symbol: number;
  readonly withAddend?: boolean;
}

export const CODE: number = SECTION_FLAG.allocate | SECTION_FLAG.execute;
export const CONSTANTS: number = SECTION_FLAG.allocate;
export const DATA: number = SECTION_FLAG.allocate | SECTION_FLAG.write;

/** `r0 = 0; exit` */
export const RETURN_ZERO: Uint8Array = Uint8Array.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

interface Written {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

export function buildObject(
  sections: readonly SectionSpec[],
  symbols: readonly SymbolSpec[],
  relocations: readonly RelocationSpec[] = [],
): Buffer {
  const symbolSection = sections.length + 1;
  const none = new Uint8Array(0);
  const written: Written[] = sections.map(({ name, bytes, size, flags }) => {
    const type = bytes === undefined ? SECTION_TYPE.noBits : 1;
    return { name, type, flags, bytes: bytes ?? none, size: bytes?.length ?? size ?? 0, link: 0, info: 0 };
  });
  const names = Buffer.from(['', ...symbols.map((symbol) => symbol.name)].map((name) => `${name}\0`).join(''));
  const table = symbolTable(symbols, names);
  written.push({
    name: '.symtab',
    type: SECTION_TYPE.symbols,
    flags: 0,
    bytes: table,
    size: table.length,
    link: symbolSection + 1,
    info: 1,
  });
  written.push({ name: '.strtab', type: 3, flags: 0, bytes: names, size: names.length, link: 0, info: 0 });
  for (const relocation of relocations) {
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64LE(BigInt(relocation.offset), 0);
    bytes.writeUInt32LE(relocation.type, 8);
    bytes.writeUInt32LE(relocation.symbol + 1, 12);
    const type = relocation.withAddend === true ? SECTION_TYPE.relocationsWithAddend : SECTION_TYPE.relocations;
    written.push({ name: '.rel', type, flags: 0, bytes, size: 16, link: symbolSection, info: relocation.section });
  }
  return writeObject(written);
}

function symbolTable(symbols: readonly SymbolSpec[], names: Buffer): Buffer {
  const table = Buffer.alloc(24 * (symbols.length + 1));
  symbols.forEach(({ name, section, value = 0, local = false }, index) => {
    const at = 24 * (index + 1);
    table.writeUInt32LE(names.indexOf(`\0${name}\0`) + 1, at);
    table[at + 4] = (local ? 0 : 1) << 4;
    table.writeUInt16LE(section, at + 6);
    table.writeBigUInt64LE(BigInt(value), at + 8);
  });
  return table;
}

function writeObject(sections: readonly Written[]): Buffer {
  const sectionNames = Buffer.from(
    ['', ...sections.map((section) => section.name), '.shstrtab'].map((name) => `${name}\0`).join(''),
  );
  const all = [
    ...sections,
    { name: '.shstrtab', type: 3, flags: 0, bytes: sectionNames, size: sectionNames.length, link: 0, info: 0 },
  ];
  const header = Buffer.alloc(64);
  const headers = Buffer.alloc(64 * (all.length + 1));
  const contents: Uint8Array[] = [];
  let offset = 64;
  all.forEach((section, index) => {
    const at = 64 * (index + 1);
    headers.writeUInt32LE(sectionNames.indexOf(`\0${section.name}\0`) + 1, at);
    headers.writeUInt32LE(section.type, at + 4);
    headers.writeBigUInt64LE(BigInt(section.flags), at + 8);
    headers.writeBigUInt64LE(BigInt(offset), at + 24);
    headers.writeBigUInt64LE(BigInt(section.size), at + 32);
    headers.writeUInt32LE(section.link, at + 40);
    headers.writeUInt32LE(section.info, at + 44);
    headers.writeBigUInt64LE(8n, at + 48);
    contents.push(section.bytes);
    offset += section.bytes.length;
  });
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(1, 16);
  header.writeUInt16LE(247, 18);
  header.writeBigUInt64LE(BigInt(offset), 40);
  header.writeUInt16LE(all.length + 1, 60);
  header.writeUInt16LE(all.length, 62);
  return Buffer.concat([header, ...contents, headers]);
}
