/**
 * The model of Choir: what must be true, as data and pure functions. It imports nothing, knows no clock and draws nothing.
 *
 * ```
 *   Action ──► act(world, action) ──► [{ world, answer }, ...]      system.ts, over sequences/
 *                    │
 *   four authorities, one reducer each, step(state, action) -> { state, outcome }:
 *   solana/ (ownership, tokens, approvals)   qdrant.ts (content)   backend.ts (session, cache)   frontend.ts (views, own writes)
 *
 *   Belief = the worlds that fit everything seen so far                                          belief.ts, observe.ts
 *   always: invariants.ts      sometimes: reachability.ts      which ending where: transitions.ts
 * ```
 *
 * Judging a system in lockstep:
 *
 * ```ts
 * let belief = believe(createWorld({ wallets, backends, minimumStake, nowMs }));
 * // before each step { kind: 'clock', nowMs }, after it the clock again, a round (itself followed by the clock), and a look:
 * settled = settleAnswer(belief, { kind: 'operation', client, operation, untilMs }, answer);
 * settled = settleObservation(belief, observation);
 * // 'believed' goes on, 'contradiction' is a bug (`explain` says where), 'tooWide' says that the bound was too small.
 * ```
 *
 * Several branches of one action mean that nobody outside can know which happened: a lost answer, bytes in flight. A round whose
 * end is later than its start, and an operation that had to send something again, should say so with `untilMs`.
 */
export type * from './action.ts';
export { type BackendAction, type BackendState, freshBackend, stepBackend } from './backend.ts';
export {
  advance,
  type Belief,
  type Believed,
  believe,
  type Contradiction,
  explain,
  maxWorlds,
  type Possibility,
  type Settled,
  settleAnswer,
  settleObservation,
  type TooWide,
} from './belief.ts';
export { canonical } from './canonical.ts';
export { type ContentProblem, compareContents, contentOf, contentProblem, hashOf, maxContentBytes } from './content.ts';
export { type Difference, differences } from './difference.ts';
export { type Explored, exploreWithin } from './explore/within-depth.ts';
export { type FrontendAction, type FrontendState, freshFrontend, stepFrontend } from './frontend.ts';
export { type InvariantId, invariantTitles, isConverged, type Violation, worldViolations } from './invariants.ts';
export type * from './observation.ts';
export { type Expected, expected, observationDifferences, observe } from './observe.ts';
export type { Outcome, Step } from './outcome.ts';
export { emptyQdrant, type QdrantAction, type QdrantEffect, type QdrantState, stepQdrant } from './qdrant.ts';
export { certainMarks, marksOf, reachability, type Transition } from './reachability.ts';
export type { Instruction, SolanaAction, SolanaEvent, SolanaRefusal } from './solana/action.ts';
export {
  genesis,
  type Message,
  type Rules,
  rulesOf,
  type SolanaState,
  type Spec,
  specKey,
  type Thread,
  type Tuple,
} from './solana/state.ts';
export { stepSolana } from './solana/step.ts';
export { balanceOf, escrowed, supply } from './solana/tokens.ts';
export { act } from './system.ts';
export { viewAt } from './view.ts';
export { type Testimony, testify, type Witness, witness } from './witness.ts';
export { type Branch, createWorld, isQuiet, type World, type WorldSetup } from './world.ts';
