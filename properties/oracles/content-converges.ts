/**
 * Content converges: within the steps allowed after healing there is a look at which every node agrees with the ledger on every hash,
 * and every later look at the same ledger agrees too; of a ledger that moved once more, the same is asked anew. At the last one nothing
 * acknowledged is missing, nothing stored is other than its id says, and nothing pending is left that no open spec needs and no
 * transaction can still bring. Looks before healing are not judged; but what is stored as recorded stays so from the beginning, whoever
 * writes what late, and is so when its writer is told that it is.
 */
import type { ContentName } from '#model/action.ts';
import { compareContents, hashOf } from '#model/content.ts';
import { type Difference, differences, shown } from '#model/difference.ts';
import type { ThreadObservation } from '#model/observation.ts';
import { endingOf, type History, type Look, named, type OperationRecord } from './history.ts';
import { holds, type Verdict, type Violated, violated } from './verdict.ts';

export function judgeContent(history: History): Verdict {
  const { healed, looks } = history;
  const unkept = judgeRecorded(history);
  if (unkept !== null) return unkept;
  if (healed === null) return holds(0);
  const after = looks.filter(({ at }) => at >= healed.at);
  const last = after.at(-1);
  if (last === undefined) return { kind: 'inconclusive', reason: 'nobody looked after healing' };
  const unreached = unreachable(last);
  if (unreached !== null) return { kind: 'inconclusive', reason: `the last look did not reach ${unreached}` };
  return (
    judgeMismatches(last) ??
    judgeAcknowledged(history, last) ??
    judgeConvergence(healed, after, history.ended.at) ??
    judgeOrphans(history, last) ??
    holds(after.length)
  );
}

function judgeRecorded({ store }: History): Violated | null {
  for (const { at, kind, content } of store) {
    if (kind === 'unrecorded')
      return violated('OR30', at, `${shown(content)} was stored as recorded, and is not any more at step ${at}`);
    if (kind === 'claimed') return violated('OR30', at, `${shown(content)} was told to be recorded at step ${at}, and is not`);
  }
  return null;
}

function unreachable({ observation }: Look): string | null {
  if (observation.ledger === null) return 'the ledger';
  return observation.content === null ? 'the content store' : null;
}

function judgeConvergence(
  { at, withinSteps }: NonNullable<History['healed']>,
  after: readonly Look[],
  endedAt: number,
): Violated | null {
  let reached: Look | null = null;
  let before: string | undefined;
  for (const look of after) {
    const ledger = versionsIn(look);
    // A transaction that was still under way has landed: whoever agreed with the ledger before has something new to follow.
    if (ledger !== before) reached = null;
    before = ledger;
    const wrong = disagreement(look);
    if (wrong === null) reached ??= look;
    else if (reached !== null)
      return violated('OR11', look.at, `agreed at step ${reached.at}, and no longer at step ${look.at}: ${told(wrong)}`);
  }
  const by = at + withinSteps;
  if (reached !== null && reached.at <= by) return null;
  const late = after.findLast((look) => look.at <= by) ?? after[0];
  const wrong = late === undefined ? null : disagreement(late);
  const what = reached === null ? 'never' : `only at step ${reached.at}`;
  const left = wrong === null ? '' : `; at step ${late?.at} ${told(wrong)}`;
  return violated('OR11', Math.min(by, endedAt), `all nodes should agree by step ${by}, and did ${what}${left}`);
}

/** Equal exactly where the ledger is at the same version of every thread; undefined where it was not reached. */
const versionsIn = ({ observation }: Look): string | undefined =>
  JSON.stringify(observation.ledger?.threads.map(({ thread, version }) => [thread, version]));

const told = ({ path, expected, observed }: Difference): string => `${path}: expected ${expected}, observed ${observed}`;

/** The first way in which somebody does not agree with the ledger on content; null when all do. */
export function disagreement({ observation, mismatched, sequences }: Look): Difference | null {
  const { ledger, content, backends, clients } = observation;
  if (ledger === null) return { path: 'ledger', expected: 'reachable', observed: 'nothing' };
  if (content === null) return { path: 'content', expected: 'reachable', observed: 'nothing' };
  const recorded = names(ledger.threads.flatMap(({ messages }) => messages));
  const hashes = (threads: readonly ThreadObservation[]): readonly object[] =>
    threads.map(({ thread, version, messages }) => ({ thread, version, messages }));
  const wanted = hashes(ledger.threads);
  return (
    [
      ...differences(recorded, names(content.recorded), 'content.recorded'),
      ...misplaced(ledger.threads, sequences),
      ...mismatched.map((each) => ({ path: 'content', expected: shown(each), observed: 'another text under its hash' })),
      ...backends.flatMap(({ backend, cache }) => differences(wanted, hashes(cache), `backends[${backend}]`)),
      ...clients.flatMap(({ client, backend, threads }) =>
        backend === null ? [] : differences(wanted, hashes(threads), `clients[${client}]`),
      ),
    ][0] ?? null
  );
}

/** Stored as recorded at another place than the ledger has it. */
function misplaced(threads: readonly ThreadObservation[], sequences: Look['sequences']): readonly Difference[] {
  const places = new Map(threads.flatMap(({ messages }) => messages.map((each, place) => [hashOf(each), place] as const)));
  return sequences.flatMap(({ content, sequence }) => {
    const place = places.get(hashOf(content));
    if (place === undefined || place === sequence) return [];
    return [{ path: `content.sequence of ${shown(content)}`, expected: String(place), observed: String(sequence) }];
  });
}

const names = (contents: readonly ContentName[]): readonly ContentName[] => [...contents].sort(compareContents);

function judgeMismatches({ at, mismatched }: Look): Violated | null {
  const [first] = mismatched;
  return first === undefined ? null : violated('OR12', at, `what is stored as ${shown(first)} is another text, at step ${at}`);
}

/** Acknowledged by the store and not discarded since, or confirmed to a client: it must be there. */
function judgeAcknowledged(history: History, { at, observation }: Look): Violated | null {
  const { ledger, content } = observation;
  if (ledger === null || content === null) return null;
  const kept = new Set([...content.recorded, ...content.pending].map(hashOf));
  const recorded = new Set(content.recorded.map(hashOf));
  const destroyed = new Set(history.store.flatMap((event) => (event.kind === 'destroyed' ? [hashOf(event.content)] : [])));
  const promised = new Map<
    string,
    { readonly content: ContentName; readonly state: 'pending' | 'recorded'; readonly at: number }
  >();
  for (const event of history.store) {
    const key = hashOf(event.content);
    if (event.kind === 'acknowledged') promised.set(key, event);
    else if (promised.get(key)?.state !== 'recorded') promised.delete(key);
  }
  for (const [hash, promise] of promised) {
    if (destroyed.has(hash) || (promise.state === 'recorded' ? recorded : kept).has(hash)) continue;
    const what = `${shown(promise.content)}, acknowledged as ${promise.state} at step ${promise.at}`;
    return violated('OR13', at, `${what}, is lost`);
  }
  for (const record of history.operations) {
    const posted = contentOf(record);
    if (posted === null || record.operation.kind !== 'post' || destroyed.has(hashOf(posted))) continue;
    const ending = endingOf(record);
    if (ending === null || ending.answer.kind !== 'confirmed' || recorded.has(hashOf(posted))) continue;
    return violated('OR13', at, `${named(record)} was confirmed, and ${shown(posted)} is lost`);
  }
  return null;
}

function contentOf({ operation, client }: OperationRecord): ContentName | null {
  if (operation.kind !== 'post' && operation.kind !== 'submitSpec') return null;
  return { thread: operation.thread, author: client, text: operation.text };
}

function judgeOrphans({ operations }: History, { at, atMs, observation }: Look): Violated | null {
  const { ledger, content } = observation;
  if (ledger === null || content === null) return null;
  const needed = new Set(ledger.threads.flatMap(({ openSpecs }) => openSpecs.map((spec) => hashOf(spec.content))));
  for (const record of operations) {
    const carried = contentOf(record);
    const isOpen = endingOf(record) === null && (record.canLandUntilMs ?? Number.NEGATIVE_INFINITY) >= atMs;
    if (carried !== null && isOpen) needed.add(hashOf(carried));
  }
  const orphan = content.pending.find((each) => !needed.has(hashOf(each)));
  if (orphan === undefined) return null;
  return violated(
    'OR14',
    at,
    `${shown(orphan)} is still pending at step ${at}, though no spec needs it and nothing can bring one`,
  );
}
