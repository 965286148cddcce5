/**
 * The harness judged: against the model itself it must pass, against a model that lies in one place it must fail, say which rule, and
 * shrink to the few steps that matter. Does not show anything about the implementation.
 */
import { describe, expect, it } from 'vitest';
import type { Observation } from '#model/index.ts';
import { checkLockstep, type LockstepReport } from './check-lockstep.ts';
import { describeStep } from './describe-step.ts';
import { type Lies, modelGround } from './model-system.ts';
import { notPushed, type Screens } from './pushed.ts';
import { runScenario } from './run-scenario.ts';

const campaign = (lies: Lies, runs = 200): Promise<LockstepReport> => checkLockstep({ ground: modelGround(lies), runs, seed: 7 });

const withLedger = (
  seen: Observation,
  change: (ledger: NonNullable<Observation['ledger']>) => Observation['ledger'],
): Observation => (seen.ledger === null ? seen : { ...seen, ledger: change(seen.ledger) });

describe('[LS1] lockstep against the model itself', () => {
  it('passes, twice with the same figures, and lets every command do something at least 30 % of the times it is drawn', async () => {
    const [first, second] = [await campaign({}), await campaign({})];
    expect(first.failure).toBeNull();
    expect(first.inconclusive).toBe(0);
    expect(first.stats.commands()).toEqual(second.stats.commands());
    for (const [kind, { drawn, executed }] of first.stats.commands()) {
      expect(drawn, kind).toBeGreaterThan(20);
      expect(executed / drawn, `${kind}: ${executed} of ${drawn}`).toBeGreaterThanOrEqual(0.3);
    }
  });
});

/** What is falsified, the property that must say so, and the steps that suffice. */
const lies: readonly (readonly [what: string, property: string, most: number, lies: Lies])[] = [
  [
    'a vote by a stranger is accepted',
    'answer',
    3,
    {
      answer: (answer, operation) =>
        operation.kind === 'vote' && answer.kind === 'refused' && answer.code === 'NotAVoter'
          ? { kind: 'confirmed', version: 3 }
          : answer,
    },
  ],
  [
    'a write is confirmed one version late',
    'answer',
    1,
    { answer: (answer) => (answer.kind === 'confirmed' ? { ...answer, version: answer.version + 1 } : answer) },
  ],
  ['a search finds nothing', 'answer', 3, { answer: (answer) => (answer.kind === 'hits' ? { kind: 'hits', hits: [] } : answer) }],
  ['a write is answered before it is confirmed', 'T-2.2', 1, { unconfirmed: () => 1 }],
  [
    'a token too many in a vault',
    'I-4',
    1,
    {
      observation: (seen) =>
        withLedger(seen, (ledger) => ({
          ...ledger,
          threads: ledger.threads.map((thread) => ({ ...thread, vault: thread.vault + 1n })),
        })),
    },
  ],
  [
    'Qdrant names other co-authors',
    'I-1',
    1,
    {
      observation: (seen) =>
        seen.content === null
          ? seen
          : {
              ...seen,
              content: {
                ...seen.content,
                threads: seen.content.threads.map((thread) => ({ ...thread, coAuthors: ['wallet#3'] })),
              },
            },
    },
  ],
  [
    'Qdrant loses recorded content',
    'I-2',
    2,
    { observation: (seen) => (seen.content === null ? seen : { ...seen, content: { ...seen.content, recorded: [] } }) },
  ],
  [
    'a client shows a version no backend has',
    'I-3',
    1,
    {
      observation: (seen) => ({
        ...seen,
        clients: seen.clients.map((client) => ({
          ...client,
          threads: client.threads.map((thread) => ({ ...thread, version: thread.version + 1 })),
        })),
      }),
    },
  ],
  [
    'a backend mixes two versions',
    'I-5',
    4,
    {
      observation: (seen) => ({
        ...seen,
        backends: seen.backends.map((backend) => ({
          ...backend,
          cache: backend.cache.map((thread) =>
            thread.version > 1 ? { ...thread, coAuthors: thread.coAuthors.slice(1) } : thread,
          ),
        })),
      }),
    },
  ],
];

const named = (version: number, client: number) => ({
  backends: [{ backend: 'backend#0', cache: [{ thread: 'thread#0', version }], sessions: [] }],
  clients: [{ client: 'wallet#0', backend: 'backend#0', threads: [{ thread: 'thread#0', version: client }], unsettled: 0 }],
});
const screens = (version: number, client: number) => named(version, client) as unknown as Screens;

describe('[LS3] whoever is connected is told', () => {
  it('says who was not, and of what', () => {
    expect(notPushed(screens(2, 2), screens(3, 2))).toBe(
      'wallet#0 is connected to backend#0, which has come to know thread#0@3, and shows thread#0@2 until it asks',
    );
  });

  it('asks nothing of whoever shows it, was not connected before, or has nothing new to learn', () => {
    const stranger = { ...screens(3, 2), clients: screens(3, 2).clients.map((each) => ({ ...each, client: 'wallet#1' })) };
    expect(notPushed(screens(2, 2), screens(3, 3))).toBeNull();
    expect(notPushed(screens(2, 2), stranger)).toBeNull();
    expect(notPushed(screens(3, 2), screens(3, 2))).toBeNull();
  });

  it('is found in lockstep within few steps', async () => {
    const silent = modelGround({
      screens: (seen) => ({ ...seen, clients: seen.clients.map((each) => ({ ...each, threads: [] })) }),
    });
    const { failure } = await checkLockstep({ ground: silent, runs: 50, seed: 7 });
    expect(failure?.scenario.found?.property).toBe('LS3');
    expect(failure?.scenario.steps.length).toBeLessThanOrEqual(2);
  });
});

describe('[LS2] lockstep against a system that lies', () => {
  it.each(lies)('finds that %s, says %s, and shrinks to at most %i steps that still fail', async (_what, property, most, lie) => {
    const { failure } = await campaign(lie);
    const steps = failure?.scenario.steps ?? [];
    expect(failure?.scenario.found?.property).toBe(property);
    expect(steps.map(describeStep).length).toBeLessThanOrEqual(most);
    expect(failure?.minimal).toBe(true);
    const again = await runScenario(
      modelGround(lie),
      failure?.scenario ?? { setup: { wallets: 1, backends: 1, balance: 0n }, steps: [] },
    );
    expect(again?.violation.property).toBe(property);
    expect(again?.at).toBe(steps.length - 1);
  });
});
