/**
 * The workflows as the repository has them: every command in them is one that there is, with options that its parser takes, and every
 * job has a limit. Read line by line: what GitHub makes of them is not shown.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { npmRuns, parseProblem } from './npm-runs.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.github', 'workflows');
const files = readdirSync(folder);
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** What stands behind `key:` in any line. */
const valuesOf = (text: string, key: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\\s*(?:- )?${key}: (.*)$`, 'gm'))].map(([, value = '']) => value.trim());

const fromMatrix = ['$', '{{ matrix.command }}'].join('');

/** What the steps run, those of a matrix in the place of what stands for them. */
const commandsIn = (text: string): readonly string[] =>
  valuesOf(text, 'run').flatMap((run) => (run === fromMatrix ? valuesOf(text, 'command') : [run]));

describe('[UI14] workflows', () => {
  it('are the gate and the nightly campaigns', () => {
    expect(files.sort()).toEqual(['ci.yml', 'nightly.yml']);
  });

  it.each(files)('%s: each npm script exists, and the parser takes its words', async (name) => {
    const commands = commandsIn(textOf(name));
    expect(commands.length).toBeGreaterThan(1);
    // Blocks of several lines would not be read here.
    expect(commands.filter((command) => command === '|' || command === '>')).toEqual([]);
    for (const command of commands) expect(await parseProblem(command), command).toBeNull();
    const mentioned = commands.flatMap((command) => command.match(/npm run/g) ?? []).length;
    expect(commands.flatMap(npmRuns).length).toBe(mentioned);
    expect(mentioned).toBeGreaterThan(0);
  });

  it.each(files)(
    '%s: every job has a limit, actions are pinned by their major version, and no line is indented by a tab',
    (name) => {
      const text = textOf(name);
      const jobs = [...(text.split('\njobs:\n')[1] ?? '').matchAll(/^ {2}\S+:$/gm)].length;
      expect(jobs).toBeGreaterThan(0);
      expect(valuesOf(text, 'timeout-minutes').length).toBe(jobs);
      for (const action of valuesOf(text, 'uses')) expect(action).toMatch(/^actions\/[a-z-]+@v\d+$/);
      expect(text).not.toContain('\t');
    },
  );

  it('upload what is found with its pages, whatever failed', () => {
    for (const name of files) {
      const text = textOf(name);
      expect(text, name).toMatch(
        /if: failure\(\)\n {8}run: npm run report -- --new --out-dir (\w+)\n.*upload-artifact.*properties\/regressions\/\n +\1\//s,
      );
    }
  });

  it('run every long campaign each night, schedules in shards that make up the whole', () => {
    const text = textOf('nightly.yml');
    const scripts = commandsIn(text)
      .flatMap(npmRuns)
      .map(({ script }) => script);
    for (const script of ['soak', 'soak:crash', 'mutants', 'explore', 'aim', 'schedules']) expect(scripts).toContain(script);
    expect(text).toContain('--scope medium');
    const shards = [...text.matchAll(/--shard (\d+)\/(\d+)/g)].map(([, number, of]) => [Number(number), Number(of)]);
    expect(shards).toEqual(shards.map((_, index) => [index + 1, shards.length]));
    expect(valuesOf(text, 'minutes').length).toBe(valuesOf(text, 'command').length);
    // What GitHub ends at the latest.
    for (const minutes of valuesOf(text, 'minutes')) expect(Number(minutes)).toBeLessThanOrEqual(360);
    expect(text).toMatch(/schedule:\n {4}- cron: ".*"\n {2}workflow_dispatch:/);
  });

  it('and the gate that CI runs gives its main job a budget, and keeps its verdicts', async () => {
    const [stage = ''] = readFileSync(join(root, '.ci', 'run'), 'utf8').match(/npm run --silent check.*/) ?? [];
    expect(await parseProblem(stage)).toBeNull();
    expect(stage).toMatch(/--budget \w+ --junit ci-check\.xml/);
  });

  it('would be held against a job that runs what there is not', async () => {
    const [command = ''] = commandsIn('      - run: npm run soak -- --memroy 5\n');
    expect(await parseProblem(command)).toMatch(/unknown option '--memroy'/);
    expect(commandsIn(`  command: npm run aim\n  - run: ${fromMatrix}\n`)).toEqual(['npm run aim']);
  });
});
