/** The lockstep commands as fast-check sees them: one class, one instance a drawn command. */
import fc from 'fast-check';
import type { System } from '#simulations/world/system.ts';
import { describeStep } from './describe-step.ts';
import { type CommandKind, commandWeights, type Draw, resolveStep } from './draw.ts';
import type { Lockstep } from './lockstep.ts';
import { glimpse } from './model-glimpse.ts';
import type { Step } from './scenario.ts';
import type { Stats } from './stats.ts';

/** What fast-check hands from command to command. The lockstep holds the model; it changes with every step. */
export interface Model {
  readonly lockstep: Lockstep;
  readonly stats: Stats | null;
}

export class LockstepCommand implements fc.AsyncCommand<Model, System, true> {
  readonly draw: Draw;
  #step: Step | null = null;

  constructor(draw: Draw) {
    this.draw = draw;
  }

  /** Chooses the arguments from the model's state; false when it offers nothing to do. */
  async check(model: Readonly<Model>): Promise<boolean> {
    model.stats?.drawn(this.draw.kind);
    this.#step = resolveStep(this.draw, glimpse(model.lockstep.world));
    return this.#step !== null;
  }

  async run(model: Model): Promise<void> {
    const step = this.#step;
    if (step === null) throw new Error(`${this.draw.kind} ran although nothing was there to do`);
    const answer = await model.lockstep.take(step);
    model.stats?.executed(this.draw.kind, answer);
  }

  toString(): string {
    return this.#step === null ? `${this.draw.kind} (not run)` : describeStep(this.#step);
  }
}

const natural = fc.nat({ max: 0xffff });

const commandOf = (kind: CommandKind): fc.Arbitrary<LockstepCommand> =>
  fc
    .record({ client: natural, target: natural, detail: natural, aim: fc.nat({ max: 9 }) })
    .map((choices) => new LockstepCommand({ kind, ...choices }));

const faults: ReadonlySet<CommandKind> = new Set([
  'crashBackend',
  'restartBackend',
  'solanaDown',
  'solanaUp',
  'qdrantDown',
  'qdrantUp',
  'loseResponse',
]);

const weighted = (kinds: readonly CommandKind[]): fc.Arbitrary<LockstepCommand> =>
  fc.oneof(...kinds.map((kind) => ({ weight: commandWeights[kind], arbitrary: commandOf(kind) })));

/** Scenarios of up to `maxCommands` commands; one in four knows no fault. */
export function lockstepCommands(maxCommands: number): fc.Arbitrary<Iterable<fc.AsyncCommand<Model, System, true>>> {
  const kinds = Object.keys(commandWeights) as CommandKind[];
  const calm = fc.commands<Model, System, true>([weighted(kinds.filter((kind) => !faults.has(kind)))], {
    maxCommands,
    size: 'max',
  });
  const stormy = fc.commands<Model, System, true>([weighted(kinds)], { maxCommands, size: 'max' });
  return fc.oneof({ weight: 3, arbitrary: stormy }, { weight: 1, arbitrary: calm });
}
