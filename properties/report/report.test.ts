/** Whole runs as data, of systems that hold and of ones that lie. How they are shown: `simulations/report/`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Observation } from '#model/observation.ts';
import { execute } from '#properties/concurrent/execute.ts';
import { neverComesBack } from '#properties/concurrent/lies.ts';
import { type ConcurrentCommand, type ConcurrentScenario, plainCommand } from '#properties/concurrent/scenario.ts';
import { shrunk } from '#properties/concurrent/shrunk.ts';
import { parseAny, printAny } from '#properties/corpus/corpus.ts';
import type { Report, ReportStep } from '#simulations/report/report-model.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { setUpTask } from '#simulations/world/concurrent/concurrent-world.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { concurrentReport } from './concurrent-report.ts';
import { valueAt } from './hand-read.ts';
import { ruleIn, ruleText } from './rule-text.ts';
import { keyOf, StateRows, valuesOf } from './state-rows.ts';

const lost: ConcurrentCommand['faults'][number] = {
  ...{ at: 1, position: 'after', fault: { kind: 'S3-answerLost', as: 'reset' } },
};

const scenario: ConcurrentScenario = {
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 2, backends: 2, balance: 100_000n, skewMs: [], roundMs: 4_000 },
  strategy: { kind: 'segments', segments: [] },
  commands: [
    { ...plainCommand(0, 'wallet#0', { kind: 'createThread', thread: 'thread#0' }), faults: [lost] },
    plainCommand(1, 'wallet#1', { kind: 'post', thread: 'thread#0', text: 'hi' }),
    plainCommand(2, 'world#0', { kind: 'crash', backend: 'backend#1', downMs: 100 }),
    plainCommand(3, 'world#0', { kind: 'cut', authority: 'solana', forMs: 500 }),
    plainCommand(4, 'wallet#1', { kind: 'createThread', thread: 'thread#1' }),
  ],
};

let memory: Tier;
let report: Report;
beforeAll(async () => {
  memory = await openMemoryTier();
  report = await concurrentReport(memory, scenario, 'a.json');
});
afterAll(() => memory.close());

const textOf = ({ marks }: ReportStep): string => marks.map(({ kind, text }) => `${kind}: ${text}`).join('; ');

/** The only step of which that holds. */
function only(holds: (step: ReportStep) => boolean): ReportStep {
  const found = report.steps.filter(holds);
  expect(found).toHaveLength(1);
  return found[0] ?? expect.unreachable();
}

describe('[RP1] a run with everybody at once is gathered', () => {
  it('with each step of its trace once, after the start', async () => {
    const { trace } = await execute(memory, scenario, { keepTrace: true });
    const steps = trace.filter(({ task }) => task !== setUpTask);
    expect(report.steps.slice(1).map(({ step, task }) => [step, task])).toEqual(steps.map(({ step, task }) => [step, task]));
    expect(report.steps[0]).toMatchObject({ task: 'start', atMs: 0, threads: [], actors: [] });
  });

  it('the same again for the same scenario, as plain JSON', async () => {
    expect(await concurrentReport(memory, scenario, 'a.json')).toEqual(report);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('with the fault where it struck, and what came of it', () => {
    const struck = only((step) => textOf(step).includes('fault: fault S3-answerLost after'));
    expect(struck.arrows[0]).toMatchObject({ from: { actor: 'backend#0' }, to: { lane: 'Solana' }, label: 'submit' });
    expect(struck.result).toBe('unknown ConnectionLost');
    const answer = report.steps.find(({ step, arrows }) => step > struck.step && arrows[0]?.label === 'submit');
    expect(answer?.result).toBe('unknown ConnectionLost');
  });

  it('with what the ledger commits and refuses, and what Qdrant takes', () => {
    const created = only((step) =>
      textOf(step).includes('commit: Solana commits #0 createThread by wallet#0: thread#0 version 1'),
    );
    expect(created.changes.some(({ after }) => after === '1')).toBe(true);
    expect(report.steps.some((step) => textOf(step).includes('stored: Qdrant changed: thread#0'))).toBe(true);
  });

  it('with crashes, restarts, cuts and the mending', () => {
    expect(only((step) => textOf(step).includes('backend#1 crashes')).arrows[0]?.to).toEqual({
      lane: 'backends',
      actor: 'backend#1',
    });
    expect(report.steps.some((step) => textOf(step).includes('world: backend#1 restarts'))).toBe(true);
    const cut = only(({ arrows }) => arrows[0]?.label === 'cut solana' && arrows[0].kind === 'call');
    expect(cut.arrows[0]?.to.lane).toBe('Solana');
    expect(only((step) => textOf(step).includes('mended: mended')).step).toBeGreaterThan(cut.step);
  });

  it('with what people asked and were told', () => {
    const talk = report.steps.flatMap(({ arrows }) => arrows).filter(({ from, to }) => [from.lane, to.lane].includes('clients'));
    const labels = talk.map(({ kind, label }) => `${kind} ${label}`);
    expect(labels).toContain('call #0 wallet#0 creates thread#0');
    expect(labels).toContain('answer #0 confirmed, version 1');
    expect(labels.filter((label) => label.startsWith('call '))).toHaveLength(3);
  });

  it('with whom and what each step is about', () => {
    expect(report.threads).toEqual(['thread#0', 'thread#1']);
    expect(report.actors).toEqual(['Qdrant', 'Solana', 'backend#0', 'backend#1', 'wallet#0', 'wallet#1', 'world']);
    const create = report.steps.filter(({ task }) => task === '#4 wallet#1');
    expect(create.length).toBeGreaterThan(1);
    for (const { threads, actors } of create) {
      expect(threads).toContain('thread#1');
      expect(actors).toContain('wallet#1');
    }
    const background = report.steps.filter(({ task, threads }) => /rounds|fair/.test(task) && threads.length > 0);
    expect(background.length).toBeGreaterThan(0);
  });

  it('with results in names only', () => {
    for (const { result } of report.steps) expect(result ?? '').not.toMatch(/[0-9a-f]{16}/);
  });
});

describe('[RP3] what everybody shows', () => {
  it('is the sum of the changes until then', async () => {
    const looks: Observation[] = [];
    await execute(memory, scenario, {
      keepTrace: true,
      onStep: async (world) => {
        if (world.gate.trace.steps.at(-1)?.task !== setUpTask) looks.push(await world.observe());
      },
    });
    const shown = new Map<number, string>();
    for (const [index, { changes }] of report.steps.entries()) {
      for (const { row, before, after } of changes) {
        expect(shown.get(row) ?? null).toBe(before);
        if (after === null) shown.delete(row);
        else shown.set(row, after);
      }
      const look = looks[index - 1];
      if (look === undefined || look.ledger === null || look.content === null) continue;
      const named = [...shown].map(([row, value]) => [keyOf(report.rows[row] ?? expect.unreachable()), value] as const);
      expect(new Map(named)).toEqual(valuesOf(look));
    }
  });

  it('stays while an authority is out of reach, which is said; a backend that is down shows nothing', () => {
    const cut = report.steps.findIndex(({ arrows }) => arrows[0]?.label === 'cut solana');
    const back = report.steps.findIndex(({ arrows }, index) => index > cut && /solana is back/.test(arrows[0]?.label ?? ''));
    expect(valueAt(report, cut, 'Solana', 'reachable')).toBe('no');
    expect(valueAt(report, cut, 'Solana', 'balance of wallet#0')).toBe('100000');
    expect(valueAt(report, back, 'Solana', 'reachable')).toBe('yes');
    const down = report.steps.findIndex((step) => textOf(step).includes('backend#1 crashes'));
    expect([valueAt(report, down - 1, 'backend#1', 'runs'), valueAt(report, down, 'backend#1', 'runs')]).toEqual(['yes', null]);
  });

  it('and is no change where it is the same', () => {
    const rows = new StateRows();
    const seen: Observation = { ledger: null, content: null, backends: [], clients: [] };
    expect(rows.changesTo(seen)).toHaveLength(2);
    expect(rows.changesTo({ ...seen })).toEqual([]);
    const client = { client: 'wallet#0', backend: null, threads: [], unsettled: 1 };
    expect(rows.changesTo({ ...seen, clients: [client] }).map(({ before, after }) => [before, after])).toEqual([
      [null, 'nobody'],
      [null, '1'],
    ]);
  });
});

describe('[RP4] the verdict', () => {
  it('of a run that violates nothing', () => {
    expect(report.verdict).toMatchObject({
      kind: 'none',
      rule: null,
      focus: 0,
      message: expect.stringMatching(/^No violation in \d+ steps/),
    });
    expect(report.remarks.at(-1)).toMatch(/^mended at step \d+; all agreed after \d+ steps$/);
  });

  it('of one that does: the rule with its text, at the step at which it shows', async () => {
    const broken = await concurrentReport(neverComesBack(memory), scenario, 'a.json');
    const { violation } = await execute(neverComesBack(memory), scenario);
    const { kind, property, message, rule, focus } = broken.verdict;
    expect({ kind, property, message }).toEqual({
      kind: 'violation',
      property: violation?.property,
      message: violation?.message,
    });
    expect(rule).toEqual(ruleText(property));
    expect(broken.steps[focus]?.step).toBeLessThanOrEqual(violation?.at ?? 0);
    expect(broken.steps[focus + 1]?.step ?? Number.POSITIVE_INFINITY).toBeGreaterThan(violation?.at ?? 0);
    expect(broken.steps[focus]?.marks.at(-1)).toEqual({ kind: 'violation', text: `VIOLATION of ${property} becomes visible` });
  });

  it('in the words of SPEC.md, and of every property that is no row there', () => {
    expect(ruleText('OR14')?.text).toBe('No pending content is left that no spec needs and no transaction can still bring.');
    expect(ruleText('I-4')).toEqual({ id: 'I-4', text: '(domain) tokens are never created or destroyed' });
    expect(ruleText('design')).toEqual({
      id: 'DC2',
      text: 'The design allows what the implementation does, with faults and without.',
    });
    for (const property of ['stuck', 'threw', 'two-ends', 'answer', 'observation'])
      expect(ruleText(property)?.text, property).toMatch(/\w{4}/);
    expect(ruleIn('| OR1 | a `b` c |\n| OR10 | d |', 'OR10')).toEqual({ id: 'OR10', text: 'd' });
    expect(ruleText('OR999')).toBeNull();
  });
});

describe('[RP9] what is saved after shrinking keeps the original', () => {
  it('of a scenario with everybody at once, as lines that are read back', async () => {
    const liar = neverComesBack(memory);
    const { violation } = await execute(liar, scenario);
    if (violation === null) return expect.unreachable();
    const limits = { executions: 40, ms: 20_000, nowMs: () => 0 };
    const { scenario: small } = await shrunk(liar, scenario, { scenario, violation }, limits);
    expect(small.commands.length).toBeLessThan(scenario.commands.length);
    const read = parseAny(printAny(small));
    expect(read).toEqual(small);
    expect(read.found?.original?.slice(2)).toHaveLength(scenario.commands.length);
    expect(read.found?.original).toContain('#1 wallet#1 posts "hi" in thread#0');
    expect((await concurrentReport(memory, small, 'c.json')).original).toEqual(read.found?.original);
    expect(report.original).toBeNull();
  });
});
