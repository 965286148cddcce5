/** Where this checkout keeps what the commands read and write. */
import { join } from 'node:path';

/** The corpus of failing scenarios. */
export const regressionsDirectory: string = join(import.meta.dirname, '..', 'properties', 'regressions');

/** Scenarios that walk the small scope. */
export const walksFile: string = join(import.meta.dirname, '..', 'properties', 'aimed', 'walks.jsonl');
