import { afterEach, describe, expect, it, vi } from 'vitest';
import { WriteQueue } from '#impl/backend/writing/write-queue.ts';
import { queuedRun } from '#model/protocols/queued-run.ts';
import { type QueueDesign, queueDesign } from '#model/protocols/queued-writes.ts';
import { execute } from '#properties/concurrent/execute.ts';
import { concurrentIn } from '#properties/concurrent/scenario.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { Acceptor } from './acceptor.ts';
import { departures } from './departure.ts';
import { queuedReading, readQueued } from './read-queued.ts';

const tier = await openMemoryTier();
const command = (id: number, actor: string, op: object) => ({ id, actor, op, priority: 0, demotions: [], faults: [] });
const leaving = concurrentIn({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 1, backends: 1, balance: '100000', skewMs: [0], roundMs: 2_000, queueWrites: true },
  strategy: { kind: 'serial' },
  commands: [
    command(0, 'wallet#0', { kind: 'createThread', thread: 'thread#0' }),
    command(1, 'world#0', { kind: 'cut', authority: 'solana', forMs: 6_000 }),
    command(2, 'wallet#0', { kind: 'post', thread: 'thread#0', text: 'one' }),
  ],
});

/** The first observation that the design does not allow, and what it would have; null where it allows all. */
function departure(observed: readonly string[], others: Partial<QueueDesign> = {}): readonly [string, readonly string[]] | null {
  const design = { ...queueDesign, ...others };
  const acceptor = new Acceptor(queuedRun(), queuedReading(design));
  const [first] = departures(acceptor, { what: 'it', observed: observed.map((what) => ({ what, step: 0 })) });
  return first === undefined ? null : [first.observed, first.allowed];
}

const left = ['leave', 'sync', 'acknowledge'];

describe('a write of a run that waits at a backend', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('[DC10] is read as its row, the attempts at it, its end, and what clients were told', async () => {
    const { effects, violation } = await execute(tier, leaving);
    expect(violation).toBeNull();
    const [trace, ...others] = readQueued(effects);
    expect(others).toEqual([]);
    const seen = trace?.observed.map(({ what }) => what).filter((what) => what !== 'sync') ?? [];
    expect([...new Set(seen)]).toEqual(['leave', 'acknowledge', 'tell 1', 'prepare 1', 'take 1', 'end 1 confirmed']);
  });

  it.each<readonly [what: string, run: readonly string[]]>([
    ['carried out at once', [...left, 'tell 1', 'prepare 1', 'take 1', 'sync', 'end 1 confirmed', 'sync']],
    ['a second attempt', [...left, 'prepare 1', 'again 1', 'sync', 'tell 2', 'prepare 2', 'take 2', 'end 2 refused']],
    ['taken back by a crash', [...left, 'take 1', 'crash', 'restart', 'tell 1', 'take 1']],
    ['refused for good', [...left, 'prepare 1', 'give up 1', 'sync']],
    ['given up, and left once more', [...left, 'drop', 'sync', 'told dropped', 'told dropped']],
    [
      'given up while an attempt is being prepared',
      [...left, 'tell 1', 'drop', 'prepare 1', 'sync', 'told dropped', 'end 1 refused'],
    ],
    ['an answer that comes late', [...left, 'take 1', 'sync', 'acknowledge', 'end 1 confirmed', 'end 1 confirmed']],
  ])('[DC10] allowed: %s', (_, run) => expect(departure(run)).toBeNull());

  it.each<readonly [what: string, run: readonly string[], wrong: string, design: Partial<QueueDesign>]>([
    ['goes on waiting when it was taken', left, 'take and keep 1', { takes: 'nothing' }],
    ['another attempt is taken', [...left, 'again 1', 'sync'], 'take 1', { accepts: 'any' }],
    ['told that it waits before that is durable', ['leave'], 'acknowledge', { acknowledges: 'atOnce' }],
  ])('[DC10] not allowed but by a design that is wrong: %s', (_, before, wrong, design) => {
    const found = departure([...before, wrong]);
    expect(found?.[0]).toBe(wrong);
    expect(found?.[1]).not.toContain(wrong);
    expect(departure([...before, wrong], design)).toBeNull();
  });

  it.each<readonly [run: readonly string[], wrong: string]>([
    [[...left, 'drop', 'sync'], 'leave'],
    [left, 'leave'],
    [[...left, 'drop', 'sync', 'prepare 1'], 'take 1'],
    [[...left, 'take 1', 'sync'], 'take 1'],
    [[...left, 'take 1', 'sync'], 'tell 1'],
    [[...left, 'again 1'], 'prepare 1'],
    [left, 'row gone'],
    [[...left, 'drop'], 'told dropped'],
    [[...left, 'take 1', 'sync', 'end 1 confirmed', 'sync'], 'end 1 refused'],
  ])('[DC10] not allowed: after %j, %s', (before, wrong) => {
    expect(departure(before)).toBeNull();
    expect(departure([...before, wrong])?.[0]).toBe(wrong);
  });

  it('[DC10] a backend that keeps the row of what it has taken departs from the design', async () => {
    const take = WriteQueue.prototype.take;
    vi.spyOn(WriteQueue.prototype, 'take').mockImplementation(function (this: WriteQueue, ...of) {
      return take.apply(this, of) === null ? null : [];
    });
    const { violation } = await execute(tier, leaving);
    expect(violation?.property).toBe('design');
    expect(violation?.message).toMatch(/operation-2, left at backend#0: take and keep 1\n/);
  });
});
