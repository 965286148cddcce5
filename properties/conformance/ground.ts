/**
 * How much of the small scope runs have walked. The designs that runs are held against are enumerated, and every step of them that shows
 * in a run is told by what of the state it is about: how far the work on the write is, its row in the outbox, its bytes on the ledger; for
 * a content what its backend is about to do, its rows, and what it has cached. That is the ground; a run walks it by its likeliest
 * explanation, the one with the fewest steps that nobody observes, and where two are equally likely it has walked neither.
 *
 * What it does not count: steps that show nowhere, and what two writes do to each other.
 */
import { explore } from '#model/explore/explorer.ts';
import type { Label, Spec } from '#model/explore/spec.ts';
import { contentRun } from '#model/protocols/content-run.ts';
import { thread } from '#model/protocols/content-update.ts';
import {
  cachedVersion,
  durableStageOf,
  durableVersion,
  endAt,
  isRunning,
  type Node,
  rowOf,
  stageOf,
} from '#model/protocols/node.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { design } from '#model/protocols/update.ts';
import { writeRun } from '#model/protocols/write-run.ts';
import type { Reading, SeenStep } from './acceptor.ts';
import type { DesignName } from './conform.ts';
import type { Seen } from './departure.ts';
import { brought, contentReading } from './read-contents.ts';
import { writeReading } from './show-writes.ts';

type Detail = Readonly<Record<string, string | number | boolean | null>>;

const rowIn = (stage: string | null, end: string | undefined): string => stage ?? end ?? 'no row';

/** As it is, and behind it what a crash would make of it where that is something else. */
const stored = (now: string, durable: string): string => (now === durable ? now : `${now} over ${durable}`);

const cached = (version: number): string => (version > 1 ? 'cached' : 'not cached');

function placeOf(name: DesignName, state: UpdateSlots): string {
  const node = state['node#0'] as Node;
  const row = stored(rowIn(stageOf(node, 0), endAt(node, 0)), rowIn(durableStageOf(node, 0), node.durable.ends.get(rowOf(0))));
  const running = isRunning(node) ? '' : 'down, ';
  if (name !== 'projection') return `${running}${state['handler#0']}, ${row}, ${state['bytes#0']}`;
  const next = state['looked#0']?.next ?? 'at rest';
  return `${running}${next}, ${row}, ${stored(cached(cachedVersion(node, thread)), cached(durableVersion(node, thread)))}`;
}

/** How a step is told. What is brought to a content is told as its store tells it: that it was so already it does not say. */
export function labelText(label: Label): string {
  const { does, write: _write, node: _node, effect, ...rest } = label as Detail;
  const said = does === 'bring' && effect !== undefined ? [brought(String(rest['next']), effect)] : [];
  return [does, ...Object.values(rest), ...said].join(' ');
}

/** One step of the ground. */
export interface GroundStep {
  readonly from: string;
  readonly does: string;
  readonly to: string;
}

const groundStep = (name: DesignName, { from, label, to }: SeenStep<UpdateSlots>): GroundStep => ({
  from: `${name}: ${placeOf(name, from)}`,
  does: labelText(label),
  to: `${name}: ${placeOf(name, to)}`,
});

/**
 * What is made durable is not this write, nor this content: no step of it, as the reading has it, too. And what is done on behalf of a
 * client that asks about a write which its backend has not in hands is nobody's to tell apart from what is done for another.
 */
const isOfAnother = ({ from, does, to }: GroundStep): boolean =>
  (does === 'sync' && from === to) || / (resumed|asked|passed|dead), (no row|kept),/.test(from);

const keyOf = ({ from, does, to }: GroundStep): string => `${from} | ${does} | ${to}`;
const faultIn = (label: Label): string | null => ((label as Detail)['fault'] as string | undefined) ?? null;

export interface Ground {
  readonly steps: ReadonlySet<string>;
  readonly states: ReadonlySet<string>;
  /** A fault, and where it strikes. */
  readonly faults: ReadonlySet<string>;
}

const specs: Readonly<Record<DesignName, () => readonly [Spec<UpdateSlots>, Reading<UpdateSlots>]>> = {
  ownership: () => [writeRun('ownership', design, 'none'), writeReading],
  content: () => [writeRun('content', design, 'none'), writeReading],
  projection: () => [contentRun(), contentReading],
};

/** Enumerates the small scope: some seconds. */
export function enumerateGround(): Ground {
  const ground = { steps: new Set<string>(), states: new Set<string>(), faults: new Set<string>() };
  for (const [name, specOf] of Object.entries(specs) as [DesignName, (typeof specs)[DesignName]][]) {
    const [spec, { observed }] = specOf();
    const exploration = explore(spec, { symmetry: false });
    const states = [...exploration.everyState()];
    for (const { from: at, label, to: next } of exploration.everyStep()) {
      const [from, to] = [states[at], states[next]] as [UpdateSlots, UpdateSlots];
      if (observed(label, from, to) === null) continue;
      const step = groundStep(name, { from, label, to });
      if (isOfAnother(step)) continue;
      add(ground, step, faultIn(label));
    }
  }
  return ground;
}

function add(
  { steps, states, faults }: { steps: Set<string>; states: Set<string>; faults: Set<string> },
  step: GroundStep,
  fault: string | null,
): void {
  steps.add(keyOf(step));
  states.add(step.from).add(step.to);
  if (fault !== null) faults.add(`${step.from} | ${fault}`);
}

/** What a run has walked of the ground. */
export class Walk {
  readonly steps = new Set<string>();
  readonly states = new Set<string>();
  readonly faults = new Set<string>();

  readonly see = (name: DesignName, seen: readonly SeenStep<UpdateSlots>[]): void => {
    const [first, ...others] = seen;
    if (first === undefined) return;
    const step = groundStep(name, first);
    const key = keyOf(step);
    if (isOfAnother(step) || !others.every((other) => keyOf(groundStep(name, other)) === key)) return;
    add(this, step, faultIn(first.label));
  };
}

/** Where a write or a content was, as far as is known, from one observation to the next that leads elsewhere. */
export interface Stay {
  readonly place: string;
  /** The run's steps; `until` is Infinity where it never went elsewhere. */
  readonly from: number;
  readonly until: number;
}

/** Where everything in a run was and when. */
export class Trail {
  readonly #stays: (Stay & { until: number })[] = [];
  readonly #last = new Map<string, Stay & { until: number }>();

  get stays(): readonly Stay[] {
    return this.#stays;
  }

  readonly see = (name: DesignName, _: unknown, { what, step, likeliest }: Seen<UpdateSlots>): void => {
    const places = new Set(likeliest().map((state) => `${name}: ${placeOf(name, state)}`));
    const [place] = places;
    const last = this.#last.get(what);
    if (places.size === 1 && last?.place === place) return;
    if (last !== undefined) last.until = step;
    this.#last.delete(what);
    if (places.size !== 1 || place === undefined) return;
    const stay = { place, from: step, until: Number.POSITIVE_INFINITY };
    this.#stays.push(stay);
    this.#last.set(what, stay);
  };
}
