/**
 * The values of one slot, each kept once and known by a small number from 0 in order of appearance. Two values are one exactly when
 * their canonical texts are equal. With every id go its two lanes of fingerprint.
 */
import { canonicalWith } from '../canonical.ts';
import { highLane, lowLane } from './fingerprint.ts';

/** Ids are packed in 16 bits. */
export const maxValues = 65_536;

/** A slot has more values than ids: the exploration ends there, and says so. */
export class TooManyValues extends Error {}

/**
 * Canonical texts; only those of kept values, and of their parts, are remembered. Most values asked about are new copies of kept ones,
 * and to remember each copy would take longer than to read it again.
 */
export class Texts {
  private readonly known = new Map<object, string>();
  readonly of = canonicalWith({ get: (value) => this.known.get(value), set: () => null });
  readonly keep = canonicalWith(this.known);
}

export class SlotValues {
  readonly name: string;
  readonly position: number;
  /** By id. */
  readonly values: unknown[] = [];
  low = new Int32Array(4);
  high = new Int32Array(4);
  /** Characters of all canonical texts. */
  characters = 0;
  private readonly ids = new Map<string, number>();
  /** The kept values themselves, so that most are known without their text. */
  private readonly kept = new Map<unknown, number>();
  private readonly onGrowth: (() => void)[] = [];
  private readonly texts: Texts;

  constructor(name: string, position: number, texts: Texts) {
    this.texts = texts;
    this.name = name;
    this.position = position;
  }

  /** Ids below this fit what was made to measure; it doubles. */
  get capacity(): number {
    return this.low.length;
  }

  /** Calls back whenever the capacity has doubled. */
  watch(grown: () => void): void {
    this.onGrowth.push(grown);
  }

  /** @throws TooManyValues */
  idOf(value: unknown): number {
    const same = this.kept.get(value);
    if (same !== undefined) return same;
    const text = this.texts.of(value);
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.values.length;
    if (id === maxValues) throw new TooManyValues(`slot '${this.name}' has more than ${maxValues} values`);
    if (id === this.capacity) this.grow();
    this.values.push(value);
    this.texts.keep(value);
    this.ids.set(text, id);
    this.kept.set(value, id);
    this.characters += text.length;
    this.low[id] = lowLane(this.position, id);
    this.high[id] = highLane(this.position, id);
    return id;
  }

  private grow(): void {
    const { low, high } = this;
    this.low = new Int32Array(2 * low.length);
    this.high = new Int32Array(2 * high.length);
    this.low.set(low);
    this.high.set(high);
    for (const grown of this.onGrowth) grown();
  }
}
