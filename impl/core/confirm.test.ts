import { describe, expect, it } from 'vitest';
import { signature } from '../ports/ids.ts';
import type { Ledger, StatusOptions, TransactionStatus } from '../ports/ledger.ts';
import { applied, type Failure, failed, notApplied, ok, unknown } from '../ports/outcome.ts';
import { type Fate, inquire, submitAndConfirm } from './confirm.ts';
import { ScriptedClock } from './scripted-clock.ts';

const transaction = { signature: signature('5'.repeat(88)), bytes: 'AQ==', lastValidBlockHeight: 150 };
const failure = (kind: Failure['kind'], code = 'X'): Failure => ({ kind, authority: 'solana', code, detail: '' });
const down = failure('unavailable');
const landed = (commitment: 'processed' | 'confirmed', code: string | null = null): TransactionStatus => ({
  kind: 'landed',
  slot: 7,
  commitment,
  refusal: code === null ? null : { code, detail: '' },
});
const notSeen: TransactionStatus = { kind: 'notSeen' };

/** Slots without a block: a height is that much lower than its slot. */
const skipped = 1_000;

type Step = 'taken' | 'lost' | Failure;
/** A number: of a node that is only there yet, and has not seen it. */
type Seen = TransactionStatus | Failure | number;

/** Each list is worked off call by call; its last entry stays. */
function scripted(script: { submits?: readonly Step[]; statuses: readonly Seen[]; heights?: readonly (number | Failure)[] }) {
  const calls: string[] = [];
  const next = <T>(list: readonly T[], method: string): T => {
    const count = calls.filter((call) => call.startsWith(method)).length;
    return list[Math.min(count, list.length - 1)] as T;
  };
  const ledger = {
    submit: async (given: typeof transaction) => {
      const step = next((script.submits ?? ['taken']) as readonly Step[], 'submit');
      calls.push(`submit ${given.bytes}`);
      if (step === 'taken') return applied(given.signature);
      return step === 'lost' ? unknown(failure('timeout')) : notApplied(step);
    },
    transactionStatus: async (_: unknown, options: StatusOptions) => {
      const seen = next(script.statuses, 'status');
      calls.push(options.searchHistory ? 'status+history' : 'status');
      if (typeof seen === 'number') {
        return seen < (options.minContextSlot ?? 0) ? failed(failure('behind')) : ok<TransactionStatus>(notSeen);
      }
      return 'code' in seen ? failed(seen) : ok(seen);
    },
    blockHeight: async () => {
      const height = next(script.heights ?? [100], 'height');
      calls.push('height');
      return typeof height === 'number' ? ok({ slot: height + skipped, value: height }) : failed(height);
    },
  } as unknown as Ledger;
  return { ledger, calls, clock: new ScriptedClock() };
}

const run = (
  world: ReturnType<typeof scripted>,
  options: Partial<{ deadlineMs: number; resumed: boolean }> = {},
): Promise<Fate> => submitAndConfirm(world, transaction, { deadlineMs: 30_000, resumed: false, ...options });

describe('submitAndConfirm', () => {
  it('[CF1] costs one submission and one status query when all goes well', async () => {
    const world = scripted({ statuses: [landed('confirmed')] });
    expect(await run(world)).toEqual({ kind: 'landed', slot: 7, refusal: null });
    expect(world.calls).toEqual(['submit AQ==', 'status']);
  });

  it('[CF2] waits for confirmed: processed decides nothing, not even a failure, and is not sent again', async () => {
    const world = scripted({ statuses: [landed('processed', 'NotCoAuthor'), landed('confirmed')] });
    expect(await run(world)).toMatchObject({ kind: 'landed', refusal: null });
    expect(world.calls.filter((call) => call.startsWith('submit'))).toHaveLength(1);
  });

  it('[CF3] reports a confirmed failure by its name', async () => {
    const world = scripted({ statuses: [landed('confirmed', 'NotCoAuthor')] });
    expect(await run(world)).toMatchObject({ kind: 'landed', refusal: { code: 'NotCoAuthor' } });
  });

  it('[CF4] re-sends the same bytes while the status is null and the height is valid', async () => {
    const world = scripted({ submits: ['lost'], statuses: [notSeen, notSeen, landed('confirmed')], heights: [150] });
    expect(await run(world)).toMatchObject({ kind: 'landed' });
    expect(world.calls.filter((call) => call.startsWith('submit'))).toEqual(['submit AQ==', 'submit AQ==', 'submit AQ==']);
  });

  it('[CF5] says expired only after one more look into history, once the height has passed', async () => {
    const world = scripted({ statuses: [notSeen], heights: [150, 151] });
    expect(await run(world)).toEqual({ kind: 'expired' });
    expect(world.calls).toEqual(['submit AQ==', 'status', 'height', 'submit AQ==', 'status', 'height', 'status+history']);
  });

  it('[CF6] finds what landed at the very end: expired is not said when the last look sees it', async () => {
    const world = scripted({ statuses: [notSeen, landed('confirmed')], heights: [151] });
    expect(await run(world)).toMatchObject({ kind: 'landed' });
    const unconfirmed = scripted({ statuses: [notSeen, landed('processed'), landed('confirmed')], heights: [151] });
    expect(await run(unconfirmed)).toMatchObject({ kind: 'landed' });
  });

  it('[CF14] does not believe the last look of a node that lags behind the height: it looks again', async () => {
    const lagging = 151 + skipped - 1;
    const world = scripted({ statuses: [notSeen, lagging, notSeen, landed('confirmed')], heights: [151] });
    expect(await run(world)).toMatchObject({ kind: 'landed' });
    expect(await inquire(scripted({ statuses: [lagging], heights: [151] }).ledger, transaction)).toMatchObject({
      kind: 'unknown',
      failure: { kind: 'behind' },
    });
    const caughtUp = scripted({ statuses: [lagging + 1], heights: [151] });
    expect(await inquire(caughtUp.ledger, transaction)).toEqual({ kind: 'expired' });
  });

  it('[CF7] a refusal of the node is not the end: the bytes may have landed by an earlier sending', async () => {
    const world = scripted({
      submits: ['lost', failure('refused', 'BlockhashNotFound')],
      statuses: [notSeen, landed('confirmed')],
    });
    expect(await run(world)).toMatchObject({ kind: 'landed' });
    const preflight = scripted({ submits: [failure('refused', 'Preflight')], statuses: [notSeen, landed('confirmed')] });
    expect(await run(preflight)).toMatchObject({ kind: 'landed' });
  });

  it('[CF8] bytes that no node can take are rejected at the first sending, and only then', async () => {
    const bad = failure('invalid', 'SignatureInvalid');
    expect(await run(scripted({ submits: [bad], statuses: [notSeen] }))).toEqual({ kind: 'rejected', failure: bad });
    const later = scripted({ submits: ['lost', bad], statuses: [notSeen, notSeen, landed('confirmed')] });
    expect(await run(later)).toMatchObject({ kind: 'landed' });
  });

  it('[CF9] answers unknown at the deadline and never later, however long the ledger is away', async () => {
    const world = scripted({ submits: [down], statuses: [down], heights: [down] });
    const startMs = world.clock.nowMs();
    expect(await run(world)).toMatchObject({ kind: 'unknown', failure: { kind: 'unavailable' } });
    expect(world.clock.nowMs() - startMs).toBeLessThanOrEqual(30_000);
    expect(world.clock.nowMs() - startMs).toBeGreaterThan(25_000);
  });

  it('[CF9] looks again after 800 ms and then twice as late each time, up to 3200 ms, until the next look would come too late', async () => {
    const world = scripted({ statuses: [notSeen] });
    const answer = await run(world, { deadlineMs: 8_800 });
    expect(answer).toEqual({ kind: 'unknown', failure: null, processed: false });
    expect(world.clock.slept).toEqual([800, 1_600, 3_200, 3_200]);
    const sooner = scripted({ statuses: [notSeen] });
    await run(sooner, { deadlineMs: 8_799 });
    expect(sooner.clock.slept).toEqual([800, 1_600, 3_200]);
  });

  it('[CF10] waits at least as long as the node asked for', async () => {
    const busy: Failure = { ...down, retryAfterMs: 2_500 };
    const world = scripted({ submits: [busy, 'taken'], statuses: [notSeen, landed('confirmed')] });
    await run(world);
    expect(world.clock.slept[0]).toBe(2_500);
  });

  it('[CF11] resumed, it looks before it sends, and sends nothing that has landed or expired', async () => {
    const done = scripted({ statuses: [landed('confirmed')] });
    expect(await run(done, { resumed: true })).toMatchObject({ kind: 'landed' });
    expect(done.calls).toEqual(['status+history']);
    const late = scripted({ statuses: [notSeen], heights: [151] });
    expect(await run(late, { resumed: true })).toEqual({ kind: 'expired' });
    expect(late.calls).not.toContain('submit AQ==');
  });

  it('[CF12] resumed, it sends while still valid, and gives up at once when nobody answers', async () => {
    const world = scripted({ statuses: [notSeen, landed('confirmed')] });
    expect(await run(world, { resumed: true })).toMatchObject({ kind: 'landed' });
    expect(world.calls.filter((call) => call.startsWith('submit'))).toHaveLength(1);
    const away = scripted({ statuses: [down] });
    expect(await run(away, { resumed: true })).toMatchObject({ kind: 'unknown' });
    expect(away.calls).toEqual(['status+history']);
  });
});

describe('inquire', () => {
  it('[CF13] sends nothing, and knows nothing while the height has not passed or cannot be read', async () => {
    const world = scripted({ statuses: [notSeen], heights: [150, down] });
    expect(await inquire(world.ledger, transaction)).toEqual({ kind: 'unknown', failure: null, processed: false });
    expect(await inquire(world.ledger, transaction)).toMatchObject({ kind: 'unknown', failure: { kind: 'unavailable' } });
    expect(world.calls).not.toContain('submit AQ==');
  });
});
