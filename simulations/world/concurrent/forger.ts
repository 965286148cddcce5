/** A node that lies once when it is told to: one event of its next answer is what the ledger never said. */
import type { ThreadId, WalletId } from '#impl/ports/ids.ts';
import type { Ledger, LedgerEvent } from '#impl/ports/ledger.ts';
import { intercepted } from '../intercepted.ts';
import type { Forgery } from './command.ts';

type Page = Awaited<ReturnType<Ledger['events']>>;

export class Forger {
  readonly #stranger: WalletId;
  #armed: Forgery | null = null;
  /** How many answers were not the ledger's. */
  count = 0;
  readonly #onForged: (event: LedgerEvent) => void;

  /**
   * @param stranger a wallet that nobody of this world has
   * @param onForged told of every event that the ledger never said, before whoever asked is
   */
  constructor(stranger: WalletId, onForged: (event: LedgerEvent) => void) {
    this.#stranger = stranger;
    this.#onForged = onForged;
  }

  arm(as: Forgery): void {
    this.#armed = as;
  }

  /** A ledger whose events pass through here. */
  between(ledger: Ledger): Ledger {
    return intercepted(ledger, (method, apply) => {
      if (method !== 'events') return null;
      return async (...inputs) => this.#pass((await apply(inputs)) as Page);
    });
  }

  #pass(page: Page): Page {
    const as = this.#armed;
    this.#armed = null;
    if (as === null || !page.ok || page.value.events.length === 0) return page;
    this.count += 1;
    const [first, ...rest] = page.value.events as readonly [LedgerEvent, ...LedgerEvent[]];
    const forged = this.#forged(first, as);
    this.#onForged(forged);
    return { ok: true, value: { ...page.value, events: [forged, ...rest] } };
  }

  #forged(event: LedgerEvent, as: Forgery): LedgerEvent {
    switch (as) {
      case 'shape':
        return { ...event, thread: event.thread.toUpperCase().slice(1) as ThreadId };
      case 'order':
        return { ...event, slot: event.version === 1 ? -1 : 0 };
      case 'version':
        return { ...event, version: event.version + 7 };
      case 'author':
        // Whom only the rules tell from one who may: the event itself looks like any other.
        if (event.kind === 'messagePosted') return { ...event, author: this.#stranger };
        if (event.kind === 'voted') return { ...event, voter: this.#stranger };
        return { ...event, kind: 'divested', wallet: this.#stranger, payout: 1n };
    }
  }
}
