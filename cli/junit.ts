/**
 * JUnit XML as Jenkins, GitLab and GitHub read it: a violation is a failure, what has no verdict or shows nothing an error. Contents are
 * anything that anybody wrote, so what XML forbids is shown as an escape.
 */
import { create } from 'xmlbuilder2';
import { printable } from './terminal/printable.ts';
import type { Case, Delivery, Suite } from './verdicts.ts';

/** An attribute is one line: parsers make blanks of line ends. */
const attribute = (text: string): string => printable(text).replace(/[\r\n]+/g, ' ');

const elements = { violated: 'failure', trouble: 'error', vacuous: 'error' } as const;

const countOf = (cases: readonly Case[], ...kinds: readonly Case['outcome']['kind'][]): number =>
  cases.filter(({ outcome }) => kinds.includes(outcome.kind)).length;

const figuresOf = (cases: readonly Case[]): Readonly<Record<string, string>> => ({
  tests: String(cases.length),
  failures: String(countOf(cases, 'violated')),
  errors: String(countOf(cases, 'trouble', 'vacuous')),
  skipped: String(countOf(cases, 'skipped')),
  time: secondsOf(cases.reduce((sum, { seconds }) => sum + seconds, 0)),
});

const secondsOf = (seconds: number): string => seconds.toFixed(3);

export function junitOf({ command, seed, suites }: Delivery): string {
  const document = create({ version: '1.0', encoding: 'UTF-8' });
  const root = document.ele('testsuites', {
    name: `choir ${command}, seed ${seed}`,
    ...figuresOf(suites.flatMap(({ cases }) => cases)),
  });
  for (const suite of suites) addSuite(root, command, suite);
  return `${document.end({ prettyPrint: true })}\n`;
}

type Element = ReturnType<typeof create>;

function addSuite(root: Element, command: string, { name, cases }: Suite): void {
  const suite = root.ele('testsuite', { name: attribute(name), ...figuresOf(cases) });
  for (const { name: title, seconds, outcome } of cases) {
    const one = suite.ele('testcase', {
      classname: attribute(`choir.${command}.${name}`),
      name: attribute(title),
      time: secondsOf(seconds),
    });
    if (outcome.kind === 'passed') continue;
    if (outcome.kind === 'skipped') one.ele('skipped', { message: attribute(outcome.message) });
    else
      one
        .ele(elements[outcome.kind], { message: attribute(outcome.message), type: outcome.kind })
        .txt(printable(outcome.lines.join('\n').replaceAll('\r', '')));
  }
}
