/** Notes of hand-made effects. Those of whole runs: `report.test.ts`. */
import { describe, expect, it } from 'vitest';
import type { TraceStep } from '#simulations/engine/trace.ts';
import { someBackend } from '#simulations/report/arrows.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import { assembled } from './assemble.ts';
import { StateRows } from './state-rows.ts';
import { notesOf, outcomeText } from './trace-notes.ts';

describe('[RP1] what a trace does not say is read off the effects', () => {
  const call: TraceStep = {
    ...{
      step: 5,
      virtualTimeMs: 0,
      key: 'r backend#0/content.thread#1',
      task: 'r',
      kind: 'effect',
      enabled: 1,
      fault: null,
      result: null,
    },
  };
  const effect = (step: number, label: string, over: Partial<Effect>): Effect => ({
    ...{ step, atMs: 0, node: 'backend#0', task: 'r', label, inputs: [], real: null, told: null, ...over },
  });
  const ids = [
    ['thread#0', 'aa'],
    ['thread#1', 'bb'],
  ] as const;
  const noteOf = notesOf(
    [
      effect(5, 'content.thread begun', { inputs: ['bb'] }),
      effect(5, 'content.thread', {
        inputs: ['aa'],
        real: { ok: true, value: null },
        told: { ok: false, failure: { code: 'Lost' } },
      }),
      effect(7, 'channel.taken', { inputs: ['{"kind":"readStrong","thread":"bb"}'] }),
    ],
    ids,
  );

  it('of a call what it gave and which threads it named, of its answer what the caller was told', () => {
    expect(noteOf(call)).toEqual({ result: 'nothing there', threads: ['thread#0'] });
    const answer: TraceStep = { ...call, step: 6, kind: 'response', key: `${call.key} reply` };
    expect(noteOf(answer)).toEqual({ result: 'failed Lost', threads: ['thread#0'] });
  });

  it('of a request what it asks', () => {
    const request: TraceStep = { ...call, step: 7, key: 'r wallet#0/channel.request#1' };
    expect(noteOf(request)).toEqual({ result: 'readStrong', threads: ['thread#1'] });
  });

  it('and a backend that nobody knows is nobody to be looked for', () => {
    const from = { lane: 'backends', actor: someBackend } as const;
    const arrows = [{ from, to: { lane: 'frontends', actor: 'wallet#0' }, kind: 'call', label: 'push' }] as const;
    const draft = { step: 1, atMs: 0, task: 'later 1', arrows, result: null, marks: [], changes: [], threads: [] };
    expect(assembled([draft, draft], new StateRows()).actors).toEqual(['wallet#0']);
  });

  it('with outcomes in names only', () => {
    expect(outcomeText({ ok: true, value: { kind: 'landed', commitment: 'confirmed', signature: 'x' } })).toBe(
      'landed confirmed',
    );
    expect(outcomeText({ ok: false, failure: { kind: 'timeout', code: 'TimedOut' } })).toBe('failed TimedOut');
    expect(outcomeText({ kind: 'applied', value: 'written' })).toBe('applied written');
    expect(outcomeText({ kind: 'applied', value: 'f'.repeat(64) })).toBe('applied');
    expect([{ ok: true, value: null }, { ok: true, value: [1] }, null, undefined].map(outcomeText)).toEqual([
      ...['nothing there', 'done', null, null],
    ]);
  });
});
