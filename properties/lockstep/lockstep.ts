/**
 * One lockstep run: every step is taken by the system and by the model, and after each
 *   - the answer must be one the model allows,
 *   - what every reachable authority shows must be what some possible world shows,
 *   - the always-invariants must hold, both in what was seen and in every world still possible.
 * A green run does not show that concurrent steps are right, nor anything about steps never drawn.
 */
import {
  type Action,
  type Answer,
  type Belief,
  believe,
  createWorld,
  explain,
  type Observation,
  type Settled,
  settleAnswer,
  settleObservation,
  type World,
} from '#model/index.ts';
import { invariants } from '#model/invariants.ts';
import { reachability } from '#model/reachability.ts';
import type { System, WorldSetup } from '#simulations/world/system.ts';
import type { Step } from './scenario.ts';
import type { Stats } from './stats.ts';

/** The system did something the model does not allow. */
export class LockstepViolation extends Error {
  /** `answer`, `observation`, or an invariant's id. */
  readonly property: string;
  constructor(property: string, explanation: string) {
    super(explanation);
    this.name = 'LockstepViolation';
    this.property = property;
  }
}

/** The belief outgrew its bound: no verdict. A fault of the harness or its bound, never of the system. */
export class InconclusiveError extends Error {
  constructor(worlds: number, bound: number) {
    super(`${worlds} worlds are possible, more than the ${bound} that are followed`);
    this.name = 'InconclusiveError';
  }
}

export const walletNames = (setup: WorldSetup): readonly string[] =>
  Array.from({ length: setup.wallets }, (_, index) => `wallet#${index}`);
export const backendNames = (setup: WorldSetup): readonly string[] =>
  Array.from({ length: setup.backends }, (_, index) => `backend#${index}`);

const settled = (outcome: Settled): Belief => {
  switch (outcome.kind) {
    case 'believed':
      return outcome.belief;
    case 'contradiction':
      throw new LockstepViolation(outcome.about, explain(outcome));
    case 'tooWide':
      throw new InconclusiveError(outcome.worlds, outcome.bound);
  }
};

export class Lockstep {
  readonly #system: System;
  readonly #stats: Stats | null;
  readonly #taken: Step[] = [];
  #belief: Belief;

  /** @param system a fresh one of that setup; @param stats where marks are counted, if anywhere */
  constructor(system: System, setup: WorldSetup, stats: Stats | null) {
    this.#system = system;
    this.#stats = stats;
    const wallets = walletNames(setup).map((name) => ({ name, balance: setup.balance }));
    const { minimumStake } = system;
    this.#belief = believe(createWorld({ wallets, backends: backendNames(setup), minimumStake, nowMs: system.nowMs() }));
  }

  /** Every step taken so far, the failing one included. */
  get taken(): readonly Step[] {
    return this.#taken;
  }

  /** The first of the worlds that fit everything seen so far. */
  get world(): World {
    return this.#belief.worlds[0];
  }

  /** Takes the step, a round of background work, and a look. Throws a LockstepViolation, or an InconclusiveError. */
  async take(step: Step): Promise<Answer | null> {
    this.#taken.push(step);
    const before = this.#belief;
    this.#clock();
    const answer = await this.#perform(step);
    this.#clock();
    await this.#system.round();
    this.#follow({ kind: 'round', untilMs: this.#system.nowMs() });
    this.#clock();
    this.#judge(await this.#system.observe());
    this.#mark(before, answer);
    return answer;
  }

  /** Lets the model take an action that answers nothing. */
  #follow(action: Action): void {
    this.#belief = settled(settleAnswer(this.#belief, action, { kind: 'done' }));
  }

  #clock(): void {
    this.#follow({ kind: 'clock', nowMs: this.#system.nowMs() });
  }

  async #perform(step: Step): Promise<Answer | null> {
    switch (step.kind) {
      case 'operation': {
        const answer = await this.#system.perform(step.client, step.operation);
        const action: Action = {
          kind: 'operation',
          client: step.client,
          operation: step.operation,
          untilMs: this.#system.nowMs(),
        };
        this.#belief = settled(settleAnswer(this.#belief, action, answer));
        return answer;
      }
      case 'fault': {
        await this.#system.inject(step.fault);
        this.#follow({ kind: 'fault', fault: withoutPosition(step.fault) });
        return null;
      }
      case 'advance':
        await this.#system.advance(step.ms);
        return null;
    }
  }

  #judge(observation: Observation): void {
    for (const { id, title, violatedBy } of invariants.ofObservation) {
      const problem = violatedBy(observation);
      if (problem !== null) throw new LockstepViolation(id, `${title}: ${problem}`);
    }
    this.#belief = settled(settleObservation(this.#belief, observation));
    for (const world of this.#belief.worlds) {
      for (const { id, title, violatedBy } of invariants.ofWorld) {
        const problem = violatedBy(world);
        if (problem !== null) throw new LockstepViolation(id, `${title}, in the model itself: ${problem}`);
      }
    }
  }

  #mark(before: Belief, answer: Answer | null): void {
    if (this.#stats === null) return;
    for (const { name, reached } of reachability) if (reached(before.worlds[0], this.world, answer)) this.#stats.mark(name);
  }
}

/** The model is told that an answer will be lost, never whether the effect happened. */
function withoutPosition(fault: Extract<Step, { kind: 'fault' }>['fault']): Extract<Action, { kind: 'fault' }>['fault'] {
  if (fault.kind !== 'loseResponse') return fault;
  const { position: _, ...rest } = fault;
  return rest;
}
