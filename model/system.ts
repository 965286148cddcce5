/**
 * The whole system as one pure function: in a world, an action leads to one or more worlds, each with the answer given in it.
 * Several mean that nobody outside could know yet (a lost answer, bytes in flight). What happens in between is in `sequences/`.
 */
import type { Action, Operation } from './action.ts';
import type { Answer } from './observation.ts';
import { fault } from './sequences/fault.ts';
import { read } from './sequences/read.ts';
import { round } from './sequences/round.ts';
import { done, refused, session } from './sequences/session.ts';
import { deadlineMs } from './sequences/submission.ts';
import { write } from './sequences/write.ts';
import type { Branch, World } from './world.ts';

/**
 * Never empty. An action that names a client or backend the world does not have is refused as `UnknownClient` or
 * `UnknownBackend`, and a clock that goes back as `ClockWentBack`; nothing changes then.
 */
export function act(world: World, action: Action): readonly Branch<Answer>[] {
  const problem = problemOf(world, action);
  if (problem !== null) return [{ world, answer: refused(problem) }];
  switch (action.kind) {
    case 'operation':
      return operate(world, action.client, action.operation, action.untilMs ?? world.nowMs + deadlineMs);
    case 'fault':
      return [{ world: fault(world, action.fault), answer: done }];
    case 'clock':
      return [{ world: { ...world, nowMs: action.nowMs }, answer: done }];
    case 'round':
      return round(world, action.untilMs ?? world.nowMs).map((each) => ({ world: each, answer: done }));
  }
}

function operate(world: World, client: string, operation: Operation, untilMs: number): readonly Branch<Answer>[] {
  switch (operation.kind) {
    case 'createThread':
    case 'post':
    case 'submitSpec':
    case 'vote':
    case 'settle':
    case 'divest':
      return write(world, client, operation, untilMs);
    case 'readStrong':
    case 'readCached':
    case 'search':
      return [read(world, client, operation)];
    case 'connect':
    case 'disconnect':
    case 'signIn':
    case 'signOut':
      return [session(world, client, operation)];
  }
}

function problemOf(world: World, action: Action): string | null {
  if (action.kind === 'clock') return action.nowMs < world.nowMs ? 'ClockWentBack' : null;
  if ('untilMs' in action && (action.untilMs as number) < world.nowMs) return 'ClockWentBack';
  if (action.kind === 'operation') {
    if (!world.frontends.has(action.client)) return 'UnknownClient';
    return action.operation.kind === 'connect' && !world.backends.has(action.operation.backend) ? 'UnknownBackend' : null;
  }
  return action.kind === 'fault' && 'backend' in action.fault && !world.backends.has(action.fault.backend)
    ? 'UnknownBackend'
    : null;
}
