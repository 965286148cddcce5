/** A worker of `soak --replays`: executes the scenarios it is sent, and answers their trace hashes. */
import { execute } from '#properties/concurrent/execute.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';

process.once('message', async (scenarios: readonly ConcurrentScenario[]) => {
  const tier = await openMemoryTier();
  const hashes: string[] = [];
  for (const scenario of scenarios) hashes.push((await execute(tier, scenario)).traceHash);
  process.send?.(hashes, () => process.disconnect?.());
});
