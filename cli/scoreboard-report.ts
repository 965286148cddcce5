/** The page of scores: a table of mutants by ways of searching, and what follows from it. Pure. */
import { type Column, columns, type Score } from '#properties/mutants/columns.ts';
import { median } from './median.ts';

export interface ScoreRow {
  readonly id: string;
  readonly file: string;
  readonly ground: string;
  /** Limits that held for it. */
  readonly scenarios: number;
  readonly stockScenarios: number;
  readonly seeds: number;
  readonly scores: Score;
  /** By which rule a hunt has found it, and with how many commands left; null where none was made smaller. */
  readonly hunted: { readonly by: string; readonly commands: number } | null;
}

export interface Scoreboard {
  /** By id; several runs add up to one. */
  readonly rows: readonly ScoreRow[];
}

/** Of the seeds that were tried: a miss counts as more than the limit. Null: the column was not run. */
export function middle(row: ScoreRow, column: Column): number | null {
  const finds = row.scores[column];
  if (finds === undefined || finds.length === 0) return null;
  return median(finds.map((each) => each ?? Number.POSITIVE_INFINITY));
}

function cell(row: ScoreRow, column: Column): string {
  const value = middle(row, column);
  if (value === null) return '';
  const limit = column === 'stock' ? row.stockScenarios : row.scenarios;
  const finds = row.scores[column] ?? [];
  const counts = finds.filter((each) => each !== null);
  const missed = finds.length - counts.length;
  if (counts.length === 0) return `none in ${limit}`;
  const range =
    counts.length === 1 && missed === 0 ? '' : ` (${Math.min(...counts)}-${missed > 0 ? `>${limit}` : Math.max(...counts)})`;
  return `${Number.isFinite(value) ? value : `>${limit}`}${range}`;
}

/** Geometric mean of how many times as many scenarios `other` takes as `own`, over what both have found. */
export function ratio(
  rows: readonly ScoreRow[],
  own: Column,
  other: Column,
): { readonly mean: number; readonly of: number } | null {
  const both = rows.flatMap((row) => {
    const [a, b] = [middle(row, own), middle(row, other)];
    return a === null || b === null || !Number.isFinite(a) || !Number.isFinite(b) ? [] : [b / a];
  });
  if (both.length === 0) return null;
  return { mean: Math.exp(both.reduce((sum, each) => sum + Math.log(each), 0) / both.length), of: both.length };
}

const missedBy = (rows: readonly ScoreRow[], column: Column): readonly string[] =>
  rows.filter((row) => middle(row, column) === Number.POSITIVE_INFINITY).map(({ id }) => id);

/** Where another column needs fewer than ours as drawn. */
const winners = (rows: readonly ScoreRow[], column: Column): readonly string[] =>
  rows
    .filter((row) => {
      const [own, other] = [middle(row, 'drawn'), middle(row, column)];
      return own !== null && other !== null && other < own;
    })
    .map(({ id }) => id);

const listed = (ids: readonly string[]): string => (ids.length === 0 ? 'none' : ids.map((id) => `\`${id}\``).join(', '));

/** Each way in which some row was made. */
const limitsOf = (rows: readonly ScoreRow[]): string =>
  [...new Set(rows.map(({ seeds, scenarios, stockScenarios }) => `${seeds}; ${scenarios}; ${stockScenarios}`))].join(', or ');

/** @param how the lines that say how it was made; @param known how many mutants there are */
export function scoreboardPage({ rows }: Scoreboard, how: readonly string[], known = rows.length): string {
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  const against = ratio(sorted, 'drawn', 'stock');
  const head = ['mutant', 'ground', 'found by', 'commands left', ...columns];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const others = columns.filter((column) => column !== 'check' && column !== 'drawn');
  return [
    '# Scoreboard',
    '',
    ...how,
    '',
    '| figure | |',
    '|---|---|',
    `| mutants scored, of ${known} | ${sorted.length} |`,
    `| seeds; scenarios at most; for stock | ${limitsOf(sorted)} |`,
    `| found from most seeds by \`check\` | ${sorted.length - missedBy(sorted, 'check').length} |`,
    against === null
      ? '| stock fast-check | not run |'
      : `| stock fast-check takes so many times the scenarios of \`drawn\` (geometric mean over the ${against.of} that both find) | ${against.mean.toFixed(1)} |`,
    `| missed by stock fast-check within its limit | ${missedBy(sorted, 'stock').length} |`,
    `| missed by \`drawn\` within its limit | ${missedBy(sorted, 'drawn').length} |`,
    '',
    line(head),
    line(head.map(() => '---')),
    ...sorted.map((row) =>
      line([
        `\`${row.id}\``,
        row.ground,
        row.hunted?.by ?? '',
        row.hunted === null ? '' : String(row.hunted.commands),
        ...columns.map((column) => cell(row, column)),
      ]),
    ),
    '',
    '## Where another way wins',
    '',
    'Fewer scenarios, by the median, than strategies as they are drawn:',
    '',
    ...others.map((column) => `- ${column}: ${listed(winners(sorted, column))}`),
    '',
    '## What was missed',
    '',
    'From most seeds, within the limit:',
    '',
    ...columns.map((column) => `- ${column}: ${listed(missedBy(sorted, column))}`),
    '',
  ].join('\n');
}
