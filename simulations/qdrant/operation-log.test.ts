/** The durable log: what survives a restart, a line cut off by a crash, and a damaged file. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type QdrantEmulator, startEmulator } from './emulator.ts';
import { OperationLogCorrupt } from './operation-log.ts';

let folder: string;
let logFile: string;
let emulator: QdrantEmulator;
let client: QdrantClient;

const start = async (): Promise<void> => {
  emulator = await startEmulator({ logFile });
  client = new QdrantClient({ url: emulator.url, checkCompatibility: false });
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'qdrant-log-'));
  logFile = join(folder, 'operations.jsonl');
  await start();
  await client.createCollection('c', { vectors: { size: 2, distance: 'Cosine' } });
  await client.createPayloadIndex('c', { wait: true, field_name: 'k', field_schema: 'keyword' });
  await client.upsert('c', { points: [1, 2, 3].map((id) => ({ id, vector: [id, 1], payload: { k: 'é😀' } })) });
  await client.delete('c', { wait: true, filter: { must: [{ has_id: [2] }] } });
});
afterEach(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

it('[QL1] a restart finds collections, indexes, aliases, points and operation numbers as they were', async () => {
  await client.createCollection('gone', { vectors: {} });
  await client.deleteCollection('gone');
  await client.updateCollectionAliases({ actions: [{ create_alias: { collection_name: 'c', alias_name: 'a' } }] });
  await client.setPayload('c', { payload: { x: 1 }, points: [1, 77] }).catch(() => undefined);
  const before = [emulator.points('c'), await client.getCollection('c')];
  await emulator.close();
  await start();
  expect([emulator.points('c'), await client.getCollection('a')]).toEqual(before);
  expect(emulator.points('c').map(({ payload }) => payload)).toEqual([{ k: 'é😀', x: 1 }, { k: 'é😀' }]);
  expect(emulator.collections()).toEqual(['c']);
  expect(await client.upsert('c', { points: [{ id: 9, vector: [1, 1] }] })).toEqual({ operation_id: 4, status: 'completed' });
});

it('[QL1] what was only acknowledged is in the log, and applied by the restart', async () => {
  await emulator.close();
  emulator = await startEmulator({ logFile, applyQueue: 'manual' });
  client = new QdrantClient({ url: emulator.url, checkCompatibility: false });
  await client.upsert('c', { wait: false, points: [{ id: 9, vector: [1, 1] }] });
  expect(emulator.points('c')).toHaveLength(2);
  await emulator.close();
  await start();
  expect(emulator.points('c')).toHaveLength(3);
});

it('[QL2] a last line cut off by a crash is dropped, and writing goes on after it', async () => {
  await emulator.close();
  const whole = readFileSync(logFile, 'utf8');
  appendFileSync(logFile, whole.trimEnd().split('\n').at(-2)?.slice(0, 60) ?? '');
  await start();
  expect(readFileSync(logFile, 'utf8')).toBe(whole);
  await client.upsert('c', { points: [{ id: 9, vector: [1, 1] }] });
  await emulator.close();
  await start();
  expect(emulator.points('c').map(({ id }) => id)).toEqual([1, 3, 9]);
});

it('[QL3] a damaged line is an error that names it, and the file is left alone', async () => {
  await emulator.close();
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
  const damages = [
    '{"kind":',
    '[]',
    '{"kind":"dance"}',
    '{"kind":"points","collection":"c","number":1,"operation":{}}',
    '{"kind":"points","collection":"nowhere","number":1,"operation":{}}',
  ];
  for (const damage of damages) {
    const text = `${[lines[0], damage, ...lines.slice(1)].join('\n')}\n`;
    writeFileSync(logFile, text);
    const error: unknown = await startEmulator({ logFile }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperationLogCorrupt);
    expect(String(error)).toContain('line 2');
    expect(readFileSync(logFile, 'utf8')).toBe(text);
  }
});
