/**
 * Ordinary steps that some scenarios begin with, so that states a random walk seldom reaches (several co-authors, a filled vault)
 * are where others start. They are judged, saved and shrunk like any step.
 */
import type { Operation } from '#model/action.ts';
import type { Step } from './scenario.ts';

const thread = 'thread#0';

const by = (client: string, operation: Operation): Step => ({ kind: 'operation', client, operation });

/** A stranger's spec, approved by those who are co-authors by then, settled: the stranger joins. */
function joins(author: string, coAuthors: readonly string[]): readonly Step[] {
  const content = { thread, author, text: 'let me in' };
  return [
    by(author, { kind: 'submitSpec', thread, text: content.text, stake: 4_007n }),
    ...coAuthors.map((voter) => by(voter, { kind: 'vote', content, choice: 'approve' })),
    by(author, { kind: 'settle', content }),
  ];
}

/** Three co-authors of one thread with something in its vault. */
const circle: readonly Step[] = [
  by('wallet#0', { kind: 'createThread', thread }),
  ...joins('wallet#1', ['wallet#0']),
  ...joins('wallet#2', ['wallet#0', 'wallet#1']),
];
const disputed = { thread, author: 'wallet#3', text: 'may I' };

const created = by('wallet#0', { kind: 'createThread', thread });

export const preludes = {
  /** Nothing has happened yet. */
  fresh: [],
  /** Two co-authors of one thread. */
  pair: [created, ...joins('wallet#1', ['wallet#0'])],
  circle,
  /** Of three co-authors two disagree about a spec, and it waits for the third. */
  divided: [
    ...circle,
    by('wallet#3', { kind: 'submitSpec', thread, text: disputed.text, stake: 4_009n }),
    by('wallet#0', { kind: 'vote', content: disputed, choice: 'approve' }),
    by('wallet#1', { kind: 'vote', content: disputed, choice: 'deny' }),
  ],
  /** The ledger is away, and one backend has missed what happened before. */
  behind: [
    created,
    { kind: 'fault', fault: { kind: 'crashBackend', backend: 'backend#1' } },
    by('wallet#0', { kind: 'post', thread, text: 'did you see' }),
    { kind: 'fault', fault: { kind: 'linkDown', authority: 'solana' } },
    { kind: 'fault', fault: { kind: 'restartBackend', backend: 'backend#1' } },
    by('wallet#0', { kind: 'connect', backend: 'backend#1' }),
    by('wallet#0', { kind: 'signIn' }),
  ],
} as const satisfies Record<string, readonly Step[]>;

export type PreludeName = keyof typeof preludes;
