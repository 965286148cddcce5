/**
 * initial_sync: one thread brought together on demand, whatever the backend and Qdrant hold of it so far. It reads the ledger's account,
 * catches its cache up to it, compares Qdrant with that, has mended what differs, and looks once more before it says how things are.
 *
 *   account -> caught up -> compared -> (mended -> compared again) -> told: this version; hashes contained; authors equal
 */
import { type Rule, type Spec, slotsOf } from '../explore/spec.ts';
import { emptyQdrant, type QdrantState } from '../qdrant.ts';
import { stepSolana } from '../solana/step.ts';
import { type Chain, clockS, othersRule, versionIn } from './chain.ts';
import { contentBy, founded, postOf, thread } from './content-update.ts';
import { contentDamage, metadataDamage } from './damage.ts';
import { ingested, syncRule } from './ingestion.ts';
import {
  cachedVersion,
  crashed,
  durableVersion,
  freshNode,
  isRunning,
  type Node,
  restarted,
  synced,
  withCached,
  withDue,
  withText,
} from './node.ts';
import { contentRules, hasSameAuthors, metadataAt, projectionDesign, threadRules } from './projection.ts';
import { type Protocol, planting, type ScopeName } from './protocol.ts';
import type { UpdateSlots } from './slots.ts';

/** What the one who asks is told, and what was so when it was looked at. */
interface Report {
  readonly version: number;
  readonly isWhole: boolean;
  readonly wasWhole: boolean;
}

type Session =
  | { readonly at: 'nothing' }
  | { readonly at: 'account'; readonly version: number }
  | { readonly at: 'caught up' | 'mended'; readonly version: number }
  | { readonly at: 'told'; readonly asked: number; readonly report: Report }
  /** The ledger or Qdrant could not be asked: no report. */
  | { readonly at: 'refused' };

interface SyncSlots extends UpdateSlots {
  readonly session: Session;
}

export interface InitialSyncDesign {
  /** Whether a report waits until the cache has come as far as the account. */
  readonly catchesUp: boolean;
  /** Whether what was mended is looked at again. */
  readonly looksAgain: boolean;
  /** What an unreachable Qdrant is taken for. */
  readonly whenAway: 'refused' | 'whole';
}

export const initialSyncDesign: InitialSyncDesign = { catchesUp: true, looksAgain: true, whenAway: 'refused' };

export const initialSyncProperties = {
  newest: 'a report is never older than the ledger was when it was asked for',
  truthful: 'a report says of Qdrant what was so when it was looked at',
} as const;

const slots = slotsOf<SyncSlots>();
const written = postOf(0, 0);
const { hash } = contentBy(0);

function isWhole(chain: Chain, qdrant: QdrantState, version: number): boolean {
  const found = chain.confirmed.threads.get(thread);
  if (found === undefined || version === 0) return false;
  const { messageCount, coAuthors } = metadataAt(found, version);
  const isContained = found.messages.slice(0, messageCount).every((message) => {
    const stored = qdrant.messages.get(message.hash);
    return stored?.state === 'recorded' && stored.sequence === message.sequence && stored.text === contentBy(0).text;
  });
  const metadata = qdrant.threads.get(thread);
  const areAuthors =
    metadata !== undefined &&
    (metadata.version > version || (metadata.version === version && hasSameAuthors(metadata, { coAuthors })));
  return isContained && areAuthors;
}

/** What it was about to tell goes with it. */
const crash: readonly Rule<SyncSlots>[] = [
  slots.rule({ name: 'crash', actor: 'fault', kind: 'fault' }, ['session', 'node#0', 'looked#0'], (session, at) => {
    if (!isRunning(at)) return [];
    const left: Session = session.at === 'nothing' || session.at === 'told' ? session : { at: 'refused' };
    return [{ label: { does: 'crash', fault: 'B1-crash' }, to: [left, crashed(at), null] }];
  }),
  slots.rule({ name: 'restart', actor: 'node#0', kind: 'step' }, ['node#0'], (at) =>
    isRunning(at) ? [] : [{ label: { does: 'restart' }, to: [restarted(at)] }],
  ),
];

function rules(design: InitialSyncDesign): readonly Rule<SyncSlots>[] {
  const step = { actor: 'node#0', kind: 'step' as const };
  const fault = { actor: 'fault', kind: 'fault' as const };
  const told = (session: Session, report: Report): Session => ({
    at: 'told',
    asked: 'version' in session ? session.version : 0,
    report,
  });
  const compared = (session: Session, chain: Chain, qdrant: QdrantState, at: Node): readonly [Session, Node] => {
    const version = cachedVersion(at, thread);
    const whole = isWhole(chain, qdrant, version);
    if (whole || session.at === 'mended') return [told(session, { version, isWhole: whole, wasWhole: whole }), at];
    const asked = 'version' in session ? session.version : 0;
    return [{ at: 'mended', version: asked }, withDue(withDue(at, thread), hash)];
  };
  const compares = (session: Session, at: Node): boolean =>
    isRunning(at) && (session.at === 'caught up' || (session.at === 'mended' && at.now.due.size === 0));
  return [
    slots.rule({ name: 'account', ...step }, ['session', 'chain', 'node#0'], (session, chain, at) =>
      session.at === 'nothing' && isRunning(at)
        ? [
            {
              label: { does: 'account', version: versionIn(chain.confirmed, thread) },
              to: [{ at: 'account', version: versionIn(chain.confirmed, thread) }, chain, at],
            },
          ]
        : [],
    ),
    slots.rule({ name: 'catch up', ...step }, ['session', 'chain', 'node#0'], (session, chain, at) => {
      if (session.at !== 'account' || !isRunning(at)) return [];
      const next = design.catchesUp ? ingested(at, chain.confirmed, thread) : at;
      return [{ label: { does: 'catch up' }, to: [{ at: 'caught up', version: session.version }, chain, next] }];
    }),
    slots.rule({ name: 'compare', ...step }, ['session', 'chain', 'qdrant', 'node#0'], (session, chain, qdrant, at) => {
      const isTurn = compares(session, at) && durableVersion(at, thread) === cachedVersion(at, thread);
      if (!isTurn) return [];
      const [next, then] = compared(session, chain, qdrant, at);
      if (next.at !== 'mended' || design.looksAgain) return [{ label: { does: 'compare' }, to: [next, chain, qdrant, then] }];
      const version = cachedVersion(at, thread);
      const report = { version, isWhole: true, wasWhole: isWhole(chain, qdrant, version) };
      return [{ label: { does: 'compare' }, to: [told(session, report), chain, qdrant, then] }];
    }),
    slots.rule({ name: 'cannot ask', ...fault }, ['session', 'chain', 'qdrant', 'node#0'], (session, chain, qdrant, at) => {
      const isAsking = session.at === 'account' || session.at === 'caught up' || session.at === 'mended';
      if (!isAsking || !isRunning(at)) return [];
      const version = cachedVersion(at, thread);
      const report = { version, isWhole: true, wasWhole: isWhole(chain, qdrant, version) };
      const isTaken = design.whenAway === 'whole' && session.at === 'caught up';
      return [
        {
          label: { does: 'cannot ask', fault: 'Q3-refused' },
          to: [isTaken ? told(session, report) : { at: 'refused' }, chain, qdrant, at],
        },
      ];
    }),
    // Whoever asked lost its backend, or was refused, and asks again.
    slots.rule({ name: 'ask again', actor: 'client', kind: 'step' }, ['session', 'node#0'], (session, at) =>
      session.at === 'refused' && isRunning(at) ? [{ label: { does: 'ask again' }, to: [{ at: 'nothing' }, at] }] : [],
    ),
    othersRule<SyncSlots>('others', { instruction: { kind: 'divest', thread }, signer: 'wallet#1' }),
  ];
}

/** Every mix of a cache that has nothing, or less, and a Qdrant that has nothing, a part, or all. */
function starts(): readonly SyncSlots[] {
  const before = founded(2);
  const { state: ledger } = stepSolana(before, { ...written.order.instruction, signer: written.order.signer, nowS: clockS });
  const found = ledger.threads.get(thread);
  if (found === undefined) throw new RangeError('expected a thread to start from');
  const caches = [0, 1, found.now.version];
  const stored = { ...contentBy(0), state: 'recorded' as const, sequence: 0 };
  const stores: readonly QdrantState[] = [
    emptyQdrant,
    { ...emptyQdrant, threads: new Map([[thread, metadataAt(found, 1)]]) },
    { messages: new Map([[hash, stored]]), threads: new Map() },
    {
      messages: new Map([[hash, { ...stored, text: 'altered' }]]),
      threads: new Map([[thread, metadataAt(found, found.now.version)]]),
    },
    { messages: new Map([[hash, stored]]), threads: new Map([[thread, metadataAt(found, found.now.version)]]) },
  ];
  return caches.flatMap((version) =>
    stores.map((qdrant): SyncSlots => {
      return {
        chain: { confirmed: ledger, tip: [] },
        qdrant,
        'node#0': synced(withText(withCached(freshNode, thread, version), hash)),
        'looked#0': null,
        session: { at: 'nothing' },
      };
    }),
  );
}

function spec(size: ScopeName, design: InitialSyncDesign = initialSyncDesign): Spec<SyncSlots> {
  const shared: readonly Rule<UpdateSlots>[] = [
    syncRule(0),
    ...threadRules(0, thread, projectionDesign, { calls: size !== 'small' }),
    ...contentRules(0, written, projectionDesign, { calls: size !== 'small' }),
    ...(size === 'large' ? [...contentDamage(written), ...metadataDamage(thread)] : []),
  ];
  return {
    name: `initial-sync ${size}`,
    starts: starts(),
    rules: [
      ...rules(design),
      ...(size === 'small' ? [] : crash),
      ...(shared as readonly unknown[] as readonly Rule<SyncSlots>[]),
    ],
    always: [
      slots.check(initialSyncProperties.newest, ['session'], (session) =>
        session.at === 'told' && session.report.version < session.asked
          ? `version ${session.report.version} was told, the ledger had ${session.asked}`
          : null,
      ),
      slots.check(initialSyncProperties.truthful, ['session'], (session) =>
        session.at === 'told' && session.report.isWhole && !session.report.wasWhole ? 'Qdrant was said to have everything' : null,
      ),
    ],
    sometimes: [
      slots.mark('everything is said to be there', ['session'], (session) => session.at === 'told' && session.report.isWhole),
      slots.mark('something had to be mended', ['session'], (session) => session.at === 'mended'),
      slots.mark('it is refused', ['session'], (session) => session.at === 'refused'),
    ],
    converged: [slots.mark('it is told', ['session'], (session) => session.at === 'told')],
    symmetries: [],
  };
}

const plant = planting(spec, 'medium', initialSyncDesign);

export const initialSync: Protocol = {
  name: 'initial-sync',
  title: 'initial_sync of one thread',
  scope: spec,
  planted: [
    plant('does not catch up', 'the cache is told as it is', initialSyncProperties.newest, { catchesUp: false }),
    plant('does not look again', 'what was queued to be mended is told as mended', initialSyncProperties.truthful, {
      looksAgain: false,
    }),
    plant('takes away for whole', 'a Qdrant that cannot be asked counts as right', initialSyncProperties.truthful, {
      whenAway: 'whole',
    }),
  ],
};
