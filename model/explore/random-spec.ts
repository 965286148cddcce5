/**
 * Small random designs for trying the explorer, the same for the same seed: rules are tables drawn at random. The symmetric ones are
 * of processes that are all alike, whose shared slot holds the name of one of them.
 */
import { permutationsOf } from './examples/lock.ts';
import type { AnySlots, AnySpec, Check, Mark, Rule, RuleKind, Successor, Symmetry } from './spec.ts';

/** Whole numbers from 0 to below a bound (mulberry32). */
export type Draw = (below: number) => number;

export function drawFrom(seed: number): Draw {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Values of every shape that canonical texts tell apart. */
const values: readonly unknown[] = [0, '0', { at: 0, by: ['a'] }, [null, 1n]];
const domain = (size: number): readonly unknown[] => values.slice(0, size);

/** All tuples of the domains' values. */
function tuplesOf(domains: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  return domains.reduce<readonly (readonly unknown[])[]>(
    (tuples, each) => tuples.flatMap((tuple) => each.map((value) => [...tuple, value])),
    [[]],
  );
}

type Table<Entry> = (...tuple: readonly unknown[]) => Entry;

/** A function drawn at random, once. */
function tableOf<Entry>(domains: readonly (readonly unknown[])[], draw: () => Entry): Table<Entry> {
  const entries = tuplesOf(domains).map((tuple) => ({ tuple, entry: draw() }));
  return (...tuple) => {
    const found = entries.find((each) => each.tuple.every((value, index) => value === tuple[index]));
    return (found as { readonly entry: Entry }).entry;
  };
}

function subset<Item>(draw: Draw, items: readonly Item[], size: number): readonly Item[] {
  if (size === 0 || items.length === 0) return [];
  const picked = items[draw(items.length)] as Item;
  return [picked, ...subset(draw, items.filter((item) => item !== picked), size - 1)]; // biome-ignore format: one thought
}

const oneOf = <Item>(draw: Draw, items: readonly Item[]): Item => items[draw(items.length)] as Item;
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** 2 to 4 slots of 2 to 4 values, 2 to 6 rules; in half of the designs every rule is nearly always enabled. */
export function randomSpec(seed: number): AnySpec {
  const draw = drawFrom(seed);
  const fewest = draw(2);
  const domains = new Map(upTo(2 + draw(3)).map((slot) => [`s${slot}`, domain(2 + draw(3))]));
  const names = [...domains.keys()];
  const domainsOf = (slots: readonly string[]) => slots.map((slot) => domains.get(slot) as readonly unknown[]);
  const rule = (number: number): Rule<AnySlots> => {
    const slots = subset(draw, names, 1 + draw(3));
    const kind: RuleKind = draw(4) === 0 ? 'fault' : 'step';
    const next = tableOf(domainsOf(slots), (): readonly Successor[] =>
      upTo(Math.max(fewest, draw(4) - 1)).map((label) => ({
        label: `${label}`,
        to: domainsOf(slots).map((each) => oneOf(draw, each)),
      })),
    );
    return { name: `rule ${number}`, actor: `actor ${number % 2}`, kind, slots, next: next as Rule<AnySlots>['next'] };
  };
  const check = (number: number): Check<AnySlots> => {
    const slots = subset(draw, names, 1 + draw(2));
    const problem = tableOf(domainsOf(slots), () => (draw(8) === 0 ? `wrong ${number}` : null));
    return { name: `check ${number}`, slots, problem: problem as Check<AnySlots>['problem'] };
  };
  const mark = (name: string, oneIn: number): Mark<AnySlots> => {
    const slots = subset(draw, names, 1 + draw(2));
    return { name, slots, holds: tableOf(domainsOf(slots), () => draw(oneIn) === 0) as Mark<AnySlots>['holds'] };
  };
  const start = (): AnySlots => Object.fromEntries([...domains].map(([slot, each]) => [slot, oneOf(draw, each)]));
  return {
    name: `random ${seed}`,
    starts: upTo(1 + draw(2)).map(start),
    rules: upTo(2 + draw(5)).map(rule),
    always: upTo(draw(3)).map(check),
    sometimes: upTo(draw(3)).map((number) => mark(`mark ${number}`, 6)),
    converged: upTo(draw(3)).map((number) => mark(`converged ${number}`, 2)),
    symmetries: [],
  };
}

const phases: readonly string[] = ['a', 'b', 'c'];

/** 2 or 3 processes that are all alike, and one shared slot that names nobody or one of them. */
export function randomSymmetricSpec(seed: number): AnySpec {
  const draw = drawFrom(seed);
  const processes = upTo(2 + draw(2)).map((number) => `p${number}`);
  const views: readonly unknown[] = ['nobody', 'me', 'another'];
  const seenBy = (process: string, shared: unknown): string =>
    shared === null ? 'nobody' : shared === process ? 'me' : 'another';
  const written = (process: string, shared: unknown, view: unknown): unknown =>
    view === 'nobody' ? null : view === 'me' ? process : shared;
  const ownTable = tableOf([phases, views], () => upTo(draw(3)).map(() => [oneOf(draw, phases), oneOf(draw, views)] as const));
  const pairTable = tableOf([phases, phases], () => (draw(3) === 0 ? [oneOf(draw, phases), oneOf(draw, phases)] : null));
  const badTable = tableOf([phases, views], () => draw(12) === 0);
  const markTable = tableOf([phases, views], () => draw(5) === 0);
  const own = (process: string): Rule<AnySlots> => {
    const next = (phase: unknown, shared: unknown): readonly Successor[] =>
      ownTable(phase, seenBy(process, shared)).map(([to, view], label) => ({
        label: `${label}`,
        to: [to, written(process, shared, view)],
      }));
    return { name: `${process} moves`, actor: process, kind: 'step', slots: [process, 'shared'], next };
  };
  const pairs = processes.flatMap((one) => processes.filter((other) => other !== one).map((other) => [one, other] as const));
  const pair = ([one, other]: readonly [string, string]): Rule<AnySlots> => {
    const next = (phase: unknown, theirs: unknown): readonly Successor[] => {
      const to = pairTable(phase, theirs);
      return to === null ? [] : [{ label: 'together', to }];
    };
    return { name: `${one} and ${other}`, actor: one, kind: 'step', slots: [one, other], next };
  };
  const check = (process: string): Check<AnySlots> => ({
    name: `${process} is well`,
    slots: ['shared', process],
    problem: (shared: unknown, phase: unknown) => (badTable(phase, seenBy(process, shared)) ? 'unwell' : null),
  });
  const mark = (process: string): Mark<AnySlots> => ({
    name: `${process} was there`,
    slots: [process, 'shared'],
    holds: (phase: unknown, shared: unknown) => markTable(phase, seenBy(process, shared)),
  });
  const symmetry = (permuted: readonly string[]): Symmetry<AnySlots> => {
    const goesTo = (name: string): string => permuted[processes.indexOf(name)] ?? name;
    return {
      name: permuted.join(' '),
      slot: goesTo,
      value: (value, slot) => (slot === 'shared' && value !== null ? goesTo(value as string) : value),
    };
  };
  return {
    name: `random symmetric ${seed}`,
    starts: [Object.fromEntries([...processes.map((process) => [process, 'a']), ['shared', null]])],
    rules: [...processes.map(own), ...pairs.map(pair)],
    always: processes.map(check),
    sometimes: processes.map(mark),
    converged: [],
    symmetries: permutationsOf(processes).slice(1).map(symmetry),
  };
}
