/**
 * cross_domain_update as a saga: an update of one domain's truth carried from its primary authority to the others, interrupted anywhere.
 * A journal says durably that it has begun, and what became of it; each step may have been done although nobody heard of it. Before the
 * pivot a refusal is compensated; after it the only way is forward.
 *
 *   begin -> content stored -> PIVOT recorded on the ledger -> cached -> Qdrant's copy recorded -> verified -> committed
 *                      \-> refused -> compensated
 */

import { type Rule, type Spec, slotsOf } from '../explore/spec.ts';
import { type Content, emptyQdrant, type QdrantState, stepQdrant } from '../qdrant.ts';
import type { SolanaState } from '../solana/state.ts';
import { stepSolana } from '../solana/step.ts';
import { clockS, versionIn } from './chain.ts';
import { contentBy, founded, thread } from './content-update.ts';
import { hasRecorded, sequenceIn } from './ingestion.ts';
import {
  cachedVersion,
  crashed,
  freshNode,
  isDurable,
  isRunning,
  isSynced,
  type Node,
  onNode,
  restarted,
  type Stored,
  synced,
} from './node.ts';
import { type Protocol, planting, type ScopeName } from './protocol.ts';

const content: Content = contentBy(0);
const { hash } = content;
const instruction = { kind: 'postMessage', thread, hash, signer: content.author, nowS: clockS } as const;

type Journal = 'none' | 'open' | 'committed' | 'compensated';

/** What the coordinator does next; it lives in memory. */
type Next = 'nothing' | 'store' | 'record' | 'cache' | 'copy' | 'verify' | 'commit' | 'compensate';

export interface SagaSlots {
  readonly ledger: SolanaState;
  readonly qdrant: QdrantState;
  readonly node: Node;
  readonly journal: Stored<Journal>;
  readonly next: Next;
  /** It was this update that the ledger has recorded, not a twin of it. */
  readonly pivot: boolean;
  /** Crashes and failures left in this scope. */
  readonly left: number;
}

export interface SagaDesign {
  /** Whether steps wait for the journal to be durable. */
  readonly begins: 'durably' | 'inMemory';
  /** What follows when the ledger does not say whether it was done. */
  readonly afterUnknown: Next;
  /** What follows a refusal once the ledger has it. */
  readonly afterPivot: 'forward' | 'compensate';
  /** Whether compensation asks whether the content may go. */
  readonly compensates: 'asked' | 'blindly' | 'never';
  readonly verifies: boolean;
}

export const sagaDesign: SagaDesign = {
  begins: 'durably',
  afterUnknown: 'nothing',
  afterPivot: 'forward',
  compensates: 'asked',
  verifies: true,
};

export const sagaProperties = {
  committed: 'committed means everywhere',
  compensated: 'compensated means nowhere',
  known: 'nothing is stored or recorded without an open journal',
} as const;

const slots = slotsOf<SagaSlots>();

function rules(design: SagaDesign, twins: boolean): readonly Rule<SagaSlots>[] {
  const step = { actor: 'node', kind: 'step' as const };
  const fault = { actor: 'fault', kind: 'fault' as const };
  const mayAct = (at: Node, journal: Journal): boolean => isRunning(at) && (journal === 'open' || design.begins === 'inMemory');
  const recordedIn = (ledger: SolanaState): SolanaState => stepSolana(ledger, instruction).state;
  const isAllowed = (ledger: SolanaState): boolean => stepSolana(ledger, instruction).outcome.kind === 'ok';
  return [
    slots.rule({ name: 'begin', ...step }, ['node', 'journal', 'next'], (at, { now, durable }, next) =>
      isRunning(at) && now === 'none' && next === 'nothing'
        ? [{ label: { does: 'begin' }, to: [at, { now: 'open', durable }, 'store'] }]
        : [],
    ),
    slots.rule({ name: 'sync', ...step }, ['node', 'journal'], (at, { now, durable }) =>
      isRunning(at) && (!isDurable({ now, durable }) || !isSynced(at))
        ? [{ label: { does: 'sync' }, to: [synced(at), { now, durable: now }] }]
        : [],
    ),
    slots.rule({ name: 'store', ...step }, ['qdrant', 'node', 'journal', 'next'], (qdrant, at, journal, next) =>
      next === 'store' && mayAct(at, journal.durable)
        ? [{ label: { does: 'store' }, to: [stepQdrant(qdrant, { kind: 'putPending', content }).state, at, journal, 'record'] }]
        : [],
    ),
    slots.rule(
      { name: 'store fails', ...fault },
      ['qdrant', 'node', 'journal', 'next', 'left'],
      (qdrant, at, journal, next, left) =>
        next === 'store' && mayAct(at, journal.durable) && left > 0
          ? [
              { label: { does: 'store', fault: 'Q3-refused' }, to: [qdrant, at, journal, 'compensate', left - 1] },
              {
                label: { does: 'store', fault: 'Q2-answerLost' },
                to: [stepQdrant(qdrant, { kind: 'putPending', content }).state, at, journal, 'store', left - 1],
              },
            ]
          : [],
    ),
    slots.rule({ name: 'record', ...step }, ['ledger', 'pivot', 'node', 'next'], (ledger, pivot, at, next) => {
      if (next !== 'record' || !isRunning(at)) return [];
      if (hasRecorded(ledger, thread, hash))
        return [{ label: { does: 'record', outcome: 'again' }, to: [ledger, pivot, at, 'cache'] }];
      return isAllowed(ledger)
        ? [{ label: { does: 'record', outcome: 'done' }, to: [recordedIn(ledger), true, at, 'cache'] }]
        : [{ label: { does: 'record', outcome: 'refused' }, to: [ledger, pivot, at, 'compensate'] }];
    }),
    slots.rule(
      { name: 'record fails', ...fault },
      ['ledger', 'pivot', 'node', 'next', 'left'],
      (ledger, pivot, at, next, left) =>
        next === 'record' && isRunning(at) && left > 0 && isAllowed(ledger)
          ? [
              {
                label: { does: 'record', fault: 'S3-answerLost after' },
                to: [recordedIn(ledger), true, at, design.afterUnknown, left - 1],
              },
              {
                label: { does: 'record', fault: 'S3-answerLost before' },
                to: [ledger, pivot, at, design.afterUnknown, left - 1],
              },
            ]
          : [],
    ),
    // It may come to the author's mind to leave the thread meanwhile, so that the ledger refuses.
    slots.rule({ name: 'others', actor: 'others', kind: 'fault' }, ['ledger'], (ledger) => {
      const { state, outcome } = stepSolana(ledger, { kind: 'divest', thread, signer: content.author, nowS: clockS });
      return outcome.kind === 'ok' ? [{ label: { does: 'others' }, to: [state] }] : [];
    }),
    ...(twins
      ? [
          slots.rule({ name: 'twin', actor: 'others', kind: 'fault' }, ['ledger'], (ledger) =>
            isAllowed(ledger) ? [{ label: { does: 'twin' }, to: [recordedIn(ledger)] }] : [],
          ),
        ]
      : []),
    slots.rule({ name: 'cache', ...step }, ['ledger', 'node', 'next'], (ledger, at, next) => {
      const version = versionIn(ledger, thread);
      if (next !== 'cache' || !isRunning(at)) return [];
      return [{ label: { does: 'cache' }, to: [ledger, onNode(at, { kind: 'ingest', thread, version }), 'copy'] }];
    }),
    slots.rule({ name: 'cache fails', ...fault }, ['node', 'next', 'left'], (at, next, left) =>
      next === 'cache' && isRunning(at) && left > 0
        ? [
            {
              label: { does: 'cache', fault: 'S8-refused' },
              to: [at, design.afterPivot === 'forward' ? 'nothing' : 'compensate', left - 1],
            },
          ]
        : [],
    ),
    slots.rule({ name: 'copy', ...step }, ['ledger', 'qdrant', 'node', 'next'], (ledger, qdrant, at, next) =>
      next === 'copy' && isRunning(at)
        ? [
            {
              label: { does: 'copy' },
              to: [
                ledger,
                stepQdrant(qdrant, { kind: 'putRecorded', content, sequence: sequenceIn(ledger, thread, hash) ?? 0 }).state,
                at,
                'verify',
              ],
            },
          ]
        : [],
    ),
    slots.rule({ name: 'copy fails', ...fault }, ['node', 'next', 'left'], (at, next, left) =>
      next === 'copy' && isRunning(at) && left > 0
        ? [
            { label: { does: 'copy', fault: 'Q1-acknowledged' }, to: [at, 'verify', left - 1] },
            { label: { does: 'copy', fault: 'Q3-refused' }, to: [at, 'nothing', left - 1] },
          ]
        : [],
    ),
    slots.rule({ name: 'verify', ...step }, ['qdrant', 'node', 'next'], (qdrant, at, next) => {
      if (next !== 'verify' || !isRunning(at)) return [];
      const isThere = qdrant.messages.get(hash)?.state === 'recorded';
      return [
        { label: { does: 'verify', found: isThere }, to: [qdrant, at, isThere || !design.verifies ? 'commit' : 'nothing'] },
      ];
    }),
    slots.rule({ name: 'commit', ...step }, ['node', 'journal', 'next'], (at, { durable }, next) =>
      next === 'commit' && isRunning(at)
        ? [{ label: { does: 'commit' }, to: [at, { now: 'committed', durable }, 'nothing'] }]
        : [],
    ),
    slots.rule(
      { name: 'compensate', ...step },
      ['ledger', 'qdrant', 'node', 'journal', 'next'],
      (ledger, qdrant, at, journal, next) => {
        if (next !== 'compensate' || !isRunning(at)) return [];
        const { durable } = journal;
        const over = { now: 'compensated' as const, durable };
        // Somebody else has recorded the very same content: then it stays.
        if (design.compensates === 'asked' && hasRecorded(ledger, thread, hash))
          return [{ label: { does: 'compensate', outcome: 'recorded' }, to: [ledger, qdrant, at, journal, 'cache'] }];
        const gone = design.compensates === 'never' ? qdrant : stepQdrant(qdrant, { kind: 'discardPending', hash }).state;
        return [{ label: { does: 'compensate' }, to: [ledger, gone, at, over, 'nothing'] }];
      },
    ),
    slots.rule({ name: 'compensate fails', ...fault }, ['node', 'next', 'left'], (at, next, left) =>
      next === 'compensate' && isRunning(at) && left > 0
        ? [{ label: { does: 'compensate', fault: 'Q3-refused' }, to: [at, 'nothing', left - 1] }]
        : [],
    ),
    // Whoever finds it open goes on where what is written says.
    slots.rule({ name: 'take up', ...step }, ['ledger', 'node', 'journal', 'next'], (ledger, at, journal, next) =>
      isRunning(at) && journal.now === 'open' && next === 'nothing'
        ? [{ label: { does: 'take up' }, to: [ledger, at, journal, hasRecorded(ledger, thread, hash) ? 'cache' : 'store'] }]
        : [],
    ),
    slots.rule({ name: 'crash', ...fault }, ['node', 'journal', 'next', 'left'], (at, { durable }, _, left) =>
      isRunning(at) && left > 0
        ? [{ label: { does: 'crash', fault: 'B1-crash' }, to: [crashed(at), { now: durable, durable }, 'nothing', left - 1] }]
        : [],
    ),
    slots.rule({ name: 'restart', ...step }, ['node'], (at) =>
      isRunning(at) ? [] : [{ label: { does: 'restart' }, to: [restarted(at)] }],
    ),
  ];
}

function spec(size: ScopeName, design: SagaDesign = sagaDesign): Spec<SagaSlots> {
  const start: SagaSlots = {
    ledger: founded(1),
    qdrant: emptyQdrant,
    node: freshNode,
    journal: { now: 'none', durable: 'none' },
    next: 'nothing',
    pivot: false,
    left: { small: 2, medium: 6, large: 16 }[size],
  };
  return {
    name: `saga ${size}`,
    starts: [start],
    rules: rules(design, size !== 'small'),
    always: [
      slots.check(sagaProperties.committed, ['ledger', 'qdrant', 'journal', 'node'], (ledger, qdrant, { now }, at) => {
        if (now !== 'committed') return null;
        const isEverywhere =
          hasRecorded(ledger, thread, hash) &&
          qdrant.messages.get(hash)?.state === 'recorded' &&
          (!isRunning(at) || cachedVersion(at, thread) > 0);
        return isEverywhere ? null : 'committed, and not with every authority';
      }),
      slots.check(
        sagaProperties.compensated,
        ['ledger', 'pivot', 'qdrant', 'journal'],
        (ledger, pivot, qdrant, { now, durable }) => {
          if (now !== 'compensated' && durable !== 'compensated') return null;
          if (pivot) return 'compensated, and the ledger has recorded it';
          if (qdrant.messages.has(hash) && !hasRecorded(ledger, thread, hash))
            return 'compensated, and its content is still there';
          return null;
        },
      ),
      slots.check(sagaProperties.known, ['qdrant', 'ledger', 'journal'], (qdrant, ledger, { durable }) =>
        durable === 'none' && qdrant.messages.has(hash) && !hasRecorded(ledger, thread, hash)
          ? 'content is stored, and after a crash nobody would know'
          : null,
      ),
    ],
    sometimes: [
      slots.mark('committed', ['journal'], ({ durable }) => durable === 'committed'),
      slots.mark('compensated', ['journal'], ({ durable }) => durable === 'compensated'),
    ],
    converged: [
      slots.mark(
        'it is over, durably',
        ['node', 'journal', 'next'],
        (at, { now, durable }, next) =>
          isRunning(at) &&
          isSynced(at) &&
          isDurable({ now, durable }) &&
          next === 'nothing' &&
          (now === 'committed' || now === 'compensated'),
      ),
      slots.mark('ledger and Qdrant agree', ['ledger', 'qdrant', 'journal'], (ledger, qdrant, { now }) => {
        const stored = qdrant.messages.get(hash);
        return now === 'committed' ? stored?.state === 'recorded' : stored === undefined || hasRecorded(ledger, thread, hash);
      }),
    ],
    symmetries: [],
  };
}

const plant = planting(spec, 'medium', sagaDesign);

export const saga: Protocol = {
  name: 'saga',
  title: 'cross_domain_update as a saga',
  scope: spec,
  planted: [
    plant('begins in memory', 'steps do not wait for the journal', sagaProperties.known, { begins: 'inMemory' }),
    plant('takes unknown for done', 'an unknown outcome of the pivot counts as done', sagaProperties.committed, {
      afterUnknown: 'copy',
    }),
    plant(
      'takes unknown for refused',
      'an unknown outcome of the pivot is compensated without a look',
      sagaProperties.compensated,
      {
        afterUnknown: 'compensate',
        compensates: 'blindly',
      },
    ),
    plant('compensates nothing', 'a refused update leaves its content', sagaProperties.compensated, { compensates: 'never' }),
    plant('never verifies', 'an acknowledgement counts as content that is there', sagaProperties.committed, { verifies: false }),
  ],
};
