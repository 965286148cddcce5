/** Symmetries by hand: what stands for what, the runs that are shown, and that wrong symmetries are noticed. */
import { describe, expect, it } from 'vitest';
import { type LockSlots, lock } from './examples/lock.ts';
import { explore } from './explorer.ts';
import type { Spec, Symmetry } from './spec.ts';
import { symmetryProblem } from './symmetry-problem.ts';

/** One symmetry replaced. */
function changed(
  spec: Spec<LockSlots>,
  change: (symmetry: Symmetry<LockSlots>) => Partial<Symmetry<LockSlots>>,
): Spec<LockSlots> {
  return { ...spec, symmetries: spec.symmetries.map((symmetry) => ({ ...symmetry, ...change(symmetry) })) };
}

describe('states that stand for others', () => {
  it('[EX8] one for each orbit, and all images have the same one', () => {
    const { machine, quotient, visited, states } = explore(lock(3));
    expect({ states, size: quotient.size }).toEqual({ states: 7, size: 6 });
    const ids = new Int32Array(machine.slots.length);
    for (let index = 0; index < states; index += 1) {
      visited.read(index, ids);
      for (const image of quotient.images(ids)) expect(quotient.representative(image)).toEqual(ids);
    }
  });

  it('[EX8] a violation is told of every pair, each by a shortest run in which that pair is inside', () => {
    const findings = explore(lock(3, true)).findings();
    expect(findings.map(({ property }) => property).sort()).toEqual([
      'p0 and p1 exclude each other',
      'p0 and p2 exclude each other',
      'p1 and p2 exclude each other',
    ]);
    for (const { property, steps } of findings) {
      expect(steps).toHaveLength(6);
      const state = steps.at(-1)?.state as LockSlots;
      const inside = (['p0', 'p1', 'p2'] as const).filter((name) => state[name] === 'inside');
      expect(property).toBe(`${inside.join(' and ')} exclude each other`);
    }
  });

  it('[EX8] a mark of one is met where another stands for it, and the witness bears it', () => {
    const exploration = explore(lock(4));
    for (const name of ['p0', 'p1', 'p2', 'p3'] as const)
      expect(exploration.witness(`${name} is inside`)?.steps.at(-1)?.state[name]).toBe('inside');
  });

  it('[EX8] a run is shown under the names it has where the starts allow no others', () => {
    const spec = lock(2, true);
    const [start] = spec.starts as readonly [LockSlots];
    const lopsided: Spec<LockSlots> = {
      ...spec,
      starts: [{ ...start, p0: 'waiting' }],
      sometimes: [],
      always: [
        {
          name: 'p1 is not inside',
          slots: ['p1'],
          problem: ((phase: unknown) => (phase === 'inside' ? 'it is' : null)) as never,
        },
      ],
    };
    for (const { start: from } of explore(lopsided).findings()) expect(from).toMatchObject({ p0: 'waiting', p1: 'idle' });
  });
});

describe('[EX9] symmetries that are wrong are noticed:', () => {
  const right = lock(3);
  const name = /^symmetry '[p012 ]+' of spec '3 processes and a lock' changes /;
  it.each([
    ['no', right, null],
    ['values are not renamed', changed(right, () => ({ value: (value) => value })), /changes the steps of \{/],
    ['not a group', { ...right, symmetries: right.symmetries.slice(0, 3) }, /changes the representative of \{/],
    [
      'a check of one process alone',
      {
        ...right,
        always: [
          {
            ...right.always[0],
            slots: ['p0', 'holder'],
            problem: ((phase: unknown) => (phase === 'waiting' ? 'waits' : null)) as never,
          },
        ],
      },
      /changes the number of failing checks of \{/,
    ],
    [
      'convergence of one process alone',
      { ...right, converged: [{ ...right.sometimes[0], slots: ['p0'], holds: ((phase: unknown) => phase === 'idle') as never }] },
      /changes the convergence of \{/,
    ],
  ] as readonly (readonly [string, Spec<LockSlots>, RegExp | null])[])('%s', (_what, spec, message) => {
    const problem = symmetryProblem(spec, 100);
    if (message === null) expect(problem).toBeNull();
    else {
      expect(problem).toMatch(name);
      expect(problem).toMatch(message);
    }
  });
});
