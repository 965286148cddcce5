/** SEQUENCE content_update: posts of the thread's co-authors, whose content waits in Qdrant until the ledger has recorded its hash. */
import type { Rule, Spec } from '../explore/spec.ts';
import type { Content } from '../qdrant.ts';
import { genesis, rulesOf, type SolanaState } from '../solana/state.ts';
import { stepSolana } from '../solana/step.ts';
import { clockS, othersRule, withTip } from './chain.ts';
import { ingestionDesign } from './ingestion.ts';
import { projectionDesign } from './projection.ts';
import { type Protocol, planting, type ScopeName } from './protocol.ts';
import type { UpdateSlots, Write } from './slots.ts';
import { type Design, design, updateSpec } from './update.ts';
import { updateProperties } from './update-properties.ts';
import { allFaults, noFaults, type UpdateScope } from './update-scope.ts';
import { writeDesign } from './write.ts';

export const thread = 'thread';
const wallet = (index: number): string => `wallet#${index}`;
const stake = 1n;

export const contentBy = (index: number): Content => ({ hash: `post ${index}`, thread, author: wallet(index), text: 'text' });

/** Write i: wallet i posts. */
export const postOf = (index: number, home: number): Write => ({
  index,
  home,
  order: { instruction: { kind: 'postMessage', thread, hash: contentBy(index).hash }, signer: wallet(index) },
  content: contentBy(index),
});

/** A thread founded by somebody else, with these co-authors and nothing in it: how they joined is not this scope's. */
export function founded(count: number): SolanaState {
  const ledger = stepSolana(genesis(rulesOf(stake), new Map()), {
    kind: 'createThread',
    thread,
    signer: 'founder',
    nowS: clockS,
  }).state;
  const created = ledger.threads.get(thread);
  if (created === undefined) return ledger;
  const now = { ...created.now, coAuthors: ['founder', ...Array.from({ length: count }, (_, index) => wallet(index))] };
  return { ...ledger, threads: new Map([[thread, { ...created, now, history: [now] }]]) };
}

/** The author leaves the thread from elsewhere, so that the ledger refuses what is not recorded yet. */
const leaves = (index: number): Rule<UpdateSlots> =>
  othersRule(`leaves ${index}`, { instruction: { kind: 'divest', thread }, signer: wallet(index) });

export const contentScopes: Readonly<Record<ScopeName, UpdateScope>> = {
  small: {
    name: 'content-update small',
    backends: 1,
    thread,
    ledger: founded(1),
    writes: [postOf(0, 0)],
    faults: allFaults,
    shows: true,
    compares: true,
    landing: 'atOnce',
    isSymmetric: false,
    others: [leaves(0)],
  },
  medium: {
    name: 'content-update medium',
    backends: 2,
    thread,
    ledger: founded(1),
    writes: [postOf(0, 0)],
    faults: { ...noFaults, forks: true, lags: true },
    shows: true,
    compares: true,
    landing: 'atOnce',
    isSymmetric: false,
    others: [leaves(0)],
  },
  large: {
    name: 'content-update large',
    backends: 2,
    thread,
    ledger: founded(1),
    writes: [postOf(0, 0)],
    faults: { ...noFaults, crashes: true, forks: true },
    shows: true,
    compares: true,
    landing: 'atOnce',
    isSymmetric: false,
    others: [leaves(0)],
  },
};

const spec = (size: ScopeName, from: Design = design): Spec<UpdateSlots> => updateSpec(contentScopes[size], from);

const plant = planting(spec, 'small', design);

export const contentUpdate: Protocol = {
  name: 'content-update',
  title: 'SEQUENCE content_update',
  scope: spec,
  planted: [
    plant('stores first', 'content goes to Qdrant before its intent is durable', updateProperties.noOrphan, {
      write: { ...writeDesign, mayStore: () => true },
    }),
    plant('forgets what was refused', 'nobody looks after the content of a refused write', updateProperties.noOrphan, {
      write: { ...writeDesign, looksAfterRefused: false },
    }),
    plant('collects too early', 'content is discarded while its write may still land', updateProperties.kept, {
      projection: { ...projectionDesign, mayDiscard: () => true },
    }),
    plant('reads processed events', 'events are taken over before they are confirmed', updateProperties.confirmedOnly, {
      ingestion: {
        ...ingestionDesign,
        readable: (chain) => withTip(chain, (name) => postOf(Number(name.slice('write#'.length)), 0).order),
      },
    }),
  ],
};
