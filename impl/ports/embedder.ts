/** Turns text into a vector. The default is deterministic and offline; others may call a service. */
import type { Reply } from './outcome.ts';

export interface Embedder {
  /** Length of every vector it returns (1 to 65,535). */
  readonly dimensions: number;
  /** One unit-length (or, for text without any token, all-zero) vector a text, in order. */
  embed(texts: readonly string[]): Promise<Reply<readonly (readonly number[])[]>>;
}
