/**
 * One lockstep run: every step is taken by the system and by the model, and after each
 *   - the answer must be one the model allows,
 *   - whoever is connected to a backend must have been told what it came to know, before asking,
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
import { invariantTitles, type Violation, worldViolations } from '#model/invariants.ts';
import { certainMarks } from '#model/reachability.ts';
import { testify, type Witness, witness } from '#model/witness.ts';
import { UnreadableError } from '#simulations/world/authorities.ts';
import type { System, WorldSetup } from '#simulations/world/system.ts';
import { notPushed, type Screens } from './pushed.ts';
import type { Step } from './scenario.ts';
import type { Stats } from './stats.ts';

/** The system did something the model does not allow. */
export class LockstepViolation extends Error {
  /** `answer`, `observation`, or the id of a rule in SPEC.md. */
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
  #witness: Witness;
  /** After the step before. */
  #shown: Screens | null = null;

  /** @param system a fresh one of that setup; @param stats where marks are counted, if anywhere */
  constructor(system: System, setup: WorldSetup, stats: Stats | null) {
    this.#system = system;
    this.#stats = stats;
    const wallets = walletNames(setup).map((name) => ({ name, balance: setup.balance }));
    const { minimumStake } = system;
    this.#belief = believe(createWorld({ wallets, backends: backendNames(setup), minimumStake, nowMs: system.nowMs() }));
    this.#witness = witness(setup.balance * BigInt(setup.wallets), setup.backends);
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
    await this.#system.backendRounds();
    this.#judgePushes(step);
    await this.#system.clientRounds();
    this.#follow({ kind: 'round', untilMs: this.#system.nowMs() });
    this.#clock();
    const observation = await this.#observe();
    this.#judge(observation);
    this.#shown = observation;
    this.#mark(before, step, answer);
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
        this.#judgeTiming(answer);
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

  /** SPEC T-2.2: a write's end, good or bad, is told only once it can no longer be taken back. */
  #judgeTiming(answer: Answer): void {
    if (answer.kind !== 'confirmed' && answer.kind !== 'refused') return;
    const count = this.#system.unconfirmed();
    if (count === 0) return;
    const what = answer.kind === 'confirmed' ? `confirmed, version ${answer.version}` : `refused ${answer.code}`;
    throw new LockstepViolation(
      'T-2.2',
      `wait for confirmation: answered "${what}" while ${count} transaction(s) were only processed`,
    );
  }

  async #observe(): Promise<Observation> {
    return this.#system.observe().catch((error: unknown) => {
      throw error instanceof UnreadableError ? new LockstepViolation('observation', error.message) : error;
    });
  }

  /** A fault may cost a client its connection, and with it what it would have been told. */
  #judgePushes({ kind }: Step): void {
    if (this.#shown === null || kind === 'fault') return;
    const explanation = notPushed(this.#shown, this.#system.screens());
    if (explanation !== null) throw new LockstepViolation('LS3', explanation);
  }

  #judge(observation: Observation): void {
    const { witness: seen, violations } = testify(this.#witness, observation);
    this.#witness = seen;
    refuse(violations, 'as seen from outside');
    this.#belief = settled(settleObservation(this.#belief, observation));
    refuse(worldViolations(this.world), 'in the model itself');
  }

  #mark(before: Belief, step: Step, answer: Answer | null): void {
    if (this.#stats === null || step.kind === 'advance') return;
    const action: Action = step.kind === 'operation' ? step : { kind: 'fault', fault: withoutPosition(step.fault) };
    for (const name of certainMarks(before, action, answer ?? { kind: 'done' }, this.#belief)) this.#stats.mark(name);
  }
}

/** Throws the first violated invariant with everything that violates it. */
function refuse(violations: readonly Violation[], where: string): void {
  const [first] = violations;
  if (first === undefined) return;
  const lines = violations
    .filter(({ id }) => id === first.id)
    .map(({ path, expected, observed }) => `  ${path}: expected ${expected}, observed ${observed}`);
  throw new LockstepViolation(first.id, [`${invariantTitles[first.id]}, ${where}:`, ...lines].join('\n'));
}

/** The model is told that an answer will be lost, never whether the effect happened. */
function withoutPosition(fault: Extract<Step, { kind: 'fault' }>['fault']): Extract<Action, { kind: 'fault' }>['fault'] {
  if (fault.kind !== 'loseResponse') return fault;
  const { position: _, ...rest } = fault;
  return rest;
}
