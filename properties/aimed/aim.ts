/**
 * Scenarios aimed at what of the small scope nobody has walked yet. A wanted step begins at a place; a run that has been there is taken,
 * and at the very moment something is made to happen that may bring the step about. What walks new ground is kept, and is what the next
 * ones are made of. The same from the same seed.
 */
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import type { Ground, Stay } from '#properties/conformance/ground.ts';
import { seededRandom } from '#simulations/engine/seeded-random.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { anyOf, anything, changeFor, failing, ingesting, waiting } from './mutate.ts';
import { type Run, runOf } from './run.ts';
import { seeds } from './seeds.ts';

export interface AimOptions {
  readonly tier: Tier;
  readonly ground: Ground;
  readonly seed: number;
  /** Scenarios run at most. */
  readonly runs: number;
  /** Begin nothing new after this much wall time. */
  readonly budgetMs?: number;
  readonly nowMs: () => number;
  /** Begin with these. */
  readonly corpus?: readonly ConcurrentScenario[];
  /** Wanted by nobody. */
  readonly isExcepted?: (step: string) => boolean;
  readonly onScenario?: (done: number, walked: number, steps: ReadonlySet<string>) => void;
}

export interface AimReport {
  readonly scenarios: number;
  /** Each has walked something that none before it had. */
  readonly kept: readonly Run[];
  readonly walked: ReadonlySet<string>;
  /** By step: how many scenarios had been run when it was first walked. */
  readonly first: ReadonlyMap<string, number>;
  readonly violations: readonly Run[];
}

/** Runs that have been at one place, at most. */
const runsAPlace = 12;

interface Base {
  readonly run: Run;
  /** Events before the place was reached, and before it was left. */
  readonly from: number;
  readonly until: number;
}

const partsOf = (step: string): readonly [from: string, does: string] => {
  const [from = '', does = ''] = step.split(' | ');
  return [from, does];
};

function baseOf(run: Run, { from, until }: Stay): Base {
  const [begins, ends] = [from, until].map((step) => {
    const index = run.events.findIndex((event) => event.step > step);
    return index === -1 ? run.events.length : index;
  }) as [number, number];
  return { run, from: begins, until: Math.max(begins, ends - 1) };
}

/** A place but for what is written down of it: of a write `phase, row, bytes`; of a content the row and what is cached go together. */
function exceptRow(place: string): string {
  const [first = '', ...rest] = place.split(', ');
  return first.startsWith('projection') ? first : [first, ...rest.slice(-1)].join(', ');
}

class Search {
  readonly walked = new Set<string>();
  readonly first = new Map<string, number>();
  readonly kept: Run[] = [];
  readonly violations: Run[] = [];
  readonly #bases = new Map<string, Base[]>();
  readonly #tries = new Map<string, number>();
  /** By step who walked it first. */
  readonly #walkers = new Map<string, Run>();
  readonly #options: AimOptions;
  readonly #random;
  readonly #wanted: string[];
  scenarios = 0;

  constructor(options: AimOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#wanted = [...options.ground.steps].filter((step) => options.isExcepted?.(step) !== true).sort();
  }

  get left(): readonly string[] {
    return this.#wanted.filter((step) => !this.walked.has(step));
  }

  async take(scenario: ConcurrentScenario): Promise<void> {
    const { tier, ground, onScenario } = this.#options;
    const run = await runOf(tier, scenario);
    this.scenarios += 1;
    // It shows where the implementation goes wrong, not where it may go.
    if (run.violation !== null) {
      this.violations.push(run);
      return;
    }
    const fresh = [...run.steps].filter((step) => ground.steps.has(step) && !this.walked.has(step));
    for (const step of fresh) {
      this.walked.add(step);
      this.first.set(step, this.scenarios);
      this.#walkers.set(step, run);
    }
    const isNew = this.#remember(run);
    if (fresh.length > 0 || isNew) this.kept.push(run);
    onScenario?.(this.scenarios, this.walked.size, this.walked);
  }

  /** Where the step was taken that differs from this one in the row alone; null: nowhere yet. */
  #siblingOf(target: string): Base | null {
    const [begins, does] = partsOf(target);
    const others = [...this.walked].filter((step) => {
      const [from, what] = partsOf(step);
      return what === does && from !== begins && exceptRow(from) === exceptRow(begins);
    });
    if (others.length === 0) return null;
    const chosen = anyOf(this.#random, others);
    const run = this.#walkers.get(chosen);
    const stay = run?.stays.find(({ place }) => place === partsOf(chosen)[0]);
    return run === undefined || stay === undefined ? null : baseOf(run, stay);
  }

  /** @returns whether it has been somewhere for the first time */
  #remember(run: Run): boolean {
    let isNew = false;
    const stays = run.stays.flatMap((stay) => (isInRound(run, stay) ? [stay, { ...stay, place: inRound(stay.place) }] : [stay]));
    for (const stay of stays) {
      const { place } = stay;
      const bases = this.#bases.get(place) ?? [];
      this.#bases.set(place, bases);
      if (bases.length === 0) isNew = true;
      const base = baseOf(run, stay);
      if (bases.length < runsAPlace) {
        bases.push(base);
        continue;
      }
      // Short runs are cheap to run again, and leave more room.
      const [longest] = bases.toSorted((a, b) => b.run.events.length - a.run.events.length);
      if (longest !== undefined && longest.run.events.length > run.events.length) bases[bases.indexOf(longest)] = base;
    }
    return isNew;
  }

  /** The next scenario to try; null where this draw leads to none. */
  next(): ConcurrentScenario | null {
    const random = this.#random;
    const { left } = this;
    if (left.length === 0) return null;
    // Of some that are wanted the one that was tried for least.
    const tries = (step: string): number => this.#tries.get(step) ?? 0;
    const open = left.filter((step) => this.#bases.has(partsOf(step)[0]) || this.#bases.has(inTime(partsOf(step)[0])));
    const among = open.length > 0 && random.below(20) > 0 ? open : left;
    const target = [anyOf(random, among), anyOf(random, among)].reduce((a, b) => (tries(b) < tries(a) ? b : a));
    this.#tries.set(target, tries(target) + 1);
    const [begins, does] = partsOf(target);
    // Only who works in a round leaves a write at the first call that fails.
    const isLeft = /S8-refused \| \w+: idle/.test(target);
    const rounds = [...this.#bases.keys()].filter((each) => each.endsWith(round));
    if (isLeft && !this.#bases.has(inRound(begins)) && rounds.length > 0) {
      const { run, from, until } = anyOf(random, this.#bases.get(anyOf(random, rounds)) as Base[]);
      return onLedger(run, from + random.below(until - from + 1), random);
    }
    const place = isLeft && this.#bases.has(inRound(begins)) ? inRound(begins) : begins;
    // The same was done while less was known: known a moment before, it is done by one who knows.
    const sibling = random.below(3) === 0 ? this.#siblingOf(target) : null;
    if (sibling !== null) return ingesting(sibling.run, sibling.until, random);
    const bases = this.#bases.get(place);
    if (bases !== undefined) {
      const { run, from, until } = anyOf(random, bases);
      return changeFor(does, random)(run, from + random.below(until - from + 1), random);
    }
    const before = this.#bases.get(inTime(place));
    if (before !== undefined) {
      const { run, from, until } = anyOf(random, before);
      return waiting([62_000])(run, from + random.below(until - from + 1), random);
    }
    // Nobody was there: something of somewhere near.
    const near = [...this.#bases.keys()].filter((other) => isNear(place, other));
    const chosen = this.#bases.get(anyOf(random, near.length > 0 ? near : [...this.#bases.keys()])) ?? [];
    const { run, from } = anyOf(random, chosen);
    const at = random.below(3) > 0 ? from : random.below(run.events.length + 1);
    return (random.below(2) === 0 ? changeFor(does, random) : anything)(run, Math.min(at, run.events.length), random);
  }
}

const round = ' in a round';
const inRound = (place: string): string => `${place}${round}`;

/** Whether the write is in the hands of a round that may have it again, not of a request. */
const isInRound = ({ events }: Run, { from, place }: Stay): boolean =>
  !/projection|idle/.test(place) && events.find(({ step }) => step === from)?.task.includes(' round') === true;

const onLedger = failing(['S1-dropped', 'S3-answerLost', 'S7-lagging', 'S8-refused'], (label) => label !== 'ledger.events');

/** No step leads where a blockhash has passed: time does. */
const inTime = (place: string): string => place.replace(/, expired$/, ', signed');

/** Two of three parts the same. */
function isNear(one: string, other: string): boolean {
  const [a, b] = [one.split(/[:,] /), other.split(/[:,] /)];
  return a[0] === b[0] && a.filter((part, index) => part === b[index]).length >= a.length - 1;
}

export async function aim(options: AimOptions): Promise<AimReport> {
  const { runs, budgetMs = Number.POSITIVE_INFINITY, nowMs, corpus = [] } = options;
  const untilMs = nowMs() + budgetMs;
  const search = new Search(options);
  for (const scenario of [...seeds, ...corpus]) if (search.scenarios < runs) await search.take(scenario);
  while (search.scenarios < runs && nowMs() < untilMs && search.left.length > 0) {
    const scenario = search.next();
    if (scenario !== null) await search.take(scenario);
  }
  const { scenarios, kept, walked, first, violations } = search;
  return { scenarios, kept, walked, first, violations };
}
