/**
 * Reads what clang writes for the BPF target: a relocatable ELF64 object. Decides nothing about linking; every offset is checked
 * against the file before it is used, so a damaged file ends as `Truncated`, never as a wrong program.
 * Format: System V ABI, chapter 4 (https://www.sco.com/developers/gabi/latest/contents.html).
 */
import { LinkError } from './link-error.ts';

export interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** Empty for sections without content in the file (`.bss`). */
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly alignment: number;
  readonly link: number;
  readonly info: number;
}

export interface ObjectSymbol {
  readonly name: string;
  readonly binding: number;
  /** Index of the section it is defined in; 0 when it is not defined here. */
  readonly section: number;
  /** Offset within that section. */
  readonly value: number;
}

export interface Relocation {
  /** Offset within the section that is relocated. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ObjectSymbol;
}

export interface ObjectFile {
  readonly sections: readonly Section[];
  readonly symbols: readonly ObjectSymbol[];
  /** By index of the section that is relocated. */
  readonly relocations: ReadonlyMap<number, readonly Relocation[]>;
}

export const SECTION_TYPE = { symbols: 2, relocationsWithAddend: 4, noBits: 8, relocations: 9 } as const;
export const SECTION_FLAG = { write: 1, allocate: 2, execute: 4 } as const;
export const GLOBAL_BINDING = 1;

const HEADER_SIZE = 64;
const SECTION_HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;
const RELOCATION_SIZE = 16;
const RELOCATABLE = 1;
const BPF_MACHINE = 247;

/** @throws LinkError `NotABpfObject`, `Truncated`, `UnknownRelocation` */
export function readObjectFile(file: Uint8Array): ObjectFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  requireHeader(file, view);
  const sections = readSections(file, view);
  const symbolTable = sections.find((section) => section.type === SECTION_TYPE.symbols);
  const symbols = symbolTable === undefined ? [] : readSymbols(symbolTable, sections);
  return { sections, symbols, relocations: readRelocations(sections, symbols) };
}

function requireHeader(file: Uint8Array, view: DataView): void {
  const wrong = (detail: string): LinkError =>
    new LinkError('NotABpfObject', `${detail}; expected an object file from clang -target bpf -c`);
  if (file.length < HEADER_SIZE) throw new LinkError('Truncated', `${file.length} bytes are less than an ELF header`);
  if (view.getUint32(0) !== 0x7f454c46) throw wrong('not an ELF file');
  if (file[4] !== 2 || file[5] !== 1) throw wrong('not 64-bit little-endian');
  if (view.getUint16(16, true) !== RELOCATABLE) throw wrong(`ELF type ${view.getUint16(16, true)}, not relocatable`);
  if (view.getUint16(18, true) !== BPF_MACHINE) throw wrong(`machine ${view.getUint16(18, true)}, not BPF (${BPF_MACHINE})`);
}

/** Offsets beyond 2^53 are as far out of every file as any other. */
const u64 = (view: DataView, offset: number): number => Number(view.getBigUint64(offset, true));

function readSections(file: Uint8Array, view: DataView): readonly Section[] {
  const tableOffset = u64(view, 40);
  const count = view.getUint16(60, true);
  const namesIndex = view.getUint16(62, true);
  slice(file, tableOffset, count * SECTION_HEADER_SIZE, 'the section table');
  const raw = Array.from({ length: count }, (_, index) => {
    const at = tableOffset + index * SECTION_HEADER_SIZE;
    const type = view.getUint32(at + 4, true);
    const size = u64(view, at + 32);
    const empty = type === 0 || type === SECTION_TYPE.noBits;
    return {
      index,
      nameOffset: view.getUint32(at, true),
      type,
      flags: u64(view, at + 8),
      bytes: empty ? new Uint8Array(0) : slice(file, u64(view, at + 24), size, `section ${index}`),
      size,
      link: view.getUint32(at + 40, true),
      info: view.getUint32(at + 44, true),
      alignment: Math.max(1, u64(view, at + 48)),
    };
  });
  const names = raw[namesIndex];
  if (names === undefined) throw new LinkError('Truncated', `section names are in section ${namesIndex} of ${count}`);
  return raw.map(({ nameOffset, ...section }) => ({ ...section, name: text(names.bytes, nameOffset) }));
}

function slice(file: Uint8Array, offset: number, size: number, what: string): Uint8Array {
  if (offset + size > file.length) {
    throw new LinkError('Truncated', `${what} ends at byte ${offset + size}, the file at ${file.length}`);
  }
  return file.subarray(offset, offset + size);
}

function text(names: Uint8Array, offset: number): string {
  const end = names.indexOf(0, offset);
  if (end < 0) throw new LinkError('Truncated', `a name at offset ${offset} of a string table has no end`);
  return Buffer.from(names.subarray(offset, end)).toString('latin1');
}

function readSymbols(table: Section, sections: readonly Section[]): readonly ObjectSymbol[] {
  const names = sections[table.link];
  if (names === undefined) throw new LinkError('Truncated', `symbol names are in section ${table.link} of ${sections.length}`);
  const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
  return Array.from({ length: Math.floor(table.bytes.length / SYMBOL_SIZE) }, (_, index) => {
    const at = index * SYMBOL_SIZE;
    return {
      name: text(names.bytes, view.getUint32(at, true)),
      binding: view.getUint8(at + 4) >> 4,
      section: view.getUint16(at + 6, true),
      value: u64(view, at + 8),
    };
  });
}

function readRelocations(
  sections: readonly Section[],
  symbols: readonly ObjectSymbol[],
): ReadonlyMap<number, readonly Relocation[]> {
  const bySection = new Map<number, readonly Relocation[]>();
  for (const table of sections) {
    if (table.type === SECTION_TYPE.relocationsWithAddend) {
      throw new LinkError('UnknownRelocation', `${table.name} has explicit addends; clang writes none for BPF`);
    }
    if (table.type !== SECTION_TYPE.relocations) continue;
    const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
    const relocations = Array.from({ length: Math.floor(table.bytes.length / RELOCATION_SIZE) }, (_, index) => {
      const at = index * RELOCATION_SIZE;
      const number = view.getUint32(at + 12, true);
      const symbol = symbols[number];
      if (symbol === undefined) throw new LinkError('Truncated', `${table.name} names symbol ${number} of ${symbols.length}`);
      return { offset: u64(view, at), type: view.getUint32(at + 8, true), symbol };
    });
    bySection.set(table.info, [...(bySection.get(table.info) ?? []), ...relocations]);
  }
  return bySection;
}
