/** What the generator may know, read off the likeliest world of a belief. */
import { contentOf, type World } from '#model/index.ts';
import type { Glimpse, GlimpsedClient, GlimpsedThread } from './glimpse.ts';

function glimpseClients(world: World): readonly GlimpsedClient[] {
  return [...world.frontends].map(([name, { backend, tokens }]) => {
    const session = backend === null ? undefined : world.backends.get(backend)?.memory.sessions.get(tokens.get(backend) ?? '');
    return {
      name,
      backend,
      signedIn: session !== undefined && world.nowMs < session.expiresAtMs,
      balance: world.solana.wallets.get(name) ?? 0n,
    };
  });
}

function glimpseThreads(world: World): readonly GlimpsedThread[] {
  return [...world.solana.threads.values()].map((thread) => {
    return {
      thread: thread.id,
      coAuthors: thread.now.coAuthors,
      open: thread.now.openSpecs.map((spec) => ({
        content: contentOf(spec.hash),
        awaited: spec.voters.filter(
          (voter) => thread.now.coAuthors.includes(voter) && !spec.approvals.includes(voter) && !spec.denials.includes(voter),
        ),
        voted: [...spec.approvals, ...spec.denials],
        expiresAtMs: spec.expiresAtS * 1_000,
      })),
      settled: [...thread.specs.values()].filter((spec) => spec.status !== 'open').map((spec) => contentOf(spec.hash)),
    };
  });
}

export function glimpse(world: World): Glimpse {
  const sessionEnds = [...world.backends.values()].flatMap((backend) =>
    [...backend.memory.sessions.values()].map((each) => each.expiresAtMs),
  );
  const threads = glimpseThreads(world);
  const specEnds = threads.flatMap((thread) => thread.open.map((spec) => spec.expiresAtMs));
  return {
    nowMs: world.nowMs,
    minimumStake: world.solana.rules.minimumStake,
    clients: glimpseClients(world),
    backends: [...world.backends].map(([name, { running }]) => ({ name, up: running })),
    links: world.links,
    threads,
    deadlinesMs: [...new Set([...specEnds, ...sessionEnds])].filter((deadline) => deadline > world.nowMs).sort((a, b) => a - b),
  };
}
