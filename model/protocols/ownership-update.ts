/** SEQUENCE ownership_update: who creates the thread. Each write wants the same thread, so that the ledger refuses all but one. */

import type { Rule, Spec } from '../explore/spec.ts';
import { genesis, rulesOf, type SolanaState } from '../solana/state.ts';
import { stepSolana } from '../solana/step.ts';
import { clockS } from './chain.ts';
import type { ScopeName } from './protocol.ts';
import { slots, type UpdateSlots, type Write } from './slots.ts';
import { type Design, design, type UpdateScope, updateSpec } from './update.ts';

const thread = 'thread';
const wallet = (index: number): string => `wallet#${index}`;
const ledger: SolanaState = genesis(rulesOf(1n), new Map());

const write = (index: number, home: number): Write => ({
  index,
  home,
  order: { instruction: { kind: 'createThread', thread }, signer: wallet(index) },
  content: null,
});

/** Somebody who is not modelled creates the thread first. */
const rival: Rule<UpdateSlots> = slots.rule({ name: 'others', actor: 'others', kind: 'fault' }, ['chain'], (chain) => {
  const { state, outcome } = stepSolana(chain.confirmed, { kind: 'createThread', thread, signer: 'others', nowS: clockS });
  return outcome.kind === 'ok' ? [{ label: { does: 'others' }, to: [{ ...chain, confirmed: state }] }] : [];
});

const everything = { calls: true, lags: true, crashes: true, forks: true, loses: true } as const;

export const ownershipScopes: Readonly<Record<ScopeName, UpdateScope>> = {
  small: {
    name: 'ownership-update small',
    backends: 1,
    thread,
    ledger,
    writes: [write(0, 0)],
    faults: everything,
    landing: 'atOnce',
    isSymmetric: true,
    others: [rival],
  },
  medium: {
    name: 'ownership-update medium',
    backends: 2,
    thread,
    ledger,
    writes: [write(0, 0), write(1, 1)],
    faults: everything,
    landing: 'later',
    isSymmetric: true,
    others: [],
  },
  large: {
    name: 'ownership-update large',
    backends: 2,
    thread,
    ledger,
    writes: [write(0, 0), write(1, 1), write(2, 0)],
    faults: { ...everything, calls: false },
    landing: 'atOnce',
    isSymmetric: true,
    others: [],
  },
};

export const ownershipUpdate = (size: ScopeName, with_: Design = design): Spec<UpdateSlots> =>
  updateSpec(ownershipScopes[size], with_);
