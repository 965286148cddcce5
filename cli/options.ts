/** Parsers of option values: each returns the value or throws an error that says what was expected. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidArgumentError } from 'commander';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `60s`, `500ms`, `2m`, `1h` -> milliseconds, above 0. */
export function duration(text: string): number {
  const [, digits, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(digits) * (unitMs[unit ?? ''] ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError('expected a duration above zero such as 60s, 500ms, 2m or 1h');
  return ms;
}

/** Whole numbers from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    return value;
  };
}

/** A file that can be written later, as far as can be told: long work must not end in a wrong path. */
export function fileToWrite(path: string): string {
  const isDirectory = (at: string): boolean => statSync(at, { throwIfNoEntry: false })?.isDirectory() === true;
  if (path === '' || isDirectory(path) || !isDirectory(dirname(path)))
    throw new InvalidArgumentError('expected a file in a directory that exists');
  return path;
}
