/** The grounds the commands run on; one that was asked for and cannot be used is the caller's mistake. */
import { QdrantConfigurationError } from '#simulations/qdrant/source.ts';
import type { Tier as OpenTier } from '#simulations/world/authorities.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { UsageError } from './exit-codes.ts';

export type Tier = 'memory' | 'svm';
export type LedgerName = 'bankrun' | 'litesvm';
/** Every ground has the name of its ledger. */
export type GroundName = 'memory' | LedgerName;

export interface GroundOptions {
  readonly tier?: Tier;
  readonly ledger?: LedgerName;
}

export const tierOf = (ground: GroundName): Tier => (ground === 'memory' ? 'memory' : 'svm');

/** The grounds the options ask for, fastest first. A ledger alone means the svm tier on it. */
export function groundsFor({ tier, ledger }: GroundOptions): readonly GroundName[] {
  if (ledger !== undefined) {
    if (tier === 'memory')
      throw new UsageError("--ledger: the memory tier has no ledger to choose; expected '--tier svm' or none");
    return [ledger];
  }
  const svm = ['litesvm', 'bankrun'] as const;
  if (tier === undefined) return ['memory', ...svm];
  return tier === 'memory' ? ['memory'] : svm;
}

/**
 * Throws a UsageError when QDRANT_URL is no URL, or nothing there speaks Qdrant.
 * @param needs `faults`: a content store that can fail in every way, which no real server can be told to
 */
export async function openTier(name: GroundName, needs: 'anything' | 'faults' = 'anything'): Promise<OpenTier> {
  if (name === 'memory') return openMemoryTier();
  // Loaded where it is needed: the machines, their clients and the server take longer to load than a short campaign in memory.
  const { openSvmTier } = await import('#simulations/world/svm/svm-tier.ts');
  try {
    return await openSvmTier(name, { prefer: needs === 'faults' ? 'emulator' : 'real' });
  } catch (error) {
    if (error instanceof QdrantConfigurationError) throw new UsageError(error.message);
    throw error;
  }
}
