/**
 * Why an object file cannot become a program. `code` is stable; the message says what was found and what was expected.
 */
export type LinkErrorCode =
  /** Not an ELF file, not 64-bit little-endian, not for BPF, or not a relocatable object. */
  | 'NotABpfObject'
  /** A table or section reaches beyond the end of the file. */
  | 'Truncated'
  /** No code, or code in another section than `.text`. */
  | 'TextSection'
  /** Writable data: the runtime has none. */
  | 'WritableData'
  /** A section that would have to be loaded, but is neither code nor constants. */
  | 'UnknownSection'
  /** A relocation of a kind, or at a place, that is not supported. */
  | 'UnknownRelocation'
  /** A function that neither the object nor the runtime has. */
  | 'UndefinedSymbol'
  /** No global function `entrypoint`. */
  | 'MissingEntrypoint';

export class LinkError extends Error {
  readonly code: LinkErrorCode;
  constructor(code: LinkErrorCode, message: string) {
    super(message);
    this.name = 'LinkError';
    this.code = code;
  }
}
