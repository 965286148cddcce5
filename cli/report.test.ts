/** `report` as a user meets it: a file in, a page out, an exit code. What stands in pages: `simulations/report/`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainCommand } from '#properties/concurrent/scenario.ts';
import { printAny } from '#properties/corpus/corpus.ts';
import { choir, choirIn } from './choir-process.ts';
import { printed } from './printed.ts';
import { newFiles, reports } from './report.ts';
import { scratch } from './scratch.ts';

const { directory, written } = scratch();

const concurrent = printAny({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 1, backends: 1, balance: 9_000n, skewMs: [], roundMs: 4_000 },
  strategy: { kind: 'serial' },
  commands: [
    plainCommand(0, 'wallet#0', { kind: 'createThread', thread: 'thread#0' }),
    plainCommand(1, 'wallet#0', { kind: 'post', thread: 'thread#0', text: '</script><script>alert(1)</script>' }),
  ],
});
/** Is well only after some rounds. */
const unwell = printAny({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 2, backends: 2, balance: 100_000n, skewMs: [], roundMs: 4_000 },
  strategy: { kind: 'segments', segments: [] },
  commands: [
    plainCommand(7, 'world#0', { kind: 'crash', backend: 'backend#1', downMs: 100 }),
    {
      ...plainCommand(0, 'wallet#0', { kind: 'createThread', thread: 'thread#0' }),
      faults: [{ at: 1, position: 'after', fault: { kind: 'S3-answerLost', as: 'reset' } }],
    },
  ],
});
const lockstep = JSON.stringify({
  ...{ format: 1, kind: 'lockstep', setup: { wallets: 2, backends: 1, balance: '5000' } },
  steps: [{ kind: 'operation', client: 'wallet#0', operation: { kind: 'createThread', thread: 'thread#0' } }],
});

describe('[RP8] report', () => {
  const file = written('good.json', concurrent);

  it('writes a page into the current folder, says where, and exits 0 for what holds', () => {
    const { code, stdout, stderr } = choirIn({ directory }, 'report', file);
    expect(stdout).toMatch(/^No violation in \d+ steps\.\nwritten good\.html\n$/);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const page = readFileSync(join(directory, 'good.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>\n.*<\/html>\n$/s);
    expect(page).toContain('posts &quot;&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; in thread#0');
    expect(page).not.toContain('<script>alert');
  });

  it('writes the same bytes again, in another process, elsewhere', () => {
    const out = join(directory, 'again.html');
    choirIn({ environment: { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8' } }, 'report', file, '--out', out);
    expect(readFileSync(out, 'utf8')).toBe(readFileSync(join(directory, 'good.html'), 'utf8'));
  });

  it('shows a scenario in lockstep, too, and runs on the ledger that is asked for', () => {
    const out = join(directory, 'steps.html');
    expect(choir('report', written('steps.json', lockstep), '--tier', 'memory', '--out', out).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain('the person at wallet#0 asks wallet#0: wallet#0 creates thread#0');
    expect(choir('report', file, '--ledger', 'litesvm', '--out', out).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain('Solana: litesvm in process');
  });

  it('exits 1 for what is violated, and the page says by what', () => {
    const world = join(import.meta.dirname, '..', 'simulations', 'world', 'concurrent', 'concurrent-world.ts');
    const unmended = `import { ConcurrentWorld } from ${JSON.stringify(world)};\nConcurrentWorld.prototype.fairRound = async () => {};\n`;
    const out = join(directory, 'bad.html');
    const { code, stdout } = choirIn(
      { preload: [written('unmended.mjs', unmended)] },
      'report',
      written('bad.json', unwell),
      '--out',
      out,
    );
    expect(stdout).toMatch(/^VIOLATION of OR/);
    const [, rule = ''] = /^VIOLATION of (\w+)\n/.exec(stdout) ?? [];
    expect(readFileSync(out, 'utf8')).toMatch(
      new RegExp(`<h2 id="verdict-title">Violation of ${rule}</h2>\\n<p id="rule" class="rule"><strong>`),
    );
    expect({ code, rule }).toEqual({ code: 1, rule: expect.stringMatching(/^OR\d+$/) });
  });

  it('refuses what it cannot run or write, writes nothing, and exits 2', () => {
    mkdirSync(join(directory, 'taken.html'));
    const taken = written('taken.json', concurrent);
    for (const [words, message] of [
      [['nowhere.json'], /nowhere\.json: cannot be read: ENOENT/],
      [[written('prose.json', 'prose')], /prose\.json: not JSON/],
      [[written('kind.json', '{"kind":"toy"}')], /kind\.json: at kind: expected "lockstep" or "concurrent", got "toy"/],
      [[file, '--out', 'nowhere/a.html'], /--out.*expected a file in a directory that exists/],
      [[taken], /taken\.html: expected a file in a directory that exists/],
      [[file, '--out', file], /good\.json is the scenario itself/],
      [[file, '--tier', 'memory', '--ledger', 'bankrun'], /--ledger: the memory tier has no/],
    ] as const) {
      const { code, stdout, stderr } = choirIn({ directory }, 'report', ...words);
      expect(stderr).toMatch(message);
      expect({ code, stdout }, String(words)).toEqual({ code: 2, stdout: '' });
    }
    expect(readFileSync(file, 'utf8')).toBe(concurrent);
    for (const name of ['prose.html', 'kind.html', 'nowhere.html']) expect(existsSync(join(directory, name)), name).toBe(false);
  });

  it('explains itself', () => {
    expect(choir('report', '--help').stdout).toMatch(/--out <file>.*Examples:\n {2}npm run report -- /s);
  });
});

describe('[UI18] report --new', () => {
  const corpus = join(directory, 'corpus');
  const git = (...words: readonly string[]): void => {
    const { status, stderr } = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...words], {
      cwd: corpus,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
  };
  const found = { property: 'OR5', ledger: 'memory', seed: 3, message: 'so' };

  it('knows what is new: what git does not track, ignored or not, and nothing of another kind', () => {
    mkdirSync(corpus);
    git('init', '-q');
    for (const name of ['old.json', 'b-new.json', 'a-new.json', 'notes.txt']) writeFileSync(join(corpus, name), lockstep);
    git('add', 'old.json');
    expect(newFiles(corpus)).toEqual([join(corpus, 'a-new.json'), join(corpus, 'b-new.json')]);
    git('add', '.');
    expect(newFiles(corpus)).toEqual([]);
    expect(() => newFiles(mkdirSync(join(directory, 'plain')) ?? join(directory, 'plain'))).toThrow(
      'git cannot tell what is new',
    );
  });

  it('writes a page for each of them, where it was found, and exits 0 though they fail', async () => {
    writeFileSync(join(corpus, 'c-new.json'), JSON.stringify({ ...JSON.parse(lockstep), found }));
    writeFileSync(
      join(corpus, 'd-new.json'),
      JSON.stringify({ ...JSON.parse(concurrent), found: { ...found, ledger: 'litesvm' } }),
    );
    const pages = join(directory, 'deep', 'pages');
    const { value, text } = await printed(() => reports(undefined, { new: true, outDir: pages }, corpus));
    expect(readdirSync(pages).sort()).toEqual(['c-new.html', 'd-new.html']);
    expect(text.match(/^written /gm)?.length).toBe(2);
    expect(readFileSync(join(pages, 'c-new.html'), 'utf8')).not.toContain('Solana: litesvm in process');
    expect(readFileSync(join(pages, 'd-new.html'), 'utf8')).toContain('Solana: litesvm in process');
    expect(value).toBe(0);
    git('add', '.');
    const nothing = await printed(() => reports(undefined, { new: true, outDir: pages }, corpus));
    expect([nothing.value, nothing.text]).toEqual([0, 'nothing new in properties/regressions/\n']);
  });

  it('refuses a directory that cannot be one', async () => {
    writeFileSync(join(corpus, 'e-new.json'), lockstep);
    const taken = written('taken.txt', '');
    await expect(reports(undefined, { new: true, outDir: taken }, corpus)).rejects.toThrow(/^--out-dir: EEXIST/);
  });
});
