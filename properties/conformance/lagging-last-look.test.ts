import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { execute } from '#properties/concurrent/execute.ts';
import { believesWhoLags } from '#properties/concurrent/lies.ts';
import { concurrentIn } from '#properties/concurrent/scenario.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';

const file = new URL('../regressions/lagging-last-look.json', import.meta.url);
const scenario = concurrentIn(JSON.parse(readFileSync(file, 'utf8')));

describe('[DC8] the last look at a transaction, answered by a node that lags', () => {
  it('proves nothing to the implementation', async () => {
    const { violation } = await execute(await openMemoryTier(), scenario);
    expect(violation).toBeNull();
  });

  it('is what the design says it must not be where it counts: told refused, and landed', async () => {
    const { violation } = await execute(believesWhoLags(await openMemoryTier()), scenario);
    expect(violation?.property).toBe('OR2');
    expect(violation?.message).toContain('answered refused, but it made version 1');
  });
});
