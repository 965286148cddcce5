/**
 * The same hunt with stock fast-check: `fc.commands`, `fc.scheduledModelRun` with its scheduler, every kind of command and fault as likely
 * as any other, in one set-up. Commands choose their arguments from what a model of the ledger has, as ours do: stock users write such
 * models. A model run awaits its commands one by one, so that two of them never overlap; so here a command only joins the run, which
 * then releases events evenly, as fast-check's scheduler does: one of all that wait, each as likely as any other.
 */
import fc from 'fast-check';
import type { Operation } from '#model/action.ts';
import { checkWithin } from '#properties/campaign/check-within.ts';
import { stepKinds, stepOf } from '#properties/concurrent/arbitrary.ts';
import { type DrawnFault, drawnFaults, faultOf, someFaults } from '#properties/concurrent/draw-faults.ts';
import { execute } from '#properties/concurrent/execute.ts';
import type { Arguments } from '#properties/concurrent/moves/step.ts';
import type { ConcurrentCommand } from '#properties/concurrent/scenario.ts';
import { Sketch } from '#properties/concurrent/sketch.ts';
import { seededRandom } from '#simulations/engine/seeded-random.ts';
import type { Strategy } from '#simulations/engine/strategy.ts';
import type { Tier } from '#simulations/world/authorities.ts';

const setup = { wallets: 3, backends: 2, balance: 100_000n, skewMs: [], roundMs: 4_000 };
const mostCommands = 16;

interface Model {
  readonly sketch: Sketch;
}

interface Real {
  readonly commands: ConcurrentCommand[];
}

interface Drawn extends Arguments {
  readonly kind: (typeof stepKinds)[number];
  readonly faults: readonly DrawnFault[];
}

type Command = fc.AsyncCommand<Model, Real, true>;

class StockCommand implements Command {
  readonly #drawn: Drawn;

  constructor(drawn: Drawn) {
    this.#drawn = drawn;
  }

  async check({ sketch }: Model): Promise<boolean> {
    return this.#step(sketch) !== null;
  }

  async run({ sketch }: Model, { commands }: Real): Promise<void> {
    const step = this.#step(sketch);
    if (step === null) return;
    const { actor, op } = step;
    if (actor.startsWith('wallet#')) sketch.take(actor, op as Operation);
    if (op.kind === 'pause') sketch.pass(op.ms);
    const faults = this.#drawn.faults.flatMap((fault) => faultOf(fault, drawnFaults, op));
    commands.push({ id: commands.length, actor, op, priority: 0, demotions: [], faults });
  }

  #step(sketch: Sketch): ReturnType<typeof stepOf> {
    return stepOf(this.#drawn.kind, this.#drawn, sketch);
  }

  toString(): string {
    return this.#drawn.kind;
  }
}

/** Every event that waits is as likely to come next as any other. */
function evenly(seed: number): Strategy {
  const random = seededRandom(seed);
  return { name: 'even', pick: (enabled) => random.below(enabled.length) };
}

const natural = fc.nat({ max: 0xffff });
const command = fc
  .record({
    kind: fc.constantFrom(...stepKinds),
    ...{ client: natural, target: natural, detail: natural, aim: fc.nat({ max: 9 }), faults: someFaults },
  })
  .map((drawn) => new StockCommand(drawn));

/** Runs until the first violation, that one included; null: none within the limit, or within the budget. */
export async function huntWithStock(
  tier: Tier,
  { seed, scenarios, budgetMs }: { readonly seed: number; readonly scenarios: number; readonly budgetMs?: number },
): Promise<number | null> {
  let runs = 0;
  const scheduled = async (scheduler: fc.Scheduler, order: number, drawn: Iterable<Command>): Promise<boolean> => {
    runs += 1;
    const real: Real = { commands: [] };
    await fc.scheduledModelRun(scheduler, () => ({ model: { sketch: new Sketch(setup) }, real }), drawn);
    const scenario = {
      format: 1,
      kind: 'concurrent',
      setup,
      strategy: { kind: 'pct', plan: null },
      commands: real.commands,
    } as const;
    const { violation } = await execute(tier, scenario, { lastPhase: () => evenly(order) });
    return violation === null;
  };
  const { failed, error } = await checkWithin(
    (watch) =>
      fc.asyncProperty(
        fc.scheduler(),
        fc.nat({ max: 0x3fffffff }),
        fc.commands<Model, Real, true>([command], { maxCommands: mostCommands, size: 'max' }),
        (scheduler, order, drawn) => watch(scheduled(scheduler, order, drawn)),
      ),
    { numRuns: scenarios, seed, shrinks: false, budgetMs },
  );
  if (error !== null) throw error;
  return failed ? runs : null;
}
