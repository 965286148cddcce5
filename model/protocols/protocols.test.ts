import { describe, expect, it } from 'vitest';
import { convergenceOf } from '../explore/convergence.ts';
import { explore } from '../explore/explorer.ts';
import { symmetryProblem } from '../explore/symmetry-problem.ts';
import { contentRun } from './content-run.ts';
import { protocols } from './index.ts';
import type { AnySpec, ScopeName } from './protocol.ts';
import { writeRun } from './write-run.ts';

/** States and steps of every scope that is enumerated in seconds; the others are `npm run explore`'s. A change here is a change of the design. */
const counts: readonly (readonly [protocol: string, scope: ScopeName, states: number, generated: number])[] = [
  ['content-update', 'small', 247_495, 2_050_292],
  ['content-update', 'medium', 1_703_398, 12_645_944],
  ['ownership-update', 'small', 17_063, 113_428],
  ['ownership-update', 'medium', 1_033_893, 7_960_069],
  ['initial-sync', 'small', 2_075, 7_521],
  ['initial-sync', 'medium', 2_796, 14_341],
  ['initial-sync', 'large', 29_632, 242_719],
  ['maintain-sync', 'small', 3_216, 24_246],
  ['maintain-sync', 'medium', 284_288, 3_441_740],
  ['recovery', 'small', 2_201, 10_473],
  ['recovery', 'medium', 27_453, 157_280],
  ['recovery', 'large', 508_911, 3_834_706],
  ['queued-writes', 'small', 348, 1_226],
  ['queued-writes', 'medium', 12_342, 60_294],
  ['queued-writes', 'large', 386_894, 2_443_756],
  ['saga', 'small', 275, 637],
  ['saga', 'medium', 1_683, 4_735],
  ['saga', 'large', 4_453, 13_165],
];

const specOf = (name: string, scope: ScopeName): AnySpec => {
  const protocol = protocols.find((each) => each.name === name);
  if (protocol === undefined) throw new RangeError(`no protocol ${name}`);
  return protocol.scope(scope);
};

/** The first thing against a design: in breadth-first order, so that nothing shorter shows it. */
function firstFinding(spec: AnySpec) {
  const exploration = explore(spec, { stopAtFirst: true, symmetry: false });
  return exploration.findings()[0] ?? convergenceOf(exploration).findings[0] ?? null;
}

describe('protocols', () => {
  it.each(counts)('[PD1] %s, %s: everything holds, in so many states', (name, scope, states, generated) => {
    const exploration = explore(specOf(name, scope));
    expect(exploration.findings()).toEqual([]);
    expect([exploration.complete, exploration.states, exploration.generated]).toEqual([true, states, generated]);
    // Symmetries are for safety only; whether all agree in the end is judged where there are none.
    if (exploration.quotient.size === 1) expect(convergenceOf(exploration).findings).toEqual([]);
  });

  it('[PD1] every protocol is counted at two scopes at least', () => {
    for (const { name } of protocols) expect(counts.filter(([each]) => each === name).length).toBeGreaterThanOrEqual(2);
  });

  it('[PD2] at least twelve mistakes are planted, in every protocol some, each under a name of its own', () => {
    const planted = protocols.flatMap(({ name, planted: own }) => own.map((each) => `${name} / ${each.name}`));
    expect(new Set(planted).size).toBe(planted.length);
    expect(planted.length).toBeGreaterThanOrEqual(32);
    for (const { planted: own } of protocols) expect(own.length).toBeGreaterThan(2);
  });

  it.each(protocols.flatMap(({ name, planted }) => planted.map((each) => [name, each.name, each] as const)))(
    '[PD3] %s, %s: the mistake is found by the property it breaks',
    (_protocol, _name, { spec, caughtBy, breaks }) => {
      const finding = firstFinding(spec());
      expect(breaks).not.toBe('');
      expect(finding?.property.startsWith(caughtBy), `${finding?.property}, expected ${caughtBy}`).toBe(true);
      expect(finding?.steps.length).toBeGreaterThan(0);
    },
  );

  it('[PD4] writes that are said to be alike are alike', () => {
    for (const scope of ['medium', 'large'] as const)
      expect(symmetryProblem(specOf('ownership-update', scope), 3_000)).toBeNull();
    expect(specOf('ownership-update', 'medium').symmetries.length).toBe(1);
    expect(specOf('content-update', 'large').symmetries.length).toBe(0);
  });

  it('[PD5] a write and a content of a run may do all that the small scopes do, and more', () => {
    const states = (spec: AnySpec): number => explore(spec, { symmetry: false }).states;
    expect(states(writeRun('ownership'))).toBeGreaterThan(states(writeRun('ownership', undefined, 'none')));
    expect(states(writeRun('content'))).toBeGreaterThan(states(writeRun('content', undefined, 'none')));
    expect(states(contentRun())).toBe(2_308);
  });
});
