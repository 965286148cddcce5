/**
 * The explorer against a plain one, on small random designs: whatever one of them finds, the other does. What it does not show: that
 * both are right where they share an idea, such as what a step is; the designs with known counts do.
 */
import { describe, expect, inject, it } from 'vitest';
import { canonical } from '../canonical.ts';
import { convergenceOf } from './convergence.ts';
import { explore } from './explorer.ts';
import { randomSpec, randomSymmetricSpec } from './random-spec.ts';
import { plainConvergence, plainFairRuns, plainGraph, plainVerdicts, shortestFairLoop } from './reference.ts';
import { traceProblem } from './replayed.ts';
import { symmetryProblem } from './symmetry-problem.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** How much of these designs is looked at, 0 to 1, where not all of them are. */
    readonly randomDesigns?: number;
  }
}

const share = inject('randomDesigns') ?? 1;
const specs = Array.from({ length: 800 * share }, (_, seed) => randomSpec(seed));
const symmetricSpecs = Array.from({ length: 300 * share }, (_, seed) => randomSymmetricSpec(seed));
/** Of all of them it is known how often everything is met. */
const expectInAll = (found: object, known: object): void => {
  if (share === 1) expect(found).toEqual(known);
};

describe('on random designs, as a plain explorer does,', () => {
  it('[EX2] meets each state once, at the same depth, and takes the same steps', () => {
    let [states, steps] = [0, 0];
    for (const spec of specs) {
      const graph = plainGraph(spec);
      const exploration = explore(spec);
      const found = [...exploration.everyState()].map((state, index) => [canonical(state), exploration.depthOf(index)]);
      expect(found.toSorted(), spec.name).toEqual([...graph].map(([text, { depth }]) => [text, depth]).toSorted());
      const texts = found.map(([text]) => text);
      const taken = [...exploration.everyStep()].map(({ from, rule, label, to }) =>
        canonical([texts[from], rule, label, texts[to]]),
      );
      const plain = [...graph].flatMap(([text, { edges }]) =>
        edges.map(({ rule, label, to }) => canonical([text, rule, label, to])),
      );
      expect(taken.toSorted(), spec.name).toEqual(plain.toSorted());
      expect(exploration).toMatchObject({ states: graph.size, generated: plain.length, complete: true });
      expect(exploration.depth).toBe(Math.max(...[...graph.values()].map(({ depth }) => depth)));
      states += graph.size;
      steps += plain.length;
    }
    expectInAll({ states, steps }, { states: 21_432, steps: 83_586 });
  });

  it('[EX3] [EX4] [EX5] says the same of every check, every mark and of ends, by shortest runs of the design', () => {
    const counts = { always: 0, deadlock: 0, sometimes: 0, met: 0 };
    for (const spec of specs) {
      const exploration = explore(spec);
      const findings = exploration.findings();
      const marks = exploration.marks();
      for (const finding of findings) {
        expect(traceProblem(spec, finding), spec.name).toBeNull();
        counts[finding.kind as 'always'] += 1;
      }
      const verdicts = Object.fromEntries([
        ...[...spec.always, { name: 'deadlock' }].map(({ name }) => [
          name,
          findings.find(({ property }) => property === name)?.steps.length ?? null,
        ]),
        ...marks.map(({ name, met }) => [name, met?.depth ?? null]),
      ]);
      expect(verdicts, spec.name).toEqual(plainVerdicts(spec, plainGraph(spec)));
      for (const { name, met } of marks) {
        expect(exploration.witness(name)?.steps.length ?? null).toBe(met?.depth ?? null);
        expect(findings.some(({ property }) => property === name)).toBe(met === null);
        if (met !== null) counts.met += 1;
      }
    }
    expectInAll(counts, { always: 348, deadlock: 241, sometimes: 365, met: 443 });
  });

  it('[EX6] [EX7] says the same of convergence, with fairness by its definition and as a fixpoint', () => {
    const counts = { stuck: 0, 'leaves agreement': 0, lasso: 0, unfairOnly: 0, converges: 0 };
    const loops = { steps: 0, shortest: 0, hasty: 0 };
    for (const spec of specs) {
      const graph = plainGraph(spec);
      const convergence = convergenceOf(explore(spec));
      const { findings } = convergence;
      for (const finding of findings) {
        expect(traceProblem(spec, finding), spec.name).toBeNull();
        counts[finding.kind as 'stuck'] += 1;
      }
      const at = (kind: string): number | null => {
        const finding = findings.find((each) => each.kind === kind);
        if (finding === undefined) return null;
        return kind === 'lasso' ? finding.loopFrom : finding.steps.length - (kind === 'stuck' ? 0 : 1);
      };
      const found = { stuck: at('stuck'), 'leaves agreement': at('leaves agreement'), lasso: at('lasso') };
      expect(found, spec.name).toEqual(plainConvergence(spec, graph));
      expect(found.lasso === null, spec.name).toBe(plainFairRuns(spec, graph).size === 0);
      if (convergence.cycles > 0 && convergence.fairCycles === 0) counts.unfairOnly += 1;
      const lasso = findings.find(({ kind }) => kind === 'lasso');
      if (lasso === undefined) expect(shortestFairLoop(spec, graph, canonical(spec.starts[0]))).toBeNull();
      if (lasso !== undefined && lasso.loopFrom !== null) {
        const entry = lasso.loopFrom === 0 ? lasso.start : lasso.steps[lasso.loopFrom - 1]?.state;
        loops.steps += lasso.steps.length - lasso.loopFrom;
        const hasty = convergenceOf(explore(spec), 1).findings.find(({ kind }) => kind === 'lasso');
        expect(hasty === undefined ? 'none' : traceProblem(spec, hasty), spec.name).toBeNull();
        loops.hasty += (hasty?.steps.length ?? Number.NaN) - lasso.loopFrom;
        loops.shortest += shortestFairLoop(spec, graph, canonical(entry)) ?? Number.NaN;
      }
      if (findings.length === 0) counts.converges += 1;
    }
    expectInAll(loops, { steps: 1_187, shortest: 1_187, hasty: 1_443 });
    expectInAll(counts, { stuck: 194, 'leaves agreement': 358, lasso: 319, unfairOnly: 30, converges: 298 });
  });
});

describe('on random designs of processes that are all alike', () => {
  it('[EX8] the orbits of what stands for others are all the states there are', () => {
    let [states, representatives] = [0, 0];
    for (const spec of symmetricSpecs) {
      const reduced = explore(spec);
      const orbits = Array.from({ length: reduced.states }, (_, index) => {
        const ids = new Int32Array(reduced.machine.slots.length);
        reduced.visited.read(index, ids);
        return new Set(reduced.quotient.images(ids).map((image) => canonical(reduced.machine.decode(image))));
      });
      const graph = plainGraph(spec);
      expect(
        orbits.reduce((sum, { size }) => sum + size, 0),
        spec.name,
      ).toBe(graph.size);
      expect(new Set(orbits.flatMap((orbit) => [...orbit])), spec.name).toEqual(new Set(graph.keys()));
      states += graph.size;
      representatives += reduced.states;
    }
    expectInAll({ states, representatives }, { states: 8_368, representatives: 2_830 });
  });

  it('[EX8] the verdicts are those without symmetries, by name and depth, and the runs are runs of the design', () => {
    const counts = { always: 0, deadlock: 0, sometimes: 0, met: 0 };
    for (const spec of symmetricSpecs) {
      const graph = plainGraph(spec);
      const exploration = explore(spec);
      const findings = exploration.findings();
      const found = Object.fromEntries([
        ...[...spec.always, { name: 'deadlock' }].map(({ name }) => [
          name,
          findings.find(({ property }) => property === name)?.steps.length ?? null,
        ]),
        ...exploration.marks().map(({ name, met }) => [name, met?.depth ?? null]),
      ]);
      expect(found, spec.name).toEqual(plainVerdicts(spec, graph));
      for (const finding of findings) {
        expect(traceProblem(spec, finding), spec.name).toBeNull();
        counts[finding.kind as 'always'] += 1;
        const check = spec.always.find(({ name }) => name === finding.property);
        const last = finding.steps.at(-1)?.state ?? finding.start;
        if (check !== undefined && last !== null) {
          const values = check.slots.map((slot) => last[slot]);
          expect((check.problem as (...of: readonly unknown[]) => string | null)(...values)).toBe(finding.explanation);
        }
      }
      for (const { name, slots, holds } of spec.sometimes) {
        const last = exploration.witness(name);
        if (last === null) continue;
        const state = last.steps.at(-1)?.state ?? last.start;
        expect((holds as (...of: readonly unknown[]) => boolean)(...slots.map((slot) => state[slot]))).toBe(true);
        counts.met += 1;
      }
    }
    expectInAll(counts, { always: 235, deadlock: 204, sometimes: 344, met: 404 });
  });

  it('[EX9] nothing is said against their symmetries', () => {
    for (const spec of symmetricSpecs) expect(symmetryProblem(spec, 200)).toBeNull();
  });
});
