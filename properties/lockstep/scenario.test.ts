import { describe, expect, it } from 'vitest';
import { ScenarioError } from '#properties/scenario-file/parts.ts';
import { describeStep } from './describe-step.ts';
import { parseScenario, printScenario, type Scenario } from './scenario.ts';

const content = { thread: 'thread#0', author: 'wallet#1', text: 'hi "there" \ud800' };

const full: Scenario = {
  format: 1,
  kind: 'lockstep',
  setup: { wallets: 4, backends: 2, balance: 100_000n },
  steps: [
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'createThread', thread: 'thread#0' } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'post', thread: 'thread#0', text: content.text } },
    {
      kind: 'operation',
      client: 'wallet#1',
      operation: { kind: 'submitSpec', thread: 'thread#0', text: 'x'.repeat(99), stake: 2n ** 63n },
    },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'vote', content, choice: 'deny' } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'settle', content } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'divest', thread: 'thread#0' } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'readStrong', thread: 'thread#0' } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'readCached', thread: 'thread#0' } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'search', text: 'hi' } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'search', text: 'hi', thread: 'thread#0', author: 'wallet#3' } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'connect', backend: 'backend#1' } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'disconnect' } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'signIn' } },
    { kind: 'operation', client: 'wallet#0', operation: { kind: 'signOut' } },
    { kind: 'fault', fault: { kind: 'crashBackend', backend: 'backend#0' } },
    { kind: 'fault', fault: { kind: 'restartBackend', backend: 'backend#0' } },
    { kind: 'fault', fault: { kind: 'linkDown', authority: 'solana' } },
    { kind: 'fault', fault: { kind: 'linkUp', authority: 'qdrant' } },
    { kind: 'fault', fault: { kind: 'loseResponse', authority: 'solana', position: 'before', thenDown: true } },
    { kind: 'advance', ms: 1_000 },
  ],
  found: { property: 'I-2', ledger: 'litesvm', seed: 1, message: 'two\nlines' },
};

/** The text with one piece replaced, which must occur. */
function damaged(find: string, replace: string): string {
  const text = printScenario(full);
  if (!text.includes(find)) throw new Error(`${find} is not in the scenario`);
  return text.replace(find, replace);
}

describe('[SC1] a scenario file', () => {
  it('reads back as what was written, one step a line', () => {
    const text = printScenario(full);
    expect(parseScenario(text)).toEqual(full);
    expect(text.split('\n').filter((line) => line.startsWith('    {')).length).toBe(full.steps.length);
    expect(parseScenario(printScenario({ ...full, steps: [] })).steps).toEqual([]);
  });

  it('describes every step in a line of its own words', () => {
    const lines = full.steps.map(describeStep);
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines[3]).toBe('wallet#0 votes deny on spec "hi \\"there\\" \\ud800" by wallet#1 in thread#0');
    expect(lines[18]).toBe("the next write loses solana's answer before the effect, and solana becomes unreachable");
  });
});

describe('[SC2] a scenario file that does not fit is refused with the path inside it and the reason', () => {
  it.each([
    ['not JSON', 'nonsense', '', /not JSON/],
    ['another format number', damaged('"format": 1', '"format": 2'), 'format', /expected 1/],
    ['an unknown key', damaged('"format": 1', '"format": 1, "speed": 3'), '', /speed/],
    ['an unknown operation', damaged('"kind":"divest"', '"kind":"diverge"'), 'steps.5.operation.kind', /./],
    ['an unknown fault', damaged('"kind":"crashBackend"', '"kind":"melt"'), 'steps.14.fault.kind', /./],
    ['a stake that is no number', damaged('"9223372036854775808"', '"1.5"'), 'steps.2.operation.stake', /base units/],
    ['a missing argument', damaged('"choice":"deny"', '"choose":"deny"'), 'steps.3.operation', /./],
    [
      'a wallet that the setup does not have',
      damaged('"wallet#3"', '"wallet#4"'),
      'steps.9',
      /wallet#4 does not exist.*4 wallets/,
    ],
    ['a backend that the setup does not have', damaged('"backend#1"', '"backend#7"'), 'steps.10', /backend#7 does not exist/],
    ['a name that is none', damaged('"wallet#3"', '"bob"'), 'steps.9.operation.author', /wallet#0/],
    ['time that goes back', damaged('"ms":1000', '"ms":-1'), 'steps.19.ms', /./],
    ['no wallets', damaged('"wallets": 4', '"wallets": 0'), 'setup.wallets', /./],
  ])('%s', (_what, text, path, reason) => {
    const refusal = (): unknown => {
      try {
        return parseScenario(text);
      } catch (error) {
        return error;
      }
    };
    const error = refusal();
    expect(error).toBeInstanceOf(ScenarioError);
    expect((error as ScenarioError).path).toContain(path);
    expect((error as ScenarioError).message).toMatch(reason);
  });
});
