import { describe, expect, it } from 'vitest';
import { type FaultDecision, FaultPlan, type FaultPlanOptions, type FaultSite, type PlannedFault } from './fault-plan.ts';
import { Gate } from './gate.ts';
import { VirtualClock } from './virtual-clock.ts';

const boom: FaultDecision = { kind: 'throw', error: new Error('boom') };
const act: FaultDecision = { kind: 'act' };
const pass: FaultDecision = { kind: 'pass' };

const realTime = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A promise, and what resolves it. */
function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const at = <Fault>(call: number, position: 'before' | 'after', fault: Fault): PlannedFault<Fault> => ({
  task: 'client',
  call,
  position,
  fault,
});

interface Ran {
  readonly heard: readonly unknown[];
  /** The faults of each step. */
  readonly struck: readonly (string | null)[];
  /** Of each planned fault: `-` planned only, `f` fired, `e` fired and effective. */
  readonly marks: string;
}

/** A client that makes calls of these labels, each of which answers what `effect` does. */
async function run<Fault>(
  labels: readonly string[],
  plan: Omit<FaultPlanOptions<Fault>, 'name'>,
  effect: () => unknown = () => 'ok',
): Promise<Ran> {
  const faults = new FaultPlan<Fault>({ ...plan, name: (fault, position) => `${fault} ${position}` });
  const gate = new Gate({ clock: new VirtualClock(0), faults, keepTrace: true });
  const heard: unknown[] = [];
  gate.spawn('client', async () => {
    for (const label of labels) {
      const answer = gate.call('server', label, effect);
      heard.push(await answer.catch((error: Error) => error.message));
    }
  });
  await gate.drain();
  const marks = faults.marks().map(({ fired, effective }) => (effective ? 'e' : fired ? 'f' : '-'));
  return { heard, struck: gate.trace.steps.map(({ fault }) => fault), marks: marks.join('') };
}

describe('which call a fault strikes', () => {
  it('[EN36] is counted among those it fits, each fault for itself', async () => {
    const asked: string[] = [];
    const { heard, struck, marks } = await run<string>(['read', 'write', 'read', 'write', 'write', 'read'], {
      planned: [at(2, 'before', 'write'), at(2, 'after', 'read'), at(1, 'before', 'sync'), at(3, 'before', 'write')],
      enact: () => boom,
      fits: (fault, { label }, position) => {
        asked.push(`${fault} ${label} ${position}`);
        return fault === label;
      },
    });
    expect(heard).toEqual(['ok', 'ok', 'boom', 'boom', 'boom', 'ok']);
    expect(struck).toEqual([null, null, 'read after', 'write before', 'write before', null]);
    expect(marks).toBe('ee-e');
    // Each is asked about its own side only, and no more once it has fired.
    expect(asked.filter((line) => line.startsWith('read'))).toEqual(['read read after', 'read write after', 'read read after']);
  });

  it('[EN36] is counted, after the effect, among those whose effect happened', async () => {
    const { heard } = await run<string>(['x', 'x', 'x'], {
      planned: [at(1, 'before', 'first'), at(2, 'after', 'second')],
      enact: () => boom,
    });
    expect(heard).toEqual(['boom', 'ok', 'boom']);
  });

  it("[EN36] is its own task's, whoever else calls", async () => {
    const faults = new FaultPlan({ planned: [at(2, 'before', 'x')], enact: () => boom, name: String });
    const gate = new Gate({ clock: new VirtualClock(0), faults, keepTrace: true });
    for (const name of ['other', 'client']) {
      gate.spawn(name, async () => {
        for (let n = 0; n < 2; n += 1) await gate.call('server', 'x', () => 0).catch(() => 0);
      });
    }
    await gate.drain();
    expect(gate.trace.steps.filter(({ fault }) => fault !== null).map(({ key }) => key)).toEqual(['client server/x#2']);
  });
});

describe('a fault that acts', () => {
  it('[EN37] lets the effect happen and its caller hear of it, and is effective', async () => {
    let world = 'quiet';
    const ran = await run<string>(
      ['x', 'x'],
      {
        planned: [at(2, 'before', 'storm')],
        enact: () => {
          world = 'stormy';
          return act;
        },
      },
      () => world,
    );
    expect(ran).toEqual({ heard: ['quiet', 'stormy'], struck: [null, 'storm before'], marks: 'e' });
  });

  it('[EN37] is settled once its own call is over, which says whether it was effective', async () => {
    const settled: string[] = [];
    let calls = 0;
    const ran = await run<string>(
      ['x', 'y', 'z'],
      {
        planned: [at(1, 'before', 'lost'), at(2, 'before', 'met'), at(3, 'after', 'late')],
        enact: () => act,
        settle: (fault, { event, position, outcome }) => {
          settled.push(`${fault} ${event.label} ${position} ${JSON.stringify(outcome)}`);
          return fault === 'met';
        },
      },
      () => {
        calls += 1;
        return calls;
      },
    );
    expect(settled).toEqual(['lost x after {"ok":true,"value":1}', 'met y after {"ok":true,"value":2}']);
    expect(ran).toEqual({ heard: [1, 2, 3], struck: ['lost before', 'met before', 'late after'], marks: 'fee' });
  });

  it('[EN37] leaves the answer to a fault after it, and both are named', async () => {
    const ran = await run<string>(['x'], {
      planned: [at(1, 'before', 'storm'), at(1, 'after', 'liar')],
      enact: (fault) => (fault === 'storm' ? act : { kind: 'answer', value: 'a lie' }),
    });
    expect(ran).toEqual({ heard: ['a lie'], struck: ['storm before, liar after'], marks: 'ee' });
  });
});

describe('a fault that takes its time', () => {
  const decisions: Readonly<Record<string, FaultDecision>> = {
    throws: boom,
    answers: { kind: 'answer', value: 7 },
    acts: act,
    pass,
  };

  it('[EN38] is waited for, before and after, and leaves its place to the next one when it passes', async () => {
    const ran = await run<string>(['x', 'x', 'x', 'x'], {
      planned: [
        at(1, 'before', 'pass'),
        at(1, 'before', 'throws'),
        at(2, 'before', 'acts'),
        at(2, 'after', 'answers'),
        at(3, 'after', 'pass'),
      ],
      enact: async (fault) => {
        await realTime(1);
        return decisions[fault] as FaultDecision;
      },
    });
    expect(ran).toEqual({
      heard: ['boom', 'ok', 7, 'ok'],
      struck: ['throws before', 'acts before', 'answers after', null],
      marks: 'feeef',
    });
  });

  it('[EN38] ends the run when it fails itself', async () => {
    for (const enact of [
      (): never => {
        throw new Error('a broken fault');
      },
      () => realTime(1).then(() => Promise.reject(new Error('a broken fault'))),
    ]) {
      await expect(run<string>(['x'], { planned: [at(1, 'after', 'x')], enact })).rejects.toThrow('a broken fault');
    }
  });

  it('[EN38] may run the effect once more, as the work of the task it strikes, whoever goes on with it', async () => {
    const { opened, open } = latch();
    const twice = async ({ run: again }: FaultSite): Promise<FaultDecision> => {
      await again();
      return act;
    };
    const faults = new FaultPlan({ planned: [at(1, 'before', 'x')], enact: (_, site) => twice(site), name: String });
    const gate = new Gate({ clock: new VirtualClock(0), faults, keepTrace: true, attribution: 'context' });
    gate.spawn('client', () =>
      gate.call('server', 'serve', async () => {
        await realTime(1);
        void opened.then(() => gate.call('log', 'note', () => 0));
      }),
    );
    gate.spawn('other', () => gate.call('other', 'open', open));
    await gate.drain();
    expect(gate.trace.keys()).toEqual(['client server/serve#1', 'other/open#1', 'client log/note#1', 'client log/note#2']);
  });

  it('[EN38] gives whatever it resumed a turn of the event loop to come to rest', async () => {
    const bell = latch();
    const enact = async (): Promise<FaultDecision> => {
      await realTime(1);
      setImmediate(bell.open);
      return boom;
    };
    const faults = new FaultPlan({ planned: [at(1, 'before', 'x')], enact, name: String });
    const gate = new Gate({ clock: new VirtualClock(0), faults, keepTrace: true });
    gate.spawn('sleeper', async () => {
      await gate.waiting('the bell', bell.opened);
      await gate.call('sleeper', 'wake', () => 0, { task: 'sleeper' });
    });
    gate.spawn('client', async () => {
      await gate.call('client', 'x', () => 0).catch(() => 0);
      await gate.call('client', 'y', () => 0);
    });
    await gate.drain();
    expect(gate.trace.steps.map(({ key, enabled }) => `${key} of ${enabled}`)).toEqual([
      'client/x#1 of 1',
      'client/y#1 of 2',
      'sleeper/wake#1 of 1',
    ]);
  });
});
