import { describe, expect, it } from 'vitest';
import { explore } from '#model/explore/explorer.ts';
import type { Trace } from '#model/explore/finding.ts';
import { ownershipUpdate } from '#model/protocols/ownership-update.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { describeScenario } from '#properties/concurrent/describe.ts';
import { believesWhoLags } from '#properties/concurrent/lies.ts';
import {
  type ConcurrentCommand,
  type ConcurrentScenario,
  concurrentIn,
  plainCommand,
  printConcurrent,
} from '#properties/concurrent/scenario.ts';
import { exceptionOf, exceptions } from '#properties/conformance/exceptions.ts';
import { enumerateGround } from '#properties/conformance/ground.ts';
import { parseJson } from '#properties/scenario-file/parts.ts';
import { segmentsOf } from '#simulations/engine/strategies/segments.ts';
import { callerOf, taskOf } from '#simulations/world/concurrent/concurrent-world.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { aim } from './aim.ts';
import { fewest, readWalks } from './corpus.ts';
import { drive, explainDriven } from './drive.ts';
import { type Run, runOf } from './run.ts';
import { seeds, thread } from './seeds.ts';

const tier = await openMemoryTier();
const ground = enumerateGround();
const kept = readWalks(new URL('./walks.jsonl', import.meta.url));

const counted = (steps: Iterable<string>, fits: (step: string) => boolean): number => [...steps].filter(fits).length;

describe('the small scope, walked', () => {
  it('[DC13] the scenarios that are kept walk all that is not said to be never taken, and violate nothing', {
    timeout: 120_000,
  }, async () => {
    const walked = new Set<string>();
    for (const scenario of kept) {
      const { steps, violation } = await runOf(tier, scenario);
      expect(violation).toBeNull();
      for (const step of steps) walked.add(step);
    }
    const onGround = [...walked].filter((step) => ground.steps.has(step));
    expect({ scenarios: kept.length, walked: onGround.length, of: ground.steps.size }).toEqual({
      scenarios: 327,
      walked: 746,
      of: 843,
    });
    expect([...ground.steps].filter((step) => !walked.has(step) && exceptionOf(step) === null)).toEqual([]);
    expect(counted(ground.steps, (step) => exceptionOf(step) !== null)).toBe(97);
    // The table of what is never taken would be wrong.
    expect(onGround.filter((step) => exceptionOf(step) !== null)).toEqual([]);
  });

  it('[DC14] every class of what is never taken is on the ground, and has a reason', () => {
    for (const each of exceptions) {
      expect(
        counted(ground.steps, (step) => exceptionOf(step) === each),
        each.name,
      ).toBeGreaterThan(0);
      expect(each.reason).toMatch(/^[A-Z].*\.$/);
    }
    const [some] = [...ground.steps].filter((step) => step.includes('sent, signed, processed | crash'));
    expect(some === undefined ? null : exceptionOf(some)).toBeNull();
  });

  it('[DC15] aims in the same way from the same seed, and walks what its first scenarios do not', async () => {
    const options = { tier, ground, runs: 60, nowMs: () => 0 };
    const [one, again, other] = [
      await aim({ ...options, seed: 1 }),
      await aim({ ...options, seed: 1 }),
      await aim({ ...options, seed: 2 }),
    ];
    expect([...again.first]).toEqual([...one.first]);
    expect([...other.first]).not.toEqual([...one.first]);
    expect(Math.max(...one.first.values())).toBeGreaterThan(20);
    const few = fewest(one.kept, (step) => ground.steps.has(step));
    expect(few.length).toBeLessThan(one.kept.length);
    expect(new Set(few.flatMap(({ steps }) => [...steps].filter((step) => ground.steps.has(step))))).toEqual(one.walked);
  });
});

describe('[DC17] a moment in a scenario', () => {
  const round = { ...plainCommand(1, 'world#1', { kind: 'round', backend: 'backend#0' }), afterMs: 900 };
  const commands = [plainCommand(0, 'wallet#0', { kind: 'createThread', thread }), round];
  const scenario = { ...(seeds[0] as ConcurrentScenario), commands };
  const callsOf = ({ events }: Run) => events.flatMap(({ task, call }) => (task === callerOf(round) ? [call] : []));

  it('is written down, read again, and comes that much later', async () => {
    expect(concurrentIn(parseJson(printConcurrent(scenario)))).toEqual(scenario);
    expect(describeScenario(scenario).at(-1)).toBe('  #1 backend#0 works one round  [begins 900 ms late]');
    const run = await runOf(tier, scenario);
    const [first] = run.events;
    expect(run.events.find(({ task }) => task === callerOf(round))?.atMs).toBe((first?.atMs ?? 0) + 900);
    expect(callsOf(run)).toContain('ledger.events');
  });

  it('is a round of the backend, which a fault strikes, and a crash ends', async () => {
    const refused = { at: 1, position: 'before', fault: { kind: 'S8-refused', as: 'unavailable' } } as const;
    const struck = { ...scenario, commands: [commands[0] as ConcurrentCommand, { ...round, faults: [refused] }] };
    const [run, plain] = [await runOf(tier, struck), await runOf(tier, scenario)];
    expect(callsOf(run)).not.toEqual(callsOf(plain));
    const crash = { at: 1, position: 'after', fault: { kind: 'B1-crash', downMs: 500 } } as const;
    const gone = { ...scenario, commands: [commands[0] as ConcurrentCommand, { ...round, faults: [crash] }] };
    const ended = await runOf(tier, gone);
    expect([ended.violation, callsOf(ended)]).toEqual([null, ['ledger.events']]);
  });

  it('is a round of a client, which carries out what waits, and whose answers can be lost', async () => {
    const away = plainCommand(0, 'world#0', { kind: 'cut', authority: 'solana', forMs: 1_000 });
    const leaves = plainCommand(1, 'wallet#0', { kind: 'divest', thread });
    const pause = plainCommand(3, 'world#0', { kind: 'pause', ms: 1_500 });
    const works = plainCommand(5, 'world#0', { kind: 'clientRound', client: 'wallet#0' });
    const lost = { at: 2, position: 'after', fault: { kind: 'F3-lost' } } as const;
    const barrier = (id: number) => plainCommand(id, 'world#0', { kind: 'barrier' });
    const given = seeds[0] as ConcurrentScenario;
    const queued = (faults: ConcurrentCommand['faults']): ConcurrentScenario => ({
      ...given,
      setup: { ...given.setup, queueWrites: true },
      commands: [away, leaves, barrier(2), pause, barrier(4), { ...works, faults }],
    });
    expect(describeScenario(queued([])).at(-1)).toBe('  #5 wallet#0 works one round');
    expect(concurrentIn(parseJson(printConcurrent(queued([lost]))))).toEqual(queued([lost]));
    const [plain, struck] = [await runOf(tier, queued([])), await runOf(tier, queued([lost]))];
    expect([plain.violation, struck.violation]).toEqual([null, null]);
    // It ends with the program that works it.
    const callsIn = ({ events }: Run) => events.filter(({ task, call }) => task === callerOf(works) && call !== null).length;
    const closes = plainCommand(6, 'wallet#0', { kind: 'close' });
    const first = plain.events.findIndex(({ task, call }) => task === callerOf(works) && call !== null);
    const before = segmentsOf(plain.events.slice(0, first + 1).map(({ task }) => task));
    const cutShort = {
      ...queued([]),
      commands: [...queued([]).commands, closes],
      strategy: { kind: 'segments' as const, segments: [...before, { task: taskOf(closes), events: 9 }] },
    };
    expect([callsIn(await runOf(tier, cutShort)), callsIn(plain) > 1]).toEqual([1, true]);
    const asksAgain = 'ownership: idle, refused, none | repeat refused | ownership: idle, refused, none';
    expect([plain.steps.has(asksAgain), struck.steps.has(asksAgain)]).toEqual([false, true]);
  });
});

const planted = (name: string): Trace<UpdateSlots> => {
  const spec = ownershipUpdate.planted.find((each) => each.name === name)?.spec();
  const [finding] = spec === undefined ? [] : explore(spec, { stopAtFirst: true }).findings();
  return finding as unknown as Trace<UpdateSlots>;
};

describe('[DC16] the implementation made to follow a run of the design', () => {
  const options = { tier, kind: 'ownership', seed: 1, runs: 60 } as const;

  it('finds what an implementation with the same mistake does, without anybody saying how', async () => {
    const driven = await drive({ ...options, tier: believesWhoLags(tier), run: planted('believes a node that lags'), runs: 200 });
    expect(driven.violation?.property).toBe('OR2');
    expect(driven.violation?.message).toContain('answered refused, but it made version 1');
  });

  it('says where it parts from the run, and what it does there', async () => {
    const lagging = await drive({ ...options, run: planted('believes a node that lags') });
    expect(lagging.violation).toBeNull();
    expect(explainDriven(lagging)).toMatch(/^the implementation parts from it at observation 8 of 9, 'look notSeen': it does '/);
    const hasty = await drive({ ...options, run: planted('sends from memory'), runs: 40 });
    expect(explainDriven(hasty)).toBe(
      "the implementation parts from it at observation 3 of 3, 'submit taken in': it does 'sync' (40 scenarios tried)",
    );
  });

  it('follows all the way where the design does what it does', async () => {
    const { followed, wanted, after } = await drive({ ...options, run: planted('reads processed events') });
    expect([followed, wanted.length]).toEqual([wanted.length, 4]);
    expect(after).toEqual(['ingest false']);
  });
});
