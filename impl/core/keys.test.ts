/** By what something that went wrong is known when it is met again, and what an error is made of. */
import { describe, expect, it } from 'vitest';
import { contentHash, intentId, threadId } from '../ports/ids.ts';
import type { Failure } from '../ports/outcome.ts';
import { type Conflict, keyOfConflict } from './conflict.ts';
import { errorOf, keyOfError } from './consistency-error.ts';

const thread = threadId('01'.repeat(32));
const hash = contentHash('0a'.repeat(32));

describe('the key of a conflict', () => {
  it.each<[Conflict, string]>([
    [{ kind: 'HashMismatch', thread, hash, found: 'missing' }, `HashMismatch/${thread}/${hash}`],
    [{ kind: 'HashMismatch', thread, hash, found: 'altered' }, `HashMismatch/${thread}/${hash}`],
    [{ kind: 'OwnershipConflict', thread, at: 'qdrant', version: 3 }, `OwnershipConflict/${thread}/qdrant`],
    [{ kind: 'StateDesync', thread, at: 'backend', expected: 3, found: 2 }, `StateDesync/${thread}/backend`],
    [{ kind: 'TimestampConflict', thread, of: 'events', expected: 3, found: 2 }, `TimestampConflict/${thread}/events`],
    [{ kind: 'TimestampConflict', thread, of: 'content', expected: 3, found: 4 }, `TimestampConflict/${thread}/content`],
  ])('[KY1] says what, of which thread, and where, but not what was found: %j', (conflict, key) => {
    expect(keyOfConflict(conflict)).toBe(key);
  });
});

describe('an error', () => {
  const failure: Failure = { kind: 'unavailable', authority: 'solana', code: 'Down', detail: 'why' };

  it('[KY1] has a key of its kind, whose it is, its code, its thread and its write, and not of how often it was met', () => {
    const of = (about: object) => ({ ...errorOf(failure, 'PropagationFailed', about), attempt: 7 });
    expect(keyOfError(of({ thread, intent: intentId('i') }))).toBe(`PropagationFailed/solana/Down/${thread}/i`);
    expect(keyOfError(of({}))).toBe('PropagationFailed/solana/Down//');
  });

  it('[KY2] is the failed call that it comes from: of the kind it was met in, or of no answer in time', () => {
    expect(errorOf(failure, 'ReconciliationFailed')).toEqual({
      ...{ kind: 'ReconciliationFailed', authority: 'solana', code: 'Down', detail: 'why' },
      ...{ cause: failure, thread: null, intent: null },
    });
    expect(errorOf({ ...failure, kind: 'timeout' }, 'ReconciliationFailed').kind).toBe('TimeoutError');
  });
});
