import { describe, expect, it } from 'vitest';
import type { Operation } from '../action.ts';
import { observe } from '../observe.ts';
import {
  answerTo,
  asks,
  at,
  client,
  confirmed,
  connects,
  contentBy,
  crashes,
  creates,
  disconnects,
  done,
  play,
  refused,
  restarts,
  signsIn,
  signsOut,
  smallWorld,
} from '../stories.ts';

const world = smallWorld();

describe('sessions and connections', () => {
  it('[MW2] a request needs a connection, then a session', () => {
    const operations: readonly Operation[] = [
      { kind: 'createThread', thread: 'thread#0' },
      { kind: 'post', thread: 'thread#0', text: '' },
      { kind: 'submitSpec', thread: 'thread#0', text: '', stake: 0n },
      { kind: 'vote', content: contentBy(0, 'x'), choice: 'deny' },
      { kind: 'settle', content: contentBy(0, 'x') },
      { kind: 'divest', thread: 'thread#0' },
      { kind: 'readStrong', thread: 'thread#0' },
      { kind: 'readCached', thread: 'thread#0' },
      { kind: 'search', text: '' },
      { kind: 'signOut' },
    ];
    for (const operation of operations) {
      expect(answerTo(world, disconnects(0), asks(0, operation))).toEqual(refused('Disconnected'));
      expect(answerTo(world, signsOut(0), asks(0, operation))).toEqual(refused('Unauthenticated'));
    }
    expect(answerTo(world, disconnects(0), signsIn(0))).toEqual(refused('Disconnected'));
    expect(answerTo(world, disconnects(0), disconnects(0))).toEqual(done);
  });

  it('[MW2] a token is kept for its backend and good for 24 hours', () => {
    expect(answerTo(world, connects(0, 1), creates(0))).toEqual(refused('Unauthenticated'));
    expect(answerTo(world, connects(0, 1), connects(0, 0), creates(0))).toEqual(confirmed(1));
    expect(answerTo(world, connects(0, 1), signsIn(0), creates(0))).toEqual(confirmed(1));
    expect(answerTo(world, at(86_399_999), creates(0))).toEqual(confirmed(1));
    expect(answerTo(world, at(86_400_000), creates(0))).toEqual(refused('Unauthenticated'));
    expect(observe(play(world, at(86_400_000))).backends.map(({ sessions }) => sessions)).toEqual([[], []]);
  });

  it('[MW2] signing out revokes the token in use; older sessions stay, but the client has no token for them', () => {
    const out = play(world, at(1), signsIn(0), signsOut(0));
    expect(observe(out).backends[0]?.sessions).toEqual(['wallet#0', 'wallet#2']);
    expect(answerTo(out, creates(0))).toEqual(refused('Unauthenticated'));
    expect(observe(play(world, signsOut(0))).backends[0]?.sessions).toEqual(['wallet#2']);
    expect(observe(play(world, signsOut(0), crashes(0), restarts(0))).backends[0]?.sessions).toEqual(['wallet#2']);
  });

  it('[MW2] a refused connect leaves the client offline, a crash takes its clients, sessions survive', () => {
    const crashed = play(world, crashes(1));
    expect(observe(crashed).clients.map(({ backend }) => backend)).toEqual(['backend#0', null, 'backend#0']);
    expect(observe(crashed).backends.map(({ backend }) => backend)).toEqual(['backend#0']);
    expect(answerTo(crashed, connects(0, 1))).toEqual(refused('BackendUnavailable'));
    expect(client(play(crashed, connects(0, 1)), 0)?.backend).toBeNull();
    expect(answerTo(crashed, restarts(1), connects(1, 1), creates(1))).toEqual(confirmed(1));
    expect(play(crashed, crashes(1))).toEqual(crashed);
    expect(play(world, restarts(1))).toEqual(world);
    expect(client(play(world, connects(0, 0)), 0)?.backend).toBe('backend#0');
  });
});
