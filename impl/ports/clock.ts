/** Time as the implementation may see it. Nothing inside `impl/` reads `Date` or sets a timer except through this port. */
export interface Clock {
  /** Milliseconds since the Unix epoch; never goes back within one process. */
  nowMs(): number;
  /** Resolves once `nowMs()` has advanced by at least `ms` (>= 0). Never rejects. */
  sleep(ms: number): Promise<void>;
}
