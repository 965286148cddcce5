/**
 * What a point write does and answers: with `wait` the queue is drained and the answer is `completed`; without it the answer
 * is `acknowledged` and the queue is drained later. A fault may replace the effect, the answer or both.
 */
import type { Collection } from './collection.ts';
import type { WriteEffect, WriteFault } from './emulator-faults.ts';
import type { Engine } from './engine.ts';
import type { Json } from './json.ts';
import type { PointOperation, Selector } from './point-operations.ts';

/** Writes that are still on the network; `collection` is a name because it may be gone when they arrive. */
export interface DelayedWrite {
  readonly collection: string;
  readonly operations: readonly PointOperation[];
}

export interface WriteRequest {
  readonly engine: Engine;
  readonly collection: Collection;
  readonly operations: readonly PointOperation[];
  readonly wait: boolean;
  readonly fault: WriteFault | null;
  delay(write: DelayedWrite): void;
}

/**
 * One update result for each operation. Throws the first refusal met while applying; earlier operations stay applied.
 * Under a fault nothing is thrown: what the sender is told is then the fault's affair.
 */
export function performWrite(request: WriteRequest): readonly Json[] {
  const { fault, operations, wait } = request;
  if (fault === null) return operations.map((operation) => submitOne(request, operation, wait));
  const numbers = performEffect(request, fault.effect);
  const status = fault.answer.kind === 'waitTimeout' ? 'wait_timeout' : 'acknowledged';
  return numbers.map((operation_id) => ({ operation_id, status }));
}

function submitOne({ engine, collection }: WriteRequest, operation: PointOperation, wait: boolean): Json {
  const number = engine.submit(collection, operation);
  if (!wait) return { operation_id: number, status: 'acknowledged' };
  const own = collection.drain().find((each) => each.number === number);
  if (own?.refusal) throw own.refusal;
  return { operation_id: number, status: 'completed' };
}

function performEffect(request: WriteRequest, effect: WriteEffect): readonly number[] {
  const { engine, collection, operations } = request;
  switch (effect.kind) {
    case 'now': {
      const numbers = operations.map((operation) => engine.submit(collection, operation));
      collection.drain();
      return numbers;
    }
    case 'queued':
      return operations.map((operation) => engine.submit(collection, operation));
    case 'never':
      return operations.map(() => collection.takeNumber());
    case 'delayed':
      request.delay({ collection: collection.name, operations });
      return operations.map(() => collection.takeNumber());
    case 'firstPoints': {
      const numbers = firstPoints(operations, effect.count).map((operation) => engine.submit(collection, operation));
      collection.drain();
      return numbers;
    }
  }
}

/** The beginning of a request, cut after `count` points. A filter names an unknown number of points and is cut whole. */
function firstPoints(operations: readonly PointOperation[], count: number): readonly PointOperation[] {
  let left = count;
  const cut = <T>(list: readonly T[]): readonly T[] => {
    const kept = list.slice(0, left);
    left -= kept.length;
    return kept;
  };
  const cutSelect = (select: Selector): Selector => ({ ids: 'ids' in select ? cut(select.ids) : [] });
  const cutOperation = (operation: PointOperation): PointOperation => {
    switch (operation.kind) {
      case 'upsert':
        return { ...operation, points: cut(operation.points) };
      case 'updateVectors':
        return { ...operation, points: cut(operation.points) };
      case 'delete':
      case 'setPayload':
      case 'overwritePayload':
      case 'deletePayload':
      case 'clearPayload':
      case 'deleteVectors':
        return { ...operation, select: cutSelect(operation.select) };
    }
  };
  return operations.map(cutOperation);
}
