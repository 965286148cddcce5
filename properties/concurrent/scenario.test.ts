import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAny, printAny } from '#properties/corpus/corpus.ts';
import { ScenarioError } from '#properties/scenario-file/parts.ts';
import { concurrentScenarios } from './arbitrary.ts';
import { describeScenario, describeStrategy } from './describe.ts';
import type { ConcurrentScenario } from './scenario.ts';

const content = { thread: 'thread#0', author: 'wallet#1', text: 'hi "there"' };

const full: ConcurrentScenario = {
  format: 1,
  kind: 'concurrent',
  setup: {
    wallets: 2,
    backends: 2,
    balance: 100_000n,
    skewMs: [0, 5_000],
    roundMs: 4_000,
    clientRoundMs: 9_000,
    beginsApart: true,
    raceMs: 5_000,
  },
  strategy: { kind: 'segments', segments: [{ task: '#1 wallet#0', events: 3 }] },
  commands: [
    {
      id: 1,
      actor: 'wallet#0',
      op: { kind: 'submitSpec', thread: 'thread#0', text: content.text, stake: 2n ** 63n },
      priority: 2,
      demotions: [{ at: 4, to: -1 }],
      faults: [{ at: 1, position: 'after', fault: { kind: 'S3-answerLost', as: 'reset' } }],
    },
    { id: 3, actor: 'world#0', op: { kind: 'loseContent', content }, priority: 0, demotions: [], faults: [] },
    { id: 4, actor: 'wallet#1', op: { kind: 'close' }, priority: 0, demotions: [], faults: [] },
    {
      id: 5,
      actor: 'wallet#1',
      op: { kind: 'readContent', thread: 'thread#0', from: 2, limit: 64 },
      priority: 0,
      demotions: [],
      faults: [],
    },
  ],
  found: { property: 'OR5', ledger: 'memory', seed: 1, message: 'two\nlines' },
};

/** The text with one piece replaced, which must occur. */
function damaged(find: string, replace: string): string {
  const text = printAny(full);
  if (!text.includes(find)) throw new Error(`${find} is not in the scenario`);
  return text.replace(find, replace);
}

describe('[SC3] a concurrent scenario file', () => {
  it('reads back as what was written, one command a line', () => {
    const text = printAny(full);
    expect(parseAny(text)).toEqual(full);
    expect(text.split('\n').filter((line) => line.startsWith('    {"id"'))).toHaveLength(full.commands.length);
  });

  it('reads back whatever the generator draws, and says it in lines of its own', () => {
    fc.assert(
      fc.property(concurrentScenarios({ maxCommands: 14 }), (scenario) => {
        expect(parseAny(printAny(scenario))).toEqual(scenario);
        expect(describeScenario(scenario)).toHaveLength(scenario.commands.length + 2);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it.each([
    [[], 'one task at a time, each as far as it gets'],
    [
      [
        { task: '#0 wallet#0', events: 2 },
        { task: '#0 wallet#0', events: 1, key: '#0 wallet#0 wallet#1/channel.push#1' },
      ],
      'first 2 of #0 wallet#0, then #0 wallet#0 wallet#1/channel.push#1; then one task at a time, each as far as it gets',
    ],
    [[{ task: '#0 wallet#0', events: 2 }], 'first 2 of #0 wallet#0; then one task at a time, each as far as it gets'],
  ])('says in words what segments %j do', (segments, words) => {
    expect(describeStrategy({ kind: 'segments', segments })).toBe(words);
  });
});

describe('[SC4] a concurrent scenario file that does not fit is refused with the path inside it and the reason', () => {
  it.each([
    ['another format', '"format": 1', '"format": 2', 'format'],
    ['a kind that is none', '"kind": "concurrent"', '"kind": "parallel"', 'kind'],
    ['an unknown operation', '"submitSpec"', '"submitTwice"', 'commands.0.op.kind'],
    ['an unknown fault', 'S3-answerLost', 'S99-meteor', 'commands.0.faults.0.fault.kind'],
    ['a fault on the wrong side', '"kind":"S3-answerLost","as":"reset"', '"kind":"S1-dropped"', 'commands.0.faults.0.position'],
    ['a wallet that is not there', '"actor":"wallet#0"', '"actor":"wallet#7"', 'commands.0'],
    [
      'the world doing what a client does',
      '"actor":"wallet#1","op":{"kind":"close"',
      '"actor":"world#1","op":{"kind":"close"',
      'commands.2.actor',
    ],
    ['a dangling author', '"author":"wallet#1"', '"author":"wallet#9"', 'commands.1'],
    ['the same id twice', '"id":3', '"id":1', 'commands.1.id'],
    ['an unknown field', '"priority":2', '"priority":2,"urgency":2', 'commands.0'],
    ['a call before the first', '"at":1,"position"', '"at":0,"position"', 'commands.0.faults.0.at'],
  ])('%s', (_what, find, replace, path) => {
    let refusal: unknown = null;
    try {
      parseAny(damaged(find, replace));
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(ScenarioError);
    expect((refusal as ScenarioError).path).toBe(path);
    expect((refusal as ScenarioError).message.length).toBeGreaterThan(path.length + 5);
  });

  it('what is no JSON', () => {
    expect(() => parseAny('{')).toThrow(/not JSON/);
  });
});
