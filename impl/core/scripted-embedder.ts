/** For tests beside the sources: everything is as similar to everything, in one dimension. */
import type { Embedder } from '../ports/embedder.ts';
import { ok } from '../ports/outcome.ts';

export const scriptedEmbedder: Embedder = { dimensions: 1, embed: async (texts) => ok(texts.map(() => [1])) };
