/** What the page decides, without a page. That the page does as it is told: `../page.test.ts`. */
import { describe, expect, it } from 'vitest';
import { changesAt, moved, moveOf, nearest, positionText, shownSteps, valuesAt, versionsIn } from './stepping.js';

const step = (number: number, threads: readonly string[], actors: readonly string[], changes: readonly object[] = []) =>
  ({ step: number, atMs: 100 * number, threads, actors, changes }) as never;

const steps = [
  step(9, [], []),
  step(10, ['thread#0'], ['wallet#0', 'backend#0']),
  step(11, ['thread#1'], ['wallet#1', 'backend#0']),
  step(12, [], ['world', 'Solana']),
  step(13, ['thread#0', 'thread#1'], ['Solana', 'backend#1']),
];

describe('[RP5] what a filter shows', () => {
  it.each([
    ['everything without one', { thread: '', actor: '' }, [0, 1, 2, 3, 4]],
    ['a thread, and what is about no single one', { thread: 'thread#0', actor: '' }, [0, 1, 3, 4]],
    ['an actor, and the start', { thread: '', actor: 'backend#0' }, [0, 1, 2]],
    ['both', { thread: 'thread#1', actor: 'backend#0' }, [0, 2]],
    ['somebody who does nothing: the start', { thread: '', actor: 'wallet#7' }, [0]],
  ])('%s', (_what, filter, expected) => {
    expect(shownSteps(steps, filter)).toEqual(expected);
  });
});

describe('[RP5] where a move leads', () => {
  const shown = [0, 2, 5, 9];
  it.each([
    ['next', 2, 5],
    ['next', 3, 5],
    ['next', 9, 9],
    ['previous', 5, 2],
    ['previous', 4, 2],
    ['previous', 0, 0],
    ['first', 5, 0],
    ['last', 0, 9],
  ] as const)('%s of %i is %i', (where, from, to) => {
    expect(moved(shown, from, where)).toBe(to);
  });

  it('from a step that is no longer shown: the next one that is, or the last', () => {
    expect([nearest(shown, 5), nearest(shown, 6), nearest(shown, 12)]).toEqual([5, 9, 9]);
  });

  it('by keys, among the steps and controls', () => {
    const all = ['ArrowRight', 'ArrowDown', 'j', 'ArrowLeft', 'ArrowUp', 'k', 'Home', 'End', 'x', 'Tab', 'constructor'];
    const asked = all.map((key) => moveOf(key, 'run', false));
    expect(asked).toEqual(['next', 'next', 'next', 'previous', 'previous', 'previous', 'first', 'last', null, null, null]);
  });

  it('by keys, and not where they mean something else', () => {
    expect(moveOf('ArrowRight', 'nowhere', false)).toBe('next');
    for (const key of ['ArrowDown', 'Home', 'j']) expect(moveOf(key, 'nowhere', false), key).toBeNull();
    for (const focus of ['field', 'elsewhere'] as const) expect(moveOf('ArrowRight', focus, false), focus).toBeNull();
    expect(moveOf('ArrowLeft', 'run', true)).toBeNull();
  });
});

describe('[RP5] what is shown of a step', () => {
  const change = (row: number, before: string | null, after: string | null) => ({ row, before, after });
  const rows = [
    { authority: 'Solana', thread: 'thread#0', label: 'version' },
    { authority: 'Qdrant', thread: 'thread#0', label: 'version' },
    { authority: 'backend#0', thread: null, label: 'runs' },
    { authority: 'wallet#0', thread: 'thread#0', label: 'version' },
  ];
  const run = [
    step(4, [], [], [change(2, null, 'yes')]),
    step(5, [], [], [change(0, null, '1')]),
    step(6, [], [], [change(0, '1', '2'), change(1, null, '1'), change(3, null, '3')]),
    step(7, [], [], [change(2, 'yes', null)]),
  ];

  it('is what all changes until then make, forwards and backwards', () => {
    expect([0, 2, 3, 1].map((at) => valuesAt(4, run, at))).toEqual([
      [null, null, 'yes', null],
      ['2', '1', 'yes', '3'],
      ['2', '1', null, '3'],
      ['1', null, 'yes', null],
    ]);
  });

  it('is marked where the step changed it; the start changes nothing', () => {
    expect([...changesAt(run, 2).keys()]).toEqual([0, 1, 3]);
    expect(changesAt(run, 0).size).toBe(0);
    expect(changesAt(run, 99).size).toBe(0);
  });

  it('is each version beside the ledger, in words where it is another', () => {
    const { observers, lines } = versionsIn(rows, valuesAt(4, run, 2));
    expect(observers).toEqual(['Solana', 'Qdrant', 'backend#0', 'wallet#0']);
    const cells = [
      { version: '2', note: '' },
      { version: '1', note: 'behind' },
      { version: null, note: '' },
      { version: '3', note: 'ahead' },
    ];
    expect(lines).toEqual([{ thread: 'thread#0', cells }]);
  });

  it('is where one is', () => {
    expect(positionText(steps, [0, 1, 3], 3)).toBe('Step 12 at 1200 ms, 3 of 3 shown');
  });
});
