/**
 * JUnit XML as Jenkins, GitLab and GitHub read it: a violation is a failure, what has no verdict or shows nothing an error. Contents are
 * anything that anybody wrote, so what XML forbids is shown as an escape.
 */
import { create } from 'xmlbuilder2';
import type { Case, Delivery, Suite } from './verdicts.ts';

/** https://www.w3.org/TR/xml/#charsets: everything else may not stand in a file, not even escaped; lone surrogates included. */
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** `\u0000` as those six characters. */
export const xmlText = (text: string): string =>
  text.replace(forbidden, (each) => `\\u${(each.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);

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
  const suite = root.ele('testsuite', { name: xmlText(name), ...figuresOf(cases) });
  for (const { name: title, seconds, outcome } of cases) {
    const one = suite.ele('testcase', {
      classname: xmlText(`choir.${command}.${name}`),
      name: xmlText(title),
      time: secondsOf(seconds),
    });
    if (outcome.kind === 'passed') continue;
    if (outcome.kind === 'skipped') one.ele('skipped', { message: xmlText(outcome.message) });
    else
      one
        .ele(elements[outcome.kind], { message: xmlText(outcome.message), type: outcome.kind })
        .txt(xmlText(outcome.lines.join('\n')));
  }
}
