/**
 * What everybody shows at one moment as named values, one a row, and what of it a step changed. An authority that cannot be reached keeps
 * what it was last seen with and says so; a backend that does not run shows nothing. Rows are numbered in the end, when all are known.
 */

import type { ContentName } from '#model/action.ts';
import { isSame } from '#model/difference.ts';
import type { Observation, SpecObservation, ThreadObservation } from '#model/observation.ts';
import type { Change, Row } from '#simulations/report/report-model.ts';

/** By `keyOf`. */
type Values = ReadonlyMap<string, string>;

export interface NamedChange {
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
}

const separator = '\u0000';
export const keyOf = ({ authority, thread, label }: Row): string => [authority, thread ?? '', label].join(separator);

function rowOf(key: string): Row {
  const [authority = '', thread = '', label = ''] = key.split(separator);
  return { authority, thread: thread === '' ? null : thread, label };
}

const longestText = 60;

/** A message in few words. Its thread is the row's. */
export const contentText = ({ author, text }: ContentName): string =>
  `${author} ${JSON.stringify(text.length > longestText ? `${text.slice(0, longestText)}…` : text)}`;

const listed = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '));

const specText = ({ content, stake, expiresAtS, voters, approvals, denials }: SpecObservation): string =>
  `${contentText(content)} stake ${stake}, until ${expiresAtS} s, voters ${listed(voters)}, for ${listed(approvals)}, against ${listed(denials)}`;

type Put = (thread: string | null, label: string, value: string) => void;

function putView(put: Put, { thread, version, coAuthors, vault, messages, openSpecs }: ThreadObservation): void {
  put(thread, 'version', String(version));
  put(thread, 'co-authors', listed(coAuthors));
  put(thread, 'messages', listed(messages.map(contentText)));
  put(thread, 'open specs', listed(openSpecs.map(specText)));
  put(thread, 'vault', String(vault));
}

function putContents(put: Put, label: string, contents: readonly ContentName[]): void {
  const threads = new Set(contents.map(({ thread }) => thread));
  for (const thread of threads) put(thread, label, listed(contents.filter((each) => each.thread === thread).map(contentText)));
}

export function valuesOf(observation: Observation): Values {
  const values = new Map<string, string>();
  const putting =
    (authority: string): Put =>
    (thread, label, value) => {
      values.set(keyOf({ authority, thread, label }), value);
    };
  const { ledger, content, backends, clients } = observation;
  const solana = putting('Solana');
  solana(null, 'reachable', ledger === null ? 'no' : 'yes');
  for (const view of ledger?.threads ?? []) putView(solana, view);
  for (const [wallet, balance] of ledger?.wallets ?? []) solana(null, `balance of ${wallet}`, String(balance));
  if (ledger !== null) {
    solana(null, 'treasury', String(ledger.treasury));
    solana(null, 'escrowed', String(ledger.escrowed));
  }
  const qdrant = putting('Qdrant');
  qdrant(null, 'reachable', content === null ? 'no' : 'yes');
  for (const { thread, version, coAuthors } of content?.threads ?? []) {
    qdrant(thread, 'version', String(version));
    qdrant(thread, 'co-authors', listed(coAuthors));
  }
  putContents(qdrant, 'recorded', content?.recorded ?? []);
  putContents(qdrant, 'pending', content?.pending ?? []);
  for (const { backend, cache, sessions } of backends) {
    const put = putting(backend);
    put(null, 'runs', 'yes');
    put(null, 'sessions', listed(sessions));
    for (const view of cache) putView(put, view);
  }
  for (const { client, backend, threads, unsettled } of clients) {
    const put = putting(client);
    put(null, 'connected to', backend ?? 'nobody');
    put(null, 'unsettled writes', String(unsettled));
    for (const view of threads) putView(put, view);
  }
  return values;
}

/** In the order in which people read: ledger, content store, backends, clients; of each what is of no thread first. */
function inOrder(a: string, b: string): number {
  const rank = ({ authority }: Row): number =>
    authority === 'Solana' ? 0 : authority === 'Qdrant' ? 1 : authority.startsWith('backend') ? 2 : 3;
  const [left, right] = [rowOf(a), rowOf(b)];
  if (rank(left) !== rank(right)) return rank(left) - rank(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Keeps what everybody showed last, and says what has changed since. */
export class StateRows {
  #last: Values = new Map();
  #seen: Observation | null = null;
  readonly #keys = new Set<string>();

  /** What the observation changes; of the first, everything. */
  changesTo(observation: Observation): readonly NamedChange[] {
    if (this.#seen !== null && isSame(this.#seen, observation)) return [];
    this.#seen = observation;
    const now = new Map(valuesOf(observation));
    for (const [key, value] of this.#last) {
      const { authority, label } = rowOf(key);
      const isAway =
        (authority === 'Solana' && observation.ledger === null) || (authority === 'Qdrant' && observation.content === null);
      if (isAway && label !== 'reachable' && !now.has(key)) now.set(key, value);
    }
    const keys = [...new Set([...this.#last.keys(), ...now.keys()])].sort(inOrder);
    const changes = keys.flatMap((key) => {
      const [before, after] = [this.#last.get(key) ?? null, now.get(key) ?? null];
      return before === after ? [] : [{ key, before, after }];
    });
    for (const key of keys) this.#keys.add(key);
    this.#last = now;
    return changes;
  }

  /** All rows there were, and each row's place among them. */
  numbered(): { readonly rows: readonly Row[]; readonly number: (changes: readonly NamedChange[]) => readonly Change[] } {
    const keys = [...this.#keys].sort(inOrder);
    const places = new Map(keys.map((key, index) => [key, index]));
    return {
      rows: keys.map(rowOf),
      number: (changes) => changes.map(({ key, before, after }) => ({ row: places.get(key) ?? -1, before, after })),
    };
  }
}

/** Threads whose values changed. */
export const threadsOf = (changes: readonly NamedChange[]): readonly string[] => [
  ...new Set(changes.flatMap(({ key }) => rowOf(key).thread ?? [])),
];

/** Who shows something else than before. */
export const authoritiesOf = (changes: readonly NamedChange[]): readonly string[] => [
  ...new Set(changes.map(({ key }) => rowOf(key).authority)),
];
