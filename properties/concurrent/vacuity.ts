/**
 * Gates against a green campaign that shows nothing: an operation that hardly ran, or was nearly always refused; a fault that was placed
 * and did not come, or came and changed nothing; a mark that was never reached; an oracle that had nothing to compare. Each is a share
 * that must be reached, and trips only where chance does not explain that it was not: where the upper bound of the share by Clopper and
 * Pearson ("The use of confidence or fiducial limits", Biometrika 26, 1934), which is exact, is below it. A campaign that is too short
 * for that trips none.
 */
import jStat from 'jstat';
import { oracleNames } from '#properties/oracles/judge.ts';
import { drawnKinds } from './arbitrary.ts';
import { type CommandFigures, type Figures, marksIn, requiredMarks } from './figures.ts';

export interface Gate {
  readonly what: string;
  readonly seen: number;
  readonly of: number;
  /** The share that must be reached, from 0 to 1. */
  readonly atLeast: number;
}

export interface Tripped extends Gate {
  /** What the share is at most, with `confidence`. */
  readonly atMost: number;
}

/** One gate in so many trips by chance where the true share is the one that must be reached; mostly it is several times that. */
export const confidence = 0.9999;

/** The largest share with which it is not too unlikely to see so few. @param seen from 0 to `of` */
export function upperBound(seen: number, of: number): number {
  if (of === 0 || seen >= of) return 1;
  return jStat.beta.inv(confidence, seen + 1, of - seen);
}

/** What must be reached: a third or less of what 8,000 scenarios reached of the rarest of each, since these come in swarms. */
const shares = {
  /** Of all commands that were drawn, each kind. The rarest: signIn, 0.07%. */
  drawn: 0.0002,
  /** Of a kind's commands, those that ran to an end: 98%; in lockstep, where what nothing can be done about is left out, 31% and more. */
  ran: 0.1,
  /** Of those, the ones that were not refused. The rarest: divest, 9%. */
  accepted: 0.02,
  /** Of the faults placed of a kind and a side, those whose call came. The rarest: S11-forged, 5%. */
  fired: 0.01,
  /** Of those, the ones that changed anything. The rarest: S6-forked, 39%. */
  effective: 0.1,
  /** Of scenarios, those with the mark. The rarest: Q7 and F3, 1 in 1,143, not in swarms. */
  marked: 1 / 2_000,
  /** Of scenarios, those in which an oracle had something to compare. */
  judged: 0.02,
} as const;

const noCommands: CommandFigures = { drawn: 0, executed: 0, refused: 0, unsettled: 0 };

/** Gates on commands, of either kind of campaign. @param kinds that are expected at all */
export function commandGates(counted: Readonly<Record<string, CommandFigures>>, kinds: readonly string[]): readonly Gate[] {
  const all = Object.values(counted).reduce((sum, { drawn }) => sum + drawn, 0);
  const commands = kinds.map((kind) => [kind, counted[kind] ?? noCommands] as const);
  return commands.flatMap(([kind, { drawn, executed, refused }]) => [
    { what: `${kind}: drawn, of all commands`, seen: drawn, of: all, atLeast: shares.drawn },
    { what: `${kind}: ran, of those drawn`, seen: executed, of: drawn, atLeast: shares.ran },
    { what: `${kind}: not refused, of those that ran`, seen: executed - refused, of: executed, atLeast: shares.accepted },
  ]);
}

export function gatesOf(figures: Figures): readonly Gate[] {
  const { scenarios, commands, faults, judged } = figures;
  const marks = marksIn(figures);
  return [
    ...commandGates(commands, drawnKinds),
    ...Object.entries(faults).flatMap(([name, { planned, fired, effective }]) => [
      { what: `${name}: came, of those placed`, seen: fired, of: planned, atLeast: shares.fired },
      { what: `${name}: changed anything, of those that came`, seen: effective, of: fired, atLeast: shares.effective },
    ]),
    ...requiredMarks.map((name) => ({
      what: `${name}: reached, of all scenarios`,
      seen: Math.min(marks[name] ?? 0, scenarios),
      of: scenarios,
      atLeast: shares.marked,
    })),
    ...oracleNames.map((oracle) => ({
      what: `${oracle}: had something to compare, of all scenarios`,
      seen: judged[oracle] ?? 0,
      of: scenarios,
      atLeast: shares.judged,
    })),
  ];
}

/** Those that chance does not explain, in the order of the gates. */
export function trippedAmong(gates: readonly Gate[]): readonly Tripped[] {
  return gates
    .map((gate) => ({ ...gate, atMost: upperBound(gate.seen, gate.of) }))
    .filter(({ atMost, atLeast }) => atMost < atLeast);
}

const percent = (share: number): string => `${(100 * share).toPrecision(2)}%`;

/** e.g. `vote: ran, of those drawn: 3 of 900, which is at most 1.4%; expected at least 30%`. */
export const explainTripped = ({ what, seen, of, atLeast, atMost }: Tripped): string =>
  `${what}: ${seen} of ${of}, which is at most ${percent(atMost)}; expected at least ${percent(atLeast)}`;
