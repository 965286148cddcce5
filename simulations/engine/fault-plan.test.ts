import { describe, expect, it } from 'vitest';
import { type FaultDecision, FaultPlan, type FaultSite, type PlannedFault } from './fault-plan.ts';
import { Gate } from './gate.ts';
import { plainText } from './trace.ts';
import { VirtualClock } from './virtual-clock.ts';

type Fault =
  | { readonly kind: 'timeout' }
  | { readonly kind: 'stale'; readonly value: number }
  | { readonly kind: 'onlyReads' }
  | { readonly kind: 'lost' };

function enact(fault: Fault, { event }: FaultSite): FaultDecision {
  switch (fault.kind) {
    case 'timeout':
      return { kind: 'throw', error: new Error('timed out') };
    case 'stale':
      return { kind: 'answer', value: fault.value };
    case 'onlyReads':
      return event.label === 'read' ? { kind: 'throw', error: new Error('unreadable') } : { kind: 'pass' };
    case 'lost':
      return { kind: 'drop' };
  }
}

/** A client that adds 1 three times, and hears what it hears. */
async function run(planned: readonly PlannedFault<Fault>[]) {
  const faults = new FaultPlan<Fault>({ planned, enact, name: (fault, position) => `${fault.kind} ${position}` });
  const gate = new Gate({ clock: new VirtualClock(0), faults, keepTrace: true, normalise: plainText });
  let value = 0;
  const heard: string[] = [];
  gate.spawn('client', async () => {
    for (let n = 0; n < 3; n += 1) {
      const answer = await gate
        .call('server', 'add', () => {
          value += 1;
          return value;
        })
        .catch((error: Error) => error.message);
      heard.push(String(answer));
    }
  });
  const end = await gate.drain().then(
    () => 'done',
    (error: Error) => error.name,
  );
  const fired = gate.trace.steps.map(({ fault, result }) => `${fault}/${result}`);
  return { value, heard, end, fired, marks: faults.marks().map(({ fired, effective }) => ({ fired, effective })) };
}

const at = (call: number, position: 'before' | 'after', fault: Fault): PlannedFault<Fault> => ({
  task: 'client',
  call,
  position,
  fault,
});

describe('FaultPlan', () => {
  it('[EN26] before: the effect never happens, and the caller gets the error', async () => {
    expect(await run([at(2, 'before', { kind: 'timeout' })])).toEqual({
      value: 2,
      heard: ['1', 'timed out', '2'],
      end: 'done',
      fired: ['null/1', 'timeout before/null', 'null/2'],
      marks: [{ fired: true, effective: true }],
    });
  });

  it('[EN26] after: the effect happened, and the caller is told something else', async () => {
    const { value, heard, fired } = await run([at(2, 'after', { kind: 'timeout' }), at(3, 'after', { kind: 'stale', value: 1 })]);
    expect({ value, heard }).toEqual({ value: 3, heard: ['1', 'timed out', '1'] });
    expect(fired).toEqual(['null/1', 'timeout after/2', 'stale after/3']);
  });

  it('[EN26] drops an answer for good when told to', async () => {
    expect(await run([at(2, 'after', { kind: 'lost' })])).toMatchObject({ value: 2, heard: ['1'], end: 'StuckError' });
  });

  it('[EN26] tells planned from fired from effective', async () => {
    const { marks, heard } = await run([
      at(1, 'before', { kind: 'onlyReads' }),
      at(1, 'before', { kind: 'timeout' }),
      at(9, 'before', { kind: 'timeout' }),
      { ...at(1, 'after', { kind: 'timeout' }), task: 'another' },
    ]);
    const truth = await run([at(3, 'after', { kind: 'stale', value: 3 })]);
    expect(truth.marks).toEqual([{ fired: true, effective: false }]);
    expect(heard).toEqual(['timed out', '1', '2']);
    expect(marks).toEqual([
      { fired: true, effective: false },
      { fired: true, effective: true },
      { fired: false, effective: false },
      { fired: false, effective: false },
    ]);
  });

  it('[EN26] refuses a call that does not exist', () => {
    expect(() => new FaultPlan<Fault>({ planned: [at(0, 'before', { kind: 'lost' })], enact, name: String })).toThrow(
      'calls of client count from 1, there is no call 0',
    );
  });
});
