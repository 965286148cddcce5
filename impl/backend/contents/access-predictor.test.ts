import { describe, expect, it } from 'vitest';
import { threadNumbered } from '../scripted-texts.ts';
import { AccessPredictor, type PageOf } from './access-predictor.ts';

const [a, b, c] = [threadNumbered(0), threadNumbered(1), threadNumbered(2)];

/** Pages of threads that have ten each. */
const reading =
  (predictor = new AccessPredictor()) =>
  (thread = a, first = 0, last = first, session = 'me'): readonly PageOf[] =>
    predictor.next(session, { thread, first, last, pages: 10 });

describe('[P-1.3] what is read next', () => {
  it('[P-1.3] is the page after, as long as nothing is known, and the one before at the end', () => {
    const read = reading();
    expect(read(a, 2, 4)).toEqual([{ thread: a, number: 5 }]);
    expect(read(b, 9)).toEqual([{ thread: b, number: 8 }]);
    expect(new AccessPredictor().next('me', { thread: a, first: 0, last: 0, pages: 1 })).toEqual([]);
  });

  it('[P-1.3] is where the session goes most often, and turns round at either end', () => {
    const read = reading();
    for (const page of [9, 8, 7]) read(a, page);
    expect(read(a, 6)).toEqual([{ thread: a, number: 5 }]);
    expect(read(b, 0)).toEqual([{ thread: b, number: 1 }]);
    // Elsewhere in the thread, and the same again, say nothing of where it goes.
    for (const page of [5, 5, 2]) read(a, page);
    expect(read(a, 2)).toEqual([{ thread: a, number: 1 }]);
    for (const page of [3, 4, 5, 6, 7]) read(a, page);
    expect(read(a, 8)).toEqual([{ thread: a, number: 9 }]);
  });

  it('[P-1.3] is the thread that followed most often and twice at least, where it was entered', () => {
    const read = reading();
    for (const thread of [a, b, a, c]) read(thread, 9);
    expect(read(a, 9)).toHaveLength(1);
    read(b, 7);
    expect(read(a, 9)).toEqual([
      { thread: a, number: 8 },
      { thread: b, number: 7 },
    ]);
    for (const thread of [c, a, c]) read(thread, 3);
    expect(read(a, 9)[1]).toEqual({ thread: c, number: 3 });
  });

  it('[P-1.3] is learnt from each session for itself', () => {
    const read = reading();
    for (const page of [9, 8, 7]) read(a, page, page, 'you');
    expect(read(a, 6)).toEqual([{ thread: a, number: 7 }]);
  });

  it('[P-1.3] remembers so many threads, and so many that follow one, and no more', () => {
    const read = reading();
    for (let again = 0; again < 2; again += 1) for (const thread of [a, b]) read(thread);
    for (let n = 3; n < 80; n += 1) for (const thread of [threadNumbered(n), c]) read(thread);
    expect(read(a)).toHaveLength(1);
    const other = reading();
    for (let n = 3; n < 12; n += 1) for (const thread of [c, threadNumbered(n)]) other(thread);
    for (const thread of [c, threadNumbered(3)]) other(thread);
    expect(other(c)).toHaveLength(1);
    other(threadNumbered(3));
    expect(other(c)[1]).toEqual({ thread: threadNumbered(3), number: 0 });
  });
});
