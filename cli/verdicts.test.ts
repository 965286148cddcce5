/** What machines read: JUnit files, annotations and the job's summary, from results made by hand, and from a shell. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { convert } from 'xmlbuilder2';
import { noFigures } from '#properties/concurrent/figures.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { Stats } from '#properties/lockstep/stats.ts';
import { type CheckResults, checkExitCode } from './check-report.ts';
import { suitesOf } from './check-suites.ts';
import { choir, choirIn } from './choir-process.ts';
import type { CampaignResult } from './concurrent.ts';
import { deliver } from './deliver.ts';
import { foundCanary } from './found-canary.ts';
import { annotationsOf, escapeData, escapeProperty, summaryOf, workflowCommand } from './github.ts';
import { junitOf } from './junit.ts';
import { suitesOf as mutantSuites } from './mutants-report.ts';
import { printed } from './printed.ts';
import { scratch } from './scratch.ts';
import { soakSuites } from './soak.ts';
import type { Delivery, Outcome } from './verdicts.ts';

const { directory, written } = scratch();
const saved = (name: string): string => join(process.cwd(), 'properties', 'regressions', name);

/** Nul, a surrogate alone, the end of CDATA, and what XML and workflow commands mean something by. */
const hostile = 'a\u0000b\ud800c]]>d<e>&"\u001b[31m\ufffe😀 100%\r\n::error::no';

const scenario: ConcurrentScenario = {
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 2, backends: 1, balance: 9n, skewMs: [], roundMs: 4_000 },
  strategy: { kind: 'serial' },
  commands: [],
};
const campaign = (over: Partial<CampaignResult>): CampaignResult => ({
  ...{ ground: 'memory', seconds: 2, savedAs: null, unlikeAs: null, figures: noFigures, failure: null, nondeterminism: null },
  ...over,
});
const violated = campaign({
  savedAs: saved('or5-1.json'),
  failure: {
    ...{ scenario, original: scenario, executions: 1, minimal: true },
    violation: { property: 'OR5', message: hostile, at: 3 },
  },
});
const unlike = campaign({
  ...{ ground: 'litesvm', unlikeAs: '/elsewhere/scenario-1.json' },
  figures: { ...noFigures, inconclusive: 2 },
  nondeterminism: { scenario, step: 1, first: 'a', second: 'b' },
});
const lockstep: CheckResults['grounds'][number] = {
  ...{ ledger: 'bankrun', ground: 'Solana: bankrun', seconds: 1.5, savedAs: saved('answer-1.json') },
  report: {
    ...{ scenarios: 7, commands: 9, effects: 20, stats: new Stats(), inconclusive: 0 },
    failure: {
      scenario: {
        ...{ format: 1, kind: 'lockstep', steps: [], setup: { wallets: 2, backends: 1, balance: 9n } },
        found: { property: 'answer', ledger: 'bankrun', seed: 1, message: 'wrong' },
      },
      ...{ originalSteps: 3, executions: 9, minimal: true },
    },
  },
};
const replay = { ground: 'memory', kind: 'concurrent', seconds: 0.25, failure: null, skipped: null } as const;
const results = (over: Partial<CheckResults>): CheckResults => ({
  ...{ seed: 3, grounds: [], campaigns: [], corpus: [], canary: foundCanary },
  ...over,
});
const all = results({
  grounds: [lockstep],
  campaigns: [violated, unlike],
  corpus: [
    { ...replay, file: saved('fine.json') },
    { ...replay, file: saved('back.json'), failure: { property: 'OR8', message: 'again' } },
    { ...replay, file: saved('remote.json'), skipped: 'cannot fail' },
  ],
});
const delivery = (over: Partial<Delivery> = {}): Delivery => ({
  ...{ command: 'check', code: 1, seed: 3, seconds: 9, suites: suitesOf(all) },
  ...over,
});
const one = (outcome: Outcome): Delivery => delivery({ suites: [{ name: 's', cases: [{ name: 'c', seconds: 1, outcome }] }] });

interface Parsed {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Parsed[];
  readonly text: string;
}

/** What a parser makes of it; it throws where that is no XML. */
function parsed(xml: string): Parsed {
  const read = (node: { '#name'?: string } & Record<string, unknown>, name: string): Parsed => {
    const { '@': attributes = {}, '#': content = [] } = node as { '@'?: Record<string, string>; '#'?: unknown };
    const list = (Array.isArray(content) ? content : [content]) as readonly unknown[];
    const children = list.flatMap((each) =>
      typeof each === 'object' && each !== null
        ? Object.entries(each as Record<string, unknown>).flatMap(([tag, value]) =>
            tag === '#' ? [] : [read((typeof value === 'object' ? value : { '#': value }) as never, tag)],
          )
        : [],
    );
    const text = list.map((each) => (typeof each === 'string' ? each : ((each as { '#'?: string })['#'] ?? ''))).join('');
    return { name, attributes, children, text };
  };
  const document = convert(xml, { format: 'object', group: false, verbose: false }) as Record<string, unknown>;
  const [[name, root] = ['', {}]] = Object.entries(document);
  return read(normal(root) as never, name);
}

/** Its reader leaves these as they are written. */
const decoded = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** xmlbuilder2's objects with `@name` keys as `{ '@': attributes, '#': children in order }`. */
function normal(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return { '#': decoded(String(node ?? '')) };
  const attributes: Record<string, string> = {};
  const content: unknown[] = [];
  for (const [key, value] of Object.entries(node as Record<string, unknown>)) {
    if (key.startsWith('@')) attributes[key.slice(1)] = decoded(String(value));
    else if (key === '#') content.push(decoded(String(value)));
    else for (const each of Array.isArray(value) ? value : [value]) content.push({ [key]: normal(each) });
  }
  return { '@': attributes, '#': content };
}

const counts = ['tests', 'failures', 'errors', 'skipped', 'time'];
const elementsOf = (node: Parsed, name: string): readonly Parsed[] => [
  ...(node.name === name ? [node] : []),
  ...node.children.flatMap((child) => elementsOf(child, name)),
];

/** As the common schema has it: which elements stand where, with which attributes, and that sums are right. */
function expectValid(root: Parsed): void {
  expect(root.name).toBe('testsuites');
  for (const node of [root, ...root.children]) {
    const cases = elementsOf(node, 'testcase');
    const number = (name: string): number => Number(node.attributes[name]);
    for (const name of counts) expect(node.attributes[name], `${node.name} ${name}`).toMatch(/^\d+(\.\d+)?$/);
    expect(number('tests')).toBe(cases.length);
    expect(number('failures')).toBe(elementsOf(node, 'failure').length);
    expect(number('errors')).toBe(elementsOf(node, 'error').length);
    expect(number('skipped')).toBe(elementsOf(node, 'skipped').length);
    expect(number('time')).toBeCloseTo(
      cases.reduce((sum, { attributes }) => sum + Number(attributes['time']), 0),
      1,
    );
  }
  for (const suite of root.children) {
    expect([suite.name, Object.keys(suite.attributes)]).toEqual(['testsuite', ['name', ...counts]]);
    for (const each of suite.children) {
      expect([each.name, Object.keys(each.attributes)]).toEqual(['testcase', ['classname', 'name', 'time']]);
      expect(each.children.length).toBeLessThanOrEqual(1);
      for (const { name, attributes } of each.children) {
        expect(['failure', 'error', 'skipped']).toContain(name);
        expect(attributes['message']).toMatch(/\S/);
      }
    }
  }
}

describe('[UI15] a JUnit file', () => {
  const root = parsed(junitOf(delivery()));

  it('has a suite for each ground and way, and a case for each thing that is asked of it', () => {
    expectValid(root);
    const named = root.children.map((suite) => [
      suite.attributes['name'],
      suite.children.map(({ attributes }) => attributes['name']),
    ]);
    expect(named).toEqual([
      ['canary', ['finds join-left-out']],
      ['corpus memory', ['fine.json', 'back.json', 'remote.json']],
      ['lockstep bankrun', ['no violation', 'conclusive']],
      ['concurrent memory', ['no violation', 'determinism', 'conclusive']],
      ['concurrent litesvm', ['no violation', 'determinism', 'conclusive']],
      ['scenarios, all grounds', ['vacuity']],
    ]);
    expect(root.attributes).toMatchObject({ name: 'choir check, seed 3', tests: '13', failures: '3', errors: '2', skipped: '1' });
  });

  it('says in each failure what was wrong, and how it is replayed', () => {
    const [back, answer, concurrent] = elementsOf(root, 'failure').map(
      ({ attributes, text }) => `${attributes['message']}\n${text}`,
    );
    expect(back).toMatch(
      /^VIOLATION of OR8 on memory: a regression is back\n.*\nagain\n.*npm run replay -- properties\/regressions\/back\.json$/s,
    );
    expect(answer).toMatch(
      /^VIOLATION of answer on bankrun\n.*\nwrong\n.*npm run replay -- properties\/regressions\/answer-1\.json --ledger bankrun$/s,
    );
    expect(concurrent).toMatch(/^VIOLATION of OR5 on memory\n.*npm run replay -- properties\/regressions\/or5-1\.json$/s);
    const [twice, undecided] = elementsOf(root, 'error');
    expect(twice?.text).toMatch(/NONDETERMINISM.*npm run replay -- \/elsewhere\/scenario-1\.json --ledger litesvm$/s);
    expect(undecided?.attributes).toEqual({ message: '2 scenarios without a verdict', type: 'trouble' });
  });

  it('holds whatever anybody wrote', () => {
    const trouble = { message: hostile, lines: [hostile, 'second'], file: null, replay: null };
    const xml = junitOf(one({ kind: 'violated', ...trouble }));
    // What may not stand in a file does not, escaped or not.
    const codes = [...xml].map((each) => each.codePointAt(0) ?? 0);
    expect(codes.filter((code) => (code < 32 && code !== 10) || (code >= 0xd800 && code < 0xe000) || code === 0xfffe)).toEqual(
      [],
    );
    expect(xml).not.toMatch(/&#/);
    expect(xml).not.toContain(']]>');
    const [failure] = elementsOf(parsed(xml), 'failure');
    const shown = 'a\\u0000b\\ud800c]]>d<e>&"\\u001b[31m\\ufffe😀 100%';
    expect(failure?.attributes['message']?.startsWith(shown)).toBe(true);
    expect(failure?.text.startsWith(shown)).toBe(true);
    expect(failure?.text.endsWith('100%\n::error::no\nsecond')).toBe(true);
    expect(failure?.attributes['message']?.endsWith('100% ::error::no')).toBe(true);
    expectValid(parsed(junitOf(delivery({ suites: [] }))));
  });

  it('of mutants and of a soak has what they ask', () => {
    const mutant = { id: 'm', file: 'impl/a.ts', find: 'a', replace: 'b', breaks: 'Everything.' };
    const hunted = (report: Parameters<typeof mutantSuites>[0][number]['report'], id: string) => ({
      mutant: { ...mutant, id },
      report,
      seconds: 1,
    });
    const suites = mutantSuites([
      hunted({ kind: 'survived', scenarios: 9 }, 'b'),
      hunted({ kind: 'found', by: 'OR4', way: 'lie', scenarios: 1, commands: 2, message: 'm' }, 'a'),
      hunted({ kind: 'broken', message: 'SyntaxError\nat' }, 'c'),
      hunted({ kind: 'skipped', message: 'no clang' }, 'd'),
    ]);
    expect(suites[0]?.cases.map(({ name, outcome }) => [name, outcome.kind])).toEqual([
      ['a', 'passed'],
      ['b', 'violated'],
      ['c', 'trouble'],
      ['d', 'skipped'],
    ]);
    expectValid(parsed(junitOf(delivery({ command: 'mutants', suites }))));
    const soaked = soakSuites({ campaigns: [violated], replays: 5, differing: 1 });
    expect(soaked.map(({ name, cases }) => [name, cases.map(({ outcome }) => outcome.kind)])).toEqual([
      ['concurrent memory', ['violated', 'passed', 'passed']],
      ['concurrent, all grounds', ['passed']],
      ['replays', ['trouble']],
    ]);
    const long = soakSuites({
      campaigns: [campaign({ figures: { ...noFigures, scenarios: 90_000 } })],
      replays: 0,
      differing: 0,
    });
    expect(long[1]?.cases[0]?.outcome).toMatchObject({ kind: 'vacuous', message: expect.stringMatching(/^VACUOUS /) });
  });

  it('fails where, and only where, the exit code does', () => {
    for (const over of [
      {},
      { corpus: all.corpus },
      { campaigns: [violated] },
      { campaigns: [unlike] },
      { grounds: [lockstep] },
    ] as const) {
      const { attributes } = parsed(junitOf(delivery({ suites: suitesOf(results(over)) })));
      const code = Number(attributes['failures']) > 0 ? 1 : Number(attributes['errors']) > 0 ? 3 : 0;
      expect(checkExitCode(results(over)), JSON.stringify(Object.keys(over))).toBe(code);
    }
  });
});

describe('[UI16] GitHub', () => {
  it('is told in workflow commands, escaped', () => {
    expect(escapeData('100%\r\n::a,b')).toBe('100%25%0D%0A::a,b');
    expect(escapeProperty('100%\r\n::a,b')).toBe('100%25%0D%0A%3A%3Aa%2Cb');
    expect(workflowCommand({ level: 'error', title: 'a: b, c', file: 'x,y.json', message: '1%\n2' })).toBe(
      '::error file=x%2Cy.json,title=a%3A b%2C c::1%25%0A2',
    );
  });

  it('of each violation beside its file, and of what is vacuous or skipped as a warning', () => {
    const lines = annotationsOf(delivery());
    expect(lines.map((line) => /^::(\w+ (?:file=\S+,)?)title=/.exec(line)?.[1])).toEqual([
      'error file=properties/regressions/back.json,',
      'warning ',
      'error file=properties/regressions/answer-1.json,',
      'error file=properties/regressions/or5-1.json,',
      'error ',
      'error ',
    ]);
    // One line each, whatever is in them.
    for (const line of lines) expect(line).not.toMatch(/[\r\n]/);
    expect(lines[3]).toContain('npm run replay -- properties/regressions/or5-1.json');
    const vacuous = annotationsOf(one({ kind: 'vacuous', message: 'VACUOUS x', lines: ['VACUOUS x'], file: null, replay: null }));
    expect(vacuous).toEqual(['::warning title=choir check%3A s%3A c::VACUOUS x']);
    expect(annotationsOf(one({ kind: 'passed' }))).toEqual([]);
  });

  it('has a summary: verdict, grounds, and for each failure what it is and how it is replayed', () => {
    const text = summaryOf(delivery());
    expect(text).toMatch(/^## choir check: VIOLATION\n\nSeed 3, 9\.0 s\.\n\n\| \| cases /);
    expect(text).toContain('\n| concurrent litesvm | 3 | 0 | 2 | 0 | 2.0 |\n');
    expect(text).toMatch(
      /### concurrent memory: no violation\n\n```text\nVIOLATION of OR5 .*\n```\n\nReplay it:\n\n```text\nnpm run replay -- /s,
    );
    expect(text).toContain('- skipped: corpus memory: remote.json: cannot fail');
    const fence = summaryOf(one({ kind: 'violated', message: 'm', lines: ['````', 'a'], file: null, replay: null }));
    expect(fence).toContain('`````text\n````\na\n`````\n');
    expect(summaryOf(delivery({ code: 0, suites: [] }))).toMatch(/^## choir check: no violation\n/);
    expect(summaryOf(delivery({ code: 3, suites: [] }))).toMatch(/^## choir check: no verdict\n/);
  });

  it('is told only where it runs', async () => {
    const summary = written('summary.md', 'before\n');
    const told = (environment: Readonly<Record<string, string>>): Promise<string> =>
      printed(() => deliver(delivery(), undefined, environment)).then(({ text }) => text);
    expect(await told({ GITHUB_ACTIONS: 'false' })).toBe('');
    expect(await told({ GITHUB_ACTIONS: 'true' })).toBe(`${annotationsOf(delivery()).join('\n')}\n`);
    expect(await told({ GITHUB_STEP_SUMMARY: summary })).toBe('');
    expect(readFileSync(summary, 'utf8')).toBe(`before\n${summaryOf(delivery())}\n`);
    // A summary that cannot be written changes no verdict.
    expect(await told({ GITHUB_STEP_SUMMARY: directory })).toBe('');
  });

  it('and JUnit are written by a command that runs', { timeout: 120_000 }, () => {
    const [junit, summary] = [join(directory, 'soak.xml'), join(directory, 'soak.md')];
    const words = ['soak', '--memory', '3', '--svm', '0', '--replays', '2', '--jobs', '1', '--seed', '4', '--junit', junit];
    const environment = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const { code, stdout } = choirIn({ environment }, ...words);
    expect({ code, told: stdout.includes('::') }).toEqual({ code: 0, told: false });
    const root = parsed(readFileSync(junit, 'utf8'));
    expectValid(root);
    expect(root.attributes).toMatchObject({ name: 'choir soak, seed 4', tests: '5', failures: '0', errors: '0' });
    expect(readFileSync(summary, 'utf8')).toMatch(
      /^## choir soak: no violation\n.*\| concurrent memory \| 3 \| 0 \| 0 \| 0 \| /s,
    );
  });

  it('and a check has each regression in its JUnit file', { timeout: 120_000 }, () => {
    const junit = join(directory, 'check.xml');
    expect(existsSync(junit)).toBe(false);
    const { code } = choir('check', '--tier', 'memory', '--runs', '1', '--concurrent', '1', '--seed', '11', '--junit', junit);
    const root = parsed(readFileSync(junit, 'utf8'));
    expectValid(root);
    expect(root.children.map(({ attributes }) => attributes['name'])).toEqual([
      'canary',
      'corpus memory',
      'lockstep memory',
      'concurrent memory',
      'scenarios, all grounds',
    ]);
    expect(root.children[1]?.children.map(({ attributes }) => attributes['name'])).toContain('or14-754ac09f.json');
    expect(code).toBe(0);
  });
});
