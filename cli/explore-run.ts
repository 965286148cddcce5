/** One design explored as the command asks for it: safety first, under its symmetries; then convergence, without them. */
import { type Convergence, convergenceOf } from '#model/explore/convergence.ts';
import type { Exploration, MarkMet, Stop } from '#model/explore/exploration.ts';
import { type ExploreOptions, explore, type Progress } from '#model/explore/explorer.ts';
import type { Finding } from '#model/explore/finding.ts';
import type { AnySlots, AnySpec } from '#model/explore/spec.ts';
import { symmetryProblem } from '#model/explore/symmetry-problem.ts';
import { TroubleError } from './exit-codes.ts';

export interface Asked {
  /** One property by name, or null for all. */
  readonly property: string | null;
  readonly symmetry: boolean;
  readonly keepGoing: boolean;
  readonly maxStates?: number;
  readonly maxDepth?: number;
  readonly maxBytes: number;
}

/** One exploration, and what was judged on it. */
export interface Run {
  readonly judged: 'safety' | 'convergence' | 'both';
  readonly symmetries: number;
  readonly states: number;
  readonly generated: number;
  readonly depth: number;
  readonly seconds: number;
  readonly bytesPerState: number;
  readonly memoBytes: number;
  readonly values: { readonly count: number; readonly characters: number };
  readonly collisions: { readonly odds: number; readonly needless: number };
  /** Null when every reachable state and step was looked at. */
  readonly stop: Stop | null;
  readonly marks: readonly MarkMet[];
  readonly convergence: Omit<Convergence<AnySlots>, 'findings'> | null;
  readonly findings: readonly Finding<AnySlots>[];
}

const convergenceName = 'convergence';

/** Every property of a design by name. */
export function propertiesOf(spec: AnySpec): readonly string[] {
  const named = [...spec.always, ...spec.sometimes].map(({ name }) => name);
  return [...named, 'deadlock', ...(spec.converged.length > 0 ? [convergenceName] : [])];
}

/** States whose symmetries are held against the design before anything is left out for their sake. */
const statesTried = 1_000;

/** @throws TroubleError where the design's symmetries are none */
export function runsOf(spec: AnySpec, asked: Asked, onProgress: (progress: Progress) => void): readonly Run[] {
  const isAsked = (name: string): boolean => asked.property === null || asked.property === name;
  const names = propertiesOf(spec).filter(isAsked);
  const wantsConvergence = names.includes(convergenceName);
  const reduces = asked.symmetry && spec.symmetries.length > 0;
  const problem = reduces ? symmetryProblem(spec, statesTried) : null;
  if (problem !== null) throw new TroubleError(`${problem}: it would hide states; --no-symmetry goes without`);
  const safety = names.filter((name) => name !== convergenceName);
  const options: ExploreOptions = {
    ...{ maxBytes: asked.maxBytes, stopAtFirst: !asked.keepGoing, onProgress },
    ...(asked.maxStates === undefined ? {} : { maxStates: asked.maxStates }),
    ...(asked.maxDepth === undefined ? {} : { maxDepth: asked.maxDepth }),
  };
  const runs: Run[] = [];
  if (!reduces || safety.length > 0) {
    const judgesBoth = !reduces && wantsConvergence;
    runs.push(run(spec, { ...options, symmetry: reduces, properties: new Set(safety) }, judgesBoth));
  }
  const goesOn = asked.keepGoing || runs.every(({ findings }) => findings.length === 0);
  if (reduces && wantsConvergence && goesOn) runs.push(run(spec, { ...options, symmetry: false, properties: new Set() }, true));
  return runs;
}

function run(spec: AnySpec, options: ExploreOptions, wantsConvergence: boolean): Run {
  const startedMs = performance.now();
  const exploration = explore(spec, options);
  const seconds = (performance.now() - startedMs) / 1000;
  const findings = exploration.findings();
  const goesOn = wantsConvergence && (options.stopAtFirst !== true || findings.length === 0);
  const { findings: others = [], ...convergence } = goesOn ? convergenceOf(exploration) : {};
  return {
    judged: !wantsConvergence ? 'safety' : options.properties?.size === 0 ? 'convergence' : 'both',
    ...figuresOf(exploration),
    seconds,
    convergence: goesOn ? (convergence as Run['convergence']) : null,
    findings: [...findings, ...others],
  };
}

function figuresOf(exploration: Exploration<AnySlots>) {
  const { states, generated, depth, bytes, values, collisions } = exploration;
  return {
    ...{ states, generated, depth, values, collisions, bytesPerState: bytes.perState, memoBytes: bytes.memos },
    symmetries: exploration.quotient.size,
    stop: exploration.search.stop,
    marks: exploration.marks(),
  };
}
