/**
 * The specification's fallback_to_direct_queries: what a client reads of Solana and Qdrant by itself while no backend can be reached.
 *
 *   the account at `confirmed` -> the thread's own events since what is held -> both must say the same -> the view
 *
 * Nobody's word is taken: events are validated one by one, and what they add up to is held against the account (version, co-authors,
 * vault, counts, the digest of all messages). Not checked: who voted for what in specs that are open, which accounts of threads do not
 * say. Changes nothing anywhere.
 */
import { checkText, isGenuine } from '../core/content.ts';
import { EMPTY_CHAIN, extendChain } from '../core/hash-chain.ts';
import { differencesIn } from '../core/ledger-comparison.ts';
import type { Hit, RequestRefusal, ThreadView } from '../core/protocol.ts';
import { refusalOf } from '../core/refusal.ts';
import { delayBeforeMs, requestRetries, retryRead } from '../core/retry.ts';
import { applyEvent } from '../core/thread-view.ts';
import { problemOf } from '../core/validate-event.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { ThreadId, WalletId } from '../ports/ids.ts';
import type { EventPosition, Ledger, LedgerEvent, LedgerThread } from '../ports/ledger.ts';
import { type Failure, failed, ok, type Reply } from '../ports/outcome.ts';

export interface DirectPorts {
  readonly ledger: Ledger;
  readonly contentStore: ContentStore;
  readonly embedder: Embedder;
  readonly clock: Clock;
}

/** A thread's view, and the slot of the bank whose account it was held against. */
export interface DirectView {
  readonly view: ThreadView;
  readonly slot: number;
}

/** How far a thread's events have been followed. */
interface Stand {
  /** null: from the beginning. */
  readonly view: ThreadView | null;
  /** Of the view's messages. */
  readonly chain: string;
  /** An event at or before the view's version, to read on from; null: the thread's first. */
  readonly after: EventPosition | null;
}

interface Followed {
  readonly stand: Stand;
  /** Whether it is what the account says. */
  readonly fits: boolean;
}

const beginning: Stand = { view: null, chain: EMPTY_CHAIN, after: null };
/** Transactions read at a time. */
const PAGE = 500;

const solana = (kind: Failure['kind'], code: string, detail: string): Failure => ({ kind, authority: 'solana', code, detail });

export class DirectReads {
  readonly clock: Clock;
  readonly #ports: DirectPorts;
  /** Where earlier direct reads got to, so that the next one costs only what is new. */
  readonly #stands = new Map<ThreadId, Stand>();

  constructor(ports: DirectPorts) {
    this.#ports = ports;
    this.clock = ports.clock;
  }

  /**
   * The thread as the ledger has it confirmed now; `held` is the newest confirmed view the client has of it, `minSlot` the newest slot
   * it has seen. Refuses `ThreadNotFound`, `SolanaUnavailable` (not reached, or by nobody who knows what the client knows already),
   * `EventsBehind` (the stream has not come as far as the account), `EventsContradict` (events and account do not say the same).
   */
  async thread(thread: ThreadId, held: ThreadView | undefined, minSlot: number): Promise<DirectView | RequestRefusal> {
    const start = this.#start(thread, held);
    const account = await this.#account(thread, start.view?.version ?? 0, minSlot);
    if (!account.ok) return refusalOf(account.failure);
    const { slot, value } = account.value;
    if (value === null) {
      return { code: 'ThreadNotFound', authority: 'solana', detail: `no thread ${thread} at commitment confirmed` };
    }
    let followed = await this.#follow(start, value);
    // What is held came from some backend: the ledger's own events decide.
    if (followed.ok && !followed.value.fits && start !== beginning) followed = await this.#follow(beginning, value);
    if (!followed.ok) return refusalToTell(followed.failure);
    const { stand, fits } = followed.value;
    if (!fits || stand.view === null) {
      const detail = `the events of thread ${thread} up to version ${value.version} do not add up to what its account says`;
      return { code: 'EventsContradict', authority: 'solana', detail };
    }
    this.#stands.set(thread, stand);
    return { view: stand.view, slot };
  }

  /** Recorded messages most similar to `text`, each of them what its hash says. */
  async search(
    text: string,
    { thread, author, limit }: { readonly thread: ThreadId | null; readonly author: WalletId | null; readonly limit: number },
  ): Promise<readonly Hit[] | RequestRefusal> {
    const problem = checkText(text);
    if (problem !== null) return { ...problem, authority: 'frontend' };
    const { clock, contentStore, embedder } = this.#ports;
    const vectors = await retryRead(clock, requestRetries, () => embedder.embed([text]));
    if (!vectors.ok) return refusalOf(vectors.failure);
    const filter = { ...(thread === null ? {} : { thread }), ...(author === null ? {} : { author }) };
    const found = await retryRead(clock, requestRetries, () =>
      contentStore.search({ vector: vectors.value[0] ?? [], limit, ...filter }),
    );
    if (!found.ok) return refusalOf(found.failure);
    return found.value.flatMap(({ message, score }) => {
      const { state, sequence, ...content } = message;
      return state === 'recorded' && sequence !== null && isGenuine(content) ? [{ ...content, sequence, score }] : [];
    });
  }

  /** A node that knows less than the client is as good as behind. */
  #account(thread: ThreadId, heldVersion: number, minContextSlot: number): ReturnType<Ledger['thread']> {
    const { clock, ledger } = this.#ports;
    return retryRead(clock, requestRetries, async () => {
      const read = await ledger.thread(thread, { commitment: 'confirmed', minContextSlot });
      const version = read.ok ? (read.value.value?.version ?? 0) : heldVersion;
      if (version >= heldVersion) return read;
      const detail = `the node answers version ${version} of thread ${thread}, of which version ${heldVersion} was confirmed`;
      return failed(solana('behind', 'NodeBehind', detail));
    });
  }

  /** From the newest view there is; events are read on from where an earlier direct read got to. */
  #start(thread: ThreadId, held: ThreadView | undefined): Stand {
    const stood = this.#stands.get(thread) ?? beginning;
    const { view, chain, after } = stood;
    if (held === undefined || (view !== null && view.version >= held.version)) return stood;
    const known = view?.messages.length ?? 0;
    return { view: held, chain: extendChain(chain, hashesOf(held, known)), after };
  }

  /** Applies the thread's events up to the account's version, whatever order they come in and however often. */
  async #follow(start: Stand, account: LedgerThread): Promise<Reply<Followed>> {
    const { clock } = this.#ports;
    const waiting = new Map<number, LedgerEvent>();
    let stand = start;
    for (let attempt = 1; ; attempt += 1) {
      const reached = await this.#readOn(stand, account, waiting);
      if (!reached.ok) return reached;
      stand = reached.value;
      const version = stand.view?.version ?? 0;
      if (version === account.version) return ok({ stand, fits: fits(stand, account) });
      if (attempt >= requestRetries.attempts) {
        const detail = `the events of thread ${account.id} have come to version ${version}, its account to ${account.version}`;
        return failed(solana('behind', 'EventsBehind', detail));
      }
      await clock.sleep(delayBeforeMs(requestRetries, attempt + 1, null));
    }
  }

  /** Until the account's version is reached or the stream ends. `waiting`: what came before it could be applied. */
  async #readOn(start: Stand, account: LedgerThread, waiting: Map<number, LedgerEvent>): Promise<Reply<Stand>> {
    const { clock, ledger } = this.#ports;
    let stand = start;
    for (let after = start.after; (stand.view?.version ?? 0) < account.version; ) {
      const page = await retryRead(clock, requestRetries, () => ledger.events(after, PAGE, account.id));
      if (!page.ok) return page;
      for (const event of page.value.events) {
        const isWanted = event.thread === account.id && event.version <= account.version;
        if (isWanted && !waiting.has(event.version)) waiting.set(event.version, event);
      }
      stand = applied(stand, waiting);
      const { next } = page.value;
      if (next === null || (next.slot === after?.slot && next.signature === after.signature)) break;
      after = next;
    }
    return ok(stand);
  }
}

/** The stand with every event applied that follows on it. An event that no ledger could have told is thrown away. */
function applied(stand: Stand, waiting: Map<number, LedgerEvent>): Stand {
  let { view, chain, after } = stand;
  for (;;) {
    const version = (view?.version ?? 0) + 1;
    const event = waiting.get(version);
    if (event === undefined) return { view, chain, after };
    waiting.delete(version);
    const at: EventPosition = { slot: event.slot, signature: event.signature };
    // A view that came from a backend has no position: of it only the order of versions can be checked.
    const known = view === null ? undefined : { view, at: view === stand.view ? at : (after ?? at) };
    if (problemOf(event, known) !== null) return { view, chain, after };
    const result = applyEvent(view ?? undefined, event);
    if (result.kind !== 'applied') return { view, chain, after };
    chain = extendChain(chain, hashesOf(result.view, view?.messages.length ?? 0));
    view = result.view;
    after = at;
  }
}

const hashesOf = ({ messages }: ThreadView, from: number) => messages.slice(from).map(({ hash }) => hash);

/** Of the account's version. */
const fits = ({ view, chain }: Stand, account: LedgerThread): boolean =>
  view !== null && differencesIn(view, chain, account).length === 0;

/** That the stream is behind has a name of its own: the ledger itself was reached. */
const refusalToTell = (failure: Failure): RequestRefusal =>
  failure.code === 'EventsBehind'
    ? { code: failure.code, authority: failure.authority, detail: failure.detail }
    : refusalOf(failure);
