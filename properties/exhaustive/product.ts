/**
 * Scenes by faults by schedules: first every scene without a fault, then with every placed fault. Ends with the first violation, which
 * is written as a scenario that replays it, and shrunk; or when its time is over, and then says what of it is complete.
 */
import { added } from '#properties/concurrent/figures.ts';
import type { ConcurrentFailure } from '#properties/concurrent/shrunk.ts';
import { hashText, stir } from '#simulations/engine/seeded-random.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import type { FaultKind } from '#simulations/world/concurrent/command.ts';
import { exploreScene, type FoundViolation, type SceneReport } from './explore-scene.ts';
import { type Partner, partnerNamed } from './partners.ts';
import { type Placement, placementsFor } from './placements.ts';
import { shrunkSchedule } from './replayable.ts';
import { type Scene, sceneOf, someOf } from './scenes.ts';

/** Plain data, so that it can be sent to another process. */
export interface ProductOrder {
  /** Names of partners, a scene each. */
  readonly scenes: readonly (readonly string[])[];
  readonly backends: number;
  /** Most in a schedule without a fault. */
  readonly preemptions: number;
  /** Most in a schedule with one. */
  readonly faultPreemptions: number;
  readonly kinds: readonly FaultKind[];
  /** Of each scene's placed faults so many, drawn, the same wherever the scene is explored. Left out: all of them. */
  readonly sample?: { readonly count: number; readonly seed: number };
  /** Begin nothing new after so much wall time. */
  readonly budgetMs?: number;
}

export interface Explored {
  /** Explorations: one a scene, or one a placed fault. */
  readonly planned: number;
  /** Those of which every schedule within the bound was seen. */
  readonly complete: number;
  readonly schedules: number;
  readonly abandoned: number;
  readonly steps: number;
  /** Schedules of which an oracle could not decide. */
  readonly inconclusive: number;
  /** Faults whose call came, and which changed anything, in any schedule. */
  readonly fired: number;
  readonly effective: number;
  /** Wall time. */
  readonly seconds: number;
}

export interface SceneFigures {
  readonly name: string;
  readonly plain: Explored;
  readonly faults: Explored;
}

export interface ProductReport {
  readonly scenes: readonly SceneFigures[];
  readonly failure: ConcurrentFailure | null;
}

export const nothingExplored: Explored = {
  planned: 0,
  complete: 0,
  schedules: 0,
  abandoned: 0,
  steps: 0,
  inconclusive: 0,
  fired: 0,
  effective: 0,
  seconds: 0,
};

export const addExplored = (a: Explored, b: Explored): Explored => added(a, b);

const exploredIn = (report: SceneReport, seconds: number): Explored => ({
  planned: 0,
  complete: report.complete ? 1 : 0,
  schedules: report.schedules,
  abandoned: report.abandoned,
  steps: report.steps,
  inconclusive: report.inconclusive,
  fired: report.fired ? 1 : 0,
  effective: report.effective ? 1 : 0,
  seconds,
});

interface Work {
  readonly scene: Scene;
  plain: Explored;
  faults: Explored;
  placements: readonly Placement[];
}

/**
 * Told after each schedule: how many were followed to their end so far, how many explorations (a scene, with a fault or without) have
 * ended, and of how many; NaN while nobody knows, since faults are placed where a run without any has made calls.
 */
export type OnRun = (followed: number, ended: number, planned: number) => void;

class Product {
  readonly #tier: Tier;
  readonly #order: ProductOrder;
  readonly #nowMs: () => number;
  readonly #onRun: OnRun;
  readonly #untilMs: number;
  #runs = 0;
  /** Scenes, each with and without a fault, that were begun and ended. */
  #ended = 0;
  #planned = Number.NaN;
  found: FoundViolation | null = null;

  constructor(tier: Tier, order: ProductOrder, nowMs: () => number, onRun: OnRun) {
    this.#tier = tier;
    this.#order = order;
    this.#nowMs = nowMs;
    this.#onRun = onRun;
    this.#untilMs = order.budgetMs === undefined ? Number.POSITIVE_INFINITY : nowMs() + order.budgetMs;
  }

  /** How many scenes, each with and without a fault, there are to explore; known once all were explored without one. */
  plan(count: number): void {
    this.#planned = count;
  }

  async withoutFault(work: Work): Promise<void> {
    work.plain = { ...nothingExplored, planned: 1 };
    const report = await this.#explore(work.scene, this.#order.preemptions, null);
    if (report === null) return;
    work.plain = addExplored(work.plain, report.explored);
    const placements = placementsFor(report.calls, this.#order.kinds);
    const { sample } = this.#order;
    work.placements =
      sample === undefined ? placements : someOf(placements, sample.count, stir(sample.seed) ^ hashText(work.scene.name));
    work.faults = { ...nothingExplored, planned: work.placements.length };
  }

  async withFaults(work: Work): Promise<void> {
    for (const placement of work.placements) {
      const report = await this.#explore(work.scene, this.#order.faultPreemptions, placement);
      if (report === null) return;
      work.faults = addExplored(work.faults, report.explored);
    }
  }

  /** null where nothing more is begun. */
  async #explore(scene: Scene, preemptions: number, placement: Placement | null) {
    const isOver = (): boolean => this.#nowMs() >= this.#untilMs;
    if (this.found !== null || isOver()) return null;
    const startedMs = this.#nowMs();
    const onRun = (): boolean => {
      this.#runs += 1;
      this.#onRun(this.#runs, this.#ended, this.#planned);
      return !isOver();
    };
    const report = await exploreScene(scene, { tier: this.#tier, preemptions, placement, onRun });
    this.found ??= report.found;
    this.#ended += 1;
    return { calls: report.calls, explored: exploredIn(report, (this.#nowMs() - startedMs) / 1000) };
  }
}

const partnersNamed = (names: readonly string[]): readonly Partner[] =>
  names.map((name) => {
    const partner = partnerNamed(name);
    if (partner === undefined) throw new RangeError(`there is no partner ${name}`);
    return partner;
  });

/**
 * Throws what is no verdict: a bug of the harness.
 * @param nowMs wall time, for limits and figures only
 */
export async function exploreProduct(
  tier: Tier,
  order: ProductOrder,
  nowMs: () => number,
  onRun: OnRun = () => undefined,
): Promise<ProductReport> {
  const product = new Product(tier, order, nowMs, onRun);
  const works = order.scenes.map(
    (names): Work => ({
      scene: sceneOf(partnersNamed(names), order.backends),
      plain: nothingExplored,
      faults: nothingExplored,
      placements: [],
    }),
  );
  if (order.kinds.length === 0) product.plan(works.length);
  for (const work of works) await product.withoutFault(work);
  product.plan(works.reduce((sum, { placements }) => sum + 1 + placements.length, 0));
  for (const work of works) await product.withFaults(work);
  return {
    scenes: works.map(({ scene, plain, faults }) => ({ name: scene.name, plain, faults })),
    failure: product.found === null ? null : await shrunkSchedule(tier, product.found, nowMs),
  };
}
