/** `choir scoreboard`: how soon each way of searching finds each mutant, from several seeds; adds to the scores that are kept, and writes the page. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Column, columns, type Score } from '#properties/mutants/columns.ts';
import { knownMutants } from '#properties/mutants/known.ts';
import { groundOf, type Mutant } from '#properties/mutants/mutant.ts';
import { chosenAmong } from './chosen-mutants.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { inMutated, type PlacedBy } from './hunt-mutant.ts';
import { createProgress } from './progress.ts';
import type { ScoreOrder } from './score-worker.ts';
import { type Scoreboard, type ScoreRow, scoreboardPage } from './scoreboard-report.ts';
import { tell } from './terminal/tell.ts';
import { forEach } from './workers.ts';

export interface ScoreboardOptions {
  readonly only?: readonly string[];
  readonly columns?: readonly Column[];
  readonly seeds: number;
  readonly scenarios: number;
  readonly stockScenarios: number;
  /** For each mutant, way and seed. */
  readonly budget?: number;
  /** What `mutants --json` has written: by what each was found, and what was left. */
  readonly hunted?: string;
  readonly jobs: number;
  /** Only the page, of the scores that are kept. */
  readonly render?: boolean;
}

const root = join(import.meta.dirname, '..');
export const scoresFile = join(root, 'properties', 'mutants', 'scores.jsonl');
export const scoreboardFile = join(root, 'docs', 'scoreboard.md');
const workerFile = join(import.meta.dirname, 'score-worker.ts');

/** Far apart, so that no two draw the same. */
const seedsOf = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => 1_000 + 7_919 * index);

/** One row a line. */
export const readScores = (file = scoresFile): Scoreboard => {
  const lines = readFileSync(file, 'utf8').split('\n');
  return { rows: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ScoreRow) };
};

export const howItWasMade: readonly string[] = [
  'Made by `npm run scoreboard`, never by hand. How many scenarios each way of searching takes until the first violation: the median over',
  'the seeds, in parentheses the least and the most; `>n` where the limit of n came first, and no more seeds are tried of what two have',
  'missed. Empty: not run. [The mutants](../properties/mutants/known) say what each breaks.',
  '',
  '- `check`: what `npm run check` does, lockstep and everybody at once by turns, strategies as they are drawn',
  '- `drawn`: everybody at once alone; then the same scenarios under one strategy each',
  '- `stock`: stock fast-check: `fc.commands` and `fc.scheduledModelRun` with the same operations and faults, each as likely as any other, one',
  '  set-up, a model of the ledger for arguments, and events released evenly ([how](../properties/mutants/stock-hunt.ts))',
];

interface HuntedFile {
  readonly mutants: readonly { readonly id: string; readonly kind: string; readonly by?: string; readonly commands?: number }[];
}

const notHunted = (file: string): UsageError => new UsageError(`--hunted: ${file} is not what mutants --json writes`);

function huntedIn(file: string | undefined): ReadonlyMap<string, NonNullable<ScoreRow['hunted']>> {
  if (file === undefined) return new Map();
  let told: HuntedFile;
  try {
    told = JSON.parse(readFileSync(file, 'utf8')) as HuntedFile;
  } catch {
    throw notHunted(file);
  }
  if (!Array.isArray(told.mutants)) throw notHunted(file);
  return new Map(
    told.mutants.flatMap(({ id, by, commands }) => (by === undefined || commands === undefined ? [] : [[id, { by, commands }]])),
  );
}

/** Null where it could not be scored; the reason is told. */
async function scoreOne(
  mutant: Mutant,
  options: ScoreboardOptions,
  scratch: string,
  say: (text: string) => void,
): Promise<Score | null> {
  const order: Omit<ScoreOrder, PlacedBy> = {
    ...{ columns: options.columns ?? columns, seeds: seedsOf(options.seeds) },
    ...{ scenarios: options.scenarios, stockScenarios: options.stockScenarios },
    ...(options.budget === undefined ? {} : { budgetMs: options.budget }),
  };
  const told = await inMutated<Score>(mutant, { file: workerFile, order, scratch });
  if (told.kind === 'reported') return told.report;
  say(`${mutant.id}: ${told.message.split('\n')[0]}`);
  return null;
}

/** Of two runs the columns of both; the later one counts. */
function merged(kept: readonly ScoreRow[], row: ScoreRow): readonly ScoreRow[] {
  const before = kept.find(({ id }) => id === row.id);
  const scores = { ...before?.scores, ...row.scores };
  return [...kept.filter(({ id }) => id !== row.id), { ...row, scores, hunted: row.hunted ?? before?.hunted ?? null }].sort(
    (a, b) => (a.id < b.id ? -1 : 1),
  );
}

export async function scoreboard(options: ScoreboardOptions): Promise<number> {
  const hunted = huntedIn(options.hunted);
  const known = new Set(knownMutants.map(({ id }) => id));
  let rows: readonly ScoreRow[] = readScores().rows.filter(({ id }) => known.has(id));
  rows = rows.map((row) => ({ ...row, hunted: hunted.get(row.id) ?? row.hunted }));
  const write = (): void => {
    writeFileSync(scoresFile, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    writeFileSync(scoreboardFile, scoreboardPage({ rows }, howItWasMade, knownMutants.length));
  };
  const todo = options.render === true ? [] : chosenAmong(knownMutants, options.only);
  const scratch = mkdtempSync(join(tmpdir(), 'choir-scores-'));
  const progress = createProgress('scoreboard', todo.length, process.stderr, () => performance.now());
  let done = 0;
  const work = async (mutant: Mutant): Promise<void> => {
    const scores = await scoreOne(mutant, options, scratch, (text) => progress.say(text));
    done += 1;
    progress.report(done, `mutants, last ${mutant.id}`);
    if (scores === null) return;
    const { id, file } = mutant;
    const { scenarios, stockScenarios, seeds } = options;
    rows = merged(rows, {
      id,
      file,
      ground: groundOf(mutant),
      scenarios,
      stockScenarios,
      seeds,
      scores,
      hunted: hunted.get(id) ?? null,
    });
    // What is done is kept, whatever comes after it.
    write();
  };
  try {
    await forEach(todo, options.jobs, work);
  } finally {
    progress.end();
    rmSync(scratch, { recursive: true, force: true });
  }
  write();
  tell(`${rows.length} of ${knownMutants.length} mutants in docs/scoreboard.md`);
  return exitCodes.ok;
}
