/** A worker of `soak --replays`: executes the scenarios it is sent, and answers their trace hashes. */
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { serveOrder } from './serve-order.ts';
import { traceHashes } from './soak.ts';

serveOrder((scenarios: readonly ConcurrentScenario[]) => traceHashes(scenarios));
