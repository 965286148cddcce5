import { afterEach, describe, expect, it, vi } from 'vitest';
import { Verification } from '#impl/backend/reconcile/verification.ts';
import { ok } from '#impl/ports/outcome.ts';
import { type InitialSyncDesign, initialSyncDesign } from '#model/protocols/initial-sync.ts';
import { syncRun } from '#model/protocols/initial-sync-run.ts';
import { execute } from '#properties/concurrent/execute.ts';
import { concurrentIn } from '#properties/concurrent/scenario.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { Acceptor } from './acceptor.ts';
import { departures } from './departure.ts';
import { readSyncs, syncReading } from './read-syncs.ts';

const tier = await openMemoryTier();
const command = (id: number, actor: string, op: object) => ({ id, actor, op, priority: 0, demotions: [], faults: [] });
const syncing = concurrentIn({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 1, backends: 2, balance: '100000', skewMs: [0, 0], roundMs: 100_000 },
  strategy: { kind: 'serial' },
  commands: [
    command(0, 'wallet#0', { kind: 'createThread', thread: 'thread#0' }),
    command(1, 'world#0', { kind: 'syncThread', backend: 'backend#1', thread: 'thread#0' }),
    command(2, 'wallet#0', { kind: 'readCached', thread: 'thread#0' }),
  ],
});

/** The first observation that the design does not allow; null where it allows all. */
function departure(observed: readonly string[], others: Partial<InitialSyncDesign> = {}): string | null {
  const acceptor = new Acceptor(syncRun(), syncReading({ ...initialSyncDesign, ...others }));
  const [first] = departures(acceptor, { what: 'it', observed: observed.map((what) => ({ what, step: 0 })) });
  return first?.observed ?? null;
}

const two = ['event', 'event', 'cache 1', 'sync'];

describe('an initial sync of a run', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('[DC11] is read as accounts, looks and its report, with the ledger and the cache meanwhile', async () => {
    const { effects, violation } = await execute(tier, syncing);
    expect(violation).toBeNull();
    const [trace, ...others] = readSyncs(effects);
    expect(others).toEqual([]);
    const seen = trace?.observed.map(({ what }) => what) ?? [];
    expect(seen.slice(0, 4)).toEqual(['event', 'account 1', 'cache 1', 'sync']);
    expect(seen).toContain('look');
    expect(seen.at(-1)).toBe('tell 1');
  });

  it.each<readonly [what: string, run: readonly string[]]>([
    ['caught up, looked at, told', [...two, 'account 2', 'cache 2', 'sync', 'look', 'tell 2']],
    ['mended and looked at again', [...two, 'account 1', 'look', 'event', 'cache 2', 'sync', 'look', 'tell 2']],
    ['what came after the look is not told', [...two, 'account 1', 'look', 'cache 2', 'sync', 'tell 1']],
    ['an authority was away', [...two, 'account 2', 'refuse']],
    ['lost in a crash, before it began', [...two, 'cache 2', 'crash', 'account 1', 'look', 'tell 1']],
  ])('[DC11] allowed: %s', (_, run) => expect(departure(run)).toBeNull());

  it.each<readonly [what: string, run: readonly string[], wrong: string]>([
    ['a version that came after the look', [...two, 'account 1', 'look', 'cache 2', 'sync'], 'tell 2'],
    ['an older version than the account was', [...two, 'account 2', 'cache 2', 'sync', 'look'], 'tell 1'],
    ['told without a look', [...two, 'account 1'], 'tell 1'],
    ['looked at before it is durable', [...two, 'account 2', 'cache 2'], 'look'],
    ['an account that the ledger never had', two, 'account 3'],
    ['told twice', [...two, 'account 1', 'look', 'tell 1'], 'tell 1'],
  ])('[DC11] not allowed: %s', (_, before, wrong) => {
    expect(departure(before)).toBeNull();
    expect(departure([...before, wrong])).toBe(wrong);
  });

  it('[DC11] a design that does not catch up allows what this one does not', () => {
    const behind = [...two, 'account 2', 'look', 'tell 1'];
    expect(departure(behind)).toBe('look');
    expect(departure(behind, { catchesUp: false })).toBeNull();
  });

  it('[DC11] a backend that looks at Qdrant without asking the ledger departs from the design', async () => {
    vi.spyOn(Verification.prototype, 'check').mockResolvedValue(ok(true));
    const posted = { ...syncing, setup: { ...syncing.setup, backends: 1 } };
    const commands = syncing.commands.map((each) =>
      each.op.kind === 'syncThread' ? { ...each, op: { ...each.op, backend: 'backend#0' } } : each,
    );
    const { violation } = await execute(tier, { ...posted, commands } as typeof syncing);
    expect(violation?.property).toBe('design');
    expect(violation?.message).toMatch(/initial sync of thread .*: look\n/);
  });
});
