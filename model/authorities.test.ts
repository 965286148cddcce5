/** What the reducers of Qdrant, backend and frontend do to their states; which endings there are is `transitions.test.ts`. */
import { describe, expect, it } from 'vitest';
import {
  type BackendAction,
  type BackendState,
  freshBackend,
  nonceLifetimeMs,
  sessionLifetimeMs,
  stepBackend,
} from './backend.ts';
import { type FrontendAction, type FrontendState, freshFrontend, stepFrontend } from './frontend.ts';
import { endingOf, valueOr } from './outcome.ts';
import { emptyQdrant, type QdrantAction, type QdrantState, stepQdrant } from './qdrant.ts';

const stored = (...actions: readonly QdrantAction[]): QdrantState =>
  actions.reduce((state, action) => stepQdrant(state, action).state, emptyQdrant);
const served = (start: BackendState, ...actions: readonly BackendAction[]): BackendState =>
  actions.reduce((state, action) => stepBackend(state, action).state, start);
const shown = (...actions: readonly FrontendAction[]): FrontendState =>
  actions.reduce((state, action) => stepFrontend(state, action).state, freshFrontend);

describe('Qdrant', () => {
  const content = { hash: 'h', thread: 't', author: 'a', text: 'hello' };

  it('[MQ1] never moves a recorded message back, and is changed by nothing but another place', () => {
    const recorded = stored({ kind: 'putRecorded', content, sequence: 3 });
    const again: readonly QdrantAction[] = [
      { kind: 'putPending', content: { ...content, text: 'other' } },
      { kind: 'markRecorded', hash: 'h', sequence: 3 },
      { kind: 'discardPending', hash: 'h' },
      { kind: 'putRecorded', content, sequence: 3 },
    ];
    for (const action of again) expect(stepQdrant(recorded, action).state, action.kind).toBe(recorded);
    expect(recorded.messages.get('h')).toEqual({ ...content, state: 'recorded', sequence: 3 });
    for (const action of [
      { kind: 'markRecorded', hash: 'h', sequence: 9 } as const,
      { kind: 'putRecorded', content, sequence: 9 } as const,
    ])
      expect(stepQdrant(recorded, action).state.messages.get('h')).toEqual({ ...content, state: 'recorded', sequence: 9 });
  });

  it('[MQ1] restores an altered text and lost content with the whole message', () => {
    const damaged: readonly QdrantAction[] = [
      { kind: 'alterText', hash: 'h', text: 'bye' },
      { kind: 'loseMessage', hash: 'h' },
    ];
    for (const damage of damaged) {
      const mended = stored({ kind: 'putRecorded', content, sequence: 3 }, damage, { kind: 'putRecorded', content, sequence: 3 });
      expect(mended.messages.get('h')).toEqual({ ...content, state: 'recorded', sequence: 3 });
    }
  });

  it('[MQ1] marks pending content recorded without its text, and discards it while pending', () => {
    const pending = stored({ kind: 'putPending', content });
    expect(pending.messages.get('h')).toEqual({ ...content, state: 'pending', sequence: null });
    expect(stepQdrant(pending, { kind: 'markRecorded', hash: 'h', sequence: 0 }).state.messages.get('h')).toEqual({
      ...content,
      state: 'recorded',
      sequence: 0,
    });
    expect(stepQdrant(pending, { kind: 'discardPending', hash: 'h' }).state).toEqual(emptyQdrant);
  });

  it('[MQ2] writes metadata only when newer', () => {
    const at = (version: number) => ({ thread: 't', version, coAuthors: [`v${version}`], messageCount: 0 });
    const put = (version: number): QdrantAction => ({ kind: 'putThread', metadata: at(version) });
    expect(stored(put(2), put(1), put(2)).threads.get('t')).toEqual(at(2));
    expect(stored(put(1), put(3)).threads.get('t')).toEqual(at(3));
    const [two, nothing] = [stored(put(2)), stored()];
    expect(stepQdrant(two, put(2)).state).toBe(two);
    expect(stepQdrant(nothing, { kind: 'loseThread', thread: 't' }).state).toBe(nothing);
    expect(stored(put(3), { kind: 'loseThread', thread: 't' }, put(1)).threads.get('t')).toEqual(at(1));
  });
});

describe('backend', () => {
  const wallet = 'a';
  const signIn = (nowMs: number, nonce = 'nonce#0', who = wallet): BackendAction => ({
    kind: 'signIn',
    wallet: who,
    nonce,
    nowMs,
  });
  const asked = served(freshBackend, { kind: 'issueNonce', wallet, nowMs: 0 });
  const authorize = (state: BackendState, token: string, nowMs: number, who = wallet) =>
    endingOf(stepBackend(state, { kind: 'authorize', token, wallet: who, nowMs }).outcome);

  it('[MB1] a nonce is good once, for its wallet, for five minutes', () => {
    expect(valueOr(stepBackend(freshBackend, { kind: 'issueNonce', wallet, nowMs: 0 }).outcome, '')).toBe('nonce#0');
    expect(endingOf(stepBackend(asked, signIn(nonceLifetimeMs - 1)).outcome)).toBe('ok');
    expect(endingOf(stepBackend(asked, signIn(nonceLifetimeMs)).outcome)).toBe('NonceInvalid');
    expect(endingOf(stepBackend(asked, signIn(0, 'nonce#0', 'b')).outcome)).toBe('NonceInvalid');
    expect(endingOf(stepBackend(asked, signIn(0, 'nonce#1')).outcome)).toBe('NonceInvalid');
    expect(endingOf(stepBackend(served(asked, signIn(0)), signIn(0)).outcome)).toBe('NonceInvalid');
    expect(endingOf(stepBackend(served(asked, signIn(0, 'nonce#0', 'b')), signIn(0)).outcome)).toBe('NonceInvalid');
  });

  it('[MB1] a session is good for its wallet for 24 hours or until it is signed out; older ones stay', () => {
    const twice = served(asked, signIn(0), { kind: 'issueNonce', wallet, nowMs: 5 }, signIn(5, 'nonce#1'));
    expect(authorize(twice, 'token#0', sessionLifetimeMs - 1)).toBe('ok');
    expect(authorize(twice, 'token#0', sessionLifetimeMs)).toBe('Unauthenticated');
    expect(authorize(twice, 'token#1', sessionLifetimeMs)).toBe('ok');
    expect(authorize(twice, 'token#0', 0, 'b')).toBe('Unauthenticated');
    const out = served(twice, { kind: 'signOut', token: 'token#1', wallet, nowMs: 6 });
    expect([authorize(out, 'token#1', 6), authorize(out, 'token#0', 6)]).toEqual(['Unauthenticated', 'ok']);
  });

  it('[MB2] a crash takes back what was not synced, connections and nonces; a restart loads what was', () => {
    const synced = served(asked, signIn(0), { kind: 'ingest', thread: 't', version: 3 }, { kind: 'sync' });
    const busy = served(
      synced,
      { kind: 'attach', client: 'a' },
      { kind: 'ingest', thread: 't', version: 4 },
      { kind: 'keepIntent', id: 'i', client: 'a' },
      { kind: 'issueNonce', wallet, nowMs: 0 },
    );
    const back = served(busy, { kind: 'crash' }, { kind: 'restart' });
    expect(back.memory).toBe(synced.memory);
    expect([back.peers.size, back.nonces.size, back.noncesIssued]).toEqual([0, 0, 2]);
    expect(served(busy, { kind: 'restart' })).toBe(busy);
    expect(served(synced, { kind: 'sync' })).toBe(synced);
  });

  it('[MB2] the cache only goes forward, but may forget', () => {
    const cached = served(freshBackend, { kind: 'ingest', thread: 't', version: 3 });
    for (const version of [2, 3]) expect(served(cached, { kind: 'ingest', thread: 't', version })).toBe(cached);
    expect(served(cached, { kind: 'evict', thread: 't' }).memory.cache.size).toBe(0);
  });

  it('[MB3] an intent is kept once, signed, and dropped', () => {
    const kept = served(freshBackend, { kind: 'keepIntent', id: 'i', client: 'a' });
    const signed = served(kept, { kind: 'signIntent', id: 'i' });
    expect(kept.memory.outbox.get('i')).toEqual({ id: 'i', client: 'a', stage: 'kept' });
    expect(served(signed, { kind: 'keepIntent', id: 'i', client: 'a' }).memory.outbox.get('i')?.stage).toBe('signed');
    expect(served(signed, { kind: 'keepIntent', id: 'i', client: 'b' })).toBe(signed);
    const dropped = served(signed, { kind: 'dropIntent', id: 'i' });
    expect(dropped.memory.outbox.size).toBe(0);
    expect(served(dropped, { kind: 'dropIntent', id: 'i' })).toBe(dropped);
  });

  it('[MB1] [MB2] [MB3] answers the empty text to whatever gives neither a nonce nor a token', () => {
    const session = served(asked, signIn(0));
    const intent = { id: 'i', client: 'a' };
    const all: readonly BackendAction[] = [
      ...[{ kind: 'attach', client: 'a' } as const, { kind: 'detach', client: 'a' } as const],
      { kind: 'authorize', token: 'token#0', wallet, nowMs: 1 },
      ...[{ kind: 'ingest', thread: 't', version: 1 } as const, { kind: 'evict', thread: 't' } as const],
      ...[{ kind: 'keepIntent', ...intent } as const, { kind: 'keepIntent', ...intent } as const],
      ...[
        { kind: 'signIntent', id: 'i' } as const,
        { kind: 'dropIntent', id: 'i' } as const,
        { kind: 'dropIntent', id: 'i' } as const,
      ],
      { kind: 'signOut', token: 'token#0', wallet, nowMs: 1 },
      ...[{ kind: 'sync' } as const, { kind: 'crash' } as const, { kind: 'restart' } as const, { kind: 'restart' } as const],
    ];
    let state = session;
    for (const action of all) {
      const step = stepBackend(state, action);
      expect([action.kind, step.outcome]).toEqual([action.kind, { kind: 'ok', value: '' }]);
      state = step.state;
    }
  });

  it('[MB1] looking at a session changes nothing', () => {
    const session = served(asked, signIn(0));
    expect(served(session, { kind: 'authorize', token: 'token#0', wallet, nowMs: 1 })).toBe(session);
  });

  it('[MB1] knows its clients until they go', () => {
    const both = served(freshBackend, { kind: 'attach', client: 'a' }, { kind: 'attach', client: 'b' });
    expect(served(both, { kind: 'detach', client: 'a' }).peers).toEqual(new Set(['b']));
  });
});

describe('frontend', () => {
  it('[MF1] a view never goes back, whatever backend it comes from', () => {
    const client = shown(
      { kind: 'connect', backend: 'x' },
      { kind: 'show', thread: 't', version: 5 },
      { kind: 'connect', backend: 'y' },
      { kind: 'show', thread: 't', version: 3 },
    );
    expect([client.backend, client.views.get('t')]).toEqual(['y', 5]);
  });

  it('[MF1] keeps one token a backend', () => {
    const client = shown(
      { kind: 'connect', backend: 'x' },
      { kind: 'keepToken', token: '1' },
      { kind: 'keepToken', token: '2' },
      { kind: 'connect', backend: 'y' },
      { kind: 'keepToken', token: '3' },
    );
    expect(client.tokens).toEqual(new Map([['x', '2'], ['y', '3']])); // biome-ignore format: pairs
    expect(stepFrontend(client, { kind: 'forgetToken' }).state.tokens).toEqual(new Map([['x', '2']]));
  });

  it('[MF2] a write is optimistic until answered, unsettled while its end is unknown, then gone', () => {
    const begun = shown({ kind: 'connect', backend: 'x' }, { kind: 'keepToken', token: '1' }, { kind: 'beginWrite', id: 'w' });
    expect(begun.writes.get('w')).toEqual({ backend: 'x', stage: 'optimistic' });
    const unsettled = stepFrontend(begun, { kind: 'endWrite', id: 'w', known: false }).state;
    expect(unsettled.writes.get('w')).toEqual({ backend: 'x', stage: 'unsettled' });
    const away = stepFrontend(unsettled, { kind: 'disconnect' }).state;
    expect(stepFrontend(away, { kind: 'endWrite', id: 'w', known: true }).state.writes.size).toBe(0);
  });

  it('[MF1] connecting where it is and disconnecting offline change nothing', () => {
    const client = shown({ kind: 'connect', backend: 'x' });
    expect(stepFrontend(client, { kind: 'connect', backend: 'x' }).state).toBe(client);
    const shows = stepFrontend(client, { kind: 'show', thread: 't', version: 1 }).state;
    expect(stepFrontend(shows, { kind: 'show', thread: 't', version: 1 }).state).toBe(shows);
    expect(stepFrontend(freshFrontend, { kind: 'disconnect' }).state).toBe(freshFrontend);
  });
});

describe('outcomes', () => {
  it('[MC5] has one word for each ending', () => {
    expect([
      endingOf({ kind: 'ok', value: 1 }),
      endingOf({ kind: 'refused', code: 'No' }),
      endingOf({ kind: 'unknown' }),
    ]).toEqual(['ok', 'No', 'unknown']);
    expect([valueOr({ kind: 'ok', value: 1 }, 2), valueOr({ kind: 'unknown' }, 2)]).toEqual([1, 2]);
  });
});
