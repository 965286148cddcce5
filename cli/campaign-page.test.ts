/** A campaign's page as commands write it. What stands in it: `properties/report/` and `simulations/report/`; how it looks: in a browser. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readRegressions } from '#properties/corpus/corpus.ts';
import { ConcurrentWorld } from '#simulations/world/concurrent/concurrent-world.ts';
import { checkPage, commandText } from './campaign-page.ts';
import { choir } from './choir-process.ts';
import { runCampaign } from './concurrent.ts';
import { foundCanary } from './found-canary.ts';
import { regressionsDirectory } from './paths.ts';
import { scratch } from './scratch.ts';

const { directory } = scratch();

/** What a page says as rows of tables, cells apart by a stroke. */
const rowsIn = (page: string): readonly string[] =>
  [...page.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, line = '']) =>
    [...line.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell).join(' | '),
  );

describe('[CP7] a campaign is written as a page', () => {
  it('by check, with the numbers of its JSON, which has its course too', { timeout: 120_000 }, () => {
    const [html, json] = [join(directory, 'check.html'), join(directory, 'check.json')];
    const words = ['--tier', 'memory', '--only', 'concurrent', '--concurrent', '12', '--seed', '8', '--jobs', '1'];
    const { code, stdout } = choir('check', ...words, '--html', html, '--json', json);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nseed 8\n$/);
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('<h2 id="verdict-title">No violation</h2>');
    expect(page).toContain(
      '<code>npm run check -- --runs 200 --concurrent 12 --tier memory --only concurrent --jobs 1 --seed 8</code>',
    );
    const figures = JSON.parse(readFileSync(json, 'utf8')) as {
      readonly concurrent: {
        readonly memory: {
          readonly steps: number;
          readonly commands: Readonly<Record<string, Readonly<Record<string, number>>>>;
        };
      };
      readonly course: { readonly memory: readonly { readonly scenarios: number; readonly steps: number }[] };
      readonly ground: Readonly<Record<string, { readonly steps: readonly [number, number] }>>;
    };
    const { steps, commands } = figures.concurrent.memory;
    const { drawn, executed, refused, unsettled } = commands['post'] ?? {};
    const rows = rowsIn(page);
    expect(rows).toContain(`post | ${drawn} | ${executed} | ${refused} | ${unsettled}`);
    expect(rows.some((row) => row.startsWith(`memory | everybody at once | 12 | ${steps.toLocaleString('en-US')} | `))).toBe(
      true,
    );
    const { memory: course } = figures.course;
    expect(course).toHaveLength(12);
    expect([course.reduce((sum, each) => sum + each.scenarios, 0), course.reduce((sum, each) => sum + each.steps, 0)]).toEqual([
      12,
      steps,
    ]);
    const [walked, all] = figures.ground['all']?.steps ?? [];
    expect(page).toContain(`<dt>steps of the small scope walked</dt><dd>${walked} of ${all}</dd>`);
  });

  it('by soak, too', { timeout: 120_000 }, () => {
    const html = join(directory, 'soak.html');
    const { code } = choir('soak', '--memory', '4', '--svm', '0', '--replays', '0', '--jobs', '1', '--seed', '4', '--html', html);
    expect(code).toBe(0);
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('<code>npm run soak -- --memory 4 --svm 0 --replays 0 --jobs 1 --seed 4</code>');
    expect(rowsIn(page).some((row) => row.startsWith('memory | everybody at once | 4 | '))).toBe(true);
  });

  it('with each violation, its scenario, and the commands that show it', { timeout: 60_000 }, async () => {
    const unmended = vi.spyOn(ConcurrentWorld.prototype, 'fairRound').mockResolvedValue();
    const campaign = await runCampaign({ ground: 'memory', runs: 40, seed: 8, jobs: 1 }).finally(() => unmended.mockRestore());
    rmSync(campaign.savedAs ?? expect.unreachable());
    const [regression = expect.unreachable()] = readRegressions(regressionsDirectory).filter(({ file }) => file.includes('or14'));
    const { file, scenario } = regression;
    const failure = { property: 'OR14', message: 'it is back' };
    const back = { ground: 'memory', file, kind: scenario.kind, seconds: 0, failure, skipped: null } as const;
    const results = {
      seed: 8,
      grounds: [],
      campaigns: [campaign],
      corpus: [back, { ...back, failure: null }],
      canary: foundCanary,
    };
    const page = checkPage(results, 'npm run check');
    const property = campaign.failure?.violation.property;
    expect(page).toContain('<h2 id="verdict-title">2 violations</h2>');
    expect(page).toContain(`<h3>${property} on memory</h3>`);
    expect(page).toMatch(/<h3>OR14 on memory, a regression<\/h3>\n<p class="rule">No pending content is left that no spec needs/);
    expect(page).toContain(
      '\nreport npm run report -- properties/regressions/or14-754ac09f.json\nreplay npm run replay -- properties/regressions/or14-754ac09f.json</pre>',
    );
    const own = new RegExp(`\\nreplay npm run replay -- properties/regressions/${property?.toLowerCase()}-\\w+\\.json</pre>`);
    expect(page).toMatch(own);
    expect(rowsIn(page).find((row) => row.startsWith('memory | everybody at once'))).toMatch(/ \| violation$/);
  });

  it('nowhere else, and a file that cannot be written is refused before anything runs', () => {
    for (const command of ['check', 'soak']) {
      for (const bad of [join(directory, 'nowhere', 'a.html'), directory, '']) {
        const { code, stdout, stderr } = choir(command, '--html', bad);
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
        expect(stderr).toMatch(/--html <file>.* is invalid\. expected a file in a directory that exists/);
      }
      expect(choir(command, '--help').stdout).toMatch(/--html <file> .*Examples:.*--html \w+\.html/s);
    }
    expect(existsSync(join(directory, 'nowhere'))).toBe(false);
  });

  it('with what can be typed to have it again', () => {
    expect(commandText('soak', { memory: 3, budget: undefined, seed: -4 })).toBe('npm run soak -- --memory 3 --seed -4');
  });
});
