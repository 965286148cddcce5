/** What clients are known to hold, by what they say and what they are sent. Not shown: that channels carry it. */
import bs58 from 'bs58';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ThreadView } from '../../core/protocol.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { sliceOf } from '../../core/thread-slice.ts';
import { type ThreadId, threadId, walletId } from '../../ports/ids.ts';
import { CONFIRM_WITHIN_MS, PeerViews } from './peer-views.ts';

const creator = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const threads = ['01', '02', '03'].map((each) => threadId(each.repeat(32)));
const [t1, t2] = threads as [ThreadId, ThreadId];
const viewOf = (thread: ThreadId, version: number): ThreadView => ({
  ...{ thread, version, coAuthors: [creator], vault: 0n, messages: [], specs: [] },
});
const sliced = (...views: readonly ThreadView[]) => views.map((view) => sliceOf(view, 0));
const known = (thread: ThreadId, version: number) => ({ thread, version, messages: 0 });

function watching(...peers: readonly string[]) {
  const clock = new ScriptedClock(0);
  const views = new PeerViews(clock);
  for (const id of peers) views.connected({ id });
  return { clock, views, of: (id: string) => views.evidence().find(({ peer }) => peer === id) };
}

describe('[HL5] a client', () => {
  it('that has said nothing is known to lack nothing, and that is said', () => {
    const { views, clock } = watching('a');
    clock.advance(5);
    expect(views.evidence()).toEqual([{ peer: 'a', saidMsAgo: null, lagging: 0, onTheirWay: 0, lagMs: 0 }]);
  });

  it('lacks what it did not say, except what it is answered with', () => {
    const { views, clock, of } = watching('a', 'b');
    const cached = [viewOf(t1, 2), viewOf(t2, 3)];
    views.said('a', [known(t1, 2), known(t2, 1)], cached, []);
    views.said('b', [known(t2, 3)], cached, sliced(viewOf(t1, 2)));
    clock.advance(10);
    expect(of('a')).toEqual({ peer: 'a', saidMsAgo: 10, lagging: 1, onTheirWay: 0, lagMs: 10 });
    expect(of('b')).toEqual({ peer: 'b', saidMsAgo: 10, lagging: 0, onTheirWay: 1, lagMs: 0 });
    views.said('a', [known(t1, 2), known(t2, 3)], cached, []);
    expect(of('a')).toMatchObject({ saidMsAgo: 0, lagging: 0, onTheirWay: 0, lagMs: 0 });
  });

  it('that was sent something lags only when it does not confirm it in time, since it was cached', () => {
    const { views, clock, of } = watching('a');
    views.published([{ thread: t1 }], true);
    clock.advance(CONFIRM_WITHIN_MS);
    expect(of('a')).toMatchObject({ lagging: 0, onTheirWay: 1, lagMs: 0 });
    clock.advance(1);
    expect(of('a')).toMatchObject({ lagging: 1, onTheirWay: 0, lagMs: CONFIRM_WITHIN_MS + 1 });
    views.published([{ thread: t1 }], true);
    expect(of('a')).toMatchObject({ lagging: 1 });
    views.said('a', [known(t1, 4)], [viewOf(t1, 4)], []);
    expect(of('a')).toMatchObject({ lagging: 0, onTheirWay: 0 });
  });

  it('whose push was lost lags since it was cached, though it is answered again and again', () => {
    const { views, clock, of } = watching('a');
    views.published([{ thread: t1 }], true);
    for (const ms of [20_000, 20_000]) {
      clock.advance(ms);
      views.said('a', [], [viewOf(t1, 1)], sliced(viewOf(t1, 1)));
    }
    expect(of('a')).toMatchObject({ lagging: 1, lagMs: 40_000 });
  });

  it('lags at once in what no frame could take, and a later push does not bring what was before it', () => {
    const { views, clock, of } = watching('a');
    views.published([{ thread: t1 }], false);
    clock.advance(3);
    views.published([{ thread: t1 }], true);
    expect(of('a')).toMatchObject({ lagging: 1, onTheirWay: 0, lagMs: 3 });
  });

  it('that is gone, or comes back, is nobody any more', () => {
    const { views } = watching('a', 'b');
    views.published([{ thread: t1 }], false);
    views.gone({ id: 'a' });
    views.said('a', [], [viewOf(t1, 1)], []);
    views.connected({ id: 'b' });
    expect(views.evidence()).toEqual([{ peer: 'b', saidMsAgo: null, lagging: 0, onTheirWay: 0, lagMs: 0 }]);
  });

  it('lacks more than is followed one by one: that is still known', () => {
    const { views, clock, of } = watching('a', 'b');
    const many = Array.from({ length: 1_200 }, (_, n) => viewOf(threadId(n.toString(16).padStart(64, '0')), 1));
    views.said('a', [], many, sliced(...many));
    views.published(many, true);
    clock.advance(4);
    expect(of('a')).toMatchObject({ lagging: 1, onTheirWay: 1_000, lagMs: 4 });
    expect(of('b')).toMatchObject({ lagging: 1, onTheirWay: 1_000 });
    views.said(
      'a',
      many.map(({ thread }) => known(thread, 1)),
      many,
      [],
    );
    expect(of('a')).toMatchObject({ lagging: 0, onTheirWay: 0 });
  });
});

describe('[HL6] whatever is cached, pushed and lost', () => {
  it('a hello that knows every cached version ends all lag, and one that knows none leaves every thread missing', () => {
    const events = fc.array(
      fc.record({ ms: fc.nat(20_000), thread: fc.constantFrom(...threads), isSent: fc.boolean(), says: fc.boolean() }),
      { maxLength: 30, size: 'max' },
    );
    fc.assert(
      fc.property(events, (list) => {
        const { clock, views, of } = watching('a');
        const cache = new Map<ThreadId, ThreadView>();
        for (const { ms, thread, isSent, says } of list) {
          clock.advance(ms);
          cache.set(thread, viewOf(thread, (cache.get(thread)?.version ?? 0) + 1));
          views.published([{ thread }], isSent);
          if (says) views.said('a', [], [...cache.values()], sliced(...cache.values()));
          const { lagging = -1, onTheirWay = -1 } = of('a') ?? {};
          expect(lagging + onTheirWay).toBe(cache.size);
        }
        views.said(
          'a',
          [...cache.values()].map(({ thread, version }) => known(thread, version)),
          [...cache.values()],
          [],
        );
        expect(of('a')).toMatchObject({ lagging: 0, onTheirWay: 0, lagMs: 0 });
      }),
    );
  });
});
