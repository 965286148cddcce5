/**
 * Runs a lockstep scenario and gathers what is to be seen of it. Its steps are whole operations, and what everybody shows is the model's,
 * which the system was found to agree with; of the step that it does not agree with, the message says in what.
 */
import { observe } from '#model/index.ts';
import { describeAnswer } from '#properties/lockstep/describe-answer.ts';
import { describeStep, describeSteps } from '#properties/lockstep/describe-step.ts';
import { runScenario } from '#properties/lockstep/run-scenario.ts';
import type { Scenario, Step } from '#properties/lockstep/scenario.ts';
import { placeOf } from '#simulations/report/arrows.ts';
import type { Arrow, Place, Report, Verdict } from '#simulations/report/report-model.ts';
import { type Ground, genesisMs } from '#simulations/world/system.ts';
import { assembled, type Draft, foundText, threadsIn } from './assemble.ts';
import { ruleText } from './rule-text.ts';
import { StateRows } from './state-rows.ts';

/** @param name the file's, without its folders */
export async function lockstepReport(ground: Ground, scenario: Scenario, name: string): Promise<Report> {
  const rows = new StateRows();
  const drafts: Draft[] = [];
  const failure = await runScenario(ground, scenario, (index, step, answer, before, after) => {
    if (index === 0) drafts.push({ ...blank, changes: rows.changesTo(observe(before)) });
    drafts.push({
      ...draftOf(index, step, after.nowMs - genesisMs, answer === null ? null : describeAnswer(answer)),
      changes: rows.changesTo(observe(after)),
    });
  });
  if (drafts.length === 0) drafts.push({ ...blank, changes: [] });
  const failing = failure === null ? undefined : scenario.steps[failure.at];
  if (failure !== null && failing !== undefined) {
    const draft = draftOf(failure.at, failing, drafts.at(-1)?.atMs ?? 0, null);
    const text = `VIOLATION of ${failure.violation.property} becomes visible`;
    drafts.push({ ...draft, marks: [...draft.marks, { kind: 'violation', text }], changes: [] });
  }
  const { wallets, balance, backends } = scenario.setup;
  return {
    ...{ name, kind: 'lockstep', ground: ground.describe(), remarks: [], found: foundText(scenario.found) },
    verdict: verdictOf(scenario, failure, drafts.length - 1),
    scenario: [
      `${wallets} wallets with ${balance} each, ${backends} backends; everybody connected and signed in`,
      ...describeSteps(scenario.steps),
    ],
    original: scenario.found?.original ?? null,
    ...assembled(drafts, rows),
  };
}

const blank = { ...{ step: 0, atMs: 0, task: 'start', result: null }, arrows: [], marks: [], threads: [] } as const;

const world: Place = { lane: 'world', actor: 'world' };

function draftOf(index: number, step: Step, atMs: number, answer: string | null): Omit<Draft, 'changes'> {
  const task = step.kind === 'operation' ? step.client : 'world';
  const isFault = step.kind === 'fault';
  return {
    ...{ step: index + 1, atMs, task, result: null },
    arrows: arrowsOf(step, answer),
    marks: isFault ? [{ kind: 'fault', text: describeStep(step) }] : [],
    threads: step.kind === 'operation' ? threadsIn(step.operation) : [],
  };
}

function arrowsOf(step: Step, answer: string | null): readonly Arrow[] {
  const label = describeStep(step);
  switch (step.kind) {
    case 'operation': {
      const person: Place = { lane: 'clients', actor: step.client };
      const program: Place = { lane: 'frontends', actor: step.client };
      const asks: Arrow = { from: person, to: program, kind: 'call', label };
      return answer === null ? [asks] : [asks, { from: program, to: person, kind: 'answer', label: answer }];
    }
    case 'fault':
      return [{ from: world, to: struckBy(step), kind: 'call', label }];
    case 'advance':
      return [{ from: world, to: world, kind: 'timer', label }];
  }
}

function struckBy({ fault }: Extract<Step, { kind: 'fault' }>): Place {
  if ('backend' in fault) return placeOf(fault.backend);
  const lane = fault.authority === 'solana' ? 'Solana' : 'Qdrant';
  return { lane, actor: lane };
}

function verdictOf({ steps }: Scenario, failure: Awaited<ReturnType<typeof runScenario>>, last: number): Verdict {
  if (failure === null)
    return { kind: 'none', property: '', message: `No violation in ${steps.length} steps.`, rule: null, focus: 0 };
  const { property, message } = failure.violation;
  return { kind: 'violation', property, message, rule: ruleText(property), focus: last };
}
