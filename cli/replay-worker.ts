/** A worker of `soak --replays`: reads the scenario files it is sent, executes them, and answers their trace hashes. */
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { readScenario } from '#properties/corpus/corpus.ts';
import { serveOrder } from './serve-order.ts';
import { traceHashes } from './soak.ts';

serveOrder((files: readonly string[], onProgress) => {
  const scenarios = files.map((file) => readScenario(file) as ConcurrentScenario);
  return traceHashes(scenarios, onProgress);
});
