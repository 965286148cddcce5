/** Scenarios of a toy as fast-check draws them: values are fast-check's, strategies the engine's portfolio's. */
import fc from 'fast-check';
import { drawStrategy, type StrategySpec } from '#simulations/engine/portfolio.ts';
import type { Toy, ToyFault, ToyOp, ToyScenario } from './toy.ts';

export interface DrawnCommand {
  readonly op: ToyOp;
  readonly actor: number;
  readonly faults: readonly ToyFault[];
}

function drawnFaults({ faults, faultsEach, calls }: Toy): fc.Arbitrary<readonly ToyFault[]> {
  if (faults.length === 0) return fc.constant([]);
  const fault = fc.record({
    at: fc.integer({ min: 1, max: calls }),
    position: fc.constantFrom<ToyFault['position'][]>('before', 'after'),
    fault: fc.constantFrom(...faults),
  });
  return fc.array(fault, { maxLength: faultsEach, size: 'max' });
}

/** What both our search and stock fast-check draw a command from. */
export const drawnCommands = (toy: Toy): fc.Arbitrary<DrawnCommand> =>
  fc.record({
    op: fc.record({ kind: fc.constantFrom(...toy.kinds), id: fc.nat({ max: toy.ids - 1 }) }),
    actor: fc.nat({ max: 2 }),
    faults: drawnFaults(toy),
  });

export function toyScenarios(toy: Toy): fc.Arbitrary<ToyScenario> {
  return fc
    .record({
      seed: fc.nat({ max: 0x3fffffff }),
      commands: fc.array(drawnCommands(toy), { maxLength: toy.mostCommands, size: 'max' }),
    })
    .map(({ seed, commands }) => ({
      strategy: strategyOf(toy, seed, commands.length),
      commands: commands.map(({ op, actor, faults }, id) => ({
        id,
        actor: toy.actors === 'three' ? `actor#${actor}` : `actor#${id}`,
        op,
        priority: 0,
        demotions: [],
        faults,
      })),
    }));
}

/** Seed 0, to which fast-check shrinks, is serial. */
const strategyOf = ({ calls, responses }: Toy, seed: number, tasks: number): StrategySpec =>
  seed === 0 || tasks === 0
    ? { kind: 'serial' }
    : drawStrategy(seed, { tasks, eventsPerTask: responses === 'separate' ? 2 * calls : calls });
