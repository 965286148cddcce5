/**
 * The model itself as a system under test: takes the first branch of every action. Lockstep against it must always pass, it is fast,
 * and it can be made to lie in one place, so that the harness can be tested and the generator measured without any ground.
 */
import {
  type Action,
  type Answer,
  act,
  createWorld,
  type Observation,
  type Operation,
  observe,
  type World,
} from '#model/index.ts';
import type { Ground, System, WorldFault, WorldSetup } from '#simulations/world/system.ts';
import { backendNames, walletNames } from './lockstep.ts';
import type { Screens } from './pushed.ts';

/** What to falsify; each gets the truth and answers what is shown instead. */
export interface Lies {
  readonly answer?: (answer: Answer, operation: Operation, world: World) => Answer;
  readonly observation?: (observation: Observation, world: World) => Observation;
  /** What is shown between the backends' round and the clients'. */
  readonly screens?: (seen: Screens) => Screens;
  readonly unconfirmed?: () => number;
}

const minimumStake = 1_000n;
const beginsMs = 1_735_689_600_000;
/** Virtual time a write takes to be confirmed. */
const confirmationMs = 800;

class ModelSystem implements System {
  readonly minimumStake = minimumStake;
  readonly #lies: Lies;
  #world: World;
  #nowMs = beginsMs;
  #steps = 0;

  constructor(setup: WorldSetup, lies: Lies) {
    this.#lies = lies;
    const wallets = walletNames(setup).map((name) => ({ name, balance: setup.balance }));
    this.#world = createWorld({ wallets, backends: backendNames(setup), minimumStake, nowMs: beginsMs });
  }

  nowMs(): number {
    return this.#nowMs;
  }

  steps(): number {
    return this.#steps;
  }

  async perform(client: string, operation: Operation): Promise<Answer> {
    const answer = this.#act({ kind: 'operation', client, operation, untilMs: this.#nowMs });
    if (answer.kind === 'confirmed') await this.advance(confirmationMs);
    return this.#lies.answer?.(answer, operation, this.#world) ?? answer;
  }

  async inject(fault: WorldFault): Promise<void> {
    if (fault.kind !== 'loseResponse') this.#act({ kind: 'fault', fault });
    else this.#act({ kind: 'fault', fault: { kind: 'loseResponse', authority: fault.authority, thenDown: fault.thenDown } });
  }

  async advance(ms: number): Promise<void> {
    this.#nowMs += ms;
    this.#act({ kind: 'clock', nowMs: this.#nowMs });
  }

  /** The model has one round for all. */
  async backendRounds(): Promise<void> {
    this.#act({ kind: 'round', untilMs: this.#nowMs });
  }

  async clientRounds(): Promise<void> {}

  screens(): ReturnType<System['screens']> {
    const seen = observe(this.#world);
    return this.#lies.screens?.(seen) ?? seen;
  }

  async observe(): Promise<Observation> {
    const observation = observe(this.#world);
    return this.#lies.observation?.(observation, this.#world) ?? observation;
  }

  unconfirmed(): number {
    return this.#lies.unconfirmed?.() ?? 0;
  }

  async close(): Promise<void> {}

  #act(action: Action): Answer {
    this.#steps += 1;
    const [branch] = act(this.#world, action);
    if (branch === undefined) throw new Error(`the model has no branch for ${action.kind}`);
    this.#world = branch.world;
    return branch.answer;
  }
}

/** A ground of such systems; without lies they are the model to the letter. */
export function modelGround(lies: Lies = {}): Ground {
  return {
    ledger: 'model',
    describe: () => 'the model itself',
    createSystem: async (setup) => new ModelSystem(setup, lies),
    close: async () => {},
  };
}
