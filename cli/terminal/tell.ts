/**
 * The one door of what commands tell people on standard output: wrapped to the width, painted where the stream is, and
 * with no escape sequence of anybody else's.
 */
import { coloursFor, paint } from './colours.ts';
import { printable } from './printable.ts';
import { wrapAll } from './wrap.ts';

/** Each text is a line, or several; an empty one is an empty line. */
export function tell(...texts: readonly string[]): void {
  const colours = coloursFor(process.stdout, process.env);
  process.stdout.write(
    wrapAll(...texts.map(printable))
      .map((line) => `${paint(line, colours)}\n`)
      .join(''),
  );
}
