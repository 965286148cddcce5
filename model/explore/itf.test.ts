import { describe, expect, it } from 'vitest';
import { canonical } from '../canonical.ts';
import { protocols } from '../protocols/index.ts';
import { explore } from './explorer.ts';
import type { Trace } from './finding.ts';
import { partingOf } from './follow.ts';
import { fromItf, ItfError, type ItfRun, toItf } from './itf.ts';
import type { AnySlots, Label } from './spec.ts';

const inJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A run whose states have one slot, `x`. */
const runOf = (...values: readonly unknown[]): ItfRun => {
  const [x, ...rest] = values;
  const steps = rest.map((each) => ({ rule: 'next', actor: 'somebody', label: { does: 'go', write: 0 }, state: { x: each } }));
  return { start: { x }, steps, loopFrom: null };
};

describe('[QN7] a run in the Informal Trace Format', () => {
  it.each(protocols)('comes back as it was: $name, shortest runs to every mark, and the longest of all', ({ scope }) => {
    const spec = scope('small');
    const explored = explore(spec, { maxStates: 4000 });
    const marked = explored.marks().flatMap(({ met }) => (met === null ? [] : [met.index]));
    for (const index of [...marked, explored.states - 1]) {
      const run = explored.traceTo(index) as unknown as Trace<AnySlots>;
      const again = fromItf(inJson(toItf(run)));
      expect(canonical(again)).toBe(canonical({ ...run, loopFrom: null }));
      expect(partingOf(spec, again.start, again.steps)).toBeNull();
    }
  });

  it('keeps every kind of value apart, keys of maps too', () => {
    const values = [7, 7n, -(2n ** 70n), 'seven', true, null, [1, [2n]], { a: { b: null } }, new Set(['x', [1]])];
    const run = runOf(...values, new Map<unknown, unknown>([[{ k: 1n }, new Set()]]), [], {}, new Map(), new Set());
    expect(canonical(fromItf(inJson(toItf(run))))).toBe(canonical(run));
    expect(
      toItf(run)
        .states.slice(0, 3)
        .map(({ x }) => x),
    ).toEqual([7, { '#bigint': '7' }, { '#bigint': `-${2n ** 70n}` }]);
    expect(fromItf(inJson(toItf(runOf({ a: undefined, b: 1 })))).start).toEqual({ x: { b: 1 } });
  });

  it('has the format’s fields: variables, states with their step in #meta, where the loop begins, what is told beside it', () => {
    const run: ItfRun = { ...runOf(1, 2, 1), loopFrom: 0 };
    expect(toItf(run, { spec: 'a toy' })).toEqual({
      '#meta': { spec: 'a toy', format: 'ITF', 'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html' },
      vars: ['x'],
      states: [
        { '#meta': { index: 0 }, x: 1 },
        { '#meta': { index: 1, rule: 'next', actor: 'somebody', label: { does: 'go', write: 0 } }, x: 2 },
        { '#meta': { index: 2, rule: 'next', actor: 'somebody', label: { does: 'go', write: 0 } }, x: 1 },
      ],
      loop: 0,
    });
    expect(fromItf(inJson(toItf(run)))).toEqual(run);
    expect(toItf({ start: { x: 1 }, steps: [] })).not.toHaveProperty('loop');
  });

  it('is read from other tools: tuples, variants, no #meta, variables that nobody declared left out', () => {
    const state = { x: { '#tup': [1, 'a'] }, y: { tag: 'Some', value: 1 }, z: 'not declared' };
    expect(fromItf({ vars: ['x', 'y'], states: [state, { ...state, '#meta': { index: 1 } }] })).toEqual({
      start: { x: [1, 'a'], y: { tag: 'Some', value: 1 } },
      steps: [{ rule: '', actor: '', label: '', state: { x: [1, 'a'], y: { tag: 'Some', value: 1 } } }],
      loopFrom: null,
    });
  });
});

describe('[QN8] what is no such run is refused with the place inside it', () => {
  const read = (change: object): (() => unknown) => {
    const file = { vars: ['x'], states: [{ x: 1 }, { x: 2 }], ...change };
    return () => fromItf(file);
  };
  const valued = (x: unknown) => read({ states: [{ x: 1 }, { x }] });

  it.each<[string, () => unknown, string]>([
    ['a list', () => fromItf([]), 'file: must be a record'],
    ['nothing', () => fromItf(null), 'file: must be a record'],
    ['no variables', read({ vars: undefined }), 'vars: must be a list'],
    ['a variable without name', read({ vars: ['x', 1] }), 'vars[1]: must be a text'],
    ['no states', read({ states: 'none' }), 'states: must be a list'],
    ['no start', read({ states: [] }), 'states: there is none'],
    ['a state without a variable', read({ states: [{ x: 1 }, { y: 2 }] }), "states[1]: has no 'x'"],
    ['a state that is a text', read({ states: [{ x: 1 }, 'x'] }), 'states[1]: must be a record'],
    ['#meta that is a list', read({ states: [{ x: 1 }, { '#meta': [], x: 2 }] }), 'states[1].#meta: must be a record'],
    [
      'a rule that is no text',
      read({ states: [{ x: 1 }, { '#meta': { rule: 1 }, x: 2 }] }),
      'states[1].#meta.rule: must be a text',
    ],
    [
      'a label that says nothing',
      read({ states: [{ x: 1 }, { '#meta': { label: { write: 1 } }, x: 2 }] }),
      'states[1].#meta.label: is no label: it says not what is done',
    ],
    ['a loop behind the end', read({ loop: 2 }), 'loop: must be the index of one of 2 states'],
    ['a loop before the start', read({ loop: -1 }), 'loop: must be the index of one of 2 states'],
    ['a loop between two states', read({ loop: 0.5 }), 'loop: must be the index of one of 2 states'],
    ['a loop in words', read({ loop: 'all' }), 'loop: must be the index of one of 2 states'],
    ['a fraction', valued([{ deep: 0.5 }]), 'states[1].x[0].deep: 0.5 is no integer that can be kept: write it as #bigint'],
    ['null', valued({ a: null }), 'states[1].x.a: must be a record'],
    ['a bigint that is none', valued({ '#bigint': '1e9' }), "states[1].x.#bigint: '1e9' is no integer"],
    ['a bigint as a number', valued({ '#bigint': 1 }), 'states[1].x.#bigint: must be a text'],
    ['a set that is none', valued({ '#set': 1 }), 'states[1].x.#set: must be a list'],
    ['a map without values', valued({ '#map': [['a', 1], ['b']] }), 'states[1].x.#map[1]: must be a key and a value'],
    ['a map of texts', valued({ '#map': ['ab'] }), 'states[1].x.#map[0]: must be a key and a value'],
    ['something of the future', valued({ '#bag': [] }), 'states[1].x: #bag is not known'],
    ['two things at once', valued({ '#set': [], '#map': [] }), 'states[1].x: cannot be #set and #map at once'],
  ])('%s', (_, attempt, message) => {
    expect(attempt).toThrow(new ItfError(...(message.split(/: (.*)/) as [string, string])));
  });

  it.each<[string, unknown, string]>([
    ['a fraction', [0.5], 'states[1].x[0]: 0.5 is not in the format'],
    ['a number that is none', [Number.NaN], 'states[1].x[0]: NaN is not in the format'],
    ['a text in the place of a function', { f: Symbol.iterator }, 'states[1].x.f: Symbol(Symbol.iterator) is not in the format'],
    ['a function', { f: String }, `states[1].x.f: ${String(String)} is not in the format`],
    ['a field of the format', { '#set': [] }, "states[1].x: a record's field may not be called '#set'"],
    ['a variant of its own', { tag: 'None' }, "states[1].x: a record's field may not be called 'tag'"],
  ])('and what cannot be written says so: %s', (_, value, message) => {
    expect(() => toItf(runOf(1, value))).toThrow(message);
  });

  it('a mistake is known by its name', () => {
    expect(new ItfError('states[1]', 'is none').name).toBe('ItfError');
  });

  it('a label that cannot be written says so', () => {
    const step = { rule: 'next', actor: 'somebody', label: { does: 'go', tag: 'x' } as Label, state: { x: 2 } };
    expect(() => toItf({ start: { x: 1 }, steps: [step] })).toThrow(/^states\[1\]\.#meta\.label: /);
  });
});
