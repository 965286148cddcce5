import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countLostUpdates, findLostUpdate, replay } from './lost-update.ts';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

describe('README', () => {
  it('[EN28] shows the toy as it is, in about 40 lines', () => {
    const [, shown = ''] = /```ts\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
    expect(shown).toBe(read('lost-update.ts'));
    expect(shown.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(42);
  });

  it('[EN28] finds the lost update, and replays it to the same hash from its keys alone', async () => {
    const found = await findLostUpdate();
    expect(found.tries).toBeLessThan(20);
    expect(await replay(found.keys)).toEqual({ lost: 1, keys: found.keys, hash: found.hash });
  });

  it('[EN28] counts: without a preemption no update is lost, with one some are', async () => {
    expect(await countLostUpdates(0)).toEqual({ schedules: 2, losing: 0 });
    const { schedules, losing } = await countLostUpdates(1);
    expect(schedules).toBe(8);
    expect(losing).toBe(4);
  });
});
