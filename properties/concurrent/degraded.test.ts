/**
 * Scenes of clients without a backend, and of writes that wait, each set by hand where campaigns come by seldom. All oracles are asked;
 * beside them, that the scene has shown what it is for.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tier } from '#simulations/world/authorities.ts';
import type { WorldOperation } from '#simulations/world/concurrent/command.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { type Executed, execute } from './execute.ts';
import type { ConcurrentCommand, ConcurrentScenario } from './scenario.ts';

const thread = 'thread#0';

let memory: Tier;
beforeAll(async () => {
  memory = await openMemoryTier();
});

type Line = readonly [actor: string, op: WorldOperation, faults?: ConcurrentCommand['faults']];

const play = (options: Partial<ConcurrentScenario['setup']>, lines: readonly Line[]): Promise<Executed> =>
  execute(memory, {
    format: 1,
    kind: 'concurrent',
    setup: { wallets: 2, backends: 2, balance: 100_000n, skewMs: [], roundMs: 4_000, ...options },
    strategy: { kind: 'serial' },
    commands: lines.map(([actor, op, faults = []], id) => ({ id, actor, op, priority: 0, demotions: [], faults })),
  });

/** How each operation ended, in the end. */
const ends = ({ history }: Executed): readonly string[] =>
  history.operations.map(({ end, settled }) => {
    const answer = (settled ?? end)?.answer;
    return answer?.kind === 'refused' ? answer.code : (answer?.kind ?? 'nothing');
  });

const creates: Line = ['wallet#0', { kind: 'createThread', thread }];
const solanaAway: Line = ['world#0', { kind: 'cut', authority: 'solana', forMs: 1_500 }];
const posts = (text: string): Line => ['wallet#0', { kind: 'post', thread, text }];
/** Somebody else is busy for some seconds, so that everybody's rounds go on. */
const meanwhile: readonly Line[] = [1, 2, 3].map((n) => ['wallet#1', { kind: 'createThread', thread: `thread#${n}` }]);

describe('[R-2.1] writes that wait', () => {
  it('once carried out do not wait again after a crash', async () => {
    const crash: Line = ['world#0', { kind: 'crash', backend: 'backend#0', downMs: 500 }];
    const pause: Line = ['world#0', { kind: 'pause', ms: 4_000 }];
    const run = await play({ queueWrites: true }, [creates, solanaAway, posts('one'), pause, ...meanwhile, crash]);
    expect(run.violation?.message ?? '').toBe('');
    expect(run.marks.get('R-2.1 queued write carried out')).toBe(1);
    expect(run.history.operations[1]).toMatchObject({ queuedAt: 'backend#0', settled: { answer: { kind: 'confirmed' } } });
    expect(run.history.crashes[0]?.at).toBeGreaterThan(run.history.operations[1]?.settled?.at ?? Number.POSITIVE_INFINITY);
  });

  it('are carried out by the next life of their client, in order', async () => {
    const close: Line = ['wallet#0', { kind: 'close' }];
    const run = await play({ queueWrites: true }, [creates, solanaAway, posts('one'), posts('two'), close, ...meanwhile]);
    expect(run.violation?.message ?? '').toBe('');
    expect(ends(run).slice(1, 3)).toEqual(['confirmed', 'confirmed']);
    const landed = (run.history.landings ?? []).map(({ operation }) => operation);
    expect(landed.filter((each) => each === 2 || each === 3)).toEqual([2, 3]);
  });

  it('are no more than a backend takes', async () => {
    const run = await play({ queueWrites: true, maxQueued: 1 }, [creates, solanaAway, posts('one'), posts('two')]);
    expect(run.violation?.message ?? '').toBe('');
    expect(ends(run)).toEqual(['confirmed', 'confirmed', 'QueueFull']);
  });

  it('wait for the content store, too', async () => {
    const away: Line = ['world#0', { kind: 'cut', authority: 'qdrant', forMs: 1_500 }];
    const run = await play({ queueWrites: true }, [creates, away, posts('one'), ...meanwhile]);
    expect(run.violation?.message ?? '').toBe('');
    expect(run.marks.get('R-2.4 write queued while Qdrant was away')).toBe(1);
    expect(ends(run).slice(0, 2)).toEqual(['confirmed', 'confirmed']);
  });
});

describe('[HC1] [HC2] content that was lost while its backend was not asked', () => {
  const lost: readonly Line[] = [
    ['world#0', { kind: 'loseContent', content: { thread, author: 'wallet#0', text: 'one' } }],
    ['world#0', { kind: 'syncThread', backend: 'backend#1', thread }],
    ['wallet#1', { kind: 'readStrong', thread }],
  ];

  it('is put back from the cache of another', async () => {
    const reads: Line = ['wallet#1', { kind: 'readContent', thread, from: 0, limit: 64 }];
    const run = await play({}, [creates, posts('one'), reads, ...lost]);
    expect(run.violation?.message ?? '').toBe('');
    expect(run.marks.get('T-1 restored from a cache')).toBe(1);
  });

  it('is given back by the client that wrote it', async () => {
    const run = await play({}, [creates, posts('one'), ['wallet#0', { kind: 'connect', backend: 'backend#1' }], ...lost]);
    expect(run.violation?.message ?? '').toBe('');
    expect(run.marks.get('T-1 restored by a client')).toBe(1);
  });
});

describe('[R-2.5] reads around a backend that is away', () => {
  const down: readonly Line[] = ['backend#0', 'backend#1'].map((backend) => [
    'world#0',
    { kind: 'crash', backend, downMs: 20_000 },
  ]);
  const reads: readonly Line[] = [
    ['wallet#0', { kind: 'readStrong', thread }],
    ['wallet#0', { kind: 'readCached', thread }],
    ['wallet#0', { kind: 'search', text: 'one' }],
  ];

  it('come from the authorities, and from what is held; and the client comes back', async () => {
    const pause: Line = ['world#0', { kind: 'pause', ms: 30_000 }];
    const connect: Line = ['wallet#1', { kind: 'connect', backend: 'backend#0' }];
    const run = await play({ directReads: true }, [
      creates,
      posts('one'),
      ...down,
      ...reads,
      pause,
      connect,
      ...meanwhile,
      ...meanwhile,
    ]);
    expect(run.violation?.message ?? '').toBe('');
    expect(run.history.operations.slice(2, 5).map(({ end }) => end?.source)).toEqual(['direct', 'own', 'direct']);
    expect(run.marks.get('R-2.5 read directly')).toBe(2);
    expect(run.marks.get('R-2.5 came back')).toBeGreaterThan(0);
  });

  it('are not there for whoever left, nor without the authorities', async () => {
    const leave: Line = ['wallet#0', { kind: 'disconnect' }];
    expect(ends(await play({ directReads: true }, [creates, leave, ...reads])).slice(2)).toEqual(Array(3).fill('Disconnected'));
    expect(ends(await play({}, [creates, ...down, ...reads])).slice(1)).toEqual(Array(3).fill('Disconnected'));
  });

  it('are struck by faults like any call, and lost with their program', async () => {
    const crash = [{ at: 1, position: 'after', fault: { kind: 'B1-crash', downMs: 500 } }] as const;
    const refused = [{ at: 1, position: 'before', fault: { kind: 'S8-refused', as: 'unavailable' } }] as const;
    const [strong, cached] = reads as readonly [Line, Line];
    const run = await play({ directReads: true }, [
      creates,
      ...down,
      [strong[0], strong[1], refused],
      [strong[0], strong[1], crash],
      cached,
    ]);
    expect(run.violation?.message ?? '').toBe('');
    expect(run.faults.map(({ fired }) => fired)).toEqual([true, true]);
    expect(ends(run)).toEqual(['confirmed', 'view', 'nothing', 'view']);
    expect(run.history.operations[3]?.node).toBe('wallet#0.2');
  });
});

afterAll(async () => {
  await memory.close();
});
