/**
 * The implementation made to follow a run of the design: a scenario is looked for in which what is observed of one write is what the run
 * would show, one observation after another. What happens by itself happens; for the rest faults are placed, time passes, others come in
 * between. It follows all the way, or parts from the run where it does something else whatever was tried; which of the two is right is
 * for a person to say. Not found is no proof that there is none.
 */
import type { Trace } from '#model/explore/finding.ts';
import type { Label } from '#model/explore/spec.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import type { Violation } from '#properties/concurrent/execute.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { labelText } from '#properties/conformance/ground.ts';
import { writeReading } from '#properties/conformance/show-writes.ts';
import { seededRandom } from '#simulations/engine/seeded-random.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { anyOf, anything, changeFor } from './mutate.ts';
import { type Run, runOf } from './run.ts';
import { seeds } from './seeds.ts';

/** One observation that the run shows, with the steps that nobody observes before it. */
export interface Wanted {
  readonly what: string;
  readonly does: string;
  readonly hidden: readonly string[];
}

/** What makes the write's own row durable, and what happens; not what is told beside that. */
function plain<Each extends { readonly what: string }>(observed: readonly Each[]): readonly Each[] {
  let isWritten = false;
  return observed.filter(({ what }) => {
    if (/^(ready |signed$|late$|left$)/.test(what)) return false;
    const isShown = what !== 'sync' || isWritten;
    if (what === 'sync' || what === 'crash') isWritten = false;
    if (/^(keep|sign|end)/.test(what)) isWritten = true;
    return isShown;
  });
}

/** What a run of the design of one write shows, in order; `hidden` are the steps after the last of it. */
function wantedOf({ start, steps }: Trace<UpdateSlots>): {
  readonly wanted: readonly Wanted[];
  readonly hidden: readonly string[];
} {
  const wanted: Wanted[] = [];
  let hidden: string[] = [];
  let from = start;
  for (const { label, state } of steps) {
    const what = writeReading.observed(label, from, state);
    from = state;
    const does = labelText(label as Label);
    if (what === null) hidden.push(does);
    else {
      wanted.push({ what, does, hidden });
      hidden = [];
    }
  }
  return { wanted: plain(wanted), hidden };
}

export interface DriveOptions {
  readonly tier: Tier;
  readonly kind: 'ownership' | 'content';
  readonly run: Trace<UpdateSlots>;
  readonly seed: number;
  /** Scenarios run at most. */
  readonly runs: number;
  readonly onScenario?: (done: number, followed: number) => void;
}

export interface Driven {
  readonly wanted: readonly Wanted[];
  /** Steps of the run after the last that shows. */
  readonly after: readonly string[];
  /** How many of them the implementation showed, from the first on. */
  readonly followed: number;
  /** What it did in place of the next one; null where it followed all the way, or did nothing any more. */
  readonly instead: string | null;
  /** The shortest scenario that goes so far; one that violates something before all others. */
  readonly scenario: ConcurrentScenario;
  /** What it violates. */
  readonly violation: Violation | null;
  readonly scenarios: number;
}

interface Reached {
  readonly run: Run;
  readonly followed: number;
  readonly instead: string | null;
  /** Events before the last observation that was followed, and before the one that was something else. */
  readonly from: number;
  readonly until: number;
}

/** Runs from which others are made. */
const kept = 16;

const indexAfter = ({ events }: Run, step: number): number => {
  const index = events.findIndex((event) => event.step > step);
  return index === -1 ? events.length : index;
};

/** How far the write of a run that goes farthest went. */
function reachedBy(run: Run, kind: DriveOptions['kind'], wanted: readonly Wanted[]): Reached {
  const all = run.writes
    .filter((write) => write.kind === kind)
    .map(({ observed }): Reached => {
      const seen = plain(observed);
      const parts = seen.findIndex(({ what }, index) => what !== wanted[index]?.what);
      const followed = parts === -1 ? seen.length : parts;
      const next = seen[followed];
      const from = followed === 0 ? 0 : indexAfter(run, seen[followed - 1]?.step ?? 0);
      const until = next === undefined ? run.events.length : Math.max(from, indexAfter(run, next.step) - 1);
      return { run, followed, instead: next?.what ?? null, from, until };
    });
  const none: Reached = { run, followed: 0, instead: null, from: 0, until: run.events.length };
  return all.reduce((best, each) => (each.followed > best.followed ? each : best), none);
}

const isBetter = (one: Reached, other: Reached): boolean => {
  if ((one.run.violation !== null) !== (other.run.violation !== null)) return one.run.violation !== null;
  if (one.followed !== other.followed) return one.followed > other.followed;
  return one.run.events.length < other.run.events.length;
};

export async function drive({ tier, kind, run: design, seed, runs, onScenario }: DriveOptions): Promise<Driven> {
  const random = seededRandom(seed);
  const { wanted, hidden: after } = wantedOf(design);
  let best: Reached | null = null;
  let scenarios = 0;
  const pool: Reached[] = [];
  const take = async (scenario: ConcurrentScenario): Promise<void> => {
    const reached = reachedBy(await runOf(tier, scenario), kind, wanted);
    scenarios += 1;
    if (best === null || isBetter(reached, best)) best = reached;
    // Many that go equally far: there may be more than one thing to be done before the next step shows.
    const least = Math.min(...pool.map((each) => each.followed));
    const worst = pool.filter((each) => each.followed === least);
    if (pool.length < kept) pool.push(reached);
    else if (reached.followed >= least) pool[pool.indexOf(anyOf(random, worst))] = reached;
    pool.sort((a, b) => b.followed - a.followed);
    onScenario?.(scenarios, best.followed);
  };
  const isOver = (): boolean => best !== null && (best.run.violation !== null || best.followed === wanted.length);
  for (const scenario of seeds) if (!isOver()) await take(scenario);
  while (!isOver() && scenarios < runs) {
    // More often one that goes far.
    const base = pool[Math.min(random.below(pool.length), random.below(pool.length))] as Reached;
    const { does, hidden } = wanted[base.followed] as Wanted;
    const change = random.below(5) === 0 ? anything : changeFor(anyOf(random, [does, does, ...hidden]), random);
    // Mostly at the moment where the two part; what must come before may have to come long before.
    const isHere = random.below(5) < 3;
    const at = isHere ? base.from + random.below(base.until - base.from + 1) : random.below(base.from + 1);
    const scenario = change(base.run, at, random);
    if (scenario !== null) await take(scenario);
  }
  const { run, followed, instead } = best as unknown as Reached;
  return { wanted, after, followed, instead, scenario: run.scenario, violation: run.violation, scenarios };
}

/** One sentence, or two. */
export function explainDriven({ wanted, after, followed, instead, violation, scenarios }: Driven): string {
  const tried = `${scenarios} scenario${scenarios === 1 ? '' : 's'} tried`;
  const way =
    followed === wanted.length
      ? `the implementation follows it all the way (${followed} observations, ${tried})` +
        `${after.length === 0 ? '' : `; what the run does after that shows in none: ${after.join(', ')}`}`
      : `the implementation parts from it at observation ${followed + 1} of ${wanted.length}, '${wanted[followed]?.what}': it does ` +
        `${instead === null ? 'nothing more' : `'${instead}'`} (${tried})`;
  return violation === null ? way : `${way}; and it violates ${violation.property}: ${violation.message}`;
}
