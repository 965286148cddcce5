import { describe, expect, it } from 'vitest';
import { convergenceOf } from '../explore/convergence.ts';
import { explore } from '../explore/explorer.ts';
import { anySpec } from '../explore/spec.ts';
import { symmetryProblem } from '../explore/symmetry-problem.ts';
import { contentRun } from './content-run.ts';
import { contentScopes } from './content-update.ts';
import { counts, isLarge } from './counts.ts';
import { protocols } from './index.ts';
import type { AnySpec, ScopeName } from './protocol.ts';
import { updateSpec } from './update.ts';
import { noFaults } from './update-scope.ts';
import { writeRun } from './write-run.ts';

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

/** Whether a predicate on these slots holds in a state. */
const isSo = (holds: unknown, slots: readonly string[], state: unknown): boolean =>
  (holds as (...values: readonly unknown[]) => boolean)(
    ...slots.map((slot) => (state as Readonly<Record<string, unknown>>)[slot]),
  );

describe('protocols', () => {
  it.each(counts.filter(([, , states]) => !isLarge(states)))(
    '[PD1] %s, %s: everything holds, in so many states',
    (name, scope, states, generated) => {
      const exploration = explore(specOf(name, scope));
      expect(exploration.findings()).toEqual([]);
      expect([exploration.complete, exploration.states, exploration.generated]).toEqual([true, states, generated]);
      // Symmetries are for safety only; whether all agree in the end is judged where there are none.
      if (exploration.quotient.size === 1) expect(convergenceOf(exploration).findings).toEqual([]);
    },
  );

  it.each<[keyof typeof noFaults | 'none', number, number]>([
    ['none', 10_856, 44_218],
    ['calls', 38_534, 247_781],
    ['lags', 18_342, 91_643],
    ['forks', 14_140, 62_922],
    ['loses', 30_528, 139_012],
  ])('[PD1] content-update with no fault but %s: everything holds, in so many states', (fault, states, generated) => {
    const faults = { ...noFaults, ...(fault === 'none' ? {} : { [fault]: true }) };
    const exploration = explore(updateSpec({ ...contentScopes.small, faults }));
    // What only another fault can lead to is not met.
    expect(exploration.findings().filter(({ kind }) => kind !== 'sometimes')).toEqual([]);
    expect([exploration.complete, exploration.states, exploration.generated]).toEqual([true, states, generated]);
    expect(convergenceOf(exploration).findings).toEqual([]);
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

  // Those of maintain-sync are found in seconds: being found is enough of them.
  it.each(protocols.filter(({ name }) => name !== 'maintain-sync').map(({ name, planted }) => [name, planted] as const))(
    '[PD3] %s: what is said of each planted mistake is what its list says',
    async (name, planted) => {
      const told = planted.map((each) => {
        const finding = firstFinding(each.spec());
        const steps = finding?.steps.map(({ actor, label }) => `    ${actor}: ${JSON.stringify(label)}`) ?? [];
        return [`${each.name}: ${finding?.property}`, `  ${finding?.explanation}`, ...steps].join('\n');
      });
      await expect(`${told.join('\n')}\n`).toMatchFileSnapshot(`told/${name}-planted.txt`);
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

  it.each<[string, () => AnySpec]>([
    ...protocols
      .filter(({ name }) => name !== 'content-update')
      .map(({ name }): [string, () => AnySpec] => [name, () => specOf(name, name === 'saga' ? 'large' : 'small')]),
    ['content-update', () => anySpec(updateSpec({ ...contentScopes.small, faults: { ...noFaults, calls: true } }))],
    ['content-run', () => anySpec(contentRun())],
  ])('[PD6] %s tells what may happen, who does it, and what is looked at, in the words of its list', async (name, spec) => {
    const { rules: _, starts: __, ...judged } = spec();
    const exploration = explore(spec(), { symmetry: false });
    const steps = new Set<string>();
    const marks = [...judged.sometimes, ...judged.converged];
    const borne = new Map(marks.map((mark) => [mark, 0]));
    for (let index = 0; index < exploration.states; index += 1) {
      const state = exploration.state(index);
      for (const mark of marks) if (isSo(mark.holds, mark.slots, state)) borne.set(mark, (borne.get(mark) ?? 0) + 1);
      for (const { actor, kind, rule, label } of exploration.stepsFrom(index))
        steps.add(`${kind} of ${actor}, ${rule}: ${typeof label === 'string' ? label : JSON.stringify(label)}`);
    }
    const looked = [
      ...judged.always.map(({ name: check }) => `always: ${check}`),
      ...(['sometimes', 'converged'] as const).flatMap((when) =>
        judged[when].map((mark) => `${when}: ${mark.name}, in ${borne.get(mark)} states`),
      ),
    ];
    const told = [`${judged.name}: ${exploration.states} states`, ...looked, ...[...steps].sort()].join('\n');
    await expect(`${told}\n`).toMatchFileSnapshot(`told/${name}.txt`);
  });
});
