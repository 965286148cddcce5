/**
 * What the generator knows while it writes a scenario: the model's ledger, taken through the commands so far as if they ran one after
 * another and nothing failed. The run will differ; arguments chosen so are still seldom out of place.
 */
import type { Operation } from '#model/action.ts';
import { contentOf } from '#model/content.ts';
import { instructionOf } from '#model/sequences/write.ts';
import { genesis, rulesOf, type SolanaState } from '#model/solana/state.ts';
import { stepSolana } from '#model/solana/step.ts';
import type { Glimpse, GlimpsedThread } from '#properties/lockstep/glimpse.ts';
import { isWrite } from '#properties/oracles/history.ts';
import type { ConcurrentSetup } from '#simulations/world/concurrent/concurrent-world.ts';
import { genesisMs } from '#simulations/world/system.ts';

const minimumStake = 1_000n;

export class Sketch {
  readonly #clients: Glimpse['clients'];
  readonly #backends: Glimpse['backends'];
  #ledger: SolanaState;
  #nowMs = genesisMs;

  constructor({ wallets, backends, balance }: ConcurrentSetup) {
    const names = Array.from({ length: wallets }, (_, index) => `wallet#${index}`);
    this.#clients = names.map((name) => ({ name, backend: 'backend#0', signedIn: true, balance }));
    this.#backends = Array.from({ length: backends }, (_, index) => ({ name: `backend#${index}`, up: true }));
    this.#ledger = genesis(rulesOf(minimumStake), new Map(names.map((name) => [name, balance])));
  }

  /** As if the client did it now. */
  take(client: string, operation: Operation): void {
    if (!isWrite(operation)) return;
    const action = { ...instructionOf(operation, client), signer: client, nowS: Math.floor(this.#nowMs / 1000) };
    this.#ledger = stepSolana(this.#ledger, action).state;
    this.#nowMs += 1_200;
  }

  pass(ms: number): void {
    this.#nowMs += ms;
  }

  get glimpse(): Glimpse {
    const threads = [...this.#ledger.threads.values()].map(
      ({ id, now, specs }): GlimpsedThread => ({
        thread: id,
        coAuthors: now.coAuthors,
        open: now.openSpecs.map(({ hash, voters, approvals, denials, expiresAtS }) => ({
          content: contentOf(hash),
          awaited: voters.filter(
            (voter) => now.coAuthors.includes(voter) && !approvals.includes(voter) && !denials.includes(voter),
          ),
          voted: [...approvals, ...denials],
          expiresAtMs: expiresAtS * 1_000,
        })),
        settled: [...specs.values()].filter(({ status }) => status !== 'open').map(({ hash }) => contentOf(hash)),
      }),
    );
    return {
      nowMs: this.#nowMs,
      minimumStake,
      clients: this.#clients,
      backends: this.#backends,
      links: { solana: true, qdrant: true },
      threads,
      deadlinesMs: threads.flatMap(({ open }) => open.map(({ expiresAtMs }) => expiresAtMs)).filter((at) => at > this.#nowMs),
    };
  }

  /** Contents that were brought in so far. */
  contents(): readonly { readonly thread: string; readonly author: string; readonly text: string }[] {
    return [...this.#ledger.threads.values()].flatMap(({ messages, now }) =>
      [...messages, ...now.openSpecs].map(({ hash }) => contentOf(hash)),
    );
  }
}
