/**
 * What is said of one of the two updates by the explored design and by the Quint specification is the same: as many states and steps at
 * each distance from the start, and each one's runs are the other's. Shows nothing of scopes with more than one write or backend, and
 * where both are wrong in the same way, nothing at all.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { partingOf } from '#model/explore/follow.ts';
import { fromItf, type ItfRun, toItf } from '#model/explore/itf.ts';
import type { Design } from '#model/protocols/update.ts';
import { seededRandom } from '#simulations/engine/seeded-random.ts';
import { type Counted, countedByQuint, countedByUs, differenceOf } from './counts.ts';
import { exportedToQuint, movesOf } from './exported.ts';
import { evaluated, simulated, specifications } from './quint.ts';
import { TraceJudge } from './traces.ts';
import { type QuintScope, ruleOf, specOf, type UpdateName } from './updates.ts';
import { runsToMarks, walk } from './walks.ts';

export interface Compared {
  readonly name: UpdateName;
  /** Rules that are never enabled with one backend whose Qdrant nobody damages. */
  readonly idle: readonly string[];
  readonly mistakes: readonly { readonly what: string; readonly design: Design; readonly step: RegExp }[];
}

const traces = 250;

export function comparesWithQuint({ name, idle, mistakes }: Compared): void {
  const file = join(specifications, `${name}.qnt`);
  const once = <Value>(make: () => Promise<Value>): (() => Promise<Value>) => {
    let made: Promise<Value> | null = null;
    return () => (made ??= make());
  };
  const counted = once(
    async (): Promise<readonly Counted[]> => countedByQuint(await evaluated(file, `${name}_counts`, 'counted')),
  );
  const runs = once(() => simulated({ file, main: `${name}_run`, traces, steps: 22, seed: '0x5', invariant: 'inv' }));
  /** Everything that can be in one scope, as Quint's first one. */
  const everything = async (): Promise<QuintScope> => (await counted())[0]?.scope as QuintScope;

  it('[QN1] has the same states and steps, level by level, in both tools, the same ones marked, and none unsound', async () => {
    const scopes = await counted();
    for (const { scope, depth, found } of scopes) {
      expect(differenceOf(found, countedByUs(specOf(name, scope), depth)), [...scope.on].join()).toBeNull();
      expect(found.unsound).toBe(0);
    }
    const seen = scopes.map(({ found }) => found.levels.reduce((sum, count) => sum + count, 0));
    expect(Math.max(...seen)).toBeGreaterThan(3000);
    expect(new Set(scopes.flatMap(({ scope }) => [...scope.on])).size).toBeGreaterThan(5);
  });

  it(`[QN2] takes ${traces} runs of Quint's simulator step by step, by the rules that Quint names`, async () => {
    const judge = new TraceJudge(name);
    const found = await runs();
    expect(found.length).toBe(traces);
    expect(found.flatMap((run) => judge.problemOf(run) ?? [])).toEqual([]);
    const taken = new Set(found.flatMap(({ steps }) => steps.map(({ state }) => state['taken'])));
    const rules = specOf(name, await everything()).rules.map((rule) => ruleOf(rule.name));
    expect(rules.filter((rule) => !taken.has(rule) && !idle.includes(rule))).toEqual([]);
  });

  it('[QN3] exports runs that are its own when they are read again, and that Quint takes step by step', async () => {
    const scope = await everything();
    const spec = specOf(name, scope);
    const random = seededRandom(5);
    const walks = Array.from({ length: 3 }, () => walk(spec, 14, random));
    const again = [...runsToMarks(spec), ...walks].map((run): ItfRun => fromItf(JSON.parse(JSON.stringify(toItf(run)))));
    expect(again.map(({ start, steps }) => partingOf(spec, start, steps))).toEqual(again.map(() => null));
    const moves = movesOf(again);
    // And one that is none: so that `right` means something.
    const [first, , third] = moves as [(typeof moves)[0], (typeof moves)[0], (typeof moves)[0]];
    const directory = mkdtempSync(join(tmpdir(), 'choir-quint-'));
    try {
      const module = exportedToQuint(name, scope, [...moves, { ...first, to: third.to }], directory);
      writeFileSync(join(directory, 'exported.qnt'), module);
      const right = (await evaluated(join(directory, 'exported.qnt'), 'exported', 'right')) as readonly boolean[];
      expect(moves.filter((_, index) => right[index] !== true).map(({ rule }) => rule)).toEqual([]);
      expect(right.length).toBe(moves.length + 1);
      expect(right.at(-1)).toBe(false);
      expect(moves.length).toBeGreaterThan(40);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it.each(mistakes)(
    '[QN4] tells a design of ours that $what from the Quint specification, and at which step',
    async ({ design, step }) => {
      const scopes = await counted();
      const differences = scopes.map(({ scope, depth, found }) =>
        differenceOf(found, countedByUs(specOf(name, scope, design), depth)),
      );
      expect(differences.some((difference) => difference !== null)).toBe(true);
      const judge = new TraceJudge(name, (scope) => specOf(name, scope, design));
      const [problem] = (await runs()).flatMap((run) => judge.problemOf(run) ?? []);
      expect(problem).toMatch(step);
    },
  );
}
