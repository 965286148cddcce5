import { describe, expect, it } from 'vitest';
import type { Action } from './action.ts';
import { observe } from './observe.ts';
import type { Thread } from './solana/state.ts';
import { asks, at, connects, crashes, creates, leaves, loses, play, posts, refused, smallWorld, startMs } from './stories.ts';
import { act } from './system.ts';
import { viewAt } from './view.ts';
import { createWorld, type WorldSetup } from './world.ts';

const world = smallWorld();

describe('createWorld', () => {
  it('[MW1] starts with everybody connected and signed in, client i at backend i mod n', () => {
    expect(observe(world)).toEqual({
      ledger: {
        threads: [],
        wallets: [
          ['wallet#0', 1_000n],
          ['wallet#1', 1_000n],
          ['wallet#2', 1_000n],
        ],
        treasury: 0n,
        escrowed: 0n,
      },
      content: { threads: [], recorded: [], pending: [] },
      backends: [
        { backend: 'backend#0', cache: [], sessions: ['wallet#0', 'wallet#2'] },
        { backend: 'backend#1', cache: [], sessions: ['wallet#1'] },
      ],
      clients: [0, 1, 2].map((index) => ({
        client: `wallet#${index}`,
        backend: `backend#${index % 2}`,
        threads: [],
        unsettled: 0,
      })),
    });
  });

  it('[MW1] refuses a setup that describes no world, saying what was expected', () => {
    const setup: WorldSetup = { wallets: [{ name: 'a', balance: 0n }], backends: ['x'], minimumStake: 0n, nowMs: 0 };
    const wrong: readonly [Partial<WorldSetup>, string][] = [
      [{ wallets: [] }, 'createWorld: wallets: expected at least one'],
      [{ backends: [] }, 'createWorld: backends: expected at least one'],
      [{ wallets: [...setup.wallets, ...setup.wallets] }, 'createWorld: wallets: expected distinct names, got a, a'],
      [{ backends: ['x', 'x'] }, 'createWorld: backends: expected distinct names, got x, x'],
      [{ wallets: [{ name: 'a', balance: -1n }] }, 'createWorld: wallets: expected a balance of at least 0, got -1 for a'],
      [{ minimumStake: -1n }, 'createWorld: minimumStake: expected at least 0, got -1'],
      [{ nowMs: 0.5 }, 'createWorld: nowMs: expected whole milliseconds since 1970, got 0.5'],
      [{ nowMs: -1 }, 'createWorld: nowMs: expected whole milliseconds since 1970, got -1'],
    ];
    for (const [change, message] of wrong) expect(() => createWorld({ ...setup, ...change })).toThrow(new RangeError(message));
    expect(() => createWorld(setup)).not.toThrow();
  });

  it('[MW1] shows of a thread at a version what it was then', () => {
    const posted = play(world, creates(0), posts(0, 'hi'), posts(0, 'again'));
    const thread = posted.solana.threads.get('thread#0') as Thread;
    expect([1, 2, 3].map((version) => viewAt(thread, version).messages.map(({ text }) => text))).toEqual([
      [],
      ['hi'],
      ['hi', 'again'],
    ]);
  });

  it('[MW1] refuses actions that name nobody or go back in time, changing nothing', () => {
    const wrong: readonly [Action, string][] = [
      [asks(9, { kind: 'disconnect' }), 'UnknownClient'],
      [connects(0, 9), 'UnknownBackend'],
      [crashes(9), 'UnknownBackend'],
      [at(-1), 'ClockWentBack'],
      [{ kind: 'round', untilMs: startMs - 1 }, 'ClockWentBack'],
      [{ ...creates(0), untilMs: startMs - 1 } as Action, 'ClockWentBack'],
    ];
    expect(() => play(world, creates(0), loses('solana', true), leaves(0))).toThrow('expected one possible world, got 2');
    for (const [action, code] of wrong) expect(act(world, action)).toEqual([{ world, answer: refused(code) }]);
    expect(act(world, at(0))).toEqual([{ world, answer: { kind: 'done' } }]);
  });
});
