/**
 * One collection: its configuration, points, payload indexes, and the write path
 * `submit -> log -> queue -> apply`, first in, first out. An operation that is logged is acknowledged; it is completed once
 * applied. Decides numbering and what waiting means; leaves out HTTP, faults and the log's file.
 */
import { applyOperation, type PointTable, type StoredPoint } from './apply-operation.ts';
import type { JsonObject } from './json.ts';
import { comparePointIds, type PointId } from './point-id.ts';
import type { PointOperation } from './point-operations.ts';
import type { VectorConfigs } from './vectors.ts';
import { WireError } from './wire-error.ts';

/** How many applied operations stay in memory for being delivered again. */
const recentLimit = 64;
/** Larger batches are not kept: they would double the memory of a bulk load. */
const recentPointsLimit = 16;

export interface NumberedOperation {
  readonly number: number;
  readonly operation: PointOperation;
}
/** `refusal` is what went wrong while applying; the operation keeps its number and its place in the log. */
export type Applied = { readonly number: number; readonly refusal: WireError | null };
export type CollectionStatus = 'green' | 'yellow' | 'grey' | 'red';

/** What reads look at: the live collection, or a copy of an earlier moment of it. */
export interface PointView {
  readonly configs: VectorConfigs;
  /** Points by id. */
  readonly points: ReadonlyMap<PointId, StoredPoint>;
  /** Ids in scroll order. */
  orderedIds(): readonly PointId[];
}

function orderedView(configs: VectorConfigs, points: PointTable): PointView & { changed(): void } {
  let ordered: readonly PointId[] | null = null;
  return {
    configs,
    points,
    orderedIds: () => {
      ordered ??= [...points.keys()].sort(comparePointIds);
      return ordered;
    },
    changed: () => {
      ordered = null;
    },
  };
}

export class Collection {
  readonly name: string;
  readonly configs: VectorConfigs;
  /** The creation request's other settings, echoed in the collection's info. */
  settings: JsonObject;
  /** Payload indexes: field to `{ data_type, params? }`. They cost and speed nothing here. */
  readonly indexes = new Map<string, JsonObject>();
  status: CollectionStatus = 'green';
  readonly #table: PointTable = new Map();
  readonly #view: ReturnType<typeof orderedView>;
  readonly #queue: NumberedOperation[] = [];
  readonly #recent: NumberedOperation[] = [];
  #nextNumber = 0;

  constructor(name: string, configs: VectorConfigs, settings: JsonObject) {
    this.name = name;
    this.configs = configs;
    this.settings = settings;
    this.#view = orderedView(configs, this.#table);
  }

  get live(): PointView {
    return this.#view;
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  /** The last operations applied, oldest first. */
  get recent(): readonly NumberedOperation[] {
    return this.#recent;
  }

  /** Points never change in place, so a copy of the table is a snapshot. */
  snapshot(): PointView {
    return orderedView(this.configs, new Map(this.#table));
  }

  takeNumber(): number {
    return this.#nextNumber++;
  }

  /** A replayed number is never given out again. */
  numberTaken(number: number): void {
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
  }

  /** Puts an operation at the end of the queue, where it counts as acknowledged. */
  enqueue(entry: NumberedOperation): void {
    this.numberTaken(entry.number);
    this.#queue.push(entry);
  }

  /** Applies everything queued, in order. */
  drain(): readonly Applied[] {
    return this.#queue.splice(0).map((entry) => this.#apply(entry));
  }

  #apply(entry: NumberedOperation): Applied {
    const sizeBefore = this.#table.size;
    try {
      applyOperation(this.#table, this.configs, entry.operation, entry.number);
      return { number: entry.number, refusal: null };
    } catch (error) {
      if (error instanceof WireError) return { number: entry.number, refusal: error };
      throw error;
    } finally {
      if (this.#table.size !== sizeBefore) this.#view.changed();
      this.#remember(entry);
    }
  }

  #remember(entry: NumberedOperation): void {
    if ('points' in entry.operation && entry.operation.points.length > recentPointsLimit) return;
    this.#recent.push(entry);
    if (this.#recent.length > recentLimit) this.#recent.shift();
  }

  /** Behind the server's back: replaces or removes one stored point. False when there is none. */
  corrupt(id: PointId, change: (point: StoredPoint) => StoredPoint | null): boolean {
    const point = this.#table.get(id);
    if (point === undefined) return false;
    const changed = change(point);
    if (changed === null) this.#table.delete(id);
    else this.#table.set(id, changed);
    this.#view.changed();
    return true;
  }
}
