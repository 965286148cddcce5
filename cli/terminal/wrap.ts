/** Lines that fit a terminal: broken between words, never inside one, so that a path or a command can still be copied. */

/** As wide as whatever the commands print may be. */
export const columns = 80;

/** What a line goes on with, beyond its own indentation. */
const hang = '    ';

/** Lines that are to be copied whole: what was saved, and the commands that show it again. */
const isToCopy = (line: string): boolean => /^(saved|report|replay) +\S/.test(line);

/** One line as several, where it is wider than `width` and has a blank to be broken at. */
export function wrap(line: string, width: number = columns): readonly string[] {
  if (isToCopy(line)) return [line];
  const wrapped: string[] = [];
  const indent = `${/^ */.exec(line)?.[0] ?? ''}${hang}`;
  let rest = line;
  while (rest.length > width) {
    const words = rest.length - rest.trimStart().length;
    const before = rest.lastIndexOf(' ', width);
    // A word wider than the line stands alone and whole.
    const cut = before > words ? before : rest.indexOf(' ', Math.max(width, words));
    if (cut < 0 || rest.slice(cut).trim() === '') break;
    wrapped.push(rest.slice(0, cut).trimEnd());
    rest = indent + rest.slice(cut).trimStart();
  }
  return [...wrapped, rest];
}

/** Every line of each text, wrapped. */
export const wrapAll = (...texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => text.split('\n')).flatMap((line) => wrap(line));
