/** What mutation testing of the code tells: scores by folder, whom nobody killed, and the exit code. Pure. */
import { type Judgement, percentOf, type Score } from '#properties/mutation/judge.ts';
import { exitCodes } from './exit-codes.ts';
import { table } from './table.ts';

const head = ['folder', 'mutants', 'killed', 'timeouts', 'survived', 'not covered', 'explained', 'score'];

const row = (score: Score): readonly string[] => {
  const { folder, mutants, killed, timeouts, survived, notCovered, explained } = score;
  return [folder, ...[mutants, killed, timeouts, survived, notCovered, explained].map(String), `${percentOf(score).toFixed(2)}%`];
};

/** @param goal percent */
export const mutateExitCode = ({ unexplained, stale, all }: Judgement, goal: number): number =>
  unexplained.length === 0 && stale.length === 0 && percentOf(all) >= goal ? exitCodes.ok : exitCodes.violation;

/** Whom nothing explains comes as it would stand in the list of survivors, so that only its reason has to be written. */
export function linesOf(judgement: Judgement, goal: number): readonly string[] {
  const { unexplained, stale, scores, all } = judgement;
  const missing = unexplained.map(({ at, fate, line, text, replacement, nth }) => {
    const entry = { line, text, replacement, ...(nth === 1 ? {} : { nth }) };
    return `SURVIVED ${at}${fate === 'notCovered' ? ', reached by no test' : ''}\n  ${JSON.stringify(entry)}`;
  });
  const old = stale.map(({ explained: { file, text, replacement }, because }) => {
    const why = because === 'killed' ? 'is killed now' : 'is none of its mutants any more';
    return `STALE ${file}: ${text} -> ${replacement} ${why}; take it out of properties/mutation/survivors.json`;
  });
  const reached = percentOf(all) >= goal;
  return [
    ...missing,
    ...old,
    table([head, ...scores.map(row), row(all)]),
    `${unexplained.length} survivors unexplained, ${stale.length} explanations stale; goal ${goal} %${reached ? '' : ' NOT REACHED'}`,
  ];
}
