/**
 * What is said of one of the two updates by the explored design and by the Quint specification is the same: as many states and steps at
 * each distance from the start, and each one's runs are the other's. Shows nothing of scopes with more than one write or backend, and
 * where both are wrong in the same way, nothing at all.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { partingOf } from '#model/explore/follow.ts';
import { fromItf, type ItfRun, toItf } from '#model/explore/itf.ts';
import type { Design } from '#model/protocols/update.ts';
import { seededRandom } from '#simulations/engine/seeded-random.ts';
import { type Counted, countedByQuint, countedByUs, differenceOf } from './counts.ts';
import { exportedToQuint, type Move, movesOf } from './exported.ts';
import { evaluated, simulated, specifications } from './quint.ts';
import { TraceJudge } from './traces.ts';
import { ruleOf, specOf, type UpdateName, widest } from './updates.ts';
import { runsToMarks, walk } from './walks.ts';

export interface Compared {
  readonly name: UpdateName;
  /** Rules that are never enabled with one backend whose Qdrant nobody damages. */
  readonly idle: readonly string[];
  readonly mistakes: readonly { readonly what: string; readonly design: Design; readonly step: RegExp }[];
}

const traces = 250;
/** Generous: Quint's evaluator is slow, and other tests may be running beside it. */
const timeoutMs = 300_000;

export function comparesWithQuint({ name, idle, mistakes }: Compared): void {
  const scope = widest[name];
  const spec = specOf(name, scope);
  const random = seededRandom(5);
  const walks = Array.from({ length: 3 }, () => walk(spec, 14, random));
  const exported = [...runsToMarks(spec), ...walks].map((run): ItfRun => fromItf(JSON.parse(JSON.stringify(toItf(run)))));
  const moves = movesOf(exported);
  let counted: readonly Counted[] = [];
  let right: readonly boolean[] = [];
  let runs: readonly ItfRun[] = [];

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'choir-quint-'));
    try {
      // The last is no move: so that `right` means something.
      const [first, , third] = moves as [Move, Move, Move];
      writeFileSync(
        join(directory, 'exported.qnt'),
        exportedToQuint(name, scope, [...moves, { ...first, to: third.to }], directory),
      );
      const values = await evaluated(join(directory, 'exported.qnt'), 'exported');
      counted = countedByQuint(values['counted']);
      right = values['right'] as readonly boolean[];
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
    const file = join(specifications, `${name}.qnt`);
    runs = await simulated({ file, main: `${name}_run`, traces, steps: 22, seed: '0x5', invariant: 'inv' });
  }, timeoutMs);

  it(
    '[QN1] has the same states and steps, level by level, in both tools, the same ones marked, and none unsound',
    () => {
      for (const { scope: each, depth, found } of counted) {
        expect(differenceOf(found, countedByUs(specOf(name, each), depth)), [...each.on].join()).toBeNull();
        expect(found.unsound).toBe(0);
      }
      const seen = counted.map(({ found }) => found.levels.reduce((sum, count) => sum + count, 0));
      expect(Math.max(...seen)).toBeGreaterThan(3000);
      expect(new Set(counted.flatMap(({ scope: each }) => [...each.on]))).toEqual(scope.on);
    },
    timeoutMs,
  );

  it(`[QN2] takes ${traces} runs of Quint's simulator step by step, by the rules that Quint names`, () => {
    const judge = new TraceJudge(name);
    expect(runs.length).toBe(traces);
    expect(runs.flatMap((run) => judge.problemOf(run) ?? [])).toEqual([]);
    const taken = new Set(runs.flatMap(({ steps }) => steps.map(({ state }) => state['taken'])));
    const rules = spec.rules.map((rule) => ruleOf(rule.name));
    expect(rules.filter((rule) => !taken.has(rule))).toEqual(idle);
  });

  it('[QN3] exports runs that are its own when they are read again, and that Quint takes step by step', () => {
    expect(exported.map(({ start, steps }) => partingOf(spec, start, steps))).toEqual(exported.map(() => null));
    expect(moves.filter((_, index) => right[index] !== true).map(({ rule }) => rule)).toEqual([]);
    expect(right.slice(moves.length)).toEqual([false]);
    expect(moves.length).toBeGreaterThan(40);
  });

  it.each(mistakes)(
    '[QN4] tells a design of ours that $what from the Quint specification, and at which step',
    ({ design, step }) => {
      const differences = counted.map(({ scope: each, depth, found }) =>
        differenceOf(found, countedByUs(specOf(name, each, design), depth)),
      );
      expect(differences.some((difference) => difference !== null)).toBe(true);
      const judge = new TraceJudge(name, (each) => specOf(name, each, design));
      const [problem] = runs.flatMap((run) => judge.problemOf(run) ?? []);
      expect(problem).toMatch(step);
    },
  );
}
