/** What a hunt of mutants tells: a line each as it ends, a table, the figures, the exit code. Pure. */
import type { HuntReport } from '#properties/mutants/hunt.ts';
import type { Mutant } from '#properties/mutants/mutant.ts';
import { exitCodes } from './exit-codes.ts';
import { median } from './median.ts';
import { table } from './table.ts';
import { type Outcome, passed, type Suite, troubleIn } from './verdicts.ts';

/** `skipped`: this machine lacks what it takes to make it. */
export type HuntEnd = HuntReport | { readonly kind: 'skipped'; readonly message: string };

export interface Hunted {
  readonly mutant: Mutant;
  readonly report: HuntEnd;
  readonly seconds: number;
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

function verdictOf(report: HuntEnd): string {
  switch (report.kind) {
    case 'found':
      return report.by;
    case 'survived':
      return 'SURVIVED';
    case 'broken':
      return 'BROKEN';
    case 'skipped':
      return 'skipped';
  }
}

const scenariosOf = (report: HuntEnd): string => ('scenarios' in report ? String(report.scenarios) : '-');
const commandsOf = (report: HuntEnd): string => (report.kind === 'found' ? String(report.commands) : '-');

/** For progress. */
export function resultLine({ mutant, report, seconds }: Hunted, done: number, all: number): string {
  const how = 'message' in report && report.kind !== 'found' ? `: ${firstLine(report.message)}` : '';
  return `${done}/${all} ${mutant.id}: ${verdictOf(report)}${how}, ${scenariosOf(report)} scenarios, ${seconds.toFixed(1)} s`;
}

const ofKind = (hunted: readonly Hunted[], kind: HuntEnd['kind']): readonly Hunted[] =>
  hunted.filter(({ report }) => report.kind === kind);

/** The table, why whatever was not found was not, and the figures. */
export function linesOf(hunted: readonly Hunted[], seed: number): readonly string[] {
  const sorted = [...hunted].sort((a, b) => (a.mutant.id < b.mutant.id ? -1 : 1));
  const rows = sorted.map(({ mutant, report, seconds }) => [
    ...[mutant.id, verdictOf(report), scenariosOf(report), commandsOf(report), seconds.toFixed(1)],
  ]);
  const untold = [...ofKind(sorted, 'survived'), ...ofKind(sorted, 'broken'), ...ofKind(sorted, 'skipped')];
  const why = untold.map(({ mutant, report }) => whyOf(mutant, report));
  const { found, survived, broken, skipped, killRate, scenarios, commands } = summaryOf(hunted, seed);
  const rate = killRate === null ? '' : ` (${(100 * killRate).toFixed(1)} %)`;
  const others = [broken > 0 ? `, ${broken} broken` : '', skipped > 0 ? `, ${skipped} skipped` : ''].join('');
  return [
    table([['mutant', 'found by', 'scenarios', 'commands', 'seconds'], ...rows]),
    ...why,
    `${found} of ${found + survived} found${rate}${others}`,
    `median: found in ${scenarios ?? '-'} scenarios, counterexample of ${commands ?? '-'} commands`,
    `seed ${seed}`,
  ];
}

const medianOf = (values: readonly number[]): number | null => (values.length === 0 ? null : median(values));

export function summaryOf(hunted: readonly Hunted[], seed: number) {
  const finds = hunted.flatMap(({ report }) => (report.kind === 'found' ? [report] : []));
  const survived = ofKind(hunted, 'survived').length;
  const judged = finds.length + survived;
  return {
    seed,
    ...{ found: finds.length, survived, broken: ofKind(hunted, 'broken').length, skipped: ofKind(hunted, 'skipped').length },
    /** Of those that were hunted to their end; null: none was. */
    killRate: judged === 0 ? null : finds.length / judged,
    /** Medians over what was found. */
    scenarios: medianOf(finds.map(({ scenarios }) => scenarios)),
    commands: medianOf(finds.map(({ commands }) => commands)),
    mutants: hunted.map(({ mutant: { id, file, breaks }, report, seconds }) => ({ id, file, breaks, seconds, ...report })),
  };
}

/** Why it was not found. */
function whyOf({ id, file, breaks }: Mutant, report: HuntEnd): string {
  const how = 'message' in report ? `: ${report.message}` : '';
  return `${verdictOf(report)} ${id} (${file}): ${breaks}${how}`;
}

/** A case for each mutant, by its id. */
export function suitesOf(hunted: readonly Hunted[]): readonly Suite[] {
  const sorted = [...hunted].sort((a, b) => (a.mutant.id < b.mutant.id ? -1 : 1));
  const cases = sorted.map(({ mutant, report, seconds }) => ({ name: mutant.id, seconds, outcome: outcomeOf(mutant, report) }));
  return cases.length === 0 ? [] : [{ name: 'mutants', cases }];
}

function outcomeOf(mutant: Mutant, report: HuntEnd): Outcome {
  switch (report.kind) {
    case 'found':
      return passed;
    case 'survived':
      return { kind: 'violated', ...troubleIn(firstLine(whyOf(mutant, report)), [whyOf(mutant, report)]), file: mutant.file };
    case 'broken':
      return { kind: 'trouble', ...troubleIn(firstLine(whyOf(mutant, report)), [whyOf(mutant, report)]), file: mutant.file };
    case 'skipped':
      return { kind: 'skipped', message: report.message };
  }
}

/** Something survived: 1. Something could not be hunted though this machine has what it takes: 3. */
export function mutantsExitCode(hunted: readonly Hunted[]): number {
  if (ofKind(hunted, 'broken').length > 0) return exitCodes.trouble;
  return ofKind(hunted, 'survived').length > 0 ? exitCodes.violation : exitCodes.ok;
}
