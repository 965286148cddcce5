/**
 * How fast the explorer goes and what it holds, on a toy of clients and servers at three sizes, up to five million states; and how
 * its time grows with the states. Says nothing about designs whose rules are slow or read much: those are asked more often.
 */
import { convergenceOf } from '#model/explore/convergence.ts';
import type { Exploration } from '#model/explore/exploration.ts';
import { explore } from '#model/explore/explorer.ts';
import type { BenchRow } from './bench-row.ts';
import { type ToySize, type ToySlots, toySpec } from './explored-toy.ts';

interface Scope extends ToySize {
  readonly name: string;
  readonly rounds: number;
}

const scopes: readonly Scope[] = [
  { name: 'small', clients: 2, servers: 2, rounds: 9 },
  { name: 'medium', clients: 2, servers: 3, rounds: 5 },
  { name: 'large', clients: 2, servers: 4, rounds: 1 },
];

interface Timed<T> {
  readonly value: T;
  readonly seconds: number;
}

/** The least time of some rounds: what else the machine does only adds. */
function leastOf<T>(rounds: number, work: () => T): Timed<T> {
  const timed = Array.from({ length: rounds }, (): Timed<T> => {
    const begun = performance.now();
    const value = work();
    return { value, seconds: (performance.now() - begun) / 1_000 };
  });
  return timed.reduce((least, each) => (each.seconds < least.seconds ? each : least));
}

function rowsOf({ name }: Scope, { value, seconds }: Timed<Exploration<ToySlots>>): readonly BenchRow[] {
  const { states, generated, depth, bytes, values } = value;
  const about = `explore, ${name}`;
  return [
    {
      ...{ name: `${about}: distinct`, figure: states / seconds, unit: 'states/s', bar: { atLeast: 60_000 } },
      detail: `${states} states, depth ${depth}, ${seconds.toFixed(2)} s`,
    },
    {
      ...{ name: `${about}: generated`, figure: generated / seconds, unit: 'steps/s', bar: { atLeast: 200_000 } },
      detail: `${generated} steps`,
    },
    {
      ...{ name: `${about}: held`, figure: bytes.perState, unit: 'bytes/state', bar: { atMost: 60 } },
      detail: `and ${bytes.memos} of memos, ${values.count} values of ${values.characters} characters in all`,
    },
  ];
}

export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  let before: Timed<Exploration<ToySlots>> | null = null;
  for (const scope of scopes) {
    const spec = toySpec(scope);
    const timed = leastOf(scope.rounds, () => explore(spec, { symmetry: false }));
    rows.push(...rowsOf(scope, timed));
    if (before !== null) {
      const states = timed.value.states / before.value.states;
      const time = timed.seconds / before.seconds;
      const detail = `${states.toFixed(1)} times the states in ${time.toFixed(1)} times the time`;
      rows.push({ name: `explore, ${scope.name}: growth`, figure: time / states, unit: 'of linear', detail });
    }
    before = timed;
    const agreed = leastOf(1, () => convergenceOf(timed.value));
    rows.push({
      ...{ name: `explore, ${scope.name}: convergence`, figure: timed.value.states / agreed.seconds, unit: 'states/s' },
      detail: `${agreed.value.converged} converged, ${agreed.seconds.toFixed(2)} s`,
    });
    const reduced = leastOf(1, () => explore(spec));
    rows.push({
      ...{
        name: `explore, ${scope.name}: symmetries`,
        figure: timed.value.states / reduced.value.states,
        unit: 'states for one',
      },
      detail: `${reduced.value.states} of them under ${spec.symmetries.length + 1} symmetries, ${reduced.seconds.toFixed(2)} s`,
    });
  }
  return rows;
}
