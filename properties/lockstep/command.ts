/** The lockstep commands as fast-check sees them: one class, one instance a drawn command. */
import fc from 'fast-check';
import type { System } from '#simulations/world/system.ts';
import { describeStep } from './describe-step.ts';
import { type CommandKind, commandWeights, type Draw, type ResolvedStep, resolveStep } from './draw.ts';
import type { Lockstep } from './lockstep.ts';
import { glimpse } from './model-glimpse.ts';
import type { Stats } from './stats.ts';

/** What fast-check hands from command to command. The lockstep holds the model; it changes with every step. */
export interface Model {
  readonly lockstep: Lockstep;
  readonly stats: Stats | null;
}

export class LockstepCommand implements fc.AsyncCommand<Model, System, true> {
  readonly draw: Draw;
  #resolved: ResolvedStep | null = null;

  constructor(draw: Draw) {
    this.draw = draw;
  }

  /** Chooses the arguments from the model's state; false when it offers nothing to do. */
  async check(model: Readonly<Model>): Promise<boolean> {
    model.stats?.drawn(this.draw.kind);
    this.#resolved = resolveStep(this.draw, glimpse(model.lockstep.world));
    return this.#resolved !== null;
  }

  async run(model: Model): Promise<void> {
    if (this.#resolved === null) throw new Error(`${this.draw.kind} ran although nothing was there to do`);
    const answer = await model.lockstep.take(this.#resolved.step);
    if (this.#resolved.meant) model.stats?.executed(this.draw.kind, answer);
  }

  toString(): string {
    return this.#resolved === null ? `${this.draw.kind} (not run)` : describeStep(this.#resolved.step);
  }
}

const natural = fc.nat({ max: 0xffff });

const commandOf = (kind: CommandKind): fc.Arbitrary<LockstepCommand> =>
  fc
    .record({ client: natural, target: natural, detail: natural, aim: fc.nat({ max: 9 }) })
    .map((choices) => new LockstepCommand({ kind, ...choices }));

const everyday: readonly CommandKind[] = [
  'createThread',
  'post',
  'submitSpec',
  'vote',
  'settle',
  'divest',
  'readStrong',
  'readCached',
  'search',
  'signIn',
  'signOut',
  'connect',
  'disconnect',
  'advanceTime',
];
const crashes: readonly CommandKind[] = ['crashBackend', 'restartBackend'];
const solanaFaults: readonly CommandKind[] = ['solanaDown', 'solanaUp', 'loseResponse'];
const qdrantFaults: readonly CommandKind[] = ['qdrantDown', 'qdrantUp', 'loseResponse'];

/** Swarm: a scenario knows only some kinds of fault, so that each kind gets room to do its worst, and how often each choice is made. */
const swarms: readonly (readonly [weight: number, faults: readonly CommandKind[]])[] = [
  [2, []],
  [2, crashes],
  [2, solanaFaults],
  [2, qdrantFaults],
  [2, [...crashes, ...solanaFaults]],
  [1, [...crashes, ...solanaFaults, ...qdrantFaults]],
];

/** Scenarios of up to `maxCommands` commands. */
export function lockstepCommands(maxCommands: number): fc.Arbitrary<Iterable<fc.AsyncCommand<Model, System, true>>> {
  return fc.oneof(
    ...swarms.map(([weight, faults]) => {
      const kinds = [...everyday, ...new Set(faults)];
      const one = fc.oneof(...kinds.map((kind) => ({ weight: commandWeights[kind], arbitrary: commandOf(kind) })));
      return { weight, arbitrary: fc.commands<Model, System, true>([one], { maxCommands, size: 'max' }) };
    }),
  );
}
