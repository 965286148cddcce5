/** Arrows of hand-made steps. What whole runs have: `properties/report/report.test.ts`. */
import { describe, expect, it } from 'vitest';
import type { EventKind } from '../engine/event.ts';
import { arrowOf } from './arrows.ts';
import type { Arrow } from './report-model.ts';
import { sentenceOf } from './sentences.ts';

const task = '#3 wallet#2';
const connected = (client: string): string | null => (client === 'wallet#2' ? 'backend#1' : null);

const arrow = (key: string, kind: EventKind = 'effect', of = task): Arrow => arrowOf({ key, kind, task: of }, connected);

/** `lane:actor -> lane:actor, kind, label`. */
function told({ from, to, kind, label }: Arrow): string {
  return `${from.lane}:${from.actor} -> ${to.lane}:${to.actor}, ${kind}, ${label}`;
}

describe('[RP2] each step is an arrow from who does it to whom it is done to', () => {
  it.each([
    ['a client asks', 'wallet#2/channel.request#1', 'effect', 'frontends:wallet#2 -> backends:backend#1, call, request'],
    ['a client is answered', 'wallet#2/channel.reply#1', 'effect', 'backends:backend#1 -> frontends:wallet#2, answer, reply'],
    ['a reopened client is told', 'wallet#2.3/channel.push#2', 'effect', 'backends:backend#1 -> frontends:wallet#2, call, push'],
    ['by whom nobody knows', 'wallet#0/channel.push#2', 'effect', 'backends:a backend -> frontends:wallet#0, call, push'],
    ['a person closes a program', 'person/close#1', 'effect', 'clients:wallet#2 -> frontends:wallet#2, call, closes'],
    ['a call to Solana', 'backend#1/ledger.submit#12', 'effect', 'backends:backend#1 -> Solana:Solana, call, submit'],
    ['its answer', 'backend#1/ledger.submit#12 reply', 'response', 'Solana:Solana -> backends:backend#1, answer, submit'],
    ['a client asks Solana itself', 'wallet#2/ledger.thread#1', 'effect', 'frontends:wallet#2 -> Solana:Solana, call, thread'],
    ['a call to Qdrant', 'backend#0/content.putThread#1', 'effect', 'backends:backend#0 -> Qdrant:Qdrant, call, putThread'],
    ['its answer', 'backend#0/content.thread#1 reply', 'response', 'Qdrant:Qdrant -> backends:backend#0, answer, thread'],
    ['a store', 'backend#0/store.sync#1', 'effect', 'backends:backend#0 -> backends:backend#0, own, store.sync'],
    ['a backend that slept', 'backend#0/sleep#1', 'timer', 'backends:backend#0 -> backends:backend#0, timer, wakes'],
    ['Solana is cut off', 'world/cut solana#1', 'effect', 'world:world -> Solana:Solana, call, cut solana'],
    ['that it is done', 'world/cut qdrant#1 reply', 'response', 'Qdrant:Qdrant -> world:world, answer, done: cut qdrant'],
    ['contents are lost', 'world/loseContent#1', 'effect', 'world:world -> Qdrant:Qdrant, call, loseContent'],
    [
      'a backend comes back',
      'network/backend#1 restarts#1',
      'effect',
      'world:world -> backends:backend#1, call, backend#1 restarts',
    ],
    ['time passes', 'world/pause#1', 'effect', 'world:world -> world:world, call, pause'],
  ] as const)('%s', (_what, call, kind, expected) => {
    expect(told(arrow(`${task} ${call}`, kind))).toBe(expected);
  });

  it('and so is background work, of whose it is', () => {
    const rounds = told(arrow('wallet#1 rounds timer/sleep#4', 'timer', 'wallet#1 rounds'));
    expect(rounds).toBe('frontends:wallet#1 -> frontends:wallet#1, timer, wakes');
    expect(told(arrow('later 2 network/sleep#1', 'timer', 'later 2'))).toBe('world:world -> world:world, timer, later 2 wakes');
  });

  it('and a sentence', () => {
    expect(sentenceOf(arrow('wallet#2/channel.request#1'))).toBe('wallet#2 asks backend#1: request');
    expect(sentenceOf(arrow('wallet#2/channel.reply#1'))).toBe('backend#1 answers wallet#2: reply');
    expect(sentenceOf(arrow('wallet#2/channel.push#1'))).toBe('backend#1 to wallet#2: push');
    expect(sentenceOf(arrow('person/close#1'))).toBe('the person at wallet#2 asks wallet#2: closes');
    expect(sentenceOf(arrow('backend#0/store.sync#1'))).toBe('backend#0: store.sync');
    expect(sentenceOf(arrow('world/cut solana#1'))).toBe('the world to Solana: cut solana');
    expect(sentenceOf(arrow('world/pause#1 reply', 'response'))).toBe('the world: done: pause');
  });
});
