/** JSON as the wire carries it: immutable once parsed, so points, snapshots and logs may share it without copying. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `Array.isArray` does not narrow readonly arrays; this does. */
export const isJsonArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** An own property or undefined: names such as `__proto__` and `constructor` are data here. */
export const property = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** What a value is, for error texts: `a string`, `null`, `an array` ... */
export function describeJson(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (isJsonArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'boolean') return `boolean \`${value}\``;
  if (typeof value === 'string') return `string ${JSON.stringify(value.slice(0, 60))}`;
  return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
}
