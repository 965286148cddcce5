/** How an exploration is told: a table, runs that a person can follow, and both as JSON. */
import { differences, shown } from '#model/difference.ts';
import type { Finding } from '#model/explore/finding.ts';
import type { AnySlots, Label } from '#model/explore/spec.ts';
import { exitCodes } from './exit-codes.ts';
import type { Run } from './explore-run.ts';
import { table } from './table.ts';

export interface Explored {
  readonly protocol: string;
  /** `small`, `medium`, `large`, or the planted mistake's name. */
  readonly scope: string;
  readonly runs: readonly Run[];
}

const isBound = ({ stop }: Run): boolean => stop !== null && stop.bound !== 'stopAtFirst';
const findingsOf = ({ runs }: Explored): readonly Finding<AnySlots>[] => runs.flatMap(({ findings }) => findings);

export function exploreExitCode(all: readonly Explored[]): number {
  if (all.some((each) => findingsOf(each).length > 0)) return exitCodes.violation;
  return all.some(({ runs }) => runs.some(isBound)) ? exitCodes.trouble : exitCodes.ok;
}

export function summary(all: readonly Explored[]): string {
  const head = [
    ...['protocol', 'scope', 'judged', 'symmetries', 'states', 'generated', 'depth'],
    ...['seconds', 'states/s', 'bytes/state', 'odds', 'result'],
  ];
  const rows = all.flatMap(({ protocol, scope, runs }) =>
    runs.map((run) => [
      ...[protocol, scope, run.judged, String(run.symmetries), String(run.states), String(run.generated), String(run.depth)],
      ...[run.seconds.toFixed(2), String(rateOf(run)), run.bytesPerState.toFixed(1), run.collisions.odds.toExponential(0)],
      resultOf(run),
    ]),
  );
  return [
    table([head, ...rows], 3),
    'odds: that any two states have one 64-bit fingerprint; none is lost then, since such states are compared in full',
    ...all.flatMap(boundSentences),
  ].join('\n');
}

const rateOf = ({ states, seconds }: Run): number => Math.round(states / Math.max(seconds, 0.001));

function resultOf(run: Run): string {
  const found =
    run.findings.length === 0 ? 'no violation' : `VIOLATION of ${run.findings.map(({ property }) => property).join('; ')}`;
  return isBound(run) ? `${found}, stopped at ${run.stop?.reason}` : run.findings.length === 0 ? `${found}, complete` : found;
}

function boundSentences({ protocol, scope, runs }: Explored): readonly string[] {
  return runs
    .filter(isBound)
    .map(
      ({ judged, stop }) =>
        `${protocol}, ${scope}: the search for ${judged === 'both' ? 'all' : judged} stopped at ${stop?.reason}, so what it did not find is not proved absent`,
    );
}

/** Maps as records, sets as lists, big numbers as text: what can be compared, shown and written as JSON. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, each]) => [String(key), plain(each)]));
}

/** Every finding of one design, each with its run. */
export function tellFindings(explored: Explored): string {
  return findingsOf(explored)
    .map((finding) => tellFinding(explored, finding))
    .join('\n');
}

function tellFinding(
  { protocol, scope }: Explored,
  { property, kind, explanation, start, steps, loopFrom }: Finding<AnySlots>,
): string {
  const length = start === null ? 'no run shows it' : `${steps.length} steps${loopFrom === null ? ', none shorter' : ''}`;
  const lines = [`VIOLATION of ${property} (${kind}) in ${protocol}, ${scope}: ${length}`, `  ${explanation}`];
  if (start === null) return `${lines.join('\n')}\n`;
  lines.push('  at first', ...Object.entries(start).map(([slot, value]) => `       ${slot}: ${shown(plain(value))}`));
  const width = Math.max(...steps.map(({ actor }) => actor.length), 0);
  for (const [index, { actor, label, state }] of steps.entries()) {
    if (index === loopFrom) lines.push('  from here on, again and again:');
    const before = index === 0 ? start : (steps[index - 1]?.state as AnySlots);
    lines.push(`  ${String(index + 1).padStart(3)}. ${actor.padEnd(width)}  ${labelText(label)}`);
    for (const { path, expected, observed } of differences(plain(before), plain(state)))
      lines.push(`       ${path}: ${expected} -> ${observed}`);
  }
  return `${lines.join('\n')}\n`;
}

/** `send to 1, text hello` */
export function labelText(label: Label): string {
  if (typeof label === 'string') return label;
  const { does, ...details } = label;
  const told = Object.entries(details).map(([name, value]) => `${name} ${value}`);
  return told.length === 0 ? does : `${does} ${told.join(', ')}`;
}

/** Figures without the runs. */
export function jsonOf(all: readonly Explored[]): object {
  return {
    explorations: all.flatMap(({ protocol, scope, runs }) =>
      runs.map(({ findings, marks, stop, ...figures }) => ({
        ...{ protocol, scope, ...figures, statesPerSecond: rateOf({ ...figures, findings, marks, stop }) },
        ...{ complete: stop === null, bound: stop?.bound ?? null },
        marks: Object.fromEntries(marks.map(({ name, met }) => [name, met?.depth ?? null])),
        findings: findings.map(({ property, kind, explanation, steps, loopFrom }) => ({
          ...{ property, kind, explanation, steps: steps.length, loopFrom },
        })),
      })),
    ),
  };
}

/** The runs with whole states, as JSON text. */
export function savedFindings(all: readonly Explored[]): string {
  const found = all.flatMap((each) =>
    findingsOf(each).map((finding) => ({ protocol: each.protocol, scope: each.scope, ...finding })),
  );
  return `${JSON.stringify(plain({ findings: found }), null, 2)}\n`;
}
