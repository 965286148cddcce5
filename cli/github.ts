/**
 * What GitHub shows of a run: annotations as workflow commands, and the job's summary as markdown. Pure.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
import { printable } from './terminal/printable.ts';
import { shorten } from './terminal/shorten.ts';
import type { Case, Delivery, Suite, Trouble } from './verdicts.ts';

/** A message in a workflow command. */
export const escapeData = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

/** A property's value in one. */
export const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly file: string | null;
  readonly message: string;
}

/** `::error file=a.json,title=t::message` */
export function workflowCommand({ level, title, file, message }: Annotation): string {
  // A file that is not in the checkout is nothing that GitHub can show.
  const where = file === null || file.startsWith('/') ? '' : `file=${escapeProperty(file)},`;
  return `::${level} ${where}title=${escapeProperty(title)}::${escapeData(message)}`;
}

/** Lines of what GitHub shows beside a file; the rest is in the log. */
const shownLines = 24;

export function annotationsOf({ command, suites }: Delivery): readonly string[] {
  return suites.flatMap((suite) => suite.cases.flatMap((each) => annotationOf(command, suite, each))).map(workflowCommand);
}

function annotationOf(command: string, { name }: Suite, { name: title, outcome }: Case): readonly Annotation[] {
  const about = `choir ${command}: ${name}: ${title}`;
  switch (outcome.kind) {
    case 'passed':
      return [];
    case 'skipped':
      return [{ level: 'warning', title: about, file: null, message: `skipped: ${outcome.message}` }];
    case 'vacuous':
      return [{ level: 'warning', title: about, file: null, message: messageOf(outcome) }];
    case 'violated':
    case 'trouble':
      return [{ level: 'error', title: about, file: outcome.file, message: messageOf(outcome) }];
  }
}

const messageOf = ({ lines }: Trouble): string => printable(shorten(lines, shownLines).join('\n'));

const verdicts: Readonly<Record<number, string>> = { 0: 'no violation', 1: 'VIOLATION', 3: 'no verdict' };

/** For `GITHUB_STEP_SUMMARY`. */
export function summaryOf({ command, code, seed, seconds, suites }: Delivery): string {
  const rows = suites.map(({ name, cases }) => {
    const count = (...kinds: readonly Case['outcome']['kind'][]): number =>
      cases.filter(({ outcome }) => kinds.includes(outcome.kind)).length;
    const took = cases.reduce((sum, each) => sum + each.seconds, 0).toFixed(1);
    return `| ${[name, cases.length, count('violated'), count('trouble', 'vacuous'), count('skipped'), took].join(' | ')} |`;
  });
  return [
    `## choir ${command}: ${verdicts[code] ?? `exit code ${code}`}`,
    '',
    `Seed ${seed}, ${seconds.toFixed(1)} s.`,
    '',
    '| | cases | violated | no verdict | skipped | seconds |',
    '|---|--:|--:|--:|--:|--:|',
    ...rows,
    '',
    ...suites.flatMap(({ name, cases }) => cases.flatMap((each) => sectionOf(name, each))),
  ].join('\n');
}

function sectionOf(suite: string, { name, outcome }: Case): readonly string[] {
  if (outcome.kind === 'passed') return [];
  if (outcome.kind === 'skipped') return [`- skipped: ${suite}: ${name}: ${outcome.message}`, ''];
  const replay = outcome.replay === null ? [] : ['Replay it:', '', ...fenced([outcome.replay])];
  return [`### ${suite}: ${name}`, '', ...fenced(outcome.lines), ...replay];
}

/** A fence longer than any within: contents are anything that anybody wrote. */
function fenced(lines: readonly string[]): readonly string[] {
  const longest = Math.max(2, ...[...lines.join('\n').matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines.map(printable), fence, ''];
}
