/**
 * Vectors: distances, normalisation and the configuration of a collection's dense vectors, single (name '') or named.
 * Scoring is exact, in 64-bit sums over 32-bit components. Leaves out sparse vectors, multivectors and quantisation.
 */
import { describeJson, isJsonArray, isJsonObject, type Json, type JsonObject, property } from './json.ts';
import { formatError, notEmulated, validationError, wrongInput } from './wire-error.ts';

export type Distance = 'Cosine' | 'Dot' | 'Euclid' | 'Manhattan';
export interface VectorConfig {
  readonly size: number;
  readonly distance: Distance;
}
/** By vector name; the single unnamed vector has the name ''. */
export type VectorConfigs = ReadonlyMap<string, VectorConfig>;
/** A point's vectors as stored (normalised for Cosine), by name. */
export type NamedVectors = ReadonlyMap<string, Float32Array>;

const distances: readonly Distance[] = ['Cosine', 'Dot', 'Euclid', 'Manhattan'];
const isDistance = (value: Json | undefined): value is Distance => distances.some((each) => each === value);
const maxSize = 65_535;

/** Euclid and Manhattan are distances (less is nearer); Cosine and Dot are similarities. */
export const lessIsNearer = (distance: Distance): boolean => distance === 'Euclid' || distance === 'Manhattan';

function parseVectorConfig(config: JsonObject, field: string): VectorConfig {
  const { size, distance } = { size: property(config, 'size'), distance: property(config, 'distance') };
  if (property(config, 'multivector_config') != null) throw notEmulated('multivectors');
  if (size === undefined) throw formatError('missing field `size`');
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0)
    throw formatError(`invalid value: ${describeJson(size)}, expected usize`);
  if (size < 1 || size > maxSize) throw validationError(`${field}.size`, `value ${size} invalid, must be from 1 to ${maxSize}`);
  if (!isDistance(distance)) {
    if (distance === undefined) throw formatError('missing field `distance`');
    throw formatError(`unknown variant \`${String(distance)}\`, expected one of \`Cosine\`, \`Euclid\`, \`Dot\`, \`Manhattan\``);
  }
  return { size, distance };
}

/** `{ size, distance }`, or a record of them by name, or nothing at all. */
export function parseVectorConfigs(value: Json | undefined): VectorConfigs {
  if (value === undefined || value === null) return new Map();
  if (!isJsonObject(value)) throw formatError('data did not match any variant of untagged enum VectorsConfig');
  if (Object.hasOwn(value, 'size') || Object.hasOwn(value, 'distance'))
    return new Map([['', parseVectorConfig(value, 'vectors')]]);
  const named = new Map<string, VectorConfig>();
  for (const [name, config] of Object.entries(value)) {
    if (!isJsonObject(config)) throw formatError('data did not match any variant of untagged enum VectorsConfig');
    named.set(name, parseVectorConfig(config, `vectors.${name}`));
  }
  return named;
}

export function vectorConfigsToJson(configs: VectorConfigs): Json | undefined {
  const single = configs.get('');
  if (single !== undefined) return { ...single };
  return configs.size === 0 ? undefined : Object.fromEntries([...configs].map(([name, config]) => [name, { ...config }]));
}

/** Raw components of a dense vector, or the server's refusal. */
export function parseComponents(value: Json | undefined): readonly number[] {
  if (!isJsonArray(value)) {
    if (isJsonObject(value) && Object.hasOwn(value, 'indices')) throw notEmulated('sparse vectors');
    throw formatError('data did not match any variant of untagged enum VectorStruct');
  }
  if (isJsonArray(value[0])) throw notEmulated('multivectors');
  for (const component of value) {
    if (typeof component !== 'number') throw formatError('data did not match any variant of untagged enum VectorStruct');
  }
  return value as readonly number[];
}

/** A point's vectors as sent: an array for the unnamed one, or a record by name. */
export function parseVectorStruct(value: Json | undefined): Readonly<Record<string, readonly number[]>> {
  if (!isJsonObject(value)) return { '': parseComponents(value) };
  if (Object.hasOwn(value, 'text') || Object.hasOwn(value, 'model')) throw notEmulated('inference');
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, parseComponents(each)]));
}

export function configOf(configs: VectorConfigs, name: string): VectorConfig {
  const config = configs.get(name);
  if (config === undefined) throw wrongInput(`Not existing vector name error: ${name}`);
  return config;
}

/** Refuses a wrong name or size before anything is changed. */
export function checkVectors(configs: VectorConfigs, vectors: Readonly<Record<string, readonly number[]>>): void {
  for (const [name, components] of Object.entries(vectors)) {
    const { size } = configOf(configs, name);
    if (components.length !== size) throw wrongInput(`Vector dimension error: expected dim: ${size}, got ${components.length}`);
  }
}

/** As stored: 32-bit, and of length one under Cosine (a zero vector stays zero). */
export function toStored(config: VectorConfig, components: readonly number[]): Float32Array {
  const stored = Float32Array.from(components);
  if (config.distance !== 'Cosine') return stored;
  let squares = 0;
  for (const x of stored) squares += x * x;
  const length = Math.sqrt(squares);
  return length < Number.EPSILON ? stored : stored.map((x) => x / length);
}

export function score(distance: Distance, a: Float32Array, b: Float32Array): number {
  let sum = 0;
  switch (distance) {
    case 'Cosine':
    case 'Dot':
      for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
      return Math.fround(sum);
    case 'Euclid':
      for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
      return Math.fround(Math.sqrt(sum));
    case 'Manhattan':
      for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
      return Math.fround(sum);
  }
}

/** The shortest decimal that reads back as the same 32-bit number: what the server prints (0.1, not 0.10000000149). */
export function shortest32(value: number): number {
  if (Number.isInteger(value) || !Number.isFinite(value)) return value;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

export const vectorToJson = (vector: Float32Array): Json => Array.from(vector, shortest32);
