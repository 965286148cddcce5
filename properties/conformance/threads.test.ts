import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ThreadCache } from '#impl/backend/cache.ts';
import { type RecoveryDesign, recoveryDesign } from '#model/protocols/recovery.ts';
import { recoveryRun } from '#model/protocols/recovery-run.ts';
import { execute } from '#properties/concurrent/execute.ts';
import { concurrentIn } from '#properties/concurrent/scenario.ts';
import { parseJson } from '#properties/scenario-file/parts.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { Acceptor } from './acceptor.ts';
import { departures } from './departure.ts';
import { readThreads, threadReading } from './read-threads.ts';

const tier = await openMemoryTier();
const posting = concurrentIn({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 1, backends: 1, balance: '100000', skewMs: [0], roundMs: 2_000 },
  strategy: { kind: 'serial' },
  commands: [
    { id: 0, actor: 'wallet#0', op: { kind: 'createThread', thread: 'thread#0' }, priority: 0, demotions: [], faults: [] },
    { id: 1, actor: 'wallet#0', op: { kind: 'post', thread: 'thread#0', text: 'one' }, priority: 0, demotions: [], faults: [] },
  ],
});

/** The first observation that the design does not allow, and what it would have; null where it allows all. */
function departure(
  observed: readonly string[],
  others: Partial<RecoveryDesign> = {},
): readonly [string, readonly string[]] | null {
  const design = { ...recoveryDesign, ...others };
  const acceptor = new Acceptor(recoveryRun(design), threadReading(design));
  const [first] = departures(acceptor, { what: 'it', observed: observed.map((what) => ({ what, step: 0 })) });
  return first === undefined ? null : [first.observed, first.allowed];
}

const two = ['event', 'event'];
const whole = [...two, 'page 0 to 2 of 1 2, again nothing: version 2', 'sync'];

describe('a thread of a run, as a backend follows it', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('[DC9] is read as what the ledger made of it, and what each batch was made of', async () => {
    const [trace, ...others] = readThreads((await execute(tier, posting)).effects);
    expect(others).toEqual([]);
    expect(trace?.observed.map(({ what }) => what)).toEqual([
      'event',
      'page 0 to 1 of 1, again nothing: version 1',
      'sync',
      'event',
      'page 1 to 2 of 2, again nothing: version 2',
      'sync',
    ]);
  });

  it.each([
    ['a crash takes back what was not durable', '87a904f3', 'version 0, rebuild'],
    ['who is told twice to come back has lost nothing by it', 'af230877', 'version 0, rebuild'],
  ])('[DC9] is read in every life: %s', async (_what, file, left) => {
    const text = readFileSync(new URL(`../regressions/design-${file}.json`, import.meta.url), 'utf8');
    const { effects, violation } = await execute(tier, concurrentIn(parseJson(text)));
    expect(violation).toBeNull();
    const observed = readThreads(effects).flatMap((trace) => trace.observed.map(({ what }) => what));
    const lives = observed.lastIndexOf('restart');
    expect(observed.slice(lives).find((what) => what.startsWith('page'))).toBe(`page 1 to 2 of 2, again nothing: ${left}`);
  });

  it.each<readonly [what: string, run: readonly string[]]>([
    [
      'a gap is marked',
      [...two, 'page 0 to 2 of 2, again nothing: version 0, gap', 'sync', 'fill of 1 2, account unknown: version 2'],
    ],
    ['a gap is filled within the page', [...two, 'page 0 to 2 of 2, again 1: version 2']],
    ['a gap in the middle of a page', ['event', ...two, 'page 0 to 3 of 1 3, again 2 3: version 3']],
    ['a lie is nothing', [...two, 'page 0 to 2 of 1 !2, again nothing: version 1, gap']],
    ['what came twice, and in another order', [...two, 'page 0 to 2 of 2 2 1 1, again 1 2: version 2']],
    ['the newest was left out, and nobody can know', [...two, 'page 0 to 2 of 1, again nothing: version 1']],
    [
      'damaged, and read again',
      [...whole, 'crash', 'restart', 'write off: version 0, rebuild', 'fill of 1 2, account 2: version 2'],
    ],
    [
      'rebuilt less far than the account is',
      [...whole, 'write off: version 0, rebuild', 'fill of 1, account 2: version 0, rebuild'],
    ],
    ['back at the checkpoint before', [...whole, 'crash', 'restart', 'page 0 to 2 of 1 2, again nothing: version 2']],
  ])('[DC9] allowed: %s', (_, run) => expect(departure(run)).toBeNull());

  it.each<readonly [what: string, run: readonly string[], wrong: string, design: Partial<RecoveryDesign>]>([
    ['passes over what is missing', two, 'page 0 to 2 of 2, again nothing: version 0', { marksGaps: false }],
    ['takes over a lie', two, 'page 0 to 2 of 1 !2, again nothing: version 2', { accepts: () => true }],
    [
      'shows what is rebuilt in part',
      [...whole, 'write off: version 0, rebuild'],
      'fill of 1, account 2: version 1',
      { showsPartial: true },
    ],
    [
      'goes on where it never was durable',
      [
        ...two,
        'page 0 to 1 of 1, again nothing: version 1',
        'sync',
        'page 1 to 2 of 2, again nothing: version 2',
        'crash',
        'restart',
        'event',
      ],
      'page 2 to 3 of 3, again nothing: version 1, gap',
      { resumes: () => 2 },
    ],
  ])('[DC9] not allowed but by a design that is wrong: %s', (_, before, wrong, design) => {
    const found = departure([...before, wrong]);
    expect(found?.[0]).toBe(wrong);
    expect(found?.[1]).not.toContain(wrong);
    expect(departure([...before, wrong], design)).toBeNull();
  });

  it('[DC9] not allowed: what the ledger has not confirmed, or from another place than where it stands', () => {
    expect(departure(['event', 'page 0 to 2 of 1 2, again nothing: version 2'])?.[0]).toContain('page 0 to 2');
    expect(departure([...whole, 'event', 'page 1 to 3 of 3, again nothing: version 3'])?.[0]).toContain('page 1 to 3');
    expect(departure([...two, 'page 0 to 2 of 1 2, again nothing: version 1'])).toEqual([
      'page 0 to 2 of 1 2, again nothing: version 1',
      ['crash', 'event', 'page 0 to 2 of 1 2, again nothing: version 2'],
    ]);
  });

  it('[DC9] a backend whose checkpoint passes over what it has not applied departs from the design', async () => {
    vi.spyOn(ThreadCache.prototype, 'writesFor').mockReturnValue([]);
    const { violation } = await execute(tier, posting);
    expect(violation?.property).toBe('design');
    expect(violation?.message).toMatch(/thread .* at backend#0: page 0 to 1 of 1, again nothing: version 0\n/);
  });
});
