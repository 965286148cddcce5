/** A client's write from its checks to its answer (behaviour, section 3). */
import type { ClientName, WriteOperation } from '../action.ts';
import { contentProblem, hashOf } from '../content.ts';
import type { Answer } from '../observation.ts';
import type { Instruction } from '../solana/action.ts';
import { type Branch, onFrontend, unarmed, type World } from '../world.ts';
import { contentUpdate, mayBeStored } from './content-update.ts';
import { ownershipUpdate } from './ownership-update.ts';
import { permit, refused } from './session.ts';
import { prepareRefusal, type Write } from './submission.ts';

/** Spends what is armed, whatever becomes of the write. */
export function write(before: World, client: ClientName, operation: WriteOperation, untilMs: number): readonly Branch<Answer>[] {
  const world: World = before.armed === unarmed ? before : { ...before, armed: unarmed };
  const permitted = permit(world, client);
  if (permitted.kind === 'denied') return [{ world, answer: permitted.answer }];
  const problem = 'text' in operation ? contentProblem(operation.text) : null;
  if (problem !== null) return [{ world, answer: refused(problem) }];
  if (!world.links.solana) return [{ world, answer: refused('SolanaUnavailable') }];
  const id = `write#${world.writesBegun}`;
  const instruction = instructionOf(operation, client);
  const begun = onFrontend({ ...world, writesBegun: world.writesBegun + 1 }, client, { kind: 'beginWrite', id });
  const { armed } = before;
  const under = { id, client, backend: permitted.backend, instruction, armed, untilMs };
  return prepared(begun, under).map(({ world: after, answer }) => ({
    world: onFrontend(after, client, { kind: 'endWrite', id, known: answer.kind !== 'unsettled' }),
    answer,
  }));
}

/** A refusal that `prepare` may make or leave to the program is only one branch where no fault could come between the two. */
function prepared(world: World, under: Write): readonly Branch<Answer>[] {
  const { instruction, armed } = under;
  const hash = contentHashIn(instruction);
  const refusal = prepareRefusal(world, instruction);
  const proceed = (): readonly Branch<Answer>[] =>
    hash === null ? ownershipUpdate(world, under) : contentUpdate(world, under, hash);
  if (refusal === null) return proceed();
  const now = { world: hash !== null && world.links.qdrant ? mayBeStored(world, hash) : world, answer: refused(refusal) };
  const isContentAtRisk = hash !== null && (armed.qdrant !== null || !world.links.qdrant);
  return armed.solana !== null || isContentAtRisk ? [now, ...proceed()] : [now];
}

/** The hash of the content that the instruction's write carries, if it carries one. */
function contentHashIn(instruction: Instruction): string | null {
  return instruction.kind === 'postMessage' || instruction.kind === 'submitSpec' ? instruction.hash : null;
}

/** What the ledger is asked to execute for a client's write. */
export function instructionOf(operation: WriteOperation, client: ClientName): Instruction {
  switch (operation.kind) {
    case 'createThread':
    case 'divest':
      return { kind: operation.kind, thread: operation.thread };
    case 'post':
      return { kind: 'postMessage', thread: operation.thread, hash: ownHash(operation, client) };
    case 'submitSpec':
      return { kind: 'submitSpec', thread: operation.thread, hash: ownHash(operation, client), stake: operation.stake };
    case 'vote':
    case 'settle': {
      const { thread, author } = operation.content;
      const spec = { thread, hash: hashOf(operation.content), author };
      return operation.kind === 'vote' ? { kind: 'vote', ...spec, choice: operation.choice } : { kind: 'settle', ...spec };
    }
  }
}

const ownHash = ({ thread, text }: { readonly thread: string; readonly text: string }, author: ClientName): string =>
  hashOf({ thread, author, text });
