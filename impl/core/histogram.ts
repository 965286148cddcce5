/**
 * Durations as plain numbers that add up: how many there were of each length, to three significant digits, upwards. So a histogram is
 * bounded (900 numbers for each power of ten), percentiles are at most 1 % too high and never too low, and several are one by adding
 * field by field.
 */

export interface Histogram {
  readonly count: number;
  /** Exact. */
  readonly sumMs: number;
  /** How many, by milliseconds; exact below 1,000. */
  readonly byMs: Readonly<Record<string, number>>;
}

export const noDurations: Histogram = { count: 0, sumMs: 0, byMs: {} };

/** Whole milliseconds of three significant digits, at or above `ms`; below 0 is 0. */
export function bucketOf(ms: number): number {
  const whole = Math.max(0, Math.ceil(ms));
  if (whole < 1_000) return whole;
  const step = 10 ** (Math.floor(Math.log10(whole)) - 2);
  return Math.ceil(whole / step) * step;
}

export function addHistograms(a: Histogram, b: Histogram): Histogram {
  return { count: a.count + b.count, sumMs: a.sumMs + b.sumMs, byMs: addCounts(a.byMs, b.byMs) };
}

/** Counts by name of both. */
export function addCounts<Named extends Readonly<Partial<Record<string, number>>>>(a: Named, b: Named): Named {
  const sum: Partial<Record<string, number>> = { ...a };
  for (const [name, count = 0] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum as Named;
}

/** Counts by name, while they grow. */
export class Counts<Name extends string> {
  readonly #counts = new Map<Name, number>();

  add(name: Name, by = 1): void {
    if (by !== 0) this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  now(): Readonly<Partial<Record<Name, number>>> {
    return Object.fromEntries(this.#counts) as Partial<Record<Name, number>>;
  }
}

/** A histogram while it grows. */
export class Durations {
  readonly #byMs = new Counts<string>();
  #count = 0;
  #sumMs = 0;

  observe(ms: number): void {
    this.#byMs.add(String(bucketOf(ms)));
    this.#count += 1;
    this.#sumMs += Math.max(0, ms);
  }

  now(): Histogram {
    return { count: this.#count, sumMs: this.#sumMs, byMs: this.#byMs.now() as Readonly<Record<string, number>> };
  }
}
