/** Parsers of option values: each returns the value or throws an error that says what was expected. */
import { accessSync, closeSync, constants, openSync, statSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { type BackendId, backendId } from '#impl/ports/ids.ts';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `60s`, `500ms`, `2m`, `1h` -> milliseconds, above 0. */
export function duration(text: string): number {
  const [, digits, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(digits) * (unitMs[unit ?? ''] ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError('expected a duration above zero such as 60s, 500ms, 2m or 1h');
  return ms;
}

const unitBytes: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** `512MiB`, `4GiB` -> bytes, above 0. */
export function byteSize(text: string): number {
  const [, digits, unit] = /^(\d{1,6})([KMG]iB)$/.exec(text) ?? [];
  const bytes = Number(digits) * (unitBytes[unit ?? ''] ?? Number.NaN);
  if (!(bytes > 0)) throw new InvalidArgumentError('expected a size above zero such as 64KiB, 512MiB or 4GiB');
  return bytes;
}

/** An option that may be given again: all that was given. */
export function named(name: string, before: readonly string[]): readonly string[] {
  return [...before, name];
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
  try {
    tryToWrite(path);
  } catch (error) {
    throw new InvalidArgumentError(`expected a file that can be written: ${(error as Error).message}`);
  }
  return path;
}

/** Leaves what is there as it is, and nothing where nothing was. Rights alone do not tell: a file system may refuse everybody. */
function tryToWrite(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  // To open a pipe would wait for whoever reads it.
  if (found !== undefined && !found.isFile()) accessSync(path, constants.W_OK);
  else closeSync(openSync(path, found === undefined ? 'wx' : 'a'));
  if (found === undefined) unlinkSync(path);
}

/** An address that is asked over HTTP. */
export function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('expected an http or https URL such as http://127.0.0.1:6333');
  return text;
}

export function backendName(text: string): BackendId {
  try {
    return backendId(text);
  } catch {
    throw new InvalidArgumentError('expected 1 to 64 characters of [A-Za-z0-9._:-]');
  }
}

/** As the content store takes it. */
export function collectionPrefix(text: string): string {
  if (!/^[A-Za-z0-9_-]{0,64}$/.test(text)) throw new InvalidArgumentError('expected 0 to 64 characters of [A-Za-z0-9_-]');
  return text;
}

/** `1/4` -> the first of four parts. */
export function shard(text: string): { readonly number: number; readonly of: number } {
  const [, number, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const part = { number: Number(number), of: Number(of) };
  if (!(part.number >= 1 && part.number <= part.of)) throw new InvalidArgumentError('expected a part such as 1/4');
  return part;
}
