/** SEQUENCE ownership_update: who creates the thread. Each write wants the same thread, so that the ledger refuses all but one. */

import type { Spec } from '../explore/spec.ts';
import { genesis, rulesOf, type SolanaState } from '../solana/state.ts';
import { othersRule, withTip } from './chain.ts';
import { ingestionDesign } from './ingestion.ts';
import { cachedVersion } from './node.ts';
import { type Protocol, planting, type ScopeName } from './protocol.ts';
import type { UpdateSlots, Write } from './slots.ts';
import { type Design, design, updateSpec } from './update.ts';
import { updateProperties } from './update-properties.ts';
import { allFaults, noFaults, type UpdateScope } from './update-scope.ts';
import { type WriteDesign, writeDesign } from './write.ts';

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
const rival = othersRule<UpdateSlots>('others', { instruction: { kind: 'createThread', thread }, signer: 'others' });

export const ownershipScopes: Readonly<Record<ScopeName, UpdateScope>> = {
  small: {
    name: 'ownership-update small',
    backends: 1,
    thread,
    ledger,
    writes: [write(0, 0)],
    faults: allFaults,
    shows: true,
    compares: false,
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
    faults: { ...noFaults, forks: true, lags: true },
    shows: true,
    compares: false,
    landing: 'atOnce',
    isSymmetric: true,
    others: [],
  },
  large: {
    name: 'ownership-update large',
    backends: 2,
    thread,
    ledger,
    writes: [write(0, 0), write(1, 1)],
    faults: { ...noFaults, crashes: true },
    shows: true,
    compares: false,
    landing: 'atOnce',
    isSymmetric: true,
    others: [],
  },
};

const spec = (size: ScopeName, from: Design = design): Spec<UpdateSlots> => updateSpec(ownershipScopes[size], from);

const plant = planting(spec, 'small', design);
const inWrite = (change: Partial<WriteDesign>): Partial<Design> => ({ write: { ...writeDesign, ...change } });

export const ownershipUpdate: Protocol = {
  name: 'ownership-update',
  title: 'SEQUENCE ownership_update',
  scope: spec,
  planted: [
    plant(
      'skips confirmation',
      'a write counts as done when it is in a block',
      updateProperties.certainYes,
      inWrite({
        afterLook: (phase, look) => writeDesign.afterLook(phase, look === 'processed' ? 'landed' : look),
        mayTell: () => true,
      }),
    ),
    plant('reads processed events', 'events are taken over before they are confirmed', updateProperties.confirmedOnly, {
      ingestion: {
        ...ingestionDesign,
        readable: (chain) => withTip(chain, (name) => write(Number(name.slice('write#'.length)), 0).order),
      },
    }),
    plant(
      'sends from memory',
      'bytes go out before their row is durable',
      updateProperties.durableFirst,
      inWrite({ maySend: () => true }),
    ),
    plant(
      'takes not seen for lost',
      'a transaction that no node has seen counts as one that never lands',
      updateProperties.certainNo,
      inWrite({ afterLook: (phase, look) => (look === 'notSeen' ? 'dead' : writeDesign.afterLook(phase, look)) }),
    ),
    plant(
      'looks no more after the last height',
      'bytes whose blockhash has passed count as lost without another look',
      updateProperties.certainNo,
      inWrite({ afterHeight: (height) => (height === 'over' ? 'dead' : writeDesign.afterHeight(height)) }),
    ),
    plant(
      'believes a node that lags',
      'the last look is answered from before the blockhash passed, and counts',
      updateProperties.certainNo,
      inWrite({ lagging: () => 'notSeen' }),
    ),
    plant('shows from memory', 'clients are shown what a crash takes back', updateProperties.withinBackend, {
      shown: cachedVersion,
    }),
  ],
};
