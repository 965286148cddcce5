/** Files of the corpus: both kinds are read by one door, and what does not fit is told apart there. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ScenarioError } from '#properties/scenario-file/parts.ts';
import { type AnyScenario, parseAny, printAny, readRegressions, readScenario, saveRegression } from './corpus.ts';

const directory = mkdtempSync(join(tmpdir(), 'choir-corpus-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const create = { kind: 'createThread', thread: 'thread#0' };

const lockstep = (over: object = {}, step: object = {}): object => ({
  format: 1,
  kind: 'lockstep',
  setup: { wallets: 2, backends: 1, balance: '5000' },
  steps: [{ kind: 'operation', client: 'wallet#0', operation: create, ...step }],
  ...over,
});

const concurrent = (over: object = {}, command: object = {}): object => ({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 2, backends: 1, balance: '5000', skewMs: [], roundMs: 4_000 },
  strategy: { kind: 'serial' },
  commands: [{ id: 4, actor: 'wallet#0', op: create, priority: 0, demotions: [], faults: [], ...command }],
  ...over,
});

const segments = (...tasks: readonly string[]): object => ({
  strategy: { kind: 'segments', segments: tasks.map((task) => ({ task, events: 2 })) },
});

function refusalOf(json: unknown): ScenarioError {
  try {
    parseAny(typeof json === 'string' ? json : JSON.stringify(json));
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const fly = { kind: 'fly' };
const twice = [1, 1].map((id) => ({ id, actor: 'wallet#0', op: create, priority: 0, demotions: [], faults: [] }));

describe('[UI5] a file of either kind that does not fit is refused, with the place in it and the reason', () => {
  it.each([
    ['no JSON', '{"format": 1,', '', /^not JSON: /],
    ['nothing', '', '', /^not JSON: /],
    ['JSON that is no scenario', [], 'kind', /expected "lockstep" or "concurrent", got nothing/],
    ['an unknown kind', concurrent({ kind: 'parallel' }), 'kind', /expected "lockstep" or "concurrent", got "parallel"/],
    ['lockstep: another format', lockstep({ format: 2 }), 'format', /expected 1, got 2/],
    ['concurrent: another format', concurrent({ format: 2 }), 'format', /expected 1, got 2/],
    ['lockstep: an unknown operation', lockstep({}, { operation: fly }), 'steps.0.operation.kind', /'createThread'.*, got "fly"/],
    ['concurrent: an unknown operation', concurrent({}, { op: fly }), 'commands.0.op.kind', /'barrier', got "fly"/],
    ['lockstep: an unknown step', lockstep({ steps: [fly] }), 'steps.0.kind', /'advance', got "fly"/],
    ['lockstep: an unknown fault', lockstep({ steps: [{ kind: 'fault', fault: fly }] }), 'steps.0.fault.kind', /got "fly"/],
    [
      'concurrent: an unknown fault',
      concurrent({}, { faults: [{ at: 1, position: 'after', fault: fly }] }),
      'commands.0.faults.0.fault.kind',
      /'S1-dropped'.*, got "fly"/,
    ],
    ['concurrent: an unknown strategy', concurrent({ strategy: fly }), 'strategy.kind', /'segments', got "fly"/],
    ['lockstep: a wallet too many', lockstep({}, { client: 'wallet#7' }), 'steps.0', /wallet#7 does not exist: .* 2 wallets/],
    [
      'concurrent: a wallet too many',
      concurrent({}, { actor: 'wallet#7' }),
      'commands.0',
      /wallet#7 does not exist: .* 2 wallets/,
    ],
    ['lockstep: a name of nobody', lockstep({}, { client: 'wallet#00' }), 'steps.0', /wallet#00 does not exist/],
    ['concurrent: a name of nobody', concurrent({}, { actor: 'wallet#01' }), 'commands.0', /wallet#01 does not exist/],
    ['concurrent: the same id twice', concurrent({ commands: twice }), 'commands.1.id', /expected a new id, got 1 again/],
    ['lockstep: a missing list', lockstep({ steps: undefined }), 'steps', /expected array, received undefined$/],
    ['concurrent: an unknown field', concurrent({}, { urgent: true }), 'commands.0', /"urgent"$/],
  ])('%s', (_what, json, path, reason) => {
    const error = refusalOf(json);
    expect(error.path).toBe(path);
    expect(error.message).toMatch(reason);
  });

  it('a segment for a command that is not there, with those that are', () => {
    const [error, none] = [refusalOf(concurrent(segments('#4 wallet#0', '#5 wallet#0'))), '#4 wallet#1'];
    expect(error.path).toBe('strategy.segments.1.task');
    expect(error.message).toMatch(/no command has the task "#5 wallet#0"; those here have "#4 wallet#0"$/);
    expect(refusalOf(concurrent(segments(none))).path).toBe('strategy.segments.0.task');
    expect(refusalOf(concurrent({ ...segments('#4'), commands: [] })).message).toMatch(/those here have none$/);
  });

  it('but not one for background work, which comes and goes by itself', () => {
    const tasks = ['backend#0 rounds.1', 'wallet#0 rounds', 'later 3', '#4 wallet#0'];
    expect(parseAny(JSON.stringify(concurrent(segments(...tasks))))).toMatchObject(segments(...tasks));
  });

  it('in a corpus, by the name of the file', () => {
    const bad = join(directory, 'corpus');
    mkdirSync(bad);
    writeFileSync(join(bad, 'a.json'), JSON.stringify(lockstep()));
    writeFileSync(join(bad, 'b.json'), JSON.stringify(concurrent({ format: 2 })));
    writeFileSync(join(bad, 'c.txt'), 'not looked at');
    expect(() => readRegressions(bad)).toThrow(/^\/.*b\.json: at format: .*expected 1, got 2$/);
    rmSync(join(bad, 'b.json'));
    expect(readRegressions(bad).map(({ file }) => file)).toEqual([join(bad, 'a.json')]);
    expect(readRegressions(join(directory, 'nowhere'))).toEqual([]);
  });
});

describe('[UI5] a failure is saved', () => {
  const found = { property: 'OR5', ledger: 'memory', seed: 3, message: 'so' };

  it.each([
    ['lockstep', lockstep({ found })],
    ['concurrent', concurrent({ found })],
  ])('under one name however often it is found: %s', (_what, json) => {
    const scenario = parseAny(JSON.stringify(json));
    const file = saveRegression(join(directory, 'saved'), scenario);
    expect(file).toMatch(/saved\/or5-[0-9a-f]{8}\.json$/);
    expect(readScenario(file)).toEqual(scenario);
    expect(readFileSync(file, 'utf8')).toBe(printAny(scenario));
    const later = { ...scenario, found: { ...found, seed: 4 } } as AnyScenario;
    expect(saveRegression(join(directory, 'saved'), later)).toBe(file);
  });
});
