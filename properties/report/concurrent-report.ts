/**
 * Runs a concurrent scenario and gathers all that a person may want to see of it: every step as an arrow, what everybody showed before
 * and after, what was asked and answered, and the verdict with the rule's text. How it looks is `simulations/report/`'s.
 */
import type { Observation } from '#model/observation.ts';
import { describeAsked, plainLines } from '#properties/concurrent/describe.ts';
import { describeEnd } from '#properties/concurrent/describe-end.ts';
import { type Executed, execute } from '#properties/concurrent/execute.ts';
import type { ConcurrentCommand, ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { describeAnswer } from '#properties/lockstep/describe-answer.ts';
import type { TraceStep } from '#simulations/engine/trace.ts';
import { arrowOf, placeOf } from '#simulations/report/arrows.ts';
import type { Arrow, Mark, Report, ReportStep, Verdict } from '#simulations/report/report-model.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { type ConcurrentWorld, setUpTask, taskOf } from '#simulations/world/concurrent/concurrent-world.ts';
import type { OperationRecord } from '#simulations/world/history.ts';
import { genesisMs } from '#simulations/world/system.ts';
import { assembled, type Draft, foundText, indexAt, threadsIn } from './assemble.ts';
import { ruleText } from './rule-text.ts';
import { StateRows } from './state-rows.ts';
import { marksOf, notesOf } from './trace-notes.ts';

/** A step as it was seen when it was taken. */
interface Seen {
  readonly step: TraceStep;
  readonly changes: Draft['changes'];
  readonly connectedTo: (client: string) => string | null;
}

const noStep: TraceStep = {
  ...{ step: 0, virtualTimeMs: genesisMs, key: '', task: 'start', kind: 'effect', enabled: 0, fault: null, result: null },
};

/** @param name the file's, without its folders */
export async function concurrentReport(tier: Tier, scenario: ConcurrentScenario, name: string): Promise<Report> {
  const watched = new Watched();
  const executed = await execute(tier, scenario, { keepTrace: true, onStep: (world) => watched.see(world) });
  const drafts = draftsOf(watched, executed, scenario);
  return {
    ...{
      name,
      kind: 'concurrent',
      ground: tier.describe(),
      verdict: verdictOf(executed, drafts),
      remarks: describeEnd(executed),
    },
    ...{ found: foundText(scenario.found), scenario: plainLines(scenario) },
    original: scenario.found?.original ?? null,
    ...assembled(drafts, watched.rows),
  };
}

/** Looks at a world after each step; what comes before the scenario is one step, the start. */
class Watched {
  readonly rows = new StateRows();
  readonly seen: Seen[] = [];
  threads: readonly (readonly [string, string])[] = [];
  #start: readonly [TraceStep, Observation] | null = null;
  #last: Observation | null = null;
  /** The backend that each client was connected to last: what comes late comes from there. */
  readonly #lastOf = new Map<string, string>();

  async see(world: ConcurrentWorld): Promise<void> {
    const step = world.gate.trace.steps.at(-1);
    if (step === undefined) return;
    const now = await world.observe();
    const before = this.#last;
    this.#last = now;
    if (step.task === setUpTask) {
      this.#start = [step, now];
      return;
    }
    this.#begin();
    for (const { client, backend } of now.clients) if (backend !== null) this.#lastOf.set(client, backend);
    const lastOf = new Map(this.#lastOf);
    const backendIn = (observation: Observation | null, client: string): string | null =>
      observation?.clients.find((each) => each.client === client)?.backend ?? null;
    this.seen.push({
      step,
      changes: this.rows.changesTo(now),
      connectedTo: (client) => backendIn(before, client) ?? backendIn(now, client) ?? lastOf.get(client) ?? null,
    });
    this.threads = world.names.threads();
  }

  #begin(): void {
    if (this.seen.length > 0 || this.#start === null) return;
    const [{ step, virtualTimeMs }, observation] = this.#start;
    this.seen.push({
      step: { ...noStep, step, virtualTimeMs },
      changes: this.rows.changesTo(observation),
      connectedTo: () => null,
    });
  }
}

function draftsOf(watched: Watched, executed: Executed, { commands }: ConcurrentScenario): readonly Draft[] {
  const noteOf = notesOf(executed.effects, watched.threads);
  const byTask = new Map(commands.map((command) => [taskOf(command), command]));
  const seen = watched.seen.length > 0 ? watched.seen : [{ step: noStep, changes: [], connectedTo: () => null }];
  const steps = seen.map(({ step }) => step);
  const marks = steps.map(({ fault }): Mark[] => (fault === null ? [] : [{ kind: 'fault', text: `fault ${fault}` }]));
  for (const [at, mark] of marksOf(executed)) marks[indexAt(steps, at)]?.push(mark);
  const talk = steps.map((): Arrow[] => []);
  for (const record of executed.history.operations)
    for (const [at, arrow] of talkOf(record)) talk[indexAt(steps, at)]?.push(arrow);
  return seen.map(({ step, changes, connectedTo }, index) => {
    const command = byTask.get(step.task);
    const { result, threads } = noteOf(step);
    return {
      ...{ step: step.step, atMs: step.virtualTimeMs - genesisMs, task: step.task, changes, result },
      arrows: [...(step.key === '' ? [] : [aimed(arrowOf(step, connectedTo), command)]), ...(talk[index] ?? [])],
      marks: marks[index] ?? [],
      threads: [...threads, ...(command === undefined ? [] : threadsIn(command.op))],
    };
  });
}

/** What the world does to a backend or a client says whom it strikes in its command only. */
function aimed(arrow: Arrow, command: ConcurrentCommand | undefined): Arrow {
  if (arrow.from.lane !== 'world' || arrow.to.lane !== 'world' || command === undefined) return arrow;
  const { op } = command;
  if ('backend' in op) return { ...arrow, to: placeOf(op.backend) };
  return 'client' in op ? { ...arrow, to: placeOf(op.client) } : arrow;
}

/** What a person asks of a program, and what the program tells. */
function talkOf({ id, client, operation, call, end, settled }: OperationRecord): readonly (readonly [number, Arrow])[] {
  const person = { lane: 'clients', actor: client } as const;
  const program = { lane: 'frontends', actor: client } as const;
  const asked: Arrow = { from: person, to: program, kind: 'call', label: `#${id} ${describeAsked(client, operation)}` };
  const told = [end, settled].flatMap((each) =>
    each === null
      ? []
      : [[each.at, { from: program, to: person, kind: 'answer', label: `#${id} ${describeAnswer(each.answer)}` }] as const],
  );
  return [[call, asked], ...told];
}

function verdictOf({ violation, inconclusive, steps }: Executed, drafts: readonly Pick<ReportStep, 'step'>[]): Verdict {
  if (violation !== null) {
    const { property, message, at } = violation;
    return { kind: 'violation', property, message, rule: ruleText(property), focus: indexAt(drafts, at) };
  }
  const nothing = { property: '', rule: null, focus: 0 };
  if (inconclusive.length > 0) return { ...nothing, kind: 'inconclusive', message: inconclusive.join('\n') };
  return { ...nothing, kind: 'none', message: `No violation in ${steps} steps.` };
}
