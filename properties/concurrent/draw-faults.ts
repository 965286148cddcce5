/** Faults as fast-check draws them: where they strike, how, and with what argument. */
import fc from 'fast-check';
import { type FaultKind, faultForms, type PortFault, type WorldOperation } from '#simulations/world/concurrent/command.ts';
import { faultKinds, faultRules } from '#simulations/world/concurrent/fault-rules.ts';
import type { ConcurrentCommand } from './scenario.ts';

export interface DrawnFault {
  readonly kind: number;
  readonly at: number;
  readonly after: boolean;
  readonly arg: number;
}

export const pick = <T>(from: readonly T[], index: number): T | undefined => from[index % Math.max(1, from.length)];

/** How long what passes lasts, milliseconds. */
export const shortMs: readonly number[] = [500, 1_500, 4_000, 20_000, 70_000];

/** What is left of a blockhash's life, milliseconds: some slots. */
const leftMs: readonly number[] = [1_200, 1_600, 4_000];

const natural = fc.nat({ max: 0xffff });
const drawnFault = fc.record({ kind: natural, at: fc.nat({ max: 2 }), after: fc.boolean(), arg: natural });
/** Of a command: mostly none, sometimes one, seldom two. */
export const someFaults = fc.oneof(
  { weight: 5, arbitrary: fc.constant<readonly DrawnFault[]>([]) },
  { weight: 3, arbitrary: fc.tuple(drawnFault) },
  { weight: 1, arbitrary: fc.tuple(drawnFault, drawnFault) },
);

/** Whoever draws a lag for a strong read draws it for the one call that few others make. */
export const drawnFaults: readonly FaultKind[] = faultKinds.filter((kind) => kind !== 'S7-oldThread');

/** The fault as one of the known kinds; none where none is known. @param op what it is to strike */
export function faultOf(
  { kind, at, after, arg }: DrawnFault,
  known: readonly FaultKind[],
  op: WorldOperation,
): ConcurrentCommand['faults'] {
  const picked = pick(known, kind);
  if (picked === undefined) return [];
  const chosen = picked === 'S7-lagging' && op.kind === 'readStrong' && !after ? 'S7-oldThread' : picked;
  if (chosen === 'S7-oldThread') return [{ at: 1, position: 'before', fault: withArgument(chosen, arg) }];
  const { positions } = faultRules[chosen];
  const position = (positions.length === 2 ? (after ? 'after' : 'before') : positions[0]) ?? 'before';
  return [{ at: at + 1, position, fault: withArgument(chosen, arg) }];
}

const formOf = <Kind extends keyof typeof faultForms>(kind: Kind, arg: number): (typeof faultForms)[Kind][number] => {
  const forms: readonly (typeof faultForms)[Kind][number][] = faultForms[kind];
  return forms[arg % forms.length] as (typeof faultForms)[Kind][number];
};

function withArgument(kind: FaultKind, arg: number): PortFault {
  const ms = pick(shortMs, arg) ?? 500;
  switch (kind) {
    case 'S3-answerLost':
      return { kind, as: formOf(kind, arg) };
    case 'S2-nearly':
      return { kind, leftMs: pick(leftMs, arg) ?? 2_000 };
    case 'S6-forked':
      return { kind, count: 1 + (arg % 3) };
    case 'S7-lagging':
    case 'S7-oldThread':
      return { kind, slots: 1 + (arg % 32) };
    case 'S8-refused':
      return { kind, as: formOf(kind, arg) };
    case 'S9-events':
      return { kind, change: formOf(kind, arg), index: (arg >> 4) % 3 };
    case 'S11-forged':
      return { kind, as: formOf(kind, arg) };
    case 'Q2-answerLost':
      return { kind, as: formOf(kind, arg) };
    case 'Q3-refused':
      return { kind, as: formOf(kind, arg) };
    case 'Q4-delayed':
    case 'F3-again':
      return { kind, afterMs: ms };
    case 'Q4-again':
      return { kind, back: arg % 4 };
    case 'Q5-stale':
      return { kind, forMs: ms };
    case 'B1-crash':
      return { kind, downMs: ms };
    case 'C2-slow':
      return { kind, ms };
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
      return { kind };
  }
}
