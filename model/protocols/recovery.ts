/**
 * recover_state: a backend that comes back goes on at its last valid checkpoint, reads the events missed since, validates and applies
 * them, and holds what it has against the ledger's account. One thread, whose k-th event makes its version k.
 *
 *   read a page -> validate -> fits? apply : fill the gap -> views, checkpoint, what is behind, in one batch -> sync -> show
 *   newest checkpoint damaged -> the one before -> the beginning      rows damaged, or a lie applied -> rebuild, shown only when whole
 */

import { type Rule, type Spec, slotsOf } from '../explore/spec.ts';
import { genesis, rulesOf, type SolanaState } from '../solana/state.ts';
import { stepSolana } from '../solana/step.ts';
import { clockS, versionIn } from './chain.ts';
import {
  cachedVersion,
  crashed,
  durableVersion,
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

/** The one that everything is about. */
export const thread = 'thread';

/** What is kept beside the cached version, in the same batches. Positions are versions: everything up to there was read. */
export interface Journal {
  readonly newest: number;
  readonly previous: number;
  /** Cached from an event that the ledger never told. */
  readonly forged: boolean;
  readonly behind: 'no' | 'gap' | 'rebuild';
}

export interface RecoverySlots {
  readonly ledger: SolanaState;
  readonly node: Node;
  readonly journal: Stored<Journal>;
  /** Of the durable checkpoints, which cannot be read; and whether rows of the thread cannot. */
  readonly damage: { readonly checkpoints: 0 | 1 | 2; readonly rows: boolean };
  /** The highest version anybody was shown. */
  readonly shown: number;
  /** The ledger's node has left out the newest of what it should have told: nothing the backend reads can show that. */
  readonly omitted: boolean;
}

/** One event as a node told it. */
export interface Told {
  readonly version: number;
  /** It is not what the ledger has as that version. */
  readonly forged: boolean;
}

/** Events read in one page, in the order told. */
export interface Page {
  readonly events: readonly Told[];
  readonly next: number;
}

export interface RecoveryDesign {
  /** Whether an event is taken over. */
  readonly accepts: (event: Told) => boolean;
  /** Whether a thread that misses events is marked, durably. */
  readonly marksGaps: boolean;
  /** Position to go on from, of what can be read. */
  readonly resumes: (journal: Journal, damaged: number) => number;
  /** Whether a thread that is read again from its beginning is shown before it is whole. */
  readonly showsPartial: boolean;
  /** What is shown of a node: what it has made durable. */
  readonly shows: (node: Node) => number;
  /** Whether the checkpoint is in the same batch as the views. */
  readonly batches: 'one' | 'two';
  /** Whether the cache is held against the ledger's account. */
  readonly verifies: boolean;
}

export const recoveryDesign: RecoveryDesign = {
  accepts: ({ forged }) => !forged,
  marksGaps: true,
  resumes: ({ newest, previous }, damaged) => (damaged === 0 ? newest : damaged === 1 ? previous : 0),
  showsPartial: false,
  shows: (at) => durableVersion(at, thread),
  batches: 'one',
  verifies: true,
};

const slots = slotsOf<RecoverySlots>();
const node = 'node';
const versionOf = (ledger: SolanaState): number => versionIn(ledger, thread);

/** The ledger after one more event; undefined when the scope has no more. */
export function grown(ledger: SolanaState, most: number): SolanaState | null {
  const version = versionOf(ledger);
  if (version >= most) return null;
  const signer = 'founder';
  const action =
    version === 0 ? ({ kind: 'createThread', thread } as const) : ({ kind: 'postMessage', thread, hash: `m${version}` } as const);
  return stepSolana(ledger, { ...action, signer, nowS: clockS }).state;
}

/** The batch of one page: what fits is applied; where something is missing the thread's own events are read again, if they can be. */
export function applied(
  at: Node,
  journal: Journal,
  page: Page,
  refill: number,
  design: RecoveryDesign,
): readonly [Node, Journal] {
  let version = cachedVersion(at, thread);
  let { forged } = journal;
  let isBehind = journal.behind !== 'no';
  for (const event of page.events) {
    if (event.version <= version && !event.forged) continue;
    if (!design.accepts(event)) {
      isBehind = true;
      continue;
    }
    if (event.version > version + 1) {
      version = Math.max(version, Math.min(refill, event.version - 1));
      if (event.version > version + 1) {
        isBehind = true;
        continue;
      }
    }
    version = Math.max(version, event.version);
    forged ||= event.forged;
  }
  const to = onNode(at, { kind: 'ingest', thread, version });
  const newest = page.next;
  const behind = journal.behind === 'rebuild' ? 'rebuild' : isBehind && design.marksGaps ? 'gap' : 'no';
  const previous = newest === journal.newest ? journal.previous : journal.newest;
  return [to, { newest, previous, forged, behind }];
}

function pageOf(position: number, ledger: SolanaState, size: number): Page {
  const next = Math.min(versionOf(ledger), position + size);
  const events = Array.from({ length: next - position }, (_, index) => ({ version: position + index + 1, forged: false }));
  return { events, next };
}

function rules(most: number, page: number, design: RecoveryDesign): readonly Rule<RecoverySlots>[] {
  const step = { actor: node, kind: 'step' as const };
  const fault = { actor: 'fault', kind: 'fault' as const };
  const reads = (at: Node, journal: Journal): boolean => isRunning(at) && journal.behind !== 'rebuild';
  return [
    slots.rule({ name: 'event', actor: 'others', kind: 'fault' }, ['ledger'], (ledger) => {
      const next = grown(ledger, most);
      return next === null ? [] : [{ label: { does: 'event' }, to: [next] }];
    }),
    slots.rule({ name: 'read', ...step }, ['ledger', 'node', 'journal'], (ledger, at, { now, durable }) => {
      if (!reads(at, now) || now.newest >= versionOf(ledger)) return [];
      const [to, journal] = applied(at, now, pageOf(now.newest, ledger, page), versionOf(ledger), design);
      return [{ label: { does: 'read' }, to: [ledger, to, { now: journal, durable }] }];
    }),
    slots.rule(
      { name: 'read disturbed', ...fault },
      ['ledger', 'node', 'journal', 'omitted'],
      (ledger, at, { now, durable }, omitted) => {
        if (!reads(at, now) || now.newest >= versionOf(ledger)) return [];
        const whole = pageOf(now.newest, ledger, page);
        const disturbed: readonly (readonly [string, Page])[] = [
          ['S9-events drop', { ...whole, events: whole.events.slice(1) }],
          ['S9-events drop last', { ...whole, events: whole.events.slice(0, -1) }],
          ['S9-events double', { ...whole, events: whole.events.flatMap((event) => [event, event]) }],
          ['S9-events swap', { ...whole, events: whole.events.toReversed() }],
          ['S11-forged', { ...whole, events: whole.events.map((event) => ({ ...event, forged: true })) }],
        ];
        return disturbed.map(([why, told]) => {
          // The node that disturbs the page does not serve the gap either.
          const [to, journal] = applied(at, now, told, 0, design);
          const isOmitted = !told.events.some(({ version }) => version === told.next);
          return {
            label: { does: 'read', fault: why },
            to: [ledger, to, { now: journal, durable }, omitted || isOmitted] as const,
          };
        });
      },
    ),
    slots.rule({ name: 'fill gap', ...step }, ['ledger', 'node', 'journal'], (ledger, at, { now, durable }) => {
      if (!isRunning(at) || now.behind !== 'gap') return [];
      const to = onNode(at, { kind: 'ingest', thread, version: versionOf(ledger) });
      return [{ label: { does: 'fill gap' }, to: [ledger, to, { now: { ...now, behind: 'no' }, durable }] }];
    }),
    // The account against the cache: newer means that events were passed over, a lie that what is cached was never the ledger's.
    slots.rule({ name: 'verify', ...step }, ['ledger', 'node', 'journal', 'omitted'], (ledger, at, { now, durable }, omitted) => {
      if (!design.verifies || !isRunning(at) || now.behind !== 'no' || now.newest < versionOf(ledger)) return [];
      if (now.forged)
        return [
          {
            label: { does: 'verify', found: 'a lie' },
            to: [ledger, at, { now: { ...now, behind: 'rebuild' }, durable }, omitted],
          },
        ];
      if (cachedVersion(at, thread) >= versionOf(ledger)) return [];
      const to = onNode(at, { kind: 'ingest', thread, version: versionOf(ledger) });
      return [{ label: { does: 'verify', found: 'older' }, to: [ledger, to, { now, durable }, omitted] }];
    }),
    slots.rule({ name: 'rebuild', ...step }, ['ledger', 'node', 'journal'], (ledger, at, { now, durable }) => {
      if (!isRunning(at) || now.behind !== 'rebuild') return [];
      const empty = onNode(at, { kind: 'evict', thread });
      const to = onNode(empty, { kind: 'ingest', thread, version: versionOf(ledger) });
      return [{ label: { does: 'rebuild' }, to: [ledger, to, { now: { ...now, forged: false, behind: 'no' }, durable }] }];
    }),
    ...(design.batches === 'one'
      ? []
      : [
          slots.rule({ name: 'sync checkpoint', ...step }, ['node', 'journal'], (at, { now, durable }) =>
            isRunning(at) && !isDurable({ now, durable })
              ? [{ label: { does: 'sync checkpoint' }, to: [at, { now, durable: now }] }]
              : [],
          ),
        ]),
    slots.rule({ name: 'show', ...step }, ['node', 'journal', 'shown'], (at, journal, shown) => {
      const version = design.shows(at);
      const isHidden = journal.now.behind === 'rebuild' && !design.showsPartial;
      return isRunning(at) && !isHidden && version > shown ? [{ label: { does: 'show' }, to: [at, journal, version] }] : [];
    }),
    ...lifeRules(design),
  ];
}

/** It crashes, what it keeps may be damaged meanwhile, and it comes back. */
export function lifeRules(design: RecoveryDesign): readonly Rule<RecoverySlots>[] {
  const step = { actor: node, kind: 'step' as const };
  const fault = { actor: 'fault', kind: 'fault' as const };
  return [
    slots.rule({ name: 'sync', ...step }, ['node', 'journal'], (at, { now, durable }) =>
      isRunning(at) && (!isSynced(at) || !isDurable({ now, durable }))
        ? [{ label: { does: 'sync' }, to: [synced(at), { now, durable: now }] }]
        : [],
    ),
    slots.rule({ name: 'crash', ...fault }, ['node', 'journal'], (at, { durable }) =>
      isRunning(at) ? [{ label: { does: 'crash', fault: 'B1-crash' }, to: [crashed(at), { now: durable, durable }] }] : [],
    ),
    slots.rule({ name: 'damage', ...fault }, ['node', 'damage'], (at, found) => {
      if (isRunning(at)) return [];
      return [
        { label: { does: 'damage', what: 'checkpoint' }, to: [at, { ...found, checkpoints: 1 }] },
        { label: { does: 'damage', what: 'checkpoints' }, to: [at, { ...found, checkpoints: 2 }] },
        { label: { does: 'damage', what: 'rows' }, to: [at, { ...found, rows: true }] },
      ];
    }),
    slots.rule({ name: 'restart', ...step }, ['node', 'journal', 'damage'], (at, { durable }, found) => {
      if (isRunning(at)) return [];
      const position = design.resumes(durable, found.checkpoints);
      const now: Journal = { ...durable, newest: position, previous: Math.min(durable.previous, position) };
      const up = restarted(at);
      if (!found.rows) return [{ label: { does: 'restart' }, to: [up, { now, durable }, { checkpoints: 0, rows: false }] }];
      const empty = onNode(up, { kind: 'evict', thread });
      const journal: Journal = { ...now, behind: 'rebuild' };
      return [
        { label: { does: 'restart', rebuilds: true }, to: [empty, { now: journal, durable }, { checkpoints: 0, rows: false }] },
      ];
    }),
  ];
}

const nothingRead: Journal = { newest: 0, previous: 0, forged: false, behind: 'no' };
/** Nothing has happened yet. */
export const recoveryStart: RecoverySlots = {
  ledger: genesis(rulesOf(1n), new Map()),
  node: freshNode,
  journal: { now: nothingRead, durable: nothingRead },
  damage: { checkpoints: 0, rows: false },
  shown: 0,
  omitted: false,
};

export const recoveryProperties = {
  genuine: 'nothing is shown that the ledger never told',
  accounted: 'what the checkpoint has passed is applied, or the thread is marked',
  forward: 'what was shown stays shown',
  ledger: 'nothing is shown that is not on the ledger',
} as const;

function spec(size: ScopeName, design: RecoveryDesign = recoveryDesign): Spec<RecoverySlots> {
  const most = { small: 2, medium: 4, large: 8 }[size];
  return {
    name: `recovery ${size}`,
    starts: [recoveryStart],
    rules: rules(most, size === 'small' ? 1 : 2, design),
    always: [
      slots.check(recoveryProperties.genuine, ['node', 'journal'], (at, { now }) =>
        now.forged && cachedVersion(at, thread) > 0 && now.behind === 'no' ? 'a lie is cached, and shown as the thread' : null,
      ),
      slots.check(recoveryProperties.ledger, ['ledger', 'shown'], (ledger, shown) =>
        shown > versionOf(ledger) ? `version ${shown} is shown, the ledger has ${versionOf(ledger)}` : null,
      ),
      slots.check(recoveryProperties.accounted, ['node', 'journal', 'omitted'], (at, { now }, omitted) => {
        const version = cachedVersion(at, thread);
        return now.newest > version && now.behind === 'no' && isRunning(at) && !omitted
          ? `events up to ${now.newest} count as read, the cache is at ${version}`
          : null;
      }),
      slots.check(recoveryProperties.forward, ['node', 'journal', 'shown'], (at, { now }, shown) => {
        const isServed = isRunning(at) && (now.behind !== 'rebuild' || design.showsPartial);
        return isServed && cachedVersion(at, thread) < shown
          ? `version ${shown} was shown, now the node would answer ${cachedVersion(at, thread)}`
          : null;
      }),
    ],
    sometimes: [
      slots.mark('a gap is met', ['journal'], ({ now }) => now.behind === 'gap'),
      slots.mark('a thread is rebuilt', ['journal'], ({ now }) => now.behind === 'rebuild'),
      slots.mark('everything is shown', ['ledger', 'shown'], (ledger, shown) => shown === most && versionOf(ledger) === most),
      slots.mark('both checkpoints are lost', ['damage'], ({ checkpoints }) => checkpoints === 2),
    ],
    converged: [
      slots.mark(
        'the cache is the ledger’s, durably, and shown',
        ['ledger', 'node', 'journal', 'shown'],
        (ledger, at, { now, durable }, shown) => {
          const version = versionOf(ledger);
          return (
            isRunning(at) &&
            isSynced(at) &&
            isDurable({ now, durable }) &&
            now.behind === 'no' &&
            now.newest === version &&
            cachedVersion(at, thread) === version &&
            shown === version
          );
        },
      ),
    ],
    symmetries: [],
  };
}

const plant = planting(spec, 'medium', recoveryDesign);

export const recovery: Protocol = {
  name: 'recovery',
  title: 'recover_state: back from the last valid checkpoint',
  scope: spec,
  planted: [
    plant('applies lies', 'an event is taken over without being validated', recoveryProperties.genuine, { accepts: () => true }),
    plant('shows half a thread', 'a thread that is read again is shown before it is whole', recoveryProperties.forward, {
      showsPartial: true,
    }),
    plant('checkpoint first', 'the checkpoint is durable before the views it stands for', recoveryProperties.accounted, {
      batches: 'two',
    }),
    plant('forgets the checkpoint', 'with a damaged checkpoint it goes on at the newest event', recoveryProperties.accounted, {
      resumes: ({ newest }, damaged) => (damaged === 0 ? newest : 8),
    }),
    plant('forgets gaps', 'an event that does not fit is passed over without a mark', recoveryProperties.accounted, {
      marksGaps: false,
    }),
    plant('never verifies', 'the cache is never held against the ledger’s account', 'convergence', { verifies: false }),
  ],
};
