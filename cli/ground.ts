/** The ground the commands run on; a server that cannot be used is the caller's mistake. */
import { QdrantConfigurationError } from '#simulations/qdrant/source.ts';
import { openSvmGround } from '#simulations/world/svm-ground.ts';
import type { Ground } from '#simulations/world/system.ts';
import { UsageError } from './exit-codes.ts';

/** Throws a UsageError when QDRANT_URL is no URL, or nothing there speaks Qdrant. */
export async function openGround(ledger: 'bankrun' | 'litesvm'): Promise<Ground> {
  try {
    return await openSvmGround(ledger);
  } catch (error) {
    if (error instanceof QdrantConfigurationError) throw new UsageError(error.message);
    throw error;
  }
}
