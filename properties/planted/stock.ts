/**
 * The same toys for stock fast-check: `fc.commands`, `fc.scheduler`, `fc.scheduledModelRun`, its own shrinking, commands and
 * faults drawn from the very same arbitraries. A model run awaits its commands one by one, so that two of them never overlap;
 * so here a command only starts its work, and the scheduler releases each effect and each answer. Its commands are counted as
 * fast-check reports them.
 */
import fc from 'fast-check';
import { switchesIn } from '#properties/shrink/switches.ts';
import { type DrawnCommand, drawnCommands } from './draw-toy.ts';
import { type Find, huntLimit, shrinkLimit } from './hunt.ts';
import type { Step, Toy, ToyOp, ToySystem } from './toy.ts';

interface Real {
  readonly toy: Toy;
  readonly system: ToySystem;
  readonly scheduler: fc.Scheduler;
  /** Whose step each was. */
  readonly schedule: string[];
  readonly started: DrawnCommand[];
  /** By actor: until the last of its commands is over. */
  readonly busy: Map<string, Promise<void>>;
}

class StockCommand implements fc.AsyncCommand<object, Real, true> {
  readonly #drawn: DrawnCommand;

  constructor(drawn: DrawnCommand) {
    this.#drawn = drawn;
  }

  async check(): Promise<boolean> {
    return true;
  }

  async run(_model: object, real: Real): Promise<void> {
    const number = real.started.push(this.#drawn) - 1;
    const actor = real.toy.actors === 'three' ? `actor#${this.#drawn.actor}` : `actor#${number}`;
    const before = real.busy.get(actor) ?? Promise.resolve();
    real.busy.set(
      actor,
      before.then(() => real.system.perform(this.#drawn.op, this.#steps(number, real), number)),
    );
  }

  #steps(number: number, { toy, system, scheduler, schedule }: Real): Step {
    let call = 0;
    return async (label, effect) => {
      const turn = async (): Promise<void> => {
        await scheduler.schedule(Promise.resolve(), label);
        schedule.push(`#${number}`);
      };
      await turn();
      call += 1;
      const strike = (side: 'before' | 'after'): void => {
        for (const { at, position, fault } of this.#drawn.faults)
          if (at === call && position === side) system.strike?.(fault, label, number);
      };
      strike('before');
      const answer = effect();
      strike('after');
      if (toy.responses === 'separate') await turn();
      return answer;
    };
  }

  toString(): string {
    return `${this.#drawn.op.kind}(${this.#drawn.op.id})`;
  }
}

/** Executions of its shrinking at most, ten times as many as ours. */
export const stockLimit = 10 * shrinkLimit;

/** null: not found within the limit. Its shrinking ends when it has nothing left to try, or at its limit. */
export async function huntWithStock(toy: Toy, seed: number, limit = stockLimit): Promise<Find | null> {
  let scenarios = 0;
  let executions = 0;
  let smallest: { readonly ops: readonly ToyOp[]; readonly size: Find['size'] } | null = null;
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.commands<object, Real, true>([drawnCommands(toy).map((drawn) => new StockCommand(drawn))], {
      maxCommands: toy.mostCommands,
      size: 'max',
    }),
    async (scheduler, commands) => {
      if (smallest === null) scenarios += 1;
      else if (executions === limit) throw new fc.PreconditionFailure(true);
      else executions += 1;
      const real: Real = { toy, system: toy.create(), scheduler, schedule: [], started: [], busy: new Map() };
      await fc.scheduledModelRun(scheduler, () => ({ model: {}, real }), commands);
      // It may return before all that was started is over: the rest is released here.
      await scheduler.waitFor(Promise.all(real.busy.values()));
      if (!real.system.hasFailed()) return true;
      const faults = real.started.reduce((sum, drawn) => sum + drawn.faults.length, 0);
      const size = { commands: real.started.length, switches: switchesIn(real.schedule), faults };
      smallest = { ops: real.started.map(({ op }) => op), size };
      return false;
    },
  );
  await fc.check(property, { seed, numRuns: huntLimit });
  return smallest === null ? null : { foundIn: scenarios, executions, ...(smallest as Omit<Find, 'foundIn' | 'executions'>) };
}
