/** One figure of a benchmark, and the bar it is meant to meet. */
export interface BenchRow {
  readonly name: string;
  readonly figure: number;
  readonly unit: string;
  readonly bar?: { readonly atMost?: number; readonly atLeast?: number };
  readonly detail?: string;
}
