/** Tiers that lie in one place, so that the harness itself can be judged: each lie is a mistake that somebody could make. */
import type { ContentStore } from '#impl/ports/content-store.ts';
import type { Ledger } from '#impl/ports/ledger.ts';
import { applied, ok } from '#impl/ports/outcome.ts';
import type { Authorities, Tier } from '#simulations/world/authorities.ts';

/** A tier with its authorities replaced by `change`. */
export const tierWith = (tier: Tier, change: (authorities: Authorities) => Authorities): Tier => ({
  ...tier,
  open: async (options) => change(await tier.open(options)),
});

const withLedger = (tier: Tier, change: (ledger: Ledger) => Partial<Ledger>): Tier =>
  tierWith(tier, (authorities) => {
    const { ledger } = authorities;
    const connect = (): Ledger => {
      const real = ledger.connect();
      return overlaid(real, change(real));
    };
    return { ...authorities, ledger: overlaid(ledger, { connect }) };
  });

const withContent = (tier: Tier, change: (store: ContentStore) => Partial<ContentStore>): Tier =>
  tierWith(tier, (authorities) => {
    const { content } = authorities;
    const connect: typeof content.connect = (random) => {
      const real = content.connect(random);
      return overlaid(real, change(real));
    };
    return { ...authorities, content: overlaid(content, { connect }) };
  });

/** The object with some members replaced; getters and methods keep their own. */
function overlaid<T extends object>(real: T, over: Partial<T>): T {
  return new Proxy(real, {
    get: (target, key) => {
      if (key in over) return Reflect.get(over, key, over);
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** What is only processed is told as confirmed. */
export const confirmsTooEarly = (tier: Tier): Tier =>
  withLedger(tier, (ledger) => ({
    transactionStatus: async (signature, options) => {
      const status = await ledger.transactionStatus(signature, options);
      if (!status.ok || status.value.kind !== 'landed') return status;
      return ok({ ...status.value, commitment: 'confirmed' });
    },
  }));

/** What a node that lags has not seen counts as not there. */
export const believesWhoLags = (tier: Tier): Tier =>
  withLedger(tier, (ledger) => ({
    transactionStatus: (signature, { searchHistory }) => ledger.transactionStatus(signature, { searchHistory }),
  }));

/** Every second metadata write is told as written, and is not. */
export function forgetsMetadata(tier: Tier): Tier {
  return withContent(tier, (store) => {
    let writes = 0;
    return {
      putThread: async (metadata) => {
        writes += 1;
        return writes % 2 === 0 ? applied('written') : store.putThread(metadata);
      },
      // Its own reads would tell on it.
      thread: async (id) => {
        const stored = await store.thread(id);
        return stored.ok && stored.value !== null ? ok({ ...stored.value, version: Number.MAX_SAFE_INTEGER }) : stored;
      },
    };
  });
}

/** Metadata is written whatever is there already: the newest may be replaced by what comes late. */
export const writesAnyVersion = (tier: Tier): Tier =>
  tierWith(tier, (authorities) => {
    const { content } = authorities;
    const connect: typeof content.connect = (random) => {
      const real = content.connect(random);
      const putThread: typeof real.putThread = (metadata) => {
        content.faults?.lose({ thread: metadata.thread });
        return real.putThread(metadata);
      };
      return overlaid(real, { putThread });
    };
    return { ...authorities, content: overlaid(content, { connect }) };
  });

/** The content store stays away for good. */
export const neverComesBack = (tier: Tier): Tier =>
  tierWith(tier, (authorities) => {
    const { content } = authorities;
    return { ...authorities, content: overlaid(content, { setLink: () => content.setLink('down') }) };
  });
