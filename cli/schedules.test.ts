/** The command for every schedule with few preemptions: what it is asked for, what it says, how it ends. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writesAnyVersion } from '#properties/concurrent/lies.ts';
import { saveRegression } from '#properties/corpus/corpus.ts';
import { exploreProduct } from '#properties/exhaustive/product.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { choir } from './choir-process.ts';
import { failureLines } from './concurrent.ts';
import { UsageError } from './exit-codes.ts';
import { shard } from './options.ts';
import { type SchedulesOptions, scenesFor, schedules } from './schedules.ts';
import { scratch } from './scratch.ts';

const { directory } = scratch();

const asked: SchedulesOptions = { preemptions: 2, faultPreemptions: 1, triples: 0, faults: 'none', backends: 2, jobs: 1 };

describe('[BX6] choir schedules', () => {
  it('takes all pairs, some, triples that are drawn, or a part of them; parts make up the whole', () => {
    const all = scenesFor(asked, 1);
    expect(all.length).toBe(330);
    expect(scenesFor({ ...asked, pair: ['post+vote', 'vote+cutSolana'] }, 1)).toEqual([
      ['post', 'vote'],
      ['vote', 'cutSolana'],
    ]);
    expect(scenesFor({ ...asked, triples: 5 }, 1).map(({ length }) => length)).toEqual([3, 3, 3, 3, 3]);
    const parts = [1, 2, 3].flatMap((number) => scenesFor({ ...asked, shard: { number, of: 3 } }, 1));
    expect(new Set(parts)).toEqual(new Set(all.map((scene) => parts.find((other) => other.join() === scene.join()))));
    expect(parts.length).toBe(all.length);
    expect(shard('2/3')).toEqual({ number: 2, of: 3 });
    for (const bad of ['', '0/3', '4/3', '1', '1/', 'a/b']) expect(() => shard(bad), bad).toThrow('expected a part such as 1/4');
  });

  it.each([
    [{ pair: ['post+fly'] }, '--pair post+fly: there is nothing called "fly"'],
    [{ pair: ['post'] }, '--pair post: expected two or three names'],
    [{ pair: ['crash+fork'] }, '--pair crash+fork: expected an operation of a client'],
    [{ faults: 'Z9' }, '--faults: expected all, none or a fault such as S8, got Z9'],
  ])('refuses %j', async (wrong, message) => {
    const refusal = schedules({ ...asked, ...wrong });
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toBeInstanceOf(UsageError);
  });

  it('says how much was explored, by scene in its JSON, and whether that is all', () => {
    const json = join(directory, 'schedules.json');
    const words = [
      '--pair',
      'readStrong+signOut',
      '--pair',
      'search+close',
      '--preemptions',
      '1',
      '--faults',
      'S8',
      '--jobs',
      '2',
    ];
    const { code, stdout } = choir('schedules', ...words, '--json', json);
    expect(stdout).toMatch(/^2 scenes on 2 backends, at most 1 preemptions, 1 with a fault: [\d.]+ s\n/);
    expect(stdout).toMatch(/\nwithout a fault +2\/2 +\d+/);
    expect(stdout).toMatch(/\nno violation; complete within its bounds\n$/);
    const { scenes } = JSON.parse(readFileSync(json, 'utf8')) as {
      scenes: { name: string; faults: { planned: number; fired: number } }[];
    };
    expect(scenes.map(({ name }) => name)).toEqual(['readStrong+signOut', 'search+close']);
    for (const { faults } of scenes) expect(faults.fired).toBe(faults.planned);
    expect(code).toBe(0);
  });

  it('follows so many placed faults of each scene as it is asked to, the same in one process and in two', () => {
    const words = ['--pair', 'readStrong+signOut', '--pair', 'search+close', '--faults', 'all', '--sample', '3', '--seed', '7'];
    const [one, two, other] = (
      [
        ['1', '7'],
        ['2', '7'],
        ['1', '8'],
      ] as const
    ).map(([jobs, seed]) => {
      const json = join(directory, `sample-${jobs}-${seed}.json`);
      const bounds = ['--preemptions', '0', '--fault-preemptions', '1', '--jobs', jobs];
      const { stdout } = choir('schedules', ...words.slice(0, -1), seed, ...bounds, '--json', json);
      expect(stdout).toContain(`, seed ${seed}: `);
      const { scenes } = JSON.parse(readFileSync(json, 'utf8')) as {
        scenes: { faults: { planned: number; complete: number; schedules: number; steps: number } }[];
      };
      return scenes.map(({ faults: { planned, complete, schedules: followed, steps } }) => [planned, complete, followed, steps]);
    });
    expect(one?.map(([planned, complete]) => [planned, complete])).toEqual([
      [3, 3],
      [3, 3],
    ]);
    expect(two).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('tells what it found, and the file replays by the command that it names', async () => {
    const order = { scenes: [['post', 'submitSpec']], backends: 2, preemptions: 1, faultPreemptions: 0, kinds: [] };
    const { failure } = await exploreProduct(writesAnyVersion(await openMemoryTier()), order, () => performance.now());
    if (failure === null) return expect.unreachable('it was not found');
    const file = saveRegression(directory, failure.scenario);
    const text = failureLines(failure, 'memory', file).join('\n');
    expect(text).toMatch(/^VIOLATION of OR8 on memory, \d commands at once \(\d+ before shrinking/);
    const named = /^replay npm run replay -- (.+)$/m.exec(text)?.[1] ?? expect.unreachable('no file is named');
    // This process is the one that lies.
    const { code, stdout } = choir('replay', resolve(named));
    expect(stdout).toMatch(/no violation/);
    expect(code).toBe(0);
  });
});
