/**
 * Why a run cannot go on, said so that its reader knows whom to ask: who is unfinished, what each waits for, who is down, who
 * sleeps.
 */
import type { Event } from './event.ts';
import type { Task } from './task.ts';

export interface StuckTask {
  readonly name: string;
  /** Its latest call, by key. */
  readonly lastCall: string | null;
  /** Its parked calls, the effect of its that has not returned, and what else it said it waits for. */
  readonly waitsFor: readonly string[];
  /** Calls of it that a crash took away. */
  readonly dropped: readonly string[];
}

/**
 * `leak`: a task waits for something outside the gate. `deadlock`: all that are left wait for each other or for nodes that are
 * down. `steps`: it goes on and on. `hang`: an effect does not return.
 */
export type StuckKind = 'leak' | 'deadlock' | 'steps' | 'hang';

export interface StuckReport {
  readonly kind: StuckKind;
  readonly step: number;
  /** The event that ran last; of a hang, the one that does not return. */
  readonly lastKey: string | null;
  /** Who is unfinished; of a leak found at once and of a hang, whose it is. */
  readonly tasks: readonly StuckTask[];
  /** Keys of events whose node is down. */
  readonly held: readonly string[];
  readonly sleepers: readonly { readonly who: string; readonly dueMs: number }[];
}

/** @param of what the gate knows; `kind` null: a leak unless every task's standstill has an explanation */
export function stuckReport(of: {
  readonly kind: StuckKind | null;
  readonly step: number;
  /** The event that runs now or ran last. */
  readonly last: Event | null;
  readonly tasks: readonly Task[];
  readonly enabled: readonly Event[];
  readonly held: readonly Event[];
  readonly sleepers: StuckReport['sleepers'];
}): StuckReport {
  const { step, last, enabled, held, sleepers } = of;
  const tasks = of.tasks.map((task): StuckTask => {
    const own = (events: readonly Event[]): readonly Event[] => events.filter((event) => event.task === task);
    const waitsFor = [
      ...own(of.kind === 'hang' && last !== null ? [last] : []).map(({ key }) => `${key} (has not returned)`),
      ...task.waits,
      ...own(enabled).map(({ key }) => `${key} (its turn)`),
      ...own(held).map(({ key, node }) => `${key} (${node} is down)`),
    ];
    return { name: task.name, lastCall: task.lastCall, waitsFor, dropped: [...task.dropped] };
  });
  const explained = tasks.every(({ waitsFor, dropped }) => waitsFor.length + dropped.length > 0);
  const kind = of.kind ?? (explained ? 'deadlock' : 'leak');
  return { kind, step, lastKey: last?.key ?? null, tasks, held: held.map((event) => event.key), sleepers };
}

const reasons: Readonly<Record<StuckKind, string>> = {
  leak:
    'yet no call of it is parked and no timer is set. Either it waits for something nobody will do (a deadlock), or it awaits ' +
    'asynchrony that does not go through the gate.',
  deadlock: 'and all that is left waits for something nobody will do.',
  steps: 'and the limit of steps is reached.',
  hang: 'for the last effect has not returned in the wall time it has.',
};

function taskLine({ name, lastCall, waitsFor, dropped }: StuckTask): string {
  const waits = waitsFor.length === 0 ? 'waits for nothing the gate knows of' : `waits for ${waitsFor.join(', ')}`;
  const last = lastCall === null ? 'made no call' : `last call ${lastCall}`;
  return `  ${name}: ${waits}; ${last}${dropped.length === 0 ? '' : `; lost in a crash: ${dropped.join(', ')}`}`;
}

function message({ kind, step, lastKey, tasks, held, sleepers }: StuckReport): string {
  const names = tasks.map((task) => task.name).join(', ');
  const after = `after step ${step}${lastKey === null ? '' : ` (last effect: ${lastKey})`}`;
  return [
    `stuck ${after}: ${names} ${tasks.length > 1 ? 'are' : 'is'} unfinished, ${reasons[kind]}`,
    ...tasks.map(taskLine),
    ...(held.length === 0 ? [] : [`  held because their node is down: ${held.join(', ')}`]),
    ...sleepers.map(({ who, dueMs }) => `  ${who} sleeps until ${dueMs}`),
  ].join('\n');
}

export class StuckError extends Error {
  readonly report: StuckReport;

  constructor(report: StuckReport) {
    super(message(report));
    this.name = 'StuckError';
    this.report = report;
  }
}
