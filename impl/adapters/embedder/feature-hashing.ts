/**
 * The default embedder: words and character trigrams hashed into a fixed number of signed buckets. Deterministic, offline and
 * quick; alike texts share buckets, so near-duplicates and common words rank first. It knows nothing of meaning or of language.
 * Reference: feature hashing (Weinberger et al. 2009), https://arxiv.org/abs/0902.2206.
 */
import type { Embedder } from '../../ports/embedder.ts';
import { ok } from '../../ports/outcome.ts';

export interface FeatureHashingOptions {
  /** 1 to 65,535; default 64. More dimensions mean fewer collisions. */
  readonly dimensions?: number;
}

const wordWeight = 1;
/** A word of n characters has n trigrams, so that they must weigh less for the word to count at all. */
const trigramWeight = 0.4;
/** Letters, digits and the marks that belong to them; or one pictograph. */
const tokenPattern = /[\p{L}\p{N}\p{M}]+|\p{Extended_Pictographic}/gu;

export function createFeatureHashingEmbedder({ dimensions = 64 }: FeatureHashingOptions = {}): Embedder {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 65_535) {
    throw new TypeError(`dimensions: expected a whole number from 1 to 65,535, got ${dimensions}`);
  }
  return { dimensions, embed: async (texts) => ok(texts.map((text) => embedText(text, dimensions))) };
}

/** Compatibility forms and case do not distinguish texts. Going through upper case folds what lower case alone does not (ß, SS). */
const fold = (text: string): string => text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');

function embedText(text: string, dimensions: number): readonly number[] {
  const vector = new Array<number>(dimensions).fill(0);
  const words = fold(text).match(tokenPattern) ?? [];
  for (const word of words) {
    add(vector, `w${word}`, wordWeight);
    const characters = ['<', ...word, '>'];
    for (let i = 0; i + 3 <= characters.length; i++) add(vector, `t${characters.slice(i, i + 3).join('')}`, trigramWeight);
  }
  const first = words[0];
  // Opposite signs can cancel out, most of all in very few dimensions; a text with tokens still needs a direction.
  if (first !== undefined && !vector.some((x) => x !== 0)) vector[hash(`w${first}`) % dimensions] = 1;
  const length = Math.sqrt(vector.reduce((squares, x) => squares + x * x, 0));
  return length === 0 ? vector : vector.map((x) => x / length);
}

function add(vector: number[], feature: string, weight: number): void {
  const hashed = hash(feature);
  const bucket = (hashed >>> 1) % vector.length;
  vector[bucket] = (vector[bucket] ?? 0) + ((hashed & 1) === 0 ? weight : -weight);
}

const encoder = new TextEncoder();

/** FNV-1a over UTF-8 (lone surrogates count as U+FFFD), then the finaliser of MurmurHash3 so that low bits are good enough. */
function hash(feature: string): number {
  let state = 0x811c9dc5;
  for (const byte of encoder.encode(feature)) state = Math.imul(state ^ byte, 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
