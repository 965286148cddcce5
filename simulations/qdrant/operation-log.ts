/**
 * The durable log: JSON lines, one an operation, appended before the operation is applied and replayed in order at start.
 * A last line cut off by a crash is dropped; anything else that cannot be read is an error that names the line.
 */
import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import type { Json, JsonObject } from './json.ts';
import type { PointOperation } from './point-operations.ts';

export type LogEntry =
  | { readonly kind: 'createCollection'; readonly collection: string; readonly vectors: Json; readonly settings: JsonObject }
  | { readonly kind: 'updateCollection'; readonly collection: string; readonly settings: JsonObject }
  | { readonly kind: 'deleteCollection'; readonly collection: string }
  | { readonly kind: 'alias'; readonly alias: string; readonly collection: string | null }
  | {
      readonly kind: 'createIndex';
      readonly collection: string;
      readonly number: number;
      readonly field: string;
      readonly schema: JsonObject;
    }
  | { readonly kind: 'deleteIndex'; readonly collection: string; readonly number: number; readonly field: string }
  | { readonly kind: 'points'; readonly collection: string; readonly number: number; readonly operation: PointOperation };

const kinds: readonly string[] = [
  'createCollection',
  'updateCollection',
  'deleteCollection',
  'alias',
  'createIndex',
  'deleteIndex',
  'points',
] satisfies readonly LogEntry['kind'][];

const operationKinds: readonly string[] = [
  'upsert',
  'delete',
  'setPayload',
  'overwritePayload',
  'deletePayload',
  'clearPayload',
  'updateVectors',
  'deleteVectors',
] satisfies readonly PointOperation['kind'][];

/** The file is not a log of this emulator, or is damaged before its last line. */
export class OperationLogCorrupt extends Error {
  readonly line: number;
  constructor(file: string, line: number, why: string) {
    super(
      `OperationLogCorrupt: ${file}, line ${line}: ${why}. Expected one JSON operation a line; restore the file or delete it.`,
    );
    this.name = 'OperationLogCorrupt';
    this.line = line;
  }
}

export interface OperationLog {
  /** Durable to the operating system (not synced to the disk) on return. */
  append(entry: LogEntry): void;
  close(): void;
}

/** Keeps nothing: what the log held is gone with the process. */
export const memoryLog: OperationLog = { append: () => undefined, close: () => undefined };

function parseLine(file: string, line: string, number: number): LogEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new OperationLogCorrupt(file, number, error instanceof Error ? error.message : String(error));
  }
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  if (typeof kind !== 'string' || !kinds.includes(kind))
    throw new OperationLogCorrupt(file, number, `unknown operation ${String(kind)}`);
  const entry = value as LogEntry;
  if (entry.kind === 'points' && !operationKinds.includes(entry.operation?.kind)) {
    throw new OperationLogCorrupt(file, number, `unknown point operation ${String(entry.operation?.kind)}`);
  }
  return entry;
}

/** Opens or creates the file; `replay` sees every whole entry in order and may throw to refuse one. */
export function openOperationLog(file: string, replay: (entry: LogEntry) => void): OperationLog {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const end = text.lastIndexOf('\n') + 1;
  const lines = text.slice(0, end).split('\n').slice(0, -1);
  lines.forEach((line, i) => {
    const entry = parseLine(file, line, i + 1);
    try {
      replay(entry);
    } catch (error) {
      throw new OperationLogCorrupt(file, i + 1, error instanceof Error ? error.message : String(error));
    }
  });
  if (end < text.length) truncateSync(file, Buffer.byteLength(text.slice(0, end)));
  const handle = openSync(file, 'a');
  return {
    append: (entry) => {
      writeSync(handle, `${JSON.stringify(entry)}\n`);
    },
    close: () => closeSync(handle),
  };
}
