/**
 * Whoever is connected is told: what a backend has come to know while a client was connected to it, that client shows before it asks
 * for anything. Looked at between the backends' round and the clients', for in its own round a client finds everything it was not told.
 */
import type { Observation } from '#model/observation.ts';

/** What backends hold and clients show, in one moment. */
export type Screens = Pick<Observation, 'backends' | 'clients'>;

/** The first client that was not told, and of what; null when everybody was. @param before and after with no fault between them */
export function notPushed(before: Screens, after: Screens): string | null {
  for (const { client, backend, threads } of after.clients) {
    if (backend === null || before.clients.find((each) => each.client === client)?.backend !== backend) continue;
    for (const { thread, version } of cacheOf(after, backend)) {
      const known = versionIn(cacheOf(before, backend), thread);
      const shown = versionIn(threads, thread);
      if (known >= version || shown >= version) continue;
      return `${client} is connected to ${backend}, which has come to know ${thread}@${version}, and shows ${thread}@${shown} until it asks`;
    }
  }
  return null;
}

const cacheOf = ({ backends }: Screens, name: string): Observation['backends'][number]['cache'] =>
  backends.find(({ backend }) => backend === name)?.cache ?? [];

/** 0: not there. */
const versionIn = (threads: readonly { readonly thread: string; readonly version: number }[], name: string): number =>
  threads.find(({ thread }) => thread === name)?.version ?? 0;
