/** Lanes as text, by hand-made steps. How whole runs look: `cli/replay.test.ts`. */
import { describe, expect, it } from 'vitest';
import type { EventKind } from '../engine/event.ts';
import type { TraceStep } from '../engine/trace.ts';
import { laneHead, laneLine } from './lanes.ts';

const startMs = 1_000_000;

const step = (task: string, call: string, kind: EventKind = 'effect', fault: string | null = null): TraceStep => ({
  step: 41,
  virtualTimeMs: startMs + 2_400,
  key: `${task} ${call}`,
  task,
  kind,
  enabled: 1,
  fault,
  result: null,
});

const lineOf = (...args: Parameters<typeof step>): string => laneLine(step(...args), startMs);

/** What stands in each column, by its head. */
function columns(line: string): Readonly<Record<string, string>> {
  const heads = ['step', 'ms', 'clients', 'backends', 'Solana', 'Qdrant', 'world', 'for'];
  const head = laneHead();
  const starts = heads.map((name) => (name === 'step' ? 0 : name === 'ms' ? 6 : head.indexOf(name)));
  const cells = heads.map((name, index) => [name, line.slice(starts[index], starts[index + 1]).trim()] as const);
  return Object.fromEntries(cells.filter(([, text]) => text !== ''));
}

const command = '#3 wallet#2';
const at = { step: '41', ms: '2400', for: command };

describe('[UI4] a trace as lanes: what happens stands in the column of whom it happens to', () => {
  it('names the columns', () => {
    expect(laneHead().trim().split(/\s+/)).toEqual(['step', 'ms', 'clients', 'backends', 'Solana', 'Qdrant', 'world', 'for']);
  });

  it.each([
    ['a client asks', 'wallet#2/channel.request#1', 'effect', { clients: 'wallet#2 --> asks' }],
    ['a client is answered', 'wallet#2/channel.reply#1', 'effect', { clients: 'wallet#2 <-- answer' }],
    ['another client is told', 'wallet#0/channel.push#2', 'effect', { clients: 'wallet#0 <-- push' }],
    ['a reopened client connects', 'wallet#2.2/channel.connect#1', 'effect', { clients: 'wallet#2.2 connects' }],
    ['a person closes a client', 'person/close#1', 'effect', { clients: 'wallet#2 closes' }],
    ['a closed client', 'person/close#1 reply', 'response', { clients: 'wallet#2 is closed' }],
    ['a call to Solana', 'backend#1/ledger.submit#12', 'effect', { backends: 'backend#1 -->', Solana: 'submit' }],
    ['its answer', 'backend#1/ledger.submit#12 reply', 'response', { backends: 'backend#1 <--', Solana: 'submit' }],
    ['a call to Qdrant', 'backend#0/content.putThread#1', 'effect', { backends: 'backend#0 -->', Qdrant: 'putThread' }],
    ['its answer', 'backend#0/content.putThread#1 reply', 'response', { backends: 'backend#0 <--', Qdrant: 'putThread' }],
    ["a backend's own store", 'backend#0/store.sync#1', 'effect', { backends: 'backend#0 syncs' }],
    ['a backend that slept', 'backend#0/sleep#1', 'timer', { backends: 'backend#0 wakes' }],
    ['what the world does', 'world/cut qdrant#1', 'effect', { world: 'cut qdrant' }],
    ['that it is done', 'world/cut qdrant#1 reply', 'response', { world: 'done: cut qdrant' }],
  ] as const)('%s', (_what, call, kind, expected) => {
    expect(columns(lineOf(command, call, kind))).toEqual({ ...at, ...expected });
  });

  it('background work, of whose task it is', () => {
    expect(columns(lineOf('wallet#1 rounds', 'timer/sleep#4', 'timer'))).toMatchObject({ clients: 'wallet#1 wakes' });
    expect(columns(lineOf('later 2', 'network/sleep#1', 'timer'))).toMatchObject({ world: 'later 2 wakes', for: 'later 2' });
    expect(columns(lineOf('later 2', 'network/backend#1 restarts#1'))).toMatchObject({ world: 'backend#1 restarts' });
    const { backends } = columns(lineOf('backend#1 rounds.1', 'backend#1/ledger.thread#1'));
    expect(backends).toBe('backend#1 -->');
  });

  it('marks the step that a fault struck, and no other', () => {
    const call = 'backend#0/ledger.submit#1';
    expect(columns(lineOf(command, call, 'effect', 'S3-answerLost before'))).toEqual({
      ...at,
      backends: 'backend#0 -->',
      Solana: 'submit',
      world: '! S3-answerLost before',
    });
    expect(lineOf(command, call)).not.toContain('!');
  });

  it('never cuts a fault, even beside something else', () => {
    const { world } = columns(lineOf(command, 'world/cut qdrant#1', 'effect', 'C2-slow after'));
    expect(world).toBe('cut qdr… ! C2-slow after');
    expect(lineOf(command, 'world/cut qdrant#1', 'effect', 'Q1-acknowledged before')).toContain('! Q1-acknowledged before');
  });

  it('cuts long names so that it shows, and later columns stay where they are', () => {
    const line = lineOf(command, 'backend#0/content.reconcileEverything#1');
    expect(columns(line)).toEqual({ ...at, backends: 'backend#0 -->', Qdrant: 'reconcileEveryth…' });
    expect(columns(lineOf(command, 'network/a stale replica catches up#1'))['world']).toBe('a stale replica catches…');
  });

  it('stays within 130 columns for the longest names there are, without blanks at the end and without colour', () => {
    const longest = [
      lineOf('#12 wallet#1', 'backend#0/ledger.transactionStatus#3', 'effect', 'S10-preflight before'),
      lineOf('#12 wallet#1', 'backend#0/content.ensureCollections#3 reply', 'response', 'Q1-acknowledged before'),
      lineOf('#12 wallet#1', 'wallet#11.2/channel.reply#1'),
      laneHead(),
    ];
    for (const line of longest) {
      expect(line.length).toBeLessThanOrEqual(130);
      expect(line).toBe(line.trimEnd());
      expect(line).not.toContain('\u001b');
      expect(line).not.toContain('…');
    }
  });
});
