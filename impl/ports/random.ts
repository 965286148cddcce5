/** Unpredictable bytes for nonces, tokens and ids. Nothing inside `impl/` draws randomness except through this port. */
export interface Random {
  /** `count` (1 to 1,024) bytes; cryptographically strong in production, reproducible in simulations. */
  bytes(count: number): Uint8Array;
}
