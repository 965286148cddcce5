/** What every command's exit code means; for people: docs/ci.md. */
export const exitCodes = {
  /** No violation. */
  ok: 0,
  /** A property was violated; the counterexample was saved and its path printed. */
  violation: 1,
  /** The command line, the configuration or an input file was wrong; nothing ran. */
  usage: 2,
  /** The harness itself could not do its work; no verdict on the system. */
  trouble: 3,
} as const;

/** A mistake of the caller's: printed as one line, exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** What keeps the harness from its work and needs no stack trace to be understood: printed as one line, exit code 3. */
export class TroubleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TroubleError';
  }
}
