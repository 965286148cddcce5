/**
 * A run as each thread saw it at each backend: the ledger making its versions, and each batch in which the backend took over what it
 * had been told of them, or wrote off what it had. Positions in the ledger's stream are told as the thread's version there.
 */

import { cachedVersion, isDurable, isRunning, isSynced } from '#model/protocols/node.ts';
import { type RecoveryDesign, type RecoverySlots, recoveryDesign, type Told, thread } from '#model/protocols/recovery.ts';
import { type BatchSource, batchRule } from '#model/protocols/recovery-run.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import type { Reading } from './acceptor.ts';
import { type BatchWrite, batchOf, type Observed, sealedIn } from './rows.ts';

export interface ThreadTrace {
  readonly backend: string;
  readonly thread: string;
  readonly observed: readonly Observed[];
}

interface Position {
  readonly signature: string;
}

interface Event extends Position {
  readonly thread: string;
  readonly version: number;
}

interface Page {
  readonly after: Position | null;
  readonly next: Position | null;
  readonly events: readonly Event[];
}

/** What somebody at a backend was told since it last made a batch. */
interface Heard {
  readonly pages: Page[];
  readonly again: Map<string, Event[]>;
  readonly accounts: Map<string, number>;
}

interface Open {
  readonly backend: string;
  readonly thread: string;
  readonly observed: Observed[];
  /** New with each batch. */
  rows: Rows;
  /** What a crash leaves of them; the same where all is durable. */
  durable: Rows;
}

type Mark = 'no' | 'gap' | 'rebuild';

/** What a backend has of a thread. */
interface Rows {
  readonly version: number;
  readonly mark: Mark;
}

const noRows: Rows = { version: 0, mark: 'no' };

class Reader {
  readonly #traces = new Map<string, Open>();
  readonly #backends: ReadonlySet<string>;
  readonly #down = new Set<string>();
  /** Where each transaction is in the ledger's order. */
  readonly #places = new Map<string, number>();
  /** By thread: where its versions were made. */
  readonly #versions = new Map<string, number[]>();
  readonly #forged = new Set<unknown>();
  readonly #heard = new Map<string, Heard>();

  constructor(effects: readonly Effect[]) {
    this.#backends = new Set(effects.filter(({ label }) => label === 'store.sync').map(({ node }) => node));
  }

  read(effects: readonly Effect[]): readonly ThreadTrace[] {
    for (const effect of effects) this.#take(effect);
    return [...this.#traces.values()];
  }

  #take(effect: Effect): void {
    const { node, label, inputs } = effect;
    switch (label) {
      case 'chain.confirmed':
        this.#confirmed(effect);
        return;
      case 'chain.forged':
        this.#forged.add(inputs[0]);
        return;
      case 'ledger.events':
        this.#events(effect);
        return;
      case 'ledger.thread': {
        const told = effect.told as { ok: boolean; value?: { value: { version: number } | null } } | null;
        if (told?.ok === true) this.#by(effect).accounts.set(inputs[0] as string, told.value?.value?.version ?? 0);
        return;
      }
      case 'store.write':
        this.#batch(effect);
        return;
      case 'store.sync':
        for (const trace of this.#at(node)) {
          if (trace.rows !== trace.durable) trace.observed.push({ what: 'sync', step: effect.step });
          trace.durable = trace.rows;
        }
        return;
      case 'node.crash':
      case 'node.restart':
        this.#life(effect, label === 'node.crash');
    }
  }

  #at(backend: string): readonly Open[] {
    return [...this.#traces.values()].filter((trace) => trace.backend === backend);
  }

  #life({ node, step }: Effect, isDown: boolean): void {
    if (isDown) this.#down.add(node);
    else this.#down.delete(node);
    for (const trace of this.#at(node)) {
      trace.observed.push({ what: isDown ? 'crash' : 'restart', step });
      if (isDown) trace.rows = trace.durable;
    }
  }

  #confirmed({ inputs, told, step }: Effect): void {
    const [signature, name] = inputs as readonly [string, string];
    const place = this.#places.size;
    this.#places.set(signature, place);
    if (told !== null) return;
    const versions = this.#versions.get(name) ?? [];
    this.#versions.set(name, versions);
    versions.push(place);
    for (const backend of this.#backends) this.#of(backend, name, step).observed.push({ what: 'event', step });
  }

  #of(backend: string, name: string, step: number): Open {
    const key = `${backend} ${name}`;
    const known = this.#traces.get(key);
    if (known !== undefined) return known;
    const observed: Observed[] = this.#down.has(backend) ? [{ what: 'crash', step }] : [];
    const trace: Open = { backend, thread: name, observed, rows: noRows, durable: noRows };
    this.#traces.set(key, trace);
    return trace;
  }

  #by({ node, task }: Effect): Heard {
    const key = `${node} ${task}`;
    const known = this.#heard.get(key);
    if (known !== undefined) return known;
    const heard: Heard = { pages: [], again: new Map(), accounts: new Map() };
    this.#heard.set(key, heard);
    return heard;
  }

  #events(effect: Effect): void {
    const [after, , of] = effect.inputs as readonly [Position | null, number, string | undefined];
    const told = effect.told as { ok: boolean; value?: { events: readonly Event[]; next: Position | null } } | null;
    if (told?.ok !== true || told.value === undefined) return;
    const heard = this.#by(effect);
    const { events, next } = told.value;
    if (of === undefined) heard.pages.push({ after, next, events });
    else heard.again.set(of, [...(heard.again.get(of) ?? []), ...events]);
  }

  /** The thread's version at a place in the stream. */
  #versionAt(name: string, position: Position | null): number {
    if (position === null) return 0;
    const place = this.#places.get(position.signature) ?? -1;
    return (this.#versions.get(name) ?? []).filter((each) => each <= place).length;
  }

  #told(name: string, events: readonly Event[]): readonly Told[] {
    return events
      .filter((event) => event.thread === name)
      .map((event) => ({ version: event.version, forged: this.#forged.has(event) }));
  }

  #batch(effect: Effect): void {
    const batch = batchOf(effect);
    const put = (table: string, key: string) => batch.find((each) => each.table === table && each.key === key);
    const isOurs = (write: BatchWrite) => write.table === 'threads' || write.table === 'behind' || write.key === 'checkpoint';
    if (!batch.some(isOurs)) return;
    const heard = this.#by(effect);
    this.#heard.delete(`${effect.node} ${effect.task}`);
    const positionOf = (key: string) =>
      (sealedIn(put('meta', key)) as { readonly position: Position | null } | null)?.position ?? null;
    const hasMoved = put('meta', 'checkpoint.previous') !== undefined;
    const [from, to] = [positionOf('checkpoint.previous'), positionOf('checkpoint')];
    const isSame = (a: Position | null, b: Position | null): boolean => a?.signature === b?.signature;
    const page = hasMoved ? heard.pages.findLast(({ after, next }) => isSame(after, from) && isSame(next, to)) : undefined;
    for (const name of this.#versions.keys()) {
      const row = put('threads', name);
      const mark = put('behind', name);
      const [at, next] = [this.#versionAt(name, from), this.#versionAt(name, to)];
      const isPage = hasMoved && (at !== next || row !== undefined || mark !== undefined);
      const isFill = !hasMoved && (row !== undefined || mark !== undefined);
      if (!isPage && !isFill) continue;
      const again = this.#told(name, heard.again.get(name) ?? []);
      const events = this.#told(name, page?.events ?? []);
      const source: BatchSource =
        row?.kind === 'delete'
          ? { does: 'write off' }
          : isPage
            ? { does: 'page', from: at, page: { events, next }, again }
            : { does: 'fill', again, account: heard.accounts.get(name) ?? null };
      const trace = this.#of(effect.node, name, effect.step);
      trace.rows = rowsAfter(trace.rows, row, mark);
      trace.observed.push({ what: `${sourceText(source)}: ${leftText(trace.rows)}`, step: effect.step });
    }
  }
}

export const readThreads = (effects: readonly Effect[]): readonly ThreadTrace[] => new Reader(effects).read(effects);

const toldText = (told: readonly Told[]): string =>
  told.length === 0 ? 'nothing' : told.map(({ version, forged }) => `${forged ? '!' : ''}${version}`).join(' ');
const toldIn = (text: string): readonly Told[] =>
  text === 'nothing'
    ? []
    : text.split(' ').map((each) => ({ version: Number(each.replace('!', '')), forged: each.startsWith('!') }));

/** `!` before a version: it was not the ledger's. */
function sourceText(source: BatchSource): string {
  switch (source.does) {
    case 'page':
      return `page ${source.from} to ${source.page.next} of ${toldText(source.page.events)}, again ${toldText(source.again)}`;
    case 'fill':
      return `fill of ${toldText(source.again)}, account ${source.account ?? 'unknown'}`;
    case 'write off':
      return 'write off';
  }
}

const leftText = ({ version, mark }: Rows): string => `version ${version}${mark === 'no' ? '' : `, ${mark}`}`;

function rowsAfter(before: Rows, row: BatchWrite | undefined, mark: BatchWrite | undefined): Rows {
  const version = row?.kind === 'put' ? (sealedIn(row) as { readonly version: number }).version : 0;
  return {
    version: row === undefined ? before.version : version,
    mark: mark === undefined ? before.mark : mark.kind === 'delete' ? 'no' : (mark.value as Mark),
  };
}

/** What a text of a batch says that it was made of; null where it is of none. */
function sourceIn(observation: string): BatchSource | null {
  const [text] = observation.split(': ') as [string];
  if (text === 'write off') return { does: 'write off' };
  const page = /^page (\d+) to (\d+) of (.*), again (.*)$/.exec(text);
  if (page !== null) {
    const [, from, next, events, again] = page as unknown as readonly string[];
    return {
      does: 'page',
      from: Number(from),
      page: { events: toldIn(events as string), next: Number(next) },
      again: toldIn(again as string),
    };
  }
  const fill = /^fill of (.*), account (.*)$/.exec(text);
  if (fill === null) return null;
  const [, again, account] = fill as unknown as readonly string[];
  return { does: 'fill', again: toldIn(again as string), account: account === 'unknown' ? null : Number(account) };
}

const batches: ReadonlySet<unknown> = new Set(['page', 'fill', 'write off']);

/** How steps of the design show in a run. */
export const threadReading = (design: RecoveryDesign = recoveryDesign): Reading<RecoverySlots> => ({
  observed: (label, _, { node, journal }) => {
    const { does, source } = label as Readonly<Record<string, string>>;
    if (batches.has(does)) return `${source}: ${leftText({ version: cachedVersion(node, thread), mark: journal.now.behind })}`;
    return does === 'damage' ? null : (does ?? null);
  },
  stutters: (observation, { node, journal }) =>
    observation === 'sync' ? isSynced(node) && isDurable(journal) : observation === (isRunning(node) ? 'restart' : 'crash'),
  given: (observation) => {
    const source = sourceIn(observation);
    return source === null ? [] : [batchRule(source, sourceText(source), design)];
  },
});
