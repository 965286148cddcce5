/**
 * Applies one point operation to a table of points. Decides the write rules: an upsert replaces the whole point, conditions
 * are judged against the state at application, a payload operation on a missing id fails after earlier chunks were changed.
 * Leaves out numbering, queueing and logging (collection.ts).
 */
import { compileFilter } from './filter.ts';
import type { JsonObject } from './json.ts';
import { mergeAt, parsePath, removeAt } from './payload-path.ts';
import { comparePointIds, type PointId } from './point-id.ts';
import type { PointOperation, Selector, SentVectors } from './point-operations.ts';
import { checkVectors, configOf, type NamedVectors, toStored, type VectorConfigs } from './vectors.ts';
import { pointMissing } from './wire-error.ts';

/** Immutable: a change makes a new one. `version` is the number of the operation that made it. */
export interface StoredPoint {
  readonly id: PointId;
  readonly payload: JsonObject;
  readonly vectors: NamedVectors;
  readonly version: number;
}
export type PointTable = Map<PointId, StoredPoint>;

/** Payload and vector operations work through ids in chunks of this many, without undo between them. */
const chunkSize = 32;

/** Throws `pointMissing` where the server does; earlier points then stay changed. */
export function applyOperation(table: PointTable, configs: VectorConfigs, operation: PointOperation, number: number): void {
  switch (operation.kind) {
    case 'upsert':
      upsert(table, configs, operation, number);
      return;
    case 'delete':
      for (const id of selected(table, operation.select)) table.delete(id);
      return;
    case 'setPayload': {
      const path = operation.key === null ? [] : parsePath(operation.key);
      changeEach(table, selected(table, operation.select), number, (point) => ({
        payload: mergeAt(point.payload, path, operation.payload) as JsonObject,
      }));
      return;
    }
    case 'overwritePayload':
      changeEach(table, selected(table, operation.select), number, () => ({ payload: operation.payload }));
      return;
    case 'deletePayload': {
      const paths = operation.keys.map(parsePath);
      changeEach(table, selected(table, operation.select), number, (point) => ({
        payload: paths.reduce((payload, path) => removeAt(payload, path) as JsonObject, point.payload),
      }));
      return;
    }
    case 'clearPayload':
      changeEach(table, selected(table, operation.select), number, () => ({ payload: {} }));
      return;
    case 'updateVectors':
      updateVectors(table, configs, operation, number);
      return;
    case 'deleteVectors':
      changeEach(table, selected(table, operation.select), number, (point) => ({
        vectors: new Map([...point.vectors].filter(([name]) => !operation.names.includes(name))),
      }));
      return;
  }
}

function upsert(
  table: PointTable,
  configs: VectorConfigs,
  { points, filter, mode }: Extract<PointOperation, { kind: 'upsert' }>,
  number: number,
): void {
  const condition = compileFilter(filter);
  const admitted = points.filter(({ id }) => {
    const existing = table.get(id);
    if (mode === 'insert_only') return existing === undefined;
    if (existing === undefined) return mode === 'upsert';
    return condition(existing);
  });
  for (const { id, payload, vectors } of admitted) {
    table.set(id, { id, payload, vectors: storedVectors(configs, vectors), version: number });
  }
}

function updateVectors(
  table: PointTable,
  configs: VectorConfigs,
  { points, filter }: Extract<PointOperation, { kind: 'updateVectors' }>,
  number: number,
): void {
  const condition = compileFilter(filter);
  const sent = new Map<PointId, NamedVectors>();
  for (const { id, vectors } of points) {
    const existing = table.get(id);
    if (existing !== undefined && !condition(existing)) continue;
    sent.set(id, new Map([...(sent.get(id) ?? []), ...storedVectors(configs, vectors)]));
  }
  changeEach(table, [...sent.keys()], number, (point) => ({
    vectors: new Map([...point.vectors, ...(sent.get(point.id) ?? [])]),
  }));
}

/** Checked again here: a delayed write may arrive at a collection that was made anew with another size. */
function storedVectors(configs: VectorConfigs, vectors: SentVectors): NamedVectors {
  checkVectors(configs, vectors);
  return new Map(Object.entries(vectors).map(([name, components]) => [name, toStored(configOf(configs, name), components)]));
}

function selected(table: PointTable, select: Selector): readonly PointId[] {
  if ('ids' in select) return select.ids;
  const condition = compileFilter(select.filter);
  const ids: PointId[] = [];
  for (const point of table.values()) if (condition(point)) ids.push(point.id);
  return ids.sort(comparePointIds);
}

function changeEach(
  table: PointTable,
  ids: readonly PointId[],
  number: number,
  change: (point: StoredPoint) => Partial<Pick<StoredPoint, 'payload' | 'vectors'>>,
): void {
  for (let start = 0; start < ids.length; start += chunkSize) {
    const chunk = ids.slice(start, start + chunkSize);
    for (const id of chunk) {
      const point = table.get(id);
      if (point !== undefined) table.set(id, { ...point, ...change(point), version: number });
    }
    const missing = chunk.find((id) => !table.has(id));
    if (missing !== undefined) throw pointMissing(missing);
  }
}
