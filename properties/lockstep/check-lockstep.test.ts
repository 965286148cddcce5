/**
 * The harness judged: against the model itself it must pass, against a model that lies in one place it must fail, say which rule, and
 * shrink to the few steps that matter. Does not show anything about the implementation.
 */
import { describe, expect, it } from 'vitest';
import type { Observation } from '#model/index.ts';
import { checkLockstep, type LockstepReport } from './check-lockstep.ts';
import { describeStep } from './describe-step.ts';
import { type Lies, modelGround } from './model-system.ts';
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
