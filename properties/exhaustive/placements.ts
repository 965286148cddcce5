/**
 * Every single fault at every position: each kind with each of its forms, before and after every port call that it can strike. Of
 * arguments that are amounts (how long, how many, how far back) there is one each, the plainest with which the fault does its worst.
 */
import type { PlacedFault } from '#properties/shrink/shrinkable.ts';
import { type FaultKind, faultForms, type PortFault } from '#simulations/world/concurrent/command.ts';
import { faultKinds, faultRules } from '#simulations/world/concurrent/fault-rules.ts';

export interface Placement extends PlacedFault<PortFault> {
  /** The command's id. */
  readonly command: number;
}

/** Each form of a fault. */
export function formsOf(kind: FaultKind): readonly PortFault[] {
  switch (kind) {
    case 'S3-answerLost':
      return faultForms[kind].map((as) => ({ kind, as }));
    case 'S6-forked':
      return [{ kind, count: 1 }];
    case 'S7-lagging':
    case 'S7-oldThread':
      return [{ kind, slots: 32 }];
    case 'S8-refused':
      return faultForms[kind].map((as) => ({ kind, as }));
    case 'S9-events':
      return faultForms[kind].map((change) => ({ kind, change, index: 0 }));
    case 'S11-forged':
      return faultForms[kind].map((as) => ({ kind, as }));
    case 'Q2-answerLost':
      return faultForms[kind].map((as) => ({ kind, as }));
    case 'Q3-refused':
      return faultForms[kind].map((as) => ({ kind, as }));
    case 'Q4-delayed':
      return [{ kind, afterMs: 1_500 }];
    case 'F3-again':
      return [{ kind, afterMs: 1_500 }];
    case 'S2-nearly':
      return [{ kind, leftMs: 1_600 }];
    case 'Q4-again':
      return [{ kind, back: 1 }];
    case 'Q5-stale':
      return [{ kind, forMs: 4_000 }];
    case 'B1-crash':
      return [{ kind, downMs: 1_500 }];
    case 'C2-slow':
      return [{ kind, ms: 1_500 }];
    case 'S1-dropped':
    case 'S2-expired':
    case 'S5-twice':
    case 'S10-preflight':
    case 'Q1-acknowledged':
    case 'Q6-partial':
    case 'Q9-altered':
    case 'Q9-lost':
    case 'F2-closed':
    case 'F3-lost':
    case 'F3-unheard':
    case 'F3-doubled':
      return [{ kind }];
  }
}

/** Port calls of one command in one run, by label, in order or not. */
export type Calls = readonly string[];

/** Most port calls that a command made in any of these runs, of those a fault can strike. */
const mostOf = (runs: Iterable<Calls>, fits: (label: string) => boolean): number =>
  [...runs].reduce((most, calls) => Math.max(most, calls.filter(fits).length), 0);

/** @param calls of each command that is scheduled, those of every different run */
export function placementsFor(calls: ReadonlyMap<number, Iterable<Calls>>, kinds: readonly FaultKind[]): readonly Placement[] {
  return [...calls].flatMap(([command, runs]) =>
    kinds.flatMap((kind) => {
      const { positions, strikes } = faultRules[kind];
      return positions.flatMap((position) =>
        Array.from({ length: mostOf(runs, (label) => strikes(label, position)) }, (_, index) => index + 1).flatMap((at) =>
          formsOf(kind).map((fault) => ({ command, at, position, fault })),
        ),
      );
    }),
  );
}

/** The kinds that `--faults` names: all of them, none, or one. null: there is no such kind. */
export function kindsNamed(name: string): readonly FaultKind[] | null {
  if (name === 'all') return faultKinds;
  if (name === 'none') return [];
  const found = faultKinds.filter((kind) => kind === name || kind.startsWith(`${name}-`));
  return found.length === 0 ? null : found;
}
