/**
 * Whether a run of mutation testing may pass: every mutant that nothing killed is explained, and every explanation is still of one
 * that nothing kills. Scores count an explained survivor as a survivor: an explanation never makes a score better.
 */
import { type JudgedMutant, keyOf } from './report.ts';
import type { Explained } from './survivors.ts';

export interface Score {
  /** A folder, with all that is below it and not in a row of its own. */
  readonly folder: string;
  readonly mutants: number;
  readonly killed: number;
  /** Killed by taking too long. */
  readonly timeouts: number;
  readonly survived: number;
  readonly notCovered: number;
  /** Of those that survived or are not covered. */
  readonly explained: number;
}

export interface Stale {
  readonly explained: Explained;
  /** `killed`: a test fails on it now; `gone`: there is no such mutant in its file. */
  readonly because: 'killed' | 'gone';
}

export interface Judgement {
  readonly unexplained: readonly JudgedMutant[];
  /** Of the files that the run was about. */
  readonly stale: readonly Stale[];
  /** By folder. */
  readonly scores: readonly Score[];
  readonly all: Score;
}

const isAlive = ({ fate }: JudgedMutant): boolean => fate === 'survived' || fate === 'notCovered';

const folderOf = ({ file }: JudgedMutant): string => file.slice(0, Math.max(0, file.lastIndexOf('/')));

/** Percent of the mutants, 0 to 100; 100 of none. */
export const percentOf = ({ mutants, killed, timeouts }: Score): number =>
  mutants === 0 ? 100 : (100 * (killed + timeouts)) / mutants;

function scoreOf(folder: string, mutants: readonly JudgedMutant[], explained: ReadonlySet<string>): Score {
  const count = (fate: JudgedMutant['fate']): number => mutants.filter((each) => each.fate === fate).length;
  return {
    folder,
    mutants: mutants.length,
    killed: count('killed'),
    timeouts: count('timeout'),
    survived: count('survived'),
    notCovered: count('notCovered'),
    explained: mutants.filter((each) => isAlive(each) && explained.has(keyOf(each))).length,
  };
}

/** A mutant that timed out does not make its explanation stale: a machine that is busy may be all there is to it. */
export function judge(mutants: readonly JudgedMutant[], explained: readonly Explained[]): Judgement {
  const names = new Set(explained.map(keyOf));
  const byName = new Map(mutants.map((each) => [keyOf(each), each]));
  const files = new Set(mutants.map(({ file }) => file));
  const stale = explained.flatMap((each): readonly Stale[] => {
    if (!files.has(each.file)) return [];
    const fate = byName.get(keyOf(each))?.fate;
    if (fate === undefined) return [{ explained: each, because: 'gone' }];
    return fate === 'killed' ? [{ explained: each, because: 'killed' }] : [];
  });
  const folders = [...new Set(mutants.map(folderOf))].sort();
  return {
    unexplained: mutants.filter((each) => isAlive(each) && !names.has(keyOf(each))),
    stale,
    scores: folders.map((folder) =>
      scoreOf(
        folder,
        mutants.filter((each) => folderOf(each) === folder),
        names,
      ),
    ),
    all: scoreOf('all', mutants, names),
  };
}
