import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Outbox } from '#impl/backend/writing/outbox.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { design } from '#model/protocols/update.ts';
import { writeDesign } from '#model/protocols/write.ts';
import { writeRun } from '#model/protocols/write-run.ts';
import { concurrentScenarios } from '#properties/concurrent/arbitrary.ts';
import { execute } from '#properties/concurrent/execute.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { timeOfSlot } from '#simulations/solana/slots.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { genesisMs } from '#simulations/world/system.ts';
import { Acceptor, type Belief } from './acceptor.ts';
import { Conformance, type Designs } from './conform.ts';
import { departures, explainDeparture } from './departure.ts';
import { enumerateGround, Walk } from './ground.ts';
import { readContents } from './read-contents.ts';
import { readWrites } from './read-writes.ts';
import { writeReading } from './show-writes.ts';

const tier = await openMemoryTier();

const scenario = (commands: ConcurrentScenario['commands']): ConcurrentScenario => ({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 2, backends: 2, balance: 100_000n, skewMs: [0, 0], roundMs: 2_000 },
  strategy: { kind: 'serial' },
  commands,
});
const command = (
  id: number,
  op: ConcurrentScenario['commands'][number]['op'],
  faults: ConcurrentScenario['commands'][number]['faults'] = [],
) => ({ id, actor: 'wallet#0', op, priority: 0, demotions: [], faults }) as const;

const posting = scenario([
  command(0, { kind: 'createThread', thread: 'thread#0' }),
  command(1, { kind: 'post', thread: 'thread#0', text: 'hello' }),
]);
const lost = scenario([
  command(0, { kind: 'createThread', thread: 'thread#0' }, [{ at: 1, position: 'before', fault: { kind: 'S1-dropped' } }]),
]);

const effect = (label: string, inputs: readonly unknown[], told: unknown = null): Effect => ({
  ...{ step: 1, atMs: 0, node: 'backend#0', task: 'backend#0 rounds.1' },
  ...{ label, inputs, real: told, told },
});
const signed = { signature: 'signature', lastValidBlockHeight: 9 };
const signing = effect('store.write', [
  [
    {
      kind: 'put',
      table: 'outbox',
      value: { state: 'submitting', intent: 'operation-0', hash: null, action: { kind: 'divest' }, signed },
    },
  ],
]);
const look = effect('ledger.transactionStatus', ['signature'], { ok: true, value: { kind: 'notSeen' } });

const judged = (effects: readonly Effect[], from: Partial<Designs> = {}) => new Conformance(from).judge(effects);

describe('conformance', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('[DC1] a run is read as what happened to each write and each content', async () => {
    const { effects } = await execute(tier, posting);
    const [created, posted] = readWrites(effects);
    const seen = (observed: readonly { readonly what: string }[] | undefined) =>
      observed?.map(({ what }) => what).filter((what) => what !== 'sync');
    expect(seen(created?.observed)?.slice(0, 5)).toEqual([
      'answer prepared',
      'signed',
      'sign',
      'ready submit',
      'submit taken in',
    ]);
    expect(seen(posted?.observed)).toEqual(
      expect.arrayContaining(['keep', 'store applied', 'sign', 'confirm landed', 'end confirmed', 'answer confirmed']),
    );
    expect(readContents(effects).map(({ backend }) => backend)).toEqual(['backend#0', 'backend#1']);
    expect(readContents(effects)[1]?.observed.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['ready record', 'bring record done']),
    );
  });

  it('[DC12] a run tells when a call is begun, when a wallet has signed, and when it is too late for the bytes', () => {
    const begun = (label: string, task = 'backend#0 rounds.1'): Effect => ({ ...effect(`${label} begun`, ['signature']), task });
    const round = effect('node.round', []);
    const seen = (...run: readonly Effect[]) => readWrites(run)[0]?.observed.map(({ what }) => what);
    // A round takes up what is left, once; then it looks again.
    const status = 'ledger.transactionStatus';
    expect(seen(signing, round, begun(status), look, begun(status), round, begun(status))).toEqual([
      ...['sign', 'ready resumed', 'look notSeen', 'ready look', 'ready resumed'],
    ]);
    // Nobody but a node that lags says after that moment that they could land.
    const later = (given: Effect): Effect => ({ ...given, atMs: timeOfSlot(9 + 1 + 3, genesisMs) });
    const height = effect('ledger.blockHeight', [], { ok: true, value: { slot: 9, value: 9 } });
    expect(seen(signing, look, height, look, later(height))).toEqual([
      ...['sign', 'look notSeen', 'height within', 'look notSeen', 'late', 'height older'],
    ]);
    const fork = effect('chain.fork', [['signature']]);
    expect(seen(signing, later(look), later(fork))).toEqual(['sign', 'late', 'look notSeen', 'fork', 'late']);
    // A crash takes the round with it, and what was asked.
    const over = effect('ledger.blockHeight', [], { ok: true, value: { slot: 10, value: 10 } });
    const crash = effect('node.crash', []);
    expect(seen(signing, look, over, crash, look, over)).toEqual([
      ...['sign', 'look notSeen', 'height over', 'crash', 'look notSeen', 'height over'],
    ]);
  });

  it('[DC12] who works on a write after another request has given way to it, whose answer is still to come', () => {
    const frame = JSON.stringify({ kind: 'executeWrite', intent: 'operation-0' });
    const asked = effect('channel.taken', [frame]);
    const unsettled = effect('channel.answer', [frame], JSON.stringify({ kind: 'written', result: { kind: 'unsettled' } }));
    const sending = effect('ledger.submit begun', [signed]);
    const sent = effect('ledger.submit', [signed], { kind: 'applied' });
    const taking = effect('ledger.transactionStatus begun', ['signature']);
    const crash = effect('node.crash', []);
    const seen = (...run: readonly Effect[]) =>
      readWrites([signing, asked, ...run])[0]
        ?.observed.map(({ what }) => what)
        .filter((what) => !/^sign|^submit/.test(what));
    // Of two that are the same: told once, when the second begins.
    expect(seen(asked, sending, sent, sending, sent, unsettled)).toEqual(['ready submit', 'answer unsettled', 'ready submit']);
    expect(seen(sending, sent, sending, sent, unsettled)).toEqual(['ready submit', 'ready submit', 'answer unsettled']);
    expect(seen(asked, sending, sent, look, sending)).toEqual(['ready submit', 'look notSeen', 'ready submit']);
    // A round that takes it up.
    expect(seen(sending, sent, taking, unsettled)).toEqual(['ready submit', 'answer unsettled', 'ready resumed']);
    // An answer that a crash has taken is nobody's any more.
    expect(seen(sending, sent, taking, crash, asked, sending, sent, unsettled)).toEqual([
      ...['ready submit', 'answer unsettled', 'ready resumed', 'crash', 'ready submit', 'answer unsettled'],
    ]);
  });

  it('[DC12] what is begun, signed or late says in which states the design cannot be, and is no step of it', () => {
    const acceptor = new Acceptor(writeRun('ownership', design, 'none'), writeReading);
    const believed = (...observed: readonly string[]) =>
      observed.reduce<Belief<UpdateSlots> | null>(
        (belief, each) => (belief === null ? null : (acceptor.next(belief, each)?.belief ?? null)),
        acceptor.start,
      );
    const sent = ['answer prepared', 'signed', 'sign', 'sync', 'ready submit', 'submit taken out dropped'];
    expect(believed(...sent, 'late', 'look notSeen', 'height over')).not.toBeNull();
    expect(believed(...sent, 'late', 'look notSeen', 'height within')).toBeNull();
    expect(believed('answer prepared', 'signed', 'sign', 'ready submit')).toBeNull();
    expect(believed(...sent, 'answer unsettled', 'ready resumed', 'look failed, left')).not.toBeNull();
    expect(believed(...sent, 'ready look', 'look failed', 'ready look')).toBeNull();
    const dropped = believed(...sent.slice(0, -1)) as Belief<UpdateSlots>;
    expect(acceptor.next(dropped, 'ready submit')?.steps).toEqual([]);
  });

  it('[DC1] after the last look, the next height that is asked for is not on behalf of that write', () => {
    const height = effect('ledger.blockHeight', [], { ok: true, value: { slot: 10, value: 10 } });
    const [write] = readWrites([signing, look, height, look, height, look, height]);
    const seen = ['sign', 'look notSeen', 'height over', 'look notSeen', 'look notSeen', 'height over'];
    expect(write?.observed.map(({ what }) => what)).toEqual(seen);
  });

  it('[DC1] calls that may have been refused before they went out end what is observed of a write', () => {
    const open = effect('breaker.open', ['solana']);
    const closed = effect('breaker.closed', ['solana']);
    const sync = effect('store.sync', []);
    const seen = (...run: readonly Effect[]) => readWrites(run)[0]?.observed.map(({ what }) => what);
    expect(seen(signing, open, sync, closed, look)).toEqual(['sign', 'sync']);
    expect(seen(open, signing, sync, closed, look)).toEqual(['sign', 'sync']);
    expect(seen(open, closed, signing, sync, look)).toEqual(['sign', 'sync', 'look notSeen']);
    expect(seen(open, effect('node.crash', []), signing, sync, look)).toEqual(['sign', 'sync', 'look notSeen']);
    expect(seen(effect('breaker.open', ['qdrant']), signing, sync, look)).toEqual(['sign', 'sync', 'look notSeen']);
  });

  it('[DC1] what is done with bytes after the ledger has told their end changes nothing', () => {
    const acceptor = new Acceptor(writeRun('ownership', design, 'none'), writeReading);
    const allows = (observed: readonly string[]): boolean =>
      departures(acceptor, { what: 'it', observed: observed.map((what) => ({ what, step: 0 })) }).length === 0;
    const signed = ['answer prepared', 'sign', 'sync'];
    const landed = [...signed, 'submit taken in', 'confirm landed', 'end confirmed'];
    const late = ['look failed', 'submit notApplied', 'look notSeen', 'height within', 'submit taken out'];
    expect(allows([...landed, ...late, 'answer confirmed'])).toBe(true);
    const refused = [...signed, 'submit notApplied for good', 'end refused', 'sync'];
    expect(allows([...refused, 'answer refused'])).toBe(true);
    expect(allows([...refused, 'submit taken out'])).toBe(false);
  });

  it('[DC2] the design allows what the implementation does, with faults and without', async () => {
    for (const each of [posting, lost]) expect(judged((await execute(tier, each)).effects)).toEqual([]);
    const drawn = fc.sample(concurrentScenarios({ maxCommands: 12 }), { numRuns: 120, seed: 20 });
    for (const each of drawn) expect((await execute(tier, each)).violation).toBeNull();
  });

  it('[DC3] it does not allow bytes that go out before their row is durable, wherever that is done', async () => {
    const put = Outbox.prototype.put;
    vi.spyOn(Outbox.prototype, 'put').mockImplementation(async function (this: Outbox, entry, others) {
      // As designed by somebody in a hurry: what is signed need not be durable.
      if (entry.state !== 'submitting') return put.call(this, entry, others);
      this.hold(entry as never);
    });
    const { violation } = await execute(tier, posting);
    expect(violation?.property).toBe('design');
    expect(violation?.message).toMatch(/^design and implementation differ at step \d+: operation-0 at backend#0: /);
  });

  it('[DC4] a step left out of a run, or done twice, is named where it is missed', async () => {
    const { effects } = await execute(tier, posting);
    const at = (label: string, from = 0): number => effects.findIndex((effect, index) => index >= from && effect.label === label);
    const submit = effects[at('ledger.submit')] as Effect;
    const unsynced = effects.filter((effect, index) => !(effect.label === 'store.sync' && index < effects.indexOf(submit)));
    expect(judged(unsynced)[0]).toMatchObject({
      what: 'operation-0 at backend#0',
      observed: 'ready submit',
      step: submit.step - 1,
    });
    const confirmed = effects.filter(({ label }) => label !== 'chain.confirmed');
    expect(judged(confirmed)[0]?.observed).toMatch(/landed|confirmed|record/);
    const [first] = judged(unsynced);
    expect(first === undefined ? '' : explainDeparture(first)).toContain('the design allows: ');
  });

  it('[DC5] a design that differs is a difference, too', async () => {
    const stricter = { ...design, write: { ...writeDesign, maySend: () => false } };
    expect(judged((await execute(tier, posting)).effects, { update: stricter })[0]?.observed).toBe('submit taken in');
    const hasty = { ...design, write: { ...writeDesign, afterHeight: () => 'dead' as const } };
    expect(judged((await execute(tier, lost)).effects, { update: hasty })[0]?.observed).toBe('ready submit');
  });

  it('[DC6] a run that is repeated has the same hash and the same effects', async () => {
    const [once, again] = [await execute(tier, lost), await execute(tier, lost)];
    expect(again.traceHash).toBe(once.traceHash);
    expect(again.effects).toEqual(once.effects);
  });

  it('[DC7] what runs walk is on the ground that is enumerated, and a fault leads where nothing else does', async () => {
    const ground = enumerateGround();
    expect([ground.steps.size, ground.states.size, ground.faults.size]).toEqual([843, 216, 430]);
    const [plain, dropped] = [(await execute(tier, posting)).walk, (await execute(tier, lost)).walk];
    for (const walk of [plain, dropped]) {
      expect(walk.steps.size).toBeGreaterThan(4);
      for (const step of walk.steps) expect(ground.steps.has(step), step).toBe(true);
    }
    const onlyDropped = [...dropped.steps].filter((step) => !plain.steps.has(step));
    expect(onlyDropped.some((step) => step.includes('S1-dropped'))).toBe(true);
    expect(new Walk().steps.size).toBe(0);
  });
});
