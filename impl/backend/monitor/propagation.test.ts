/** What is told of how far the cache has got to Qdrant, from a queue and a backend of the test's own. */
import bs58 from 'bs58';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../adapters/store/memory.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { contentHash, type ThreadId, threadId, walletId } from '../../ports/ids.ts';
import type { MonitorEvent } from '../../ports/monitor.ts';
import { ProjectionQueue, type ProjectionTask } from '../projection-queue.ts';
import { Metrics } from './metrics.ts';
import { Propagation } from './propagation.ts';

const threads = ['01', '02', '03'].map((each) => threadId(each.repeat(32)));
const [t1, t2] = threads as [ThreadId, ThreadId];
const author = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const metadataOf = (thread: ThreadId): ProjectionTask => ({ kind: 'thread', thread });
const contentOf = (thread: ThreadId): ProjectionTask => ({ kind: 'content', thread, author, hash: contentHash(thread) });

async function watching(store = new MemoryStore(), versions = new Map<ThreadId, number>()) {
  const clock = new ScriptedClock(0);
  const told: MonitorEvent[] = [];
  const metrics = new Metrics(clock);
  const tell = (event: MonitorEvent): void => {
    told.push(event);
    metrics.tell(event);
  };
  const propagation = new Propagation({ clock, monitor: { tell } }, (thread) => versions.get(thread));
  const queue = await ProjectionQueue.load(store, propagation);
  /** As ingestion does: cached, queued, published. */
  const ingest = (thread: ThreadId, tasks: readonly ProjectionTask[]): void => {
    const version = (versions.get(thread) ?? 0) + 1;
    versions.set(thread, version);
    queue.adopt(tasks);
    propagation.published([{ thread, version }]);
  };
  const since = (): readonly string[] =>
    told.splice(0).map((event) => {
      if (event.kind === 'drift') return `drift ${event.threads}`;
      if (event.kind === 'cached') return `cached ${threads.indexOf(event.thread)} v${event.version}`;
      if (event.kind === 'propagated')
        return `propagated ${threads.indexOf(event.thread)} v${event.version} after ${event.delayMs}`;
      return event.kind;
    });
  return { clock, store, versions, propagation, queue, ingest, since, metrics };
}

describe('[EH12] [M-1] [M-4] what is told of the way to Qdrant', () => {
  it('a version is cached when it is published, and propagated when nothing of its thread is queued any more', async () => {
    const { clock, queue, ingest, since } = await watching();
    expect(since()).toEqual(['drift 0']);
    const tasks = [metadataOf(t1), contentOf(t1)];
    ingest(t1, tasks);
    expect(since()).toEqual(['drift 1', 'cached 0 v1']);
    clock.advance(30);
    await queue.done([metadataOf(t1)], []);
    await queue.done(tasks.slice(0, 1), []);
    expect(since()).toEqual([]);
    await queue.done(tasks, []);
    expect(since()).toEqual(['propagated 0 v1 after 30', 'drift 0']);
  });

  it('of a thread that moved on meanwhile, the later version is, once that has arrived', async () => {
    const { clock, queue, ingest, since, metrics } = await watching();
    const [first, second] = [metadataOf(t1), metadataOf(t1)];
    ingest(t1, [first]);
    clock.advance(5);
    ingest(t1, [second]);
    clock.advance(10);
    await queue.done([first], []);
    expect(since()).toEqual(['drift 0', 'drift 1', 'cached 0 v1', 'cached 0 v2']);
    await queue.done([second], []);
    expect(since()).toEqual(['propagated 0 v2 after 10', 'drift 0']);
    expect(metrics.figures().syncDelay).toMatchObject({ count: 2, sumMs: 25 });
  });

  it('what the last pass left quarantined is apart, and is not said to have arrived', async () => {
    const { queue, ingest, propagation, since } = await watching();
    const task = metadataOf(t1);
    ingest(t1, [task]);
    propagation.passed(new Set([t1, t2]));
    await queue.done([task], []);
    expect(since()).toEqual(['drift 0', 'drift 1', 'cached 0 v1', 'drift 2']);
    propagation.passed(new Set([t2]));
    expect(since()).toEqual(['propagated 0 v1 after 0', 'drift 1']);
    propagation.passed(new Set());
    expect(since()).toEqual(['drift 0']);
  });

  it('after a restart what is still queued is apart, and has taken as long as this life at least', async () => {
    const before = await watching();
    await before.store.write(before.queue.writesFor([metadataOf(t1)]));
    const { clock, queue, since } = await watching(before.store, new Map([[t1, 4]]));
    expect(since()).toEqual(['drift 0', 'drift 1']);
    clock.advance(7);
    await queue.done(queue.tasks(), []);
    expect(since()).toEqual(['propagated 0 v4 after 7', 'drift 0']);
  });

  it('[ME10] in whatever order threads move on and arrive, what waits is what is queued, and all of it is told in the end', async () => {
    const acts = fc.array(fc.record({ ms: fc.nat(100), thread: fc.constantFrom(...threads), arrives: fc.boolean() }), {
      maxLength: 40,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(acts, async (list) => {
        const { clock, queue, ingest, versions, metrics } = await watching();
        for (const { ms, thread, arrives } of list) {
          clock.advance(ms);
          if (arrives)
            await queue.done(
              queue.tasks().filter((task) => task.thread === thread),
              [],
            );
          else ingest(thread, [metadataOf(thread), contentOf(thread)]);
          const apart = new Set(queue.tasks().map((task) => task.thread));
          expect(metrics.figures().drift.threads).toBe(apart.size);
          if (apart.size === 0) expect(metrics.figures().waiting).toBe(0);
        }
        await queue.done(queue.tasks(), []);
        const all = [...versions.values()].reduce((sum, each) => sum + each, 0);
        expect(metrics.figures()).toMatchObject({ syncDelay: { count: all }, waiting: 0, drift: { threads: 0 } });
      }),
    );
  });
});
