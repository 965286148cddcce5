/**
 * What clients were told while backends were killed under them: every write with what became of it, every version they were shown.
 * Some lies show at once (a version that goes back, two clients who see one version differently): they are noted as sightings. The
 * rest is for the judge, who compares with the authorities when everything has come to rest.
 */
import type { ThreadView, WriteCommand, WriteEnd } from '#impl/core/protocol.ts';
import type { BackendId, IntentId, ThreadId, WalletId } from '#impl/ports/ids.ts';

export interface WriteRecord {
  readonly client: string;
  readonly wallet: WalletId;
  readonly intent: IntentId;
  readonly command: WriteCommand;
  /** null while under way. */
  readonly answer: 'confirmed' | 'refused' | 'unsettled' | null;
  /** null while nobody knows. */
  readonly end: WriteEnd | null;
}

/** Something that must never be seen. */
export interface Sighting {
  readonly rule: 'forward' | 'agreement' | 'strong read' | 'session' | 'one end';
  readonly detail: string;
}

export interface ReadCounts {
  strong: number;
  cached: number;
  search: number;
  refused: number;
}

/** Where a kill may hit: a write has just begun at a backend, or was just answered with its end. */
export type Moment = (what: 'begun' | 'ended', backend: BackendId) => void;

export const describeEnd = (end: WriteEnd): string =>
  end.kind === 'confirmed' ? `confirmed as version ${end.version}` : `refused ${end.refusal.code}`;

/** What two observers of one version must agree on. */
export function fingerprint(view: ThreadView): string {
  const { thread, version, coAuthors, vault, messages, specs } = view;
  return JSON.stringify([
    thread,
    version,
    coAuthors,
    String(vault),
    messages.map(({ hash, author, sequence }) => [hash, author, sequence]),
    specs.map((spec) => [spec.hash, spec.author, String(spec.stake), spec.expiresAtS, spec.voters, spec.approvals, spec.denials]),
  ]);
}

export class CrashRecord {
  readonly reads: ReadCounts = { strong: 0, cached: 0, search: 0, refused: 0 };
  readonly moments = new Set<Moment>();
  connects = 0;
  signIns = 0;
  readonly #writes = new Map<IntentId, WriteRecord>();
  readonly #sightings = new Map<string, Sighting>();
  readonly #versions = new Map<string, string>();
  readonly #confirmed = new Map<ThreadId, number>();

  get writes(): readonly WriteRecord[] {
    return [...this.#writes.values()];
  }

  get sightings(): readonly Sighting[] {
    return [...this.#sightings.values()];
  }

  /** Different pairs of thread and version that somebody was shown. */
  get versionsSeen(): number {
    return this.#versions.size;
  }

  /** The newest version of a thread that anybody was told to be confirmed; 0 for none. */
  newestConfirmed(thread: ThreadId): number {
    return this.#confirmed.get(thread) ?? 0;
  }

  begin(write: Pick<WriteRecord, 'client' | 'wallet' | 'intent' | 'command'>, backend: BackendId | null): void {
    this.#writes.set(write.intent, { ...write, answer: null, end: null });
    if (backend !== null) this.#tell('begun', backend);
  }

  answer(intent: IntentId, answer: NonNullable<WriteRecord['answer']>, end: WriteEnd | null, backend: BackendId | null): void {
    const write = this.#writes.get(intent);
    if (write === undefined) throw new Error(`no write was begun as ${intent}`);
    this.#writes.set(intent, { ...write, answer });
    if (end !== null) this.end(intent, end);
    if (end !== null && backend !== null) this.#tell('ended', backend);
  }

  /** The end of a write, told at once or learned later. A write that was prepared anew has its first name and a suffix. */
  end(name: string, end: WriteEnd): void {
    const intent = name.split('.')[0] as IntentId;
    const write = this.#writes.get(intent);
    if (write === undefined) return;
    if (write.end !== null) {
      const before = describeEnd(write.end);
      if (before !== describeEnd(end))
        this.sight('one end', `${write.client} was told ${before}, then ${describeEnd(end)}, of ${name}`);
      return;
    }
    this.#writes.set(intent, { ...write, end });
    if (end.kind === 'confirmed') this.#confirmed.set(end.thread, Math.max(end.version, this.newestConfirmed(end.thread)));
  }

  shown(observer: string, view: ThreadView): void {
    const key = `${view.thread}/${view.version}`;
    const seen = fingerprint(view);
    const before = this.#versions.get(key);
    this.#versions.set(key, before ?? seen);
    if (before !== undefined && before !== seen)
      this.sight('agreement', `${observer} was shown version ${view.version} of ${view.thread} as ${seen}, others as ${before}`);
  }

  sight(rule: Sighting['rule'], detail: string): void {
    this.#sightings.set(`${rule}: ${detail}`, { rule, detail });
  }

  #tell(...[what, backend]: Parameters<Moment>): void {
    for (const moment of [...this.moments]) moment(what, backend);
  }
}
