/** Exploring from the command line: what is told of designs known to be right or wrong, and what the exit codes say. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alternatingBit } from '#model/explore/examples/alternating-bit.ts';
import { lock } from '#model/explore/examples/lock.ts';
import { tokenRing } from '#model/explore/examples/token-ring.ts';
import { anySpec } from '#model/explore/spec.ts';
import { protocols } from '#model/protocols/index.ts';
import type { Protocol } from '#model/protocols/protocol.ts';
import { choir } from './choir-process.ts';
import { type ExploreCommand, explore } from './explore.ts';
import { labelText } from './explore-report.ts';
import { byteSize } from './options.ts';
import { printed, unwrapped } from './printed.ts';
import { scratch } from './scratch.ts';

const { directory } = scratch();

const sizes = { small: 2, medium: 3, large: 4 };
const toys: readonly Protocol[] = [
  {
    name: 'bit',
    title: 'the alternating bit',
    scope: (size) => alternatingBit(sizes[size]),
    planted: [
      { name: 'no bit', breaks: 'messages say nothing', caughtBy: 'in order, each once', spec: () => alternatingBit(2, true) },
    ],
  },
  {
    name: 'ring',
    title: 'a ring and a token',
    scope: (size) => tokenRing(sizes[size], false),
    planted: [{ name: 'withdraws', breaks: 'offers are kept', caughtBy: 'convergence', spec: () => tokenRing(2, true) }],
  },
  {
    name: 'lock',
    title: 'a lock',
    scope: (size) => ({ ...lock(sizes[size]), converged: [] }),
    planted: [
      { name: 'looks first', breaks: 'it is taken at once', caughtBy: 'exclusion', spec: () => lock(3, true) },
      {
        ...{ name: 'lopsided', breaks: 'all are alike', caughtBy: 'nothing' },
        spec: () => ({ ...lock(2), rules: lock(2).rules.filter(({ actor }) => actor === 'p0') }),
      },
      {
        ...{ name: 'agrees', breaks: 'nothing', caughtBy: 'nothing' },
        spec: () => ({ ...anySpec(lock(2)), converged: [{ name: 'always', slots: ['holder'], holds: () => true }] }),
      },
    ],
  },
];

const command: ExploreCommand = { protocol: [], scope: 'small', symmetry: true, maxMemory: 2 ** 30 };
const told = (change: Partial<ExploreCommand>) => printed(() => explore({ ...command, ...change }, toys));
const file = (name: string): string => join(directory, name);

interface Figures {
  readonly explorations: readonly Readonly<Record<string, unknown>>[];
}
const figuresIn = (path: string): Figures => JSON.parse(readFileSync(path, 'utf8')) as Figures;

describe('[EX14] designs explored from the command line', () => {
  it('are told in a table with counts, rates, bytes and odds, and exit 0 when nothing is violated', async () => {
    const json = file('all.json');
    const { value, text } = await told({ json });
    expect(value).toBe(0);
    // What is wider than a terminal comes in blocks, each with the columns that name the row.
    const line = (name: string): string =>
      text
        .split('\n')
        .filter((each) => each.startsWith(name))
        .map((each, block) => (block === 0 ? each : each.replace(/^\S+ +\S+ +\S+ +/, '')))
        .join(' ');
    expect(line('protocol')).toMatch(/states +generated +depth +seconds +states\/s +bytes\/state +odds +result/);
    expect(line('bit')).toMatch(/^bit +small +both +1 +18 +36 +8 .* \de-\d+ +no violation, complete$/);
    expect(line('lock')).toMatch(/^lock +small +safety +2 +5 +9 +3 /);
    const [bit, , locked] = figuresIn(json).explorations;
    expect(bit).toMatchObject({
      ...{ protocol: 'bit', scope: 'small', judged: 'both', states: 18, generated: 36, complete: true, bound: null },
      ...{ marks: { 'all have arrived': 5 }, convergence: { converged: 1, cycles: 0, fairCycles: 0 }, findings: [] },
    });
    expect(locked).toMatchObject({ judged: 'safety', symmetries: 2, states: 5, convergence: null });
  });

  it('at another size, without symmetries, some of them', async () => {
    const json = file('some.json');
    const { value } = await told({ protocol: ['lock', 'bit'], scope: 'medium', symmetry: false, json });
    expect(value).toBe(0);
    expect(figuresIn(json).explorations.map(({ protocol, states, symmetries }) => [protocol, states, symmetries])).toEqual([
      ['bit', 27, 1],
      ['lock', 20, 1],
    ]);
  });

  it('exit 1 with a shortest run: steps by number, who, what, and which slots it changed to what', async () => {
    const save = file('violation.json');
    const { value, text } = await told({ plant: 'no bit', save });
    expect(value).toBe(1);
    expect(text).toContain('VIOLATION of in order, each once (always) in bit, no bit: 5 steps, none shorter\n  received 0, 0\n');
    expect(text).toContain('    1. sender    send text 0\n       there: null -> { text: 0, bit: 0 }\n');
    expect(text).toContain('    4. sender    hear\n       sender: 0 -> 1\n       back: { bit: 0 } -> null\n');
    expect(text).toMatch(/VIOLATION of in order, each once\nodds/);
    expect(text).toContain(`saved ${save}\n`);
    const { findings } = JSON.parse(readFileSync(save, 'utf8')) as { findings: Readonly<Record<string, unknown>>[] };
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ protocol: 'bit', scope: 'no bit', property: 'in order, each once', loopFrom: null });
  });

  it('exit 1 with a loop, and say where it begins', async () => {
    const { value, text } = await told({ plant: 'withdraws' });
    expect(value).toBe(1);
    expect(text).toMatch(/VIOLATION of convergence \(lasso\) in ring, withdraws: 4 steps\n.*\n {2}at first\n/);
    expect(text).toMatch(/\n {2}from here on, again and again:\n {4}1\. node 0 {2}offer\n {7}token.offered: false -> true\n/);
  });

  it('show one violation, or with --keep-going the first of each property', async () => {
    const count = async (keepGoing: boolean): Promise<number> =>
      (await told({ plant: 'looks first', keepGoing })).text.split('\nVIOLATION of ').length - 1;
    expect(await count(false)).toBeGreaterThanOrEqual(1);
    expect(await count(true)).toBe(3);
    const both = await told({ plant: 'no bit', keepGoing: true });
    expect(both.text).toMatch(/VIOLATION of in order.*VIOLATION of convergence \(stuck\)/s);
  });

  it('judge one property, where it is one', async () => {
    const { value, text } = await told({ plant: 'no bit', property: 'convergence' });
    expect(value).toBe(1);
    expect(text).not.toContain('in order, each once');
    expect(text).toContain('VIOLATION of convergence (stuck)');
    const json = file('deadlock.json');
    expect((await told({ property: 'all have arrived', json })).value).toBe(0);
    expect(figuresIn(json).explorations.map(({ protocol, judged }) => [protocol, judged])).toEqual([['bit', 'safety']]);
  });

  it('with symmetries and convergence are explored twice, unless one of both is not asked', async () => {
    const judged = async (change: Partial<ExploreCommand>) => {
      const json = file('twice.json');
      await told({ plant: 'agrees', json, ...change });
      return figuresIn(json).explorations.map((each) => [each['judged'], each['symmetries'], each['states']]);
    };
    expect(await judged({})).toEqual([
      ['safety', 2, 5],
      ['convergence', 1, 8],
    ]);
    expect(await judged({ property: 'convergence' })).toEqual([['convergence', 1, 8]]);
    expect(await judged({ property: 'deadlock' })).toEqual([['safety', 2, 5]]);
    expect(await judged({ symmetry: false })).toEqual([['both', 1, 8]]);
  });

  it('exit 3 at a bound, since nothing is proved then', async () => {
    for (const [bound, reason] of [
      [{ maxStates: 7 }, '7 states'],
      [{ maxDepth: 3 }, '3 steps from a start'],
      [{ maxMemory: 1 }, '[0-9]+ bytes'],
    ] as const) {
      const save = file('nothing.json');
      const { value, text } = await told({ protocol: ['bit'], save, ...bound });
      expect(value).toBe(3);
      expect(unwrapped(text)).toMatch(
        new RegExp(`^bit, small: the search for all stopped at ${reason}, so what it did not find is not proved absent$`, 'm'),
      );
      expect(existsSync(save)).toBe(false);
    }
  });

  it('with a mark that is never met say so, without a run', async () => {
    const never = toys.map((toy) => ({
      ...toy,
      scope: () => ({ ...anySpec(lock(2)), sometimes: [{ name: 'never', slots: ['holder'], holds: () => false }] }),
    }));
    const { value, text } = await printed(() => explore({ ...command, protocol: ['lock'] }, never));
    expect(value).toBe(1);
    expect(text).toContain(
      'VIOLATION of never (sometimes) in lock, small: no run shows it\n  none of 5 reachable states bears the mark',
    );
  });

  it('whose symmetries are none are not explored with them', async () => {
    await expect(told({ plant: 'lopsided' })).rejects.toThrow(
      /symmetry 'p1 p0' .* changes the steps of .*: it would hide states/,
    );
    expect((await told({ plant: 'lopsided', symmetry: false })).value).toBe(1);
  });

  it('are listed with their properties and planted mistakes', async () => {
    const { value, text } = await told({ list: true, protocol: ['bit'] });
    expect(value).toBe(0);
    expect(text).toMatch(
      /^bit: the alternating bit\n {2}in order, each once\n.* {2}deadlock\n {2}convergence\n.*no bit +messages say nothing +in order/s,
    );
    expect(text).not.toContain('ring');
  });

  it.each([
    ['protocol', { protocol: ['bits'] }, "unknown protocol 'bits': known are bit, ring, lock"],
    ['mistake', { plant: 'bits' }, "unknown mistake 'bits': known are no bit, withdraws, looks first"],
    ['property', { property: 'order', protocol: ['bit'] }, "unknown property 'order': known are in order, each once; all have"],
  ])('that are asked of an unknown %s are not explored', async (_what, change, message) => {
    await expect(told(change)).rejects.toThrow(message);
  });

  it('label their steps in words', () => {
    expect(labelText('go')).toBe('go');
    expect(labelText({ does: 'go' })).toBe('go');
    expect(labelText({ does: 'go', to: 'b', again: true })).toBe('go to b, again true');
  });
});

describe('[EX14] [UI1] [UI2] choir explore, as a process,', () => {
  const [first] = protocols as readonly [Protocol];

  it('explores what is registered, and stops at a bound with 3', () => {
    const { code, stdout } = choir('explore', '--protocol', first.name, '--max-states', '20');
    expect(unwrapped(stdout)).toMatch(/stopped at 20 states, so what it did not find is not proved absent\n$/);
    expect(code).toBe(3);
  });

  it('finds a planted mistake and exits 1', () => {
    const [mistake] = first.planted;
    const { code, stdout } = choir('explore', '--protocol', first.name, '--plant', mistake?.name ?? '');
    expect(stdout).toMatch(/^\nVIOLATION of .*\n {4}1\. /s);
    expect(code).toBe(1);
  });

  it.each([
    [['--protocol', 'nothing'], /unknown protocol 'nothing': known are /],
    [['--scope', 'huge'], /--scope.*small, medium, large/],
    [['--max-memory', '4GB'], /--max-memory.*expected a size above zero such as 64KiB, 512MiB or 4GiB/],
    [['--max-states', '0'], /--max-states.*expected a whole number from 1 to/],
    [['--json', 'nowhere/a.json'], /--json.*expected a file in a directory that exists/],
  ])('%j is bad usage and exits 2', (words, message) => {
    const { code, stdout, stderr } = choir('explore', ...words);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('reads sizes', () => {
    expect(['1KiB', '512MiB', '4GiB'].map(byteSize)).toEqual([1_024, 2 ** 29, 2 ** 32]);
    for (const bad of ['', '0GiB', '1', '1GB', '1.5GiB', '-1MiB']) expect(() => byteSize(bad), bad).toThrow('expected a size');
  });
});
