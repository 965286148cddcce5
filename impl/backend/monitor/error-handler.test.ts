/**
 * What is done about a consistency error, met by hand and in any order. Not shown here: that backends hand in what they meet (the
 * tests of the watch and the concurrent properties do).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConsistencyErrorKind, errorOf, keyOfError } from '../../core/consistency-error.ts';
import { fanOut } from '../../core/fan-out.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { threadId } from '../../ports/ids.ts';
import type { LogContext } from '../../ports/logger.ts';
import type { MonitorEvent } from '../../ports/monitor.ts';
import { type Failure, failed, ok, type Reply } from '../../ports/outcome.ts';
import { ErrorHandler, type MetError } from './error-handler.ts';

const down: Failure = { kind: 'unavailable', authority: 'qdrant', code: 'ConnectionRefused', detail: 'down' };
const silence: Failure = { ...down, kind: 'timeout', code: 'NoAnswer' };
const thread = threadId('01'.repeat(32));

const errors: Readonly<Record<ConsistencyErrorKind, MetError>> = {
  ValidationFailed: { ...errorOf(down, 'ValidationFailed'), authority: 'solana', code: 'EventInvalid', cause: null, thread },
  PropagationFailed: errorOf(down, 'PropagationFailed'),
  ReconciliationFailed: { ...errorOf(down, 'ReconciliationFailed'), code: 'NotHeld', cause: null, thread },
  TimeoutError: errorOf(silence, 'PropagationFailed'),
};
const kinds = Object.keys(errors) as ConsistencyErrorKind[];
const met = errors.PropagationFailed;

function handling(limit?: number) {
  const clock = new ScriptedClock(0);
  const told: MonitorEvent[] = [];
  const logged: (readonly [string, string, LogContext])[] = [];
  /** What happened, in order. */
  const order: string[] = [];
  const logger = {
    log: (level: string, event: string, context: LogContext) => {
      logged.push([level, event, context]);
      order.push(`log ${event}`);
    },
  };
  const monitor = {
    tell: (event: MonitorEvent) => {
      told.push(event);
      order.push(`tell ${event.kind}`);
    },
  };
  return { clock, told, logged, order, handler: new ErrorHandler({ clock, monitor, logger }, limit) };
}

/** A recovery that ends when it is told to, and how often it was begun. */
function recovery() {
  let end: (reply: Reply<void>) => void = () => undefined;
  const state = { begun: 0, end: (reply: Reply<void>) => end(reply) };
  const recover = (): Promise<Reply<void>> => {
    state.begun += 1;
    return new Promise((resolve) => {
      end = resolve;
    });
  };
  return { state, recover };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.each([
  ['[E-1] ValidationFailed', errors.ValidationFailed, 'error'],
  ['[E-2] PropagationFailed', errors.PropagationFailed, 'warn'],
  ['[E-3] ReconciliationFailed', errors.ReconciliationFailed, 'error'],
  ['[E-4] TimeoutError', errors.TimeoutError, 'warn'],
] as const)('%s', (title, error, level) => {
  it('[EH1] is logged, recovered from, told and part of the health, and is gone from it once it is over', async () => {
    const { handler, clock, told, logged } = handling();
    const { state, recover } = recovery();
    const outcome = handler.handle(error, { recover });
    expect(title).toContain(error.kind);
    expect(logged).toEqual([[level, 'consistency error', expect.objectContaining({ kind: error.kind, attempt: 1 })]]);
    expect(told).toEqual([{ kind: 'error', error: { ...error, attempt: 1 } }]);
    expect(handler.status.open).toMatchObject([{ error, sinceMs: 0, isRecovering: true }]);
    await settle();
    clock.advance(30);
    state.end(ok(undefined));
    expect(await outcome).toEqual({ kind: 'recovered', tookMs: 30 });
    expect(told.at(-1)).toEqual({ kind: 'recovered', error: { ...error, attempt: 1 }, tookMs: 30 });
    expect(handler.status).toEqual({ open: [], turnedAway: 0 });
  });
});

describe('[E-5.1] [E-5.2] [E-5.3] [E-5.4] handle_consistency_error', () => {
  it('[EH1] does its four actions in order, and everything but the recovery before it returns', async () => {
    const { handler, order } = handling();
    const outcome = handler.handle(met, {
      recover: async () => {
        order.push(`recover, ${handler.status.open.length} open`);
        return ok(undefined);
      },
    });
    order.push('returned');
    await outcome;
    expect(order).toEqual([
      'log consistency error',
      'tell error',
      'returned',
      'recover, 1 open',
      'log recovered from consistency error',
      'tell recovered',
    ]);
  });

  it('[EH2] counts the attempts of an error until it is over, then from 1 again, each error for itself', async () => {
    const { handler, told } = handling();
    const attempts = (): number[] => told.flatMap((event) => (event.kind === 'error' ? [event.error.attempt] : []));
    for (const error of [met, met, errors.TimeoutError, met]) await handler.handle(error, { step: error.kind });
    expect(attempts()).toEqual([1, 2, 1, 3]);
    handler.succeeded('PropagationFailed');
    await handler.handle(met);
    await handler.handle(errors.TimeoutError);
    expect(attempts().slice(4)).toEqual([1, 2]);
  });

  it('[EH2] tells how long it took since the first attempt, with the last', () => {
    const { handler, clock, told } = handling();
    for (const ms of [0, 10, 20]) {
      clock.advance(ms);
      void handler.handle(met, { step: 'project' });
    }
    clock.advance(5);
    handler.succeeded('project');
    expect(told.at(-1)).toEqual({ kind: 'recovered', error: { ...met, attempt: 3 }, tookMs: 35 });
  });

  it('[EH3] is recovered from when every step that met it has succeeded, and no other step ends it', () => {
    const { handler } = handling();
    const isOpen = (): boolean => handler.status.open.length > 0;
    for (const step of ['project', 'sync', 'project']) void handler.handle(met, { step });
    handler.succeeded('ingest');
    handler.succeeded('project');
    expect(isOpen()).toBe(true);
    handler.succeeded('sync');
    expect(isOpen()).toBe(false);
    void handler.handle(met);
    for (const step of ['ingest', 'project', 'sync', '']) handler.succeeded(step);
    expect(isOpen()).toBe(true);
  });

  it('[EH4] runs one recovery of an error at a time; who meets it meanwhile is told how that one ended', async () => {
    const { handler } = handling();
    const { state, recover } = recovery();
    const outcomes = [handler.handle(met, { recover }), handler.handle(met, { recover }), handler.handle(met)];
    await settle();
    expect(state.begun).toBe(1);
    state.end(failed(silence));
    expect(await Promise.all(outcomes)).toEqual(outcomes.map(() => ({ kind: 'failed', failure: silence })));
    expect(handler.status.open).toMatchObject([{ isRecovering: false, lastRecovery: { kind: 'failed', failure: silence } }]);
    const again = handler.handle(met, { recover });
    await settle();
    expect(state.begun).toBe(2);
    state.end(ok(undefined));
    expect(await again).toMatchObject({ kind: 'recovered' });
  });

  it('[EH4] does not take a recovery that began before the error was met again for the end of it', async () => {
    const { handler, told } = handling();
    const { state, recover } = recovery();
    const first = handler.handle(met, { recover });
    await settle();
    const second = handler.handle(met, { recover });
    state.end(ok(undefined));
    expect(await Promise.all([first, second])).toEqual([{ kind: 'overtaken' }, { kind: 'overtaken' }]);
    expect(handler.status.open).toMatchObject([{ error: { attempt: 2 }, lastRecovery: { kind: 'overtaken' } }]);
    expect(told.filter((event) => event.kind === 'recovered')).toEqual([]);
  });

  it('[EH4] begins no second one for an error that was over and came back while the first still runs', async () => {
    const { handler } = handling();
    const { state, recover } = recovery();
    const first = handler.handle(met, { step: 'project', recover });
    await settle();
    handler.succeeded('project');
    const second = handler.handle(met, { step: 'project', recover });
    await settle();
    expect(state.begun).toBe(1);
    state.end(ok(undefined));
    expect(await Promise.all([first, second])).toEqual([{ kind: 'overtaken' }, { kind: 'overtaken' }]);
    expect(handler.status.open).toMatchObject([{ error: { attempt: 1 } }]);
  });

  it('[EH4] passes on what a recovery throws, and lets the next one begin', async () => {
    const { handler } = handling();
    await expect(handler.handle(met, { recover: () => Promise.reject(new Error('a bug')) })).rejects.toThrow('a bug');
    expect(handler.status.open).toMatchObject([{ isRecovering: false }]);
    expect(await handler.handle(met, { recover: async () => ok(undefined) })).toMatchObject({ kind: 'recovered' });
  });

  it('[EH5] turns away what is new when as many are open as are kept: logged and told, not kept, until none is open', async () => {
    const { handler, told, logged } = handling(2);
    const nth = (n: number): MetError => ({ ...met, code: `Code${n}` });
    for (const n of [1, 2]) await handler.handle(nth(n), { step: `step ${n}` });
    const { state, recover } = recovery();
    expect(await handler.handle(nth(3), { recover, step: 'step 3' })).toEqual({ kind: 'turnedAway' });
    await handler.handle(nth(1));
    expect(handler.status).toMatchObject({
      open: [{ error: { code: 'Code1', attempt: 2 } }, { error: { code: 'Code2' } }],
      turnedAway: 1,
    });
    expect(told.filter((event) => event.kind === 'error')).toHaveLength(4);
    expect(logged[2]?.[2]).toMatchObject({ code: 'Code3', turnedAway: true });
    expect(state.begun).toBe(0);
    handler.succeeded('step 2');
    expect(handler.status).toMatchObject({ open: [{}], turnedAway: 1 });
    handler.succeeded('step 1');
    expect(handler.status).toEqual({ open: [], turnedAway: 0 });
  });

  it('[EH6] is loud the first time and at each doubling only', () => {
    const { handler, logged } = handling();
    for (let n = 0; n < 9; n += 1) void handler.handle(errors.ReconciliationFailed);
    expect(logged.map(([level]) => level)).toEqual([
      ...['error', 'error', 'debug', 'error', 'debug', 'debug', 'debug', 'error', 'debug'],
    ]);
  });
});

type Act =
  | { readonly kind: 'meet'; readonly error: MetError; readonly step: string }
  | { readonly kind: 'succeed'; readonly step: string }
  | { readonly kind: 'pass'; readonly ms: number };

const steps = ['a', 'b'];
const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('meet' as const),
      error: fc.constantFrom(...kinds).map((kind) => errors[kind]),
      step: fc.constantFrom(...steps),
    }),
    fc.record({ kind: fc.constant('succeed' as const), step: fc.constantFrom(...steps) }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(100) }),
  ),
  { maxLength: 60, size: 'max' },
);

describe('[EH7] whatever is met and succeeds, in whatever order', () => {
  it('attempts of an error go up by one from 1 until it is told recovered, once, and what is open is what was not', () => {
    fc.assert(
      fc.property(acts, fc.integer({ min: 1, max: 5 }), (list, limit) => {
        const { handler, clock, told } = handling(limit);
        for (const act of list) {
          if (act.kind === 'meet') void handler.handle(act.error, { step: act.step });
          else if (act.kind === 'succeed') handler.succeeded(act.step);
          else clock.advance(act.ms);
          const { open, turnedAway } = handler.status;
          expect(open.length).toBeLessThanOrEqual(limit);
          if (open.length === 0) expect(turnedAway).toBe(0);
        }
        const attempts = new Map<string, number>();
        for (const event of told) {
          if (event.kind !== 'error' && event.kind !== 'recovered') throw new Error(`unexpected ${event.kind}`);
          const key = keyOfError(event.error);
          const before = attempts.get(key) ?? 0;
          if (event.kind === 'recovered') {
            expect(event.error.attempt).toBe(before);
            expect(event.tookMs).toBeGreaterThanOrEqual(0);
            attempts.delete(key);
          } else if (before === 0 && attempts.size >= limit) {
            expect(event.error.attempt).toBe(1);
          } else {
            expect(event.error.attempt).toBe(before + 1);
            attempts.set(key, before + 1);
          }
        }
        expect(new Map(handler.status.open.map(({ error }) => [keyOfError(error), error.attempt]))).toEqual(attempts);
      }),
    );
  });

  it('a step that succeeds leaves no error open that only it has met', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const { handler } = handling();
        for (const act of list) if (act.kind === 'meet') void handler.handle(act.error, { step: act.step });
        for (const step of steps) handler.succeeded(step);
        expect(handler.status).toEqual({ open: [], turnedAway: 0 });
      }),
    );
  });
});

describe('[EH8] several monitors as one', () => {
  it('each hears everything in order, though one throws', () => {
    const heard: string[] = [];
    const thrown: unknown[] = [];
    const hears = (name: string) => ({ tell: ({ kind }: MonitorEvent) => void heard.push(`${name} ${kind}`) });
    const breaks = {
      tell: () => {
        throw new Error('a bug');
      },
    };
    const all = fanOut([hears('a'), breaks, hears('b')], (error) => thrown.push(error));
    all.tell({ kind: 'drift', threads: 1 });
    all.tell({ kind: 'compared', threads: 2, diverged: 0 });
    expect(heard).toEqual(['a drift', 'b drift', 'a compared', 'b compared']);
    expect(thrown).toHaveLength(2);
  });
});
