/** The emulator's faults and its stored points, as a world needs them. */
import { pointIdOf } from '#impl/adapters/qdrant/point-ids.ts';
import { hashContent } from '#impl/core/content.ts';
import type { ThreadId, WalletId } from '#impl/ports/ids.ts';
import type { EmulatorWorld } from '../../qdrant/world.ts';
import type { ContentFaults, Stored } from '../authorities.ts';
import type { Payload } from '../observe-services.ts';

const collections = ['messages', 'threads'] as const;

export function emulatorFaults(world: EmulatorWorld): ContentFaults {
  let frozenAt: string | null = null;
  // Operation numbers count up with every applied operation, so they name what is stored.
  const version = (): string => collections.map((name) => String(world.recentWrites(name).at(-1)?.number ?? 0)).join(' ');
  return {
    arm: (fault) => world.arm(fault),
    disarm: () => world.disarm(),
    armed: () => world.armed(),
    fired: () => {
      const fired = world.fired();
      return { count: fired.length, changed: fired.at(-1)?.changed ?? false };
    },
    freezeReads: () => {
      frozenAt = version();
      world.freezeReads();
    },
    thawReads: () => {
      frozenAt = null;
      world.thawReads();
    },
    isStale: () => frozenAt !== null && frozenAt !== version(),
    applyPending: () => world.applyPending(),
    deliverDelayed: () => world.deliverDelayed(),
    redeliver: (back) => {
      const writes = collections.flatMap((name) => world.recentWrites(name).map(({ number }) => ({ name, number })));
      const write = writes.at(-1 - back);
      return write !== undefined && world.redeliver(write.name, write.number);
    },
    alter: (hash) => {
      const id = pointIdOf(hash);
      const point = world.points('messages').find((each) => each.id === id);
      if (point === undefined) return false;
      return world.tamper('messages', id, { payload: { ...point.payload, text: 'not what its author wrote' } });
    },
    misorder: (hash) => {
      const point = world.points('messages').find((each) => each.id === pointIdOf(hash));
      const sequence = point?.payload?.['sequence'];
      if (point === undefined || typeof sequence !== 'number') return false;
      return world.tamper('messages', point.id, { payload: { ...point.payload, sequence: sequence + 1 } });
    },
    alterMetadata: (thread, coAuthors) => {
      const point = world.points('threads').find((each) => each.id === pointIdOf(thread));
      if (point === undefined) return false;
      return world.tamper('threads', point.id, { payload: { ...point.payload, co_authors: [...coAuthors] } });
    },
    lose: (what) =>
      'hash' in what ? world.lose('messages', pointIdOf(what.hash)) : world.lose('threads', pointIdOf(what.thread)),
  };
}

export function storedPoints(messages: readonly Payload[], threads: readonly Payload[]): Stored {
  const isGenuine = ({ content_hash: hash, thread, author, text }: Payload): boolean =>
    hashContent({ thread: thread as ThreadId, author: author as WalletId, text: String(text) }) === hash;
  return {
    messages: new Map(
      messages.map((payload) => [
        String(payload['content_hash']),
        {
          state: String(payload['state']),
          genuine: isGenuine(payload),
          sequence: typeof payload['sequence'] === 'number' ? payload['sequence'] : null,
        },
      ]),
    ),
    threads: new Map(
      threads.map((payload) => [
        String(payload['thread']),
        {
          thread: String(payload['thread']),
          version: Number(payload['version']),
          coAuthors: payload['co_authors'] as readonly string[],
        },
      ]),
    ),
  };
}
