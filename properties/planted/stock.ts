/**
 * The same toys for stock fast-check: its commands, its scheduler, its own shrinking. Commands of a model run are awaited one by one,
 * so that two of them never overlap; the fair way to let them is a command that starts its work and does not wait for it, each of
 * whose steps the scheduler releases. Faults are drawn with the command. What is counted is what fast-check reports: the commands
 * left, and the switches in the order of steps of that last run.
 */
import fc from 'fast-check';
import { huntLimit } from './hunt.ts';
import { type Size, switchesIn, type Toy, type ToyOp, type ToySystem } from './toy.ts';

interface Real {
  readonly system: ToySystem;
  readonly schedule: string[];
  readonly scheduler: fc.Scheduler;
  readonly running: Promise<void>[];
  faults: number;
  commands: number;
}

interface Drawn {
  readonly op: ToyOp;
  readonly actor: number;
  readonly fault: { readonly at: number; readonly kind: string } | null;
}

class StockCommand implements fc.AsyncCommand<object, Real, true> {
  readonly #drawn: Drawn;

  constructor(drawn: Drawn) {
    this.#drawn = drawn;
  }

  async check(): Promise<boolean> {
    return true;
  }

  async run(_model: object, real: Real): Promise<void> {
    const { op, fault } = this.#drawn;
    const id = real.commands;
    real.commands += 1;
    if (fault !== null) real.faults += 1;
    let calls = 0;
    const step = async (label: string, effect: () => void): Promise<void> => {
      await real.scheduler.schedule(Promise.resolve(), label);
      real.schedule.push(`#${id}`);
      effect();
      calls += 1;
      if (fault?.at === calls) real.system.strike?.(fault.kind);
    };
    real.running.push(real.system.perform(op, step, id));
  }

  toString(): string {
    return `${this.#drawn.op.kind}(${this.#drawn.op.id})`;
  }
}

export interface StockHunt {
  readonly foundIn: number | null;
  readonly size: Size | null;
}

export async function huntWithStock(toy: Toy, seed: number): Promise<StockHunt> {
  const fault = fc.record({ at: fc.integer({ min: 1, max: 3 }), kind: fc.constantFrom('', ...toy.faults) });
  const command = fc
    .record({
      op: fc.record({ kind: fc.constantFrom(...toy.kinds), id: fc.nat({ max: toy.ids - 1 }) }),
      actor: fc.nat({ max: 2 }),
      fault: toy.faults.length === 0 ? fc.constant(null) : fc.option(fault),
    })
    .map((drawn) => new StockCommand(drawn));
  let scenarios = 0;
  let smallest: Size | null = null;
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.commands<object, Real, true>([command], { maxCommands: toy.commands.most, size: 'max' }),
    async (scheduler, commands) => {
      if (smallest === null) scenarios += 1;
      const real: Real = { system: toy.create(), schedule: [], scheduler, running: [], faults: 0, commands: 0 };
      await fc.scheduledModelRun(scheduler, () => ({ model: {}, real }), commands);
      // It returns before all work has drained: the rest is released here.
      await scheduler.waitFor(Promise.all(real.running));
      if (!real.system.hasFailed()) return true;
      smallest = { commands: real.commands, switches: switchesIn(real.schedule), faults: real.faults };
      return false;
    },
  );
  await fc.check(property, { seed, numRuns: huntLimit });
  return smallest === null ? { foundIn: null, size: null } : { foundIn: scenarios, size: smallest };
}
