/** For tests: a report of few steps, in which everything happens that a page shows once. */
import type { Arrow, Report, ReportStep } from './report-model.ts';

const person = { lane: 'clients', actor: 'wallet#0' } as const;
const program = { lane: 'frontends', actor: 'wallet#0' } as const;
const backend = { lane: 'backends', actor: 'backend#0' } as const;
const solana = { lane: 'Solana', actor: 'Solana' } as const;

const step = (number: number, over: Partial<ReportStep>): ReportStep => ({
  ...{ step: number, atMs: 400 * (number - 7), task: '#0 wallet#0', arrows: [], result: null, marks: [], changes: [] },
  ...{ threads: [], actors: [], ...over },
});

const asks: Arrow = { from: person, to: program, kind: 'call', label: '#0 wallet#0 posts "hi"' };
const submits: Arrow = { from: backend, to: solana, kind: 'call', label: 'submit' };
const answers: Arrow = { from: solana, to: backend, kind: 'answer', label: 'submit' };
const syncs: Arrow = { from: backend, to: backend, kind: 'own', label: 'store.sync' };

export const handMade: Report = {
  ...{ name: 'or5-1.json', kind: 'concurrent', ground: 'reducers', found: null, original: null },
  verdict: {
    ...{ kind: 'violation', property: 'OR5', message: 'a strong read is old', focus: 2 },
    rule: { id: 'OR5', text: 'Real time is respected.' },
  },
  remarks: ['mended at step 9; all agreed after 3 steps'],
  scenario: ['2 wallets', '#0 wallet#0 posts "hi" in thread#0'],
  threads: ['thread#0', 'thread#1'],
  actors: ['Solana', 'backend#0', 'wallet#0'],
  rows: [
    { authority: 'Solana', thread: 'thread#0', label: 'version' },
    { authority: 'backend#0', thread: 'thread#0', label: 'version' },
    { authority: 'wallet#0', thread: null, label: 'unsettled writes' },
  ],
  steps: [
    step(7, { task: 'start', arrows: [asks], changes: [{ row: 2, before: null, after: '0' }] }),
    step(8, {
      ...{ arrows: [submits], result: 'applied', threads: ['thread#0'], actors: ['Solana', 'backend#0', 'wallet#0'] },
      changes: [{ row: 0, before: null, after: '1' }],
      marks: [
        { kind: 'fault', text: 'fault S3-answerLost after' },
        { kind: 'commit', text: 'Solana commits #0: thread#0 version 1' },
      ],
    }),
    step(9, {
      ...{ arrows: [answers], result: 'unknown TimedOut', threads: ['thread#0'], actors: ['Solana', 'backend#0', 'wallet#0'] },
      marks: [{ kind: 'violation', text: 'VIOLATION of OR5 becomes visible' }],
    }),
    step(10, {
      ...{ arrows: [syncs], threads: ['thread#1'], actors: ['backend#0'] },
      changes: [{ row: 1, before: null, after: '0' }],
    }),
  ],
};
