/**
 * Runs of a design in the Informal Trace Format, which Apalache, Quint and viewers of their traces read, and back again:
 * https://apalache-mc.org/docs/adr/015adr-trace.html. A slot is a variable of the trace; what rule led to a state, by whom, and how the
 * step is told stands in that state's `#meta`.
 *
 *     number 7, safe integer      {"#bigint": "7"} for a bigint      ReadonlySet {"#set": [..]}      ReadonlyMap {"#map": [[key, value], ..]}
 *     list [..], text, true       record {..}                        null {"tag": "None", "value": {"#tup": []}}, as Quint writes `None`
 *
 * Tuples of other tools become lists here. What another tool says beside the states is not kept.
 */
import type { Trace, TraceStep } from './finding.ts';
import type { AnySlots, Label } from './spec.ts';

export interface ItfRun extends Trace<AnySlots> {
  /** Index of the step that begins the loop, as in a `Finding`; null when there is none. */
  readonly loopFrom: number | null;
}

/** What is told of a run beside it: of which design, which property it violates, why. */
export type ItfAbout = Readonly<Record<string, string>>;

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

export interface Itf {
  readonly '#meta': Readonly<Record<string, string>>;
  readonly vars: readonly string[];
  readonly states: readonly Readonly<Record<string, Json>>[];
  /** Index of the state that begins the loop, which ends in the last state. */
  readonly loop?: number;
}

/** What is wrong with a file, and where in it: `states[3].chain.tip[0]: ...`. */
export class ItfError extends Error {
  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.name = 'ItfError';
  }
}

const none: Json = { tag: 'None', value: { '#tup': [] } };

/** @throws ItfError where a value is no plain data, or is a record that the format would read as something else */
export function toItf({ start, steps, loopFrom }: Trace<AnySlots> & Partial<ItfRun>, about: ItfAbout = {}): Itf {
  const written = (state: AnySlots, index: number): Readonly<Record<string, Json>> =>
    Object.fromEntries(Object.entries(state).map(([slot, value]) => [slot, encoded(value, `states[${index}].${slot}`)]));
  return {
    '#meta': { ...about, format: 'ITF', 'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html' },
    vars: Object.keys(start),
    states: [
      { '#meta': { index: 0 }, ...written(start, 0) },
      ...steps.map(({ rule, actor, label, state }, before) => ({
        '#meta': { index: before + 1, rule, actor, label: encoded(label, `states[${before + 1}].#meta.label`) },
        ...written(state, before + 1),
      })),
    ],
    ...(loopFrom === undefined || loopFrom === null ? {} : { loop: loopFrom }),
  };
}

function encoded(value: unknown, path: string): Json {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return { '#bigint': `${value}` };
  if (value === null) return none;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value !== 'object') throw new ItfError(path, `${String(value)} is not in the format`);
  const all = (values: Iterable<unknown>): readonly Json[] => Array.from(values, (each, at) => encoded(each, `${path}[${at}]`));
  if (Array.isArray(value)) return all(value);
  if (value instanceof Set) return { '#set': all(value) };
  if (value instanceof Map) return { '#map': all(value) };
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const odd = entries.find(([key]) => key.startsWith('#') || key === 'tag');
  if (odd !== undefined) throw new ItfError(path, `a record's field may not be called '${odd[0]}'`);
  return Object.fromEntries(entries.map(([key, each]) => [key, encoded(each, `${path}.${key}`)]));
}

/**
 * @param json as parsed; files of other tools are welcome: their steps have empty texts for rule, actor and label
 * @throws ItfError
 */
export function fromItf(json: unknown): ItfRun {
  const file = recordAt(json, 'file');
  const vars = listAt(file['vars'], 'vars').map((each, at) => textAt(each, `vars[${at}]`));
  const states = listAt(file['states'], 'states').map((each, at) => stateAt(each, vars, `states[${at}]`));
  const [first, ...rest] = states;
  if (first === undefined) throw new ItfError('states', 'there is none');
  return {
    start: first.state,
    steps: rest.map(({ meta, state }, before) => ({ ...toldIn(meta, `states[${before + 1}].#meta`), state })),
    loopFrom: loopAt(file['loop'], states.length),
  };
}

function stateAt(json: unknown, vars: readonly string[], path: string): { readonly meta: unknown; readonly state: AnySlots } {
  const record = recordAt(json, path);
  const missing = vars.find((name) => !(name in record));
  if (missing !== undefined) throw new ItfError(path, `has no '${missing}'`);
  const state = Object.fromEntries(vars.map((name) => [name, decoded(record[name], `${path}.${name}`)]));
  return { meta: record['#meta'] ?? {}, state };
}

function toldIn(json: unknown, path: string): Omit<TraceStep<AnySlots>, 'state'> {
  const { rule = '', actor = '', label = '' } = recordAt(json, path);
  return { rule: textAt(rule, `${path}.rule`), actor: textAt(actor, `${path}.actor`), label: labelAt(label, `${path}.label`) };
}

function labelAt(json: unknown, path: string): Label {
  const label = decoded(json, path);
  if (typeof label === 'string') return label;
  if (typeof (label as { readonly does?: unknown }).does !== 'string')
    throw new ItfError(path, 'is no label: it says not what is done');
  return label as Label;
}

function loopAt(json: unknown, states: number): number | null {
  if (json === undefined) return null;
  const loop = typeof json === 'number' ? json : Number.NaN;
  if (!Number.isInteger(loop) || loop < 0 || loop >= states)
    throw new ItfError('loop', `must be the index of one of ${states} states`);
  return loop;
}

function decoded(json: unknown, path: string): unknown {
  if (typeof json === 'string' || typeof json === 'boolean') return json;
  if (typeof json === 'number') {
    if (!Number.isSafeInteger(json)) throw new ItfError(path, `${json} is no integer that can be kept: write it as #bigint`);
    return json;
  }
  const all = (value: unknown, at: string): readonly unknown[] =>
    listAt(value, at).map((each, index) => decoded(each, `${at}[${index}]`));
  if (Array.isArray(json)) return all(json, path);
  const record = recordAt(json, path);
  const [special, ...others] = Object.keys(record).filter((key) => key.startsWith('#'));
  if (special === undefined) return isNone(record) ? null : fieldsOf(record, path);
  if (others.length > 0) throw new ItfError(path, `cannot be ${special} and ${others[0]} at once`);
  const [inner, at] = [record[special], `${path}.${special}`];
  switch (special) {
    case '#bigint':
      return integerAt(inner, at);
    case '#tup':
      return all(inner, at);
    case '#set':
      return new Set(all(inner, at));
    case '#map':
      return new Map(all(inner, at).map((pair, index) => pairAt(pair, `${at}[${index}]`)));
    default:
      throw new ItfError(path, `${special} is not known`);
  }
}

const fieldsOf = (record: Readonly<Record<string, unknown>>, path: string): AnySlots =>
  Object.fromEntries(Object.entries(record).map(([key, each]) => [key, decoded(each, `${path}.${key}`)]));

const isNone = ({ tag }: Readonly<Record<string, unknown>>): boolean => tag === 'None';

function pairAt(value: unknown, path: string): readonly [unknown, unknown] {
  if (!Array.isArray(value) || value.length !== 2) throw new ItfError(path, 'must be a key and a value');
  return value as [unknown, unknown];
}

function integerAt(json: unknown, path: string): bigint {
  const text = textAt(json, path);
  if (!/^-?\d+$/.test(text)) throw new ItfError(path, `'${text}' is no integer`);
  return BigInt(text);
}

function recordAt(json: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new ItfError(path, 'must be a record');
  return json as Readonly<Record<string, unknown>>;
}

function listAt(json: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(json)) throw new ItfError(path, 'must be a list');
  return json;
}

function textAt(json: unknown, path: string): string {
  if (typeof json !== 'string') throw new ItfError(path, 'must be a text');
  return json;
}
