/** For tests: a small world with everything that may happen in it, enumerated. */
import type { Action } from './action.ts';
import { type Explored, exploreWithin } from './explore/within-depth.ts';
import { isConverged, worldViolations } from './invariants.ts';
import { observe } from './observe.ts';
import { supply } from './solana/tokens.ts';
import {
  at,
  branches,
  connects,
  crashes,
  creates,
  cuts,
  loses,
  mends,
  play,
  posts,
  restarts,
  rounds,
  settles,
  smallWorld,
  submits,
  votes,
} from './stories.ts';
import { act } from './system.ts';
import { testify, witness } from './witness.ts';
import { isQuiet, type World } from './world.ts';

const actions: readonly Action[] = [
  posts(0, 'hi'),
  votes(0, 1, 'x'),
  settles(1, 1, 'x'),
  connects(1, 0),
  crashes(0),
  restarts(0),
  cuts('solana'),
  mends('solana'),
  cuts('qdrant'),
  mends('qdrant'),
  loses('solana', true),
  loses('qdrant', true),
  at(30_000),
  at(90_000),
];
const next = (from: World) =>
  actions.flatMap((action) =>
    act(from, action).flatMap(({ world }) => act(world, rounds).map(({ world: state }) => ({ label: action, state }))),
  );

/**
 * Every behaviour of a small world up to a depth: how many states and steps, and in how many of these everybody agrees afterwards.
 * Throws where an invariant does not hold, a quiet world does not converge in a round, or a witness finds something.
 */
export function everyBehaviour(depth: number): Explored & { readonly converged: number } {
  const start = play(smallWorld(2, 2), creates(0), submits(1, 'x'), rounds);
  let converged = 0;
  const explored = exploreWithin(start, depth, next, (from, action, to) => {
    const found = worldViolations(to);
    if (found.length > 0) throw new Error(`${JSON.stringify(action)}: ${JSON.stringify(found[0])}`);
    const settled = branches(to, rounds).map(({ world }) => world);
    if (isQuiet(to) && !settled.every(isConverged)) throw new Error('a quiet world stays diverged');
    if (isConverged(to)) converged += 1;
    const before = testify(witness(supply(start.solana), 2), observe(from));
    const testimony = testify(before.witness, observe(to));
    if (testimony.violations.length > 0) throw new Error(JSON.stringify(testimony.violations[0]));
  });
  return { ...explored, converged };
}
