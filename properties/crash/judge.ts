/**
 * Judges what clients were told while backends were killed, once everything has come to rest, against the authorities themselves.
 * Pure: a record of tellings and one observation of everything; what is wrong comes back in words.
 *
 * A green run does not show that a disk survives a power cut (processes were killed, not machines), nor that the moments of the
 * kills met every line of the code.
 */
import { isGenuine } from '#impl/core/content.ts';
import { actionOf, type ThreadView, textOf } from '#impl/core/protocol.ts';
import type { StoredMessage, ThreadMetadata } from '#impl/ports/content-store.ts';
import type { ContentHash, ThreadId } from '#impl/ports/ids.ts';
import type { LedgerAction, LedgerEvent } from '#impl/ports/ledger.ts';
import { describeEnd, fingerprint, type Sighting, type WriteRecord } from '#simulations/crash/record.ts';

export interface CrashEvidence {
  readonly writes: readonly WriteRecord[];
  readonly sightings: readonly Sighting[];
}

/** Who shows which threads. */
export interface Shown {
  readonly who: string;
  readonly views: readonly ThreadView[];
}

export interface CrashObservation {
  /** As the ledger's accounts have them, confirmed. */
  readonly ledger: readonly ThreadView[];
  /** All there were, in order. */
  readonly events: readonly LedgerEvent[];
  /** Each backend's cache, and its answers to strong and to cached reads. */
  readonly backends: readonly Shown[];
  readonly clients: readonly Shown[];
  /** Everything stored; what is not readable as such is given by its point id in `unreadable`. */
  readonly messages: readonly StoredMessage[];
  readonly metadata: readonly ThreadMetadata[];
  readonly unreadable: readonly string[];
}

export type CrashRule =
  | Sighting['rule']
  /** A confirmed write is the event of that very version on the ledger. */
  | 'confirmed'
  /** A refused write is not on the ledger. */
  | 'refused'
  /** Every write has an end. */
  | 'ended'
  /** Backends and clients show what the ledger has, of every thread. */
  | 'backend'
  | 'client'
  /** What is recorded, or an open spec's, is stored with the text its hash says, and as what it is. */
  | 'content'
  /** Nothing else is stored. */
  | 'orphan'
  | 'metadata';

/** What no waiting mends. */
const finalRules: ReadonlySet<CrashRule> = new Set<CrashRule>([
  'forward',
  'agreement',
  'strong read',
  'session',
  'one end',
  'confirmed',
  'refused',
]);

export const isFinal = ({ rule }: CrashViolation): boolean => finalRules.has(rule);

export interface CrashViolation {
  readonly rule: CrashRule;
  readonly detail: string;
}

export function judgeCrashes({ writes, sightings }: CrashEvidence, seen: CrashObservation): readonly CrashViolation[] {
  const events = new Map(seen.events.map((event) => [`${event.thread}/${event.version}`, event]));
  const violations: CrashViolation[] = [...sightings];
  for (const write of writes) {
    const detail = writeProblem(write, events, seen.events);
    if (detail !== null) violations.push(detail);
  }
  for (const { who, views } of seen.backends) violations.push(...differing('backend', who, views, seen.ledger));
  for (const { who, views } of seen.clients) violations.push(...differing('client', who, views, seen.ledger));
  return [...violations, ...contentProblems(writes, seen), ...metadataProblems(seen)];
}

const named = ({ client, command }: WriteRecord): string => `${client}'s ${command.kind} in ${command.thread}`;

function writeProblem(
  write: WriteRecord,
  byVersion: ReadonlyMap<string, LedgerEvent>,
  events: readonly LedgerEvent[],
): CrashViolation | null {
  const { end, command, wallet } = write;
  const action = actionOf(command, wallet);
  if (end === null) {
    return { rule: 'ended', detail: `${named(write)} was ${write.answer ?? 'never answered'}, and nobody knows its end` };
  }
  if (end.kind === 'confirmed') {
    const event = byVersion.get(`${end.thread}/${end.version}`);
    if (event !== undefined && end.thread === action.thread && isEventOf(event, action, write)) return null;
    const there = event === undefined ? 'nothing' : `a ${event.kind}`;
    return { rule: 'confirmed', detail: `${named(write)} was ${describeEnd(end)}; there the ledger has ${there}` };
  }
  // Nobody else could have made it: its text or its thread is this write's alone.
  const landed = isOnce(action) ? events.find((event) => isEventOf(event, action, write)) : undefined;
  if (landed === undefined) return null;
  return { rule: 'refused', detail: `${named(write)} was ${describeEnd(end)}; the ledger has it as version ${landed.version}` };
}

/** Whether only one write of one client can ever have been this action. */
function isOnce(action: LedgerAction): boolean {
  switch (action.kind) {
    case 'createThread':
    case 'postMessage':
    case 'submitSpec':
      return true;
    case 'vote':
    case 'settle':
    case 'divest':
      return false;
  }
}

function isEventOf(event: LedgerEvent, action: LedgerAction, { wallet }: Pick<WriteRecord, 'wallet'>): boolean {
  if (event.thread !== action.thread) return false;
  switch (action.kind) {
    case 'createThread':
      return event.kind === 'threadCreated' && event.creator === wallet;
    case 'postMessage':
      return event.kind === 'messagePosted' && event.hash === action.hash && event.author === wallet;
    case 'submitSpec':
      return (
        event.kind === 'specSubmitted' && event.hash === action.hash && event.author === wallet && event.stake === action.stake
      );
    case 'vote':
      return (
        event.kind === 'voted' &&
        event.hash === action.hash &&
        event.author === action.author &&
        event.voter === wallet &&
        event.choice === action.choice
      );
    case 'settle':
      return event.kind === 'settled' && event.hash === action.hash && event.author === action.author;
    case 'divest':
      return event.kind === 'divested' && event.wallet === wallet;
  }
}

function differing(
  rule: 'backend' | 'client',
  who: string,
  shown: readonly ThreadView[],
  ledger: readonly ThreadView[],
): readonly CrashViolation[] {
  const views = new Map(shown.map((view) => [view.thread, view]));
  const known = new Set(ledger.map(({ thread }) => thread));
  const invented = shown.filter(({ thread }) => !known.has(thread));
  return [
    ...invented.map(({ thread }) => ({ rule, detail: `${who} shows ${thread}, which the ledger does not have` })),
    ...ledger.flatMap((truth) => {
      const view = views.get(truth.thread);
      if (view !== undefined && fingerprint(view) === fingerprint(truth)) return [];
      const what = view === undefined ? 'nothing' : `version ${view.version}: ${fingerprint(view)}`;
      const detail = `${who} shows ${what} of ${truth.thread}; the ledger has version ${truth.version}: ${fingerprint(truth)}`;
      return [{ rule, detail }];
    }),
  ];
}

type Expected = { readonly thread: ThreadId } & (
  | { readonly state: 'recorded'; readonly sequence: number }
  | { readonly state: 'pending'; readonly sequence: null }
);

function contentProblems(writes: readonly WriteRecord[], seen: CrashObservation): readonly CrashViolation[] {
  const expected = new Map<ContentHash, Expected>();
  for (const { thread, specs, messages } of seen.ledger) {
    for (const { hash } of specs) expected.set(hash, { thread, state: 'pending', sequence: null });
    for (const { hash, sequence } of messages) expected.set(hash, { thread, state: 'recorded', sequence });
  }
  const texts = new Map<ContentHash, string>();
  for (const { command, wallet } of writes) {
    const action = actionOf(command, wallet);
    const text = textOf(command);
    if ('hash' in action && text !== null) texts.set(action.hash, text);
  }
  const stored = new Map(seen.messages.map((message) => [message.hash, message]));
  const violations: CrashViolation[] = seen.unreadable.map((id) => ({
    rule: 'content',
    detail: `point ${id} is not readable as what should be there`,
  }));
  for (const [hash, { thread, state, sequence }] of expected) {
    const found = stored.get(hash);
    const problem =
      found === undefined
        ? 'is missing'
        : !isGenuine(found) || found.text !== (texts.get(hash) ?? found.text)
          ? 'has another text than its hash says'
          : found.state !== state || found.sequence !== sequence || found.thread !== thread
            ? `is ${found.state} at ${found.sequence} in ${found.thread}, expected ${state} at ${sequence} in ${thread}`
            : null;
    if (problem !== null) violations.push({ rule: 'content', detail: `${hash} ${problem}` });
  }
  for (const { hash, state } of seen.messages)
    if (!expected.has(hash)) violations.push({ rule: 'orphan', detail: `${hash} is ${state}, and the ledger has no use for it` });
  return violations;
}

function metadataProblems(seen: CrashObservation): readonly CrashViolation[] {
  const stored = new Map(seen.metadata.map((each) => [each.thread, each]));
  return seen.ledger.flatMap(({ thread, version, coAuthors, messages }) => {
    const found = stored.get(thread);
    const wanted = JSON.stringify([version, coAuthors, messages.length]);
    const got = found === undefined ? 'nothing' : JSON.stringify([found.version, found.coAuthors, found.messageCount]);
    return got === wanted
      ? []
      : [{ rule: 'metadata' as const, detail: `of ${thread} Qdrant has ${got}, the ledger has ${wanted}` }];
  });
}
