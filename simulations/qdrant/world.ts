/**
 * One logical world on a shared emulator: its link, its faults, and an omniscient look at what is really stored.
 * Collections are named relative to the world's prefix.
 */
import type { HttpListener } from '../http/listener.ts';
import type { CollectionStatus, NumberedOperation, PointView } from './collection.ts';
import { type EmulatorFault, FaultPlan, type FiredFault } from './emulator-faults.ts';
import type { Engine } from './engine.ts';
import { type InspectedPoint, inspect } from './inspect.ts';
import type { JsonObject } from './json.ts';
import type { PointId } from './point-id.ts';
import { toStored } from './vectors.ts';
import type { WorldFaults } from './wire.ts';
import type { DelayedWrite } from './write-path.ts';

export interface EmulatorWorld {
  readonly prefix: string;
  /** The world's own listener, which `setLink` takes down. The emulator's main listener stays up. */
  readonly url: string;
  /** `down`: connections are refused, nothing is delivered. */
  setLink(link: 'up' | 'down'): Promise<void>;
  /** The next request of the kind meets the fault. Several are met in the order they were armed. */
  arm(fault: EmulatorFault): void;
  /** How many armed faults no request has met yet. */
  armed(): number;
  disarm(): void;
  fired(): readonly FiredFault[];
  /** From now on reads answer from a snapshot of this moment, except reads at `majority` or `quorum` (the live state) and at `all` (what both agree on). */
  freezeReads(): void;
  thawReads(): void;
  /** Applies what is queued; how many operations that were. */
  applyPending(): number;
  /** Delivers every delayed write now, oldest first; how many operations that were. One whose collection is gone is lost. */
  deliverDelayed(): number;
  /** The last operations applied to a collection (bulk batches are not kept), oldest first. */
  recentWrites(collection: string): readonly NumberedOperation[];
  /** Delivers an applied operation once more, as a network may. False when it is not among the recent ones. */
  redeliver(collection: string, operationNumber: number): boolean;
  points(collection: string): readonly InspectedPoint[];
  /** Replaces a stored payload or vector behind everybody's back. False when there is no such point. */
  tamper(
    collection: string,
    id: PointId,
    change: { readonly payload?: JsonObject; readonly vector?: readonly number[] },
  ): boolean;
  /** Removes a stored point behind everybody's back. */
  lose(collection: string, id: PointId): boolean;
  setStatus(collection: string, status: CollectionStatus): void;
  /** Deletes the world's collections, forgets its faults and gives the listener back. */
  drop(): Promise<void>;
}

export class World implements EmulatorWorld, WorldFaults {
  readonly prefix: string;
  readonly listener: HttpListener;
  readonly plan = new FaultPlan();
  readonly #engine: Engine;
  readonly #onDrop: () => Promise<void>;
  #frozen: ReadonlyMap<string, PointView> = new Map();
  readonly #delayed: DelayedWrite[] = [];

  constructor(prefix: string, listener: HttpListener, engine: Engine, onDrop: () => Promise<void>) {
    this.prefix = prefix;
    this.listener = listener;
    this.#engine = engine;
    this.#onDrop = onDrop;
  }

  get url(): string {
    return this.listener.url;
  }

  get frozen(): ReadonlyMap<string, PointView> {
    return this.#frozen;
  }

  delay(write: DelayedWrite): void {
    this.#delayed.push(write);
  }

  setLink(link: 'up' | 'down'): Promise<void> {
    return link === 'up' ? this.listener.open() : this.listener.shut();
  }

  arm(fault: EmulatorFault): void {
    this.plan.arm(fault);
  }

  armed(): number {
    return this.plan.armed;
  }

  disarm(): void {
    this.plan.disarm();
  }

  fired(): readonly FiredFault[] {
    return this.plan.fired;
  }

  freezeReads(): void {
    this.#frozen = new Map(this.#collections().map((name) => [name, this.#engine.collection(name).snapshot()]));
  }

  thawReads(): void {
    this.#frozen = new Map();
  }

  applyPending(): number {
    return this.#collections().reduce((total, name) => total + this.#engine.collection(name).drain().length, 0);
  }

  deliverDelayed(): number {
    let delivered = 0;
    for (const { collection: name, operations } of this.#delayed.splice(0)) {
      const collection = this.#engine.find(name);
      if (collection === null) continue;
      for (const operation of operations) this.#engine.submit(collection, operation);
      delivered += operations.length;
      collection.drain();
    }
    return delivered;
  }

  recentWrites(collection: string): readonly NumberedOperation[] {
    return this.#engine.find(this.prefix + collection)?.recent ?? [];
  }

  redeliver(collection: string, operationNumber: number): boolean {
    const target = this.#engine.find(this.prefix + collection);
    const found = target?.recent.find((each) => each.number === operationNumber);
    if (target === null || found === undefined) return false;
    this.#engine.submit(target, found.operation);
    target.drain();
    return true;
  }

  points(collection: string): readonly InspectedPoint[] {
    return inspect(this.#engine.find(this.prefix + collection));
  }

  tamper(
    collection: string,
    id: PointId,
    change: { readonly payload?: JsonObject; readonly vector?: readonly number[] },
  ): boolean {
    const target = this.#engine.collection(this.prefix + collection);
    const config = target.configs.get('');
    return target.corrupt(id, (point) => ({
      ...point,
      payload: change.payload ?? point.payload,
      vectors:
        change.vector === undefined || config === undefined ? point.vectors : new Map([['', toStored(config, change.vector)]]),
    }));
  }

  lose(collection: string, id: PointId): boolean {
    return this.#engine.collection(this.prefix + collection).corrupt(id, () => null);
  }

  setStatus(collection: string, status: CollectionStatus): void {
    this.#engine.collection(this.prefix + collection).status = status;
  }

  async drop(): Promise<void> {
    this.plan.disarm();
    this.plan.fired.length = 0;
    this.#delayed.length = 0;
    this.thawReads();
    for (const name of this.#collections()) this.#engine.deleteCollection(name);
    await this.#onDrop();
  }

  #collections(): readonly string[] {
    return this.#engine.names().filter((name) => name.startsWith(this.prefix));
  }
}
