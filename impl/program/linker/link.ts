/**
 * Turns one BPF object into an SBPF v0 program: code and constants are placed, their references resolved or left to the loader.
 *
 *   call of an own function     resolved here, relative to the caller
 *   call of the runtime         left to the loader: `imm` stays -1, with an R_BPF_64_32 against the function's name
 *   address of a constant       the file offset goes into the instruction, with an R_BPF_64_RELATIVE: the loader adds the base
 *
 * Leaves out on purpose: several objects, several text sections, writable data, addresses inside constants.
 * Relocations as clang defines them: https://www.kernel.org/doc/html/latest/bpf/llvm_reloc.html
 */
import { LinkError } from './link-error.ts';
import { GLOBAL_BINDING, type ObjectFile, type Relocation, readObjectFile, SECTION_FLAG, type Section } from './object-file.ts';
import { type DynamicRelocation, PROGRAM_START, writeSharedObject } from './shared-object.ts';
import { SYSCALLS } from './syscalls.ts';

const INSTRUCTION_SIZE = 8;
/** More than any constant of a program needs. */
const MAX_ALIGNMENT = 64;
const R_BPF_64_64 = 1;
const R_BPF_64_RELATIVE = 8;
const R_BPF_64_32 = 10;
const CALL = 0x85;
const LOAD_DOUBLE_WORD = 0x18;

/**
 * @param file an object from `clang -target bpf -mcpu=v1 -c`
 * @returns the bytes of a program that the runtime's loader takes; equal input gives equal bytes
 * @throws LinkError with a code that names what is wrong or unsupported
 */
export function linkProgram(file: Uint8Array): Uint8Array {
  const object = readObjectFile(file);
  const { text, constants } = chooseSections(object);
  const entrypoint = object.symbols.find(
    (symbol) => symbol.name === 'entrypoint' && symbol.section === text.index && symbol.binding === GLOBAL_BINDING,
  );
  if (entrypoint === undefined) throw new LinkError('MissingEntrypoint', 'no global function `entrypoint` is defined in .text');
  const placed = placeConstants(text, constants);
  const { code, relocations, syscalls } = relocate(text, object.relocations.get(text.index) ?? [], placed.offsets);
  return writeSharedObject({
    code,
    constants: placed.bytes,
    constantsOffset: placed.start,
    entrypoint: entrypoint.value,
    syscalls,
    relocations,
  });
}

function chooseSections(object: ObjectFile): { readonly text: Section; readonly constants: readonly Section[] } {
  const loaded = object.sections.filter((section) => (section.flags & SECTION_FLAG.allocate) !== 0 && section.size > 0);
  for (const section of loaded) {
    const code = (section.flags & SECTION_FLAG.execute) !== 0;
    if (code && section.name !== '.text') {
      throw new LinkError('TextSection', `code in section ${section.name}; all of it must be in .text`);
    }
    if ((section.flags & SECTION_FLAG.write) !== 0) {
      throw new LinkError(
        'WritableData',
        `section ${section.name} is writable (${section.size} bytes); the runtime has no globals`,
      );
    }
    if (!code && !section.name.startsWith('.rodata')) {
      throw new LinkError('UnknownSection', `section ${section.name} would be loaded, but is neither .text nor .rodata`);
    }
    if (section.bytes.length !== section.size || section.alignment > MAX_ALIGNMENT) {
      const detail = `section ${section.name} (${section.size} bytes, alignment ${section.alignment})`;
      throw new LinkError('UnknownSection', `${detail} has no content, or wants more than alignment ${MAX_ALIGNMENT}`);
    }
    if (!code && object.relocations.has(section.index)) {
      throw new LinkError('UnknownRelocation', `section ${section.name} holds addresses; constants cannot refer to others`);
    }
  }
  const text = loaded.find((section) => section.name === '.text');
  if (text === undefined) throw new LinkError('TextSection', 'the object has no code');
  return { text, constants: loaded.filter((section) => section !== text) };
}

const align = (offset: number, alignment: number): number => Math.ceil(offset / alignment) * alignment;

/** Constants go behind the code, in the object's order. Offsets are those of the finished file. */
function placeConstants(
  text: Section,
  constants: readonly Section[],
): { readonly start: number; readonly bytes: Uint8Array; readonly offsets: ReadonlyMap<number, number> } {
  const start = align(PROGRAM_START + text.bytes.length, 16);
  const offsets = new Map<number, number>();
  let end = start;
  for (const section of constants) {
    const offset = align(end, section.alignment);
    offsets.set(section.index, offset);
    end = offset + section.size;
  }
  const bytes = new Uint8Array(end - start);
  for (const section of constants) bytes.set(section.bytes, (offsets.get(section.index) ?? start) - start);
  return { start, bytes, offsets };
}

function relocate(
  text: Section,
  relocations: readonly Relocation[],
  constantOffsets: ReadonlyMap<number, number>,
): { readonly code: Uint8Array; readonly relocations: readonly DynamicRelocation[]; readonly syscalls: readonly string[] } {
  const code = Uint8Array.from(text.bytes);
  const view = new DataView(code.buffer);
  const syscalls: string[] = [];
  const left: DynamicRelocation[] = [];
  for (const { offset, type, symbol } of relocations) {
    const opcode = code[offset];
    if (type === R_BPF_64_64 && opcode === LOAD_DOUBLE_WORD && offset + 2 * INSTRUCTION_SIZE <= code.length) {
      const target = constantOffsets.get(symbol.section);
      if (target === undefined)
        throw new LinkError('UnknownRelocation', `the address of ${symbol.name || 'a symbol'} is not that of a constant`);
      view.setUint32(offset + 4, target + symbol.value + view.getUint32(offset + 4, true), true);
      view.setUint32(offset + 12, 0, true);
      left.push({ offset: PROGRAM_START + offset, type: R_BPF_64_RELATIVE, symbol: null });
    } else if (type === R_BPF_64_32 && opcode === CALL && symbol.section === text.index) {
      // The distance counts from the instruction after the call; clang leaves -1, or the target within the section minus 1.
      const distance = symbol.value / INSTRUCTION_SIZE + view.getInt32(offset + 4, true) - offset / INSTRUCTION_SIZE;
      view.setInt32(offset + 4, distance, true);
    } else if (type === R_BPF_64_32 && opcode === CALL && symbol.section === 0) {
      if (!SYSCALLS.has(symbol.name))
        throw new LinkError('UndefinedSymbol', `${symbol.name} is neither defined nor offered by the runtime`);
      if (!syscalls.includes(symbol.name)) syscalls.push(symbol.name);
      view.setInt32(offset + 4, -1, true);
      left.push({ offset: PROGRAM_START + offset, type: R_BPF_64_32, symbol: symbol.name });
    } else {
      throw new LinkError(
        'UnknownRelocation',
        `relocation of type ${type} at .text+${offset} against ${symbol.name || 'a section'}`,
      );
    }
  }
  return { code, relocations: left, syscalls };
}
