/**
 * Any number of processes that share a lock; all alike, so every permutation of them is a symmetry. With n processes there are
 * 2^n + n 2^(n-1) states in 2n + 1 orbits. Its broken variant lets a process in that saw the lock free some time ago.
 */
import { type Rule, type Spec, type Symmetry, slotsOf } from '../spec.ts';

type Phase = 'idle' | 'waiting' | 'entering' | 'inside';
type Name = `p${number}`;
export type LockSlots = Readonly<Record<Name, Phase>> & { readonly holder: Name | null };

const slots = slotsOf<LockSlots>();
const names = (count: number): readonly Name[] => Array.from({ length: count }, (_, index): Name => `p${index}`);

const steps = (process: Name): readonly Rule<LockSlots>[] => [
  slots.rule({ name: `${process} asks`, actor: process, kind: 'step' }, [process], (phase) =>
    phase === 'idle' ? [{ label: 'ask', to: ['waiting'] }] : [],
  ),
  slots.rule({ name: `${process} leaves`, actor: process, kind: 'step' }, [process, 'holder'], (phase) =>
    phase === 'inside' ? [{ label: 'leave', to: ['idle', null] }] : [],
  ),
];

const enters = (process: Name): readonly Rule<LockSlots>[] => [
  slots.rule({ name: `${process} enters`, actor: process, kind: 'step' }, [process, 'holder'], (phase, holder) =>
    phase === 'waiting' && holder === null ? [{ label: 'enter', to: ['inside', process] }] : [],
  ),
];

const looksThenEnters = (process: Name): readonly Rule<LockSlots>[] => [
  slots.rule({ name: `${process} looks`, actor: process, kind: 'step' }, [process, 'holder'], (phase, holder) =>
    phase === 'waiting' && holder === null ? [{ label: 'look', to: ['entering', null] }] : [],
  ),
  slots.rule({ name: `${process} enters`, actor: process, kind: 'step' }, [process, 'holder'], (phase) =>
    phase === 'entering' ? [{ label: 'enter', to: ['inside', process] }] : [],
  ),
];

export function permutationsOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) => permutationsOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}

function permuting(from: readonly Name[], to: readonly Name[]): Symmetry<LockSlots> {
  const goesTo = (name: Name): Name => to[from.indexOf(name)] as Name;
  return {
    name: to.join(' '),
    slot: (slot) => (slot === 'holder' ? slot : goesTo(slot)),
    value: (value, slot) => (slot === 'holder' && value !== null ? goesTo(value as Name) : value),
  };
}

export function lock(processes: number, broken = false): Spec<LockSlots> {
  const all = names(processes);
  const phases = Object.fromEntries(all.map((name) => [name, 'idle' as const])) as Readonly<Record<Name, Phase>>;
  return {
    name: `${processes} processes and a lock`,
    starts: [{ ...phases, holder: null }],
    rules: all.flatMap((process) => [...steps(process), ...(broken ? looksThenEnters(process) : enters(process))]),
    always: all.flatMap((process) =>
      all
        .filter((other) => other > process)
        .map((other) =>
          slots.check(`${process} and ${other} exclude each other`, [process, other], (one, two) =>
            one === 'inside' && two === 'inside' ? `${process} and ${other} are inside` : null,
          ),
        ),
    ),
    sometimes: all.map((process) => slots.mark(`${process} is inside`, [process], (phase) => phase === 'inside')),
    converged: [],
    symmetries: permutationsOf(all)
      .slice(1)
      .map((permuted) => permuting(all, permuted)),
  };
}
