/**
 * Plain-text tables for terminals: columns as wide as their widest cell, numbers to the right. One that is wider than a terminal has its
 * cells of several words wrapped; one that is still wider is told in several blocks, each with the columns that name the rows.
 */
import { columns as terminalColumns } from './terminal/wrap.ts';

type Rows = readonly (readonly string[])[];

const gap = 2;
const cellOf = (row: readonly string[], column: number): string => row[column] ?? '';
const longestWord = (text: string): number => Math.max(...text.split(' ').map((word) => word.length));

/**
 * @param rows cells as text; the first row is the head
 * @param keys how many columns at the beginning name the rows
 * @param group how many of the others belong together, and stand in one block
 */
export function table(rows: Rows, keys = 1, group = 1, width: number = terminalColumns): string {
  const natural = widthsOf(rows);
  if (total(natural) <= width) return block(rows, natural);
  const wrapped = squeezed(rows, natural, width);
  if (total(wrapped) <= width) return block(rows, wrapped);
  const blocks = blocksOf(natural, keys, group, width);
  if (blocks.length < 2) return block(rows, wrapped);
  return blocks
    .map((chosen) =>
      table(
        rows.map((row) => chosen.map((column) => cellOf(row, column))),
        chosen.length,
        group,
        width,
      ),
    )
    .join('\n\n');
}

const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + gap, -gap);

const widthsOf = (rows: Rows): readonly number[] =>
  (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => cellOf(row, column).length)));

/** The widest columns give way first, none below its longest word: nothing that could be copied is broken. */
function squeezed(rows: Rows, natural: readonly number[], width: number): readonly number[] {
  const least = natural.map((_, column) => Math.max(...rows.map((row) => longestWord(cellOf(row, column)))));
  const widths = [...natural];
  for (let over = total(widths) - width; over > 0; over -= 1) {
    const loose = widths.map((each, column) => (each > (least[column] ?? 0) ? each : 0));
    const widest = Math.max(...loose);
    if (widest === 0) return widths;
    widths[loose.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** Which columns stand in which block: the keys, and as many others as fit, one at least. */
function blocksOf(widths: readonly number[], keys: number, group: number, width: number): readonly (readonly number[])[] {
  const all = [...widths.keys()];
  const names = all.slice(0, keys);
  const blocks: number[][] = [];
  for (let at = keys; at < all.length; at += group) {
    const together = all.slice(at, at + group);
    const last = blocks.at(-1);
    const would = [...names, ...(last ?? []), ...together].map((each) => widths[each] ?? 0);
    if (last === undefined || total(would) > width) blocks.push(together);
    else last.push(...together);
  }
  return blocks.map((block) => [...names, ...block]);
}

function block(rows: Rows, widths: readonly number[]): string {
  const numeric = widths.map((_, column) => rows.slice(1).every((row) => /^[\d.,%/-]*$/.test(cellOf(row, column))));
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => (numeric[column] ? cellOf(cells, column).padStart(width) : cellOf(cells, column).padEnd(width)))
      .join(' '.repeat(gap))
      .trimEnd();
  const [head = [], ...body] = rows.map((row) => linesOf(row, widths).map(line).join('\n'));
  return [head, widths.map((width) => '-'.repeat(width)).join(' '.repeat(gap)), ...body].join('\n');
}

/** A row as several, where a cell is wider than its column. */
function linesOf(row: readonly string[], widths: readonly number[]): Rows {
  const cells = widths.map((width, column) => wordsIn(cellOf(row, column), width));
  const height = Math.max(1, ...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, at) => cells.map((lines) => lines[at] ?? ''));
}

function wordsIn(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  const lines: string[] = [];
  for (const word of text.trim().split(/ +/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
