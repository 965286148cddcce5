/**
 * Which port calls each fault can strike, and on which side of their effect. `before`: the effect never happens, or happens in
 * another world; `after`: it has happened, and the caller cannot know. What is not in this table would be a false alarm.
 */
import type { FaultPosition } from '../../engine/fault-plan.ts';
import type { FaultKind } from './command.ts';

export interface FaultRule {
  readonly positions: readonly FaultPosition[];
  /** `label` is `port.method`. */
  readonly strikes: (label: string, position: FaultPosition) => boolean;
  /** The authority itself is told before the call what to do about it, on whichever side. */
  readonly armed: boolean;
}

/**
 * Reads that a lagging node may answer and be found out. Not `thread`: whoever has seen no newer slot cannot know that it is shown the
 * past, which is why a read that was is judged by what its client and its backend knew (`S7-oldThread`). Not `prepare`: what follows
 * from it the ledger judges; the contract suites hold it to what is known.
 */
const laggingReads: ReadonlySet<string> = new Set(
  ['transactionStatus', 'blockHeight', 'spec', 'message', 'events'].map((method) => `ledger.${method}`),
);
const contentWrites: ReadonlySet<string> = new Set(
  ['putPending', 'putRecorded', 'markRecorded', 'discardPending', 'putThread'].map((method) => `content.${method}`),
);
/** Writes after which there is something to alter. */
const contentPuts: ReadonlySet<string> = new Set(
  ['putPending', 'putRecorded', 'markRecorded', 'putThread'].map((method) => `content.${method}`),
);

const submits = (label: string): boolean => label === 'ledger.submit';
const onLedger = (label: string): boolean => label.startsWith('ledger.');
const onContent = (label: string): boolean => label.startsWith('content.') && label !== 'content.ensureCollections';
const atBackend = (label: string): boolean => onLedger(label) || label.startsWith('content.') || label === 'store.sync';
const asks = (label: string): boolean => label === 'channel.request';
const fromClient = (label: string): boolean => asks(label) || label === 'channel.reply';
const sent = (label: string): boolean => asks(label) || label === 'channel.push';

const rule = (positions: readonly FaultPosition[], strikes: FaultRule['strikes']): FaultRule => ({
  positions,
  strikes,
  armed: false,
});
const armed = (given: FaultRule): FaultRule => ({ ...given, armed: true });
const before = (strikes: FaultRule['strikes']): FaultRule => rule(['before'], strikes);
const after = (strikes: FaultRule['strikes']): FaultRule => rule(['after'], strikes);
const either = (strikes: FaultRule['strikes']): FaultRule => rule(['before', 'after'], strikes);

export const faultRules: Readonly<Record<FaultKind, FaultRule>> = {
  'S1-dropped': before(submits),
  'S2-expired': either(submits),
  'S2-nearly': before(submits),
  'S3-answerLost': armed(either(submits)),
  'S5-twice': after(submits),
  'S6-forked': either(onLedger),
  'S7-lagging': before((label) => laggingReads.has(label)),
  'S7-oldThread': before((label) => label === 'ledger.thread'),
  'S8-refused': before(onLedger),
  'S9-events': before((label) => label === 'ledger.events'),
  'S10-preflight': before(submits),
  'S11-forged': before((label) => label === 'ledger.events'),
  // Never applied, or applied later.
  'Q1-acknowledged': armed(either((label) => contentWrites.has(label))),
  'Q2-answerLost': armed(after((label) => contentWrites.has(label))),
  'Q3-refused': before(onContent),
  'Q4-delayed': before((label) => contentWrites.has(label)),
  'Q4-again': after((label) => contentWrites.has(label)),
  'Q5-stale': after((label) => contentWrites.has(label)),
  'Q6-partial': before((label) => contentWrites.has(label)),
  'Q9-altered': after((label) => contentPuts.has(label) && label !== 'content.putThread'),
  'Q9-lost': after((label) => contentPuts.has(label)),
  'B1-crash': either(atBackend),
  'F2-closed': either(fromClient),
  'F3-lost': either((label, position) => (position === 'before' ? sent(label) : label === 'channel.reply')),
  'F3-unheard': after(asks),
  'F3-again': after(asks),
  'F3-doubled': after(sent),
  'C2-slow': either((label) => label !== 'store.sync' && label !== 'channel.push'),
};

export const faultKinds = Object.keys(faultRules) as readonly FaultKind[];
