/**
 * Choir as a harness sees it: something that can be asked, hurt, given time and looked at. Everything in symbolic names.
 * `lockstep-world.ts` is one; tests of the harness itself may bring others.
 */
import type { Fault, Operation } from '#model/action.ts';
import type { Answer, Observation } from '#model/observation.ts';

/** Where virtual time begins: 2025-01-01T00:00:00Z; any fixed moment would do. */
export const genesisMs = 1_735_689_600_000;

/** The model's faults plus what only the world may know: where a lost answer's effect stood. */
export type WorldFault =
  | Exclude<Fault, { kind: 'loseResponse' }>
  | (Extract<Fault, { kind: 'loseResponse' }> & { readonly position: 'before' | 'after' });

export interface WorldSetup {
  /** Clients, one wallet each. All start connected and signed in, client i at backend i mod backends. */
  readonly wallets: number;
  readonly backends: number;
  /** CHOIR of each wallet at the start, base units. */
  readonly balance: bigint;
}

export interface System {
  /** Virtual time, milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Ledger's minimum stake, base units. */
  readonly minimumStake: bigint;
  perform(client: string, operation: Operation): Promise<Answer>;
  inject(fault: WorldFault): Promise<void>;
  /** Lets `ms` of virtual time pass with nobody doing anything. */
  advance(ms: number): Promise<void>;
  /** One round of background work by each backend that runs. */
  backendRounds(): Promise<void>;
  /** And by each client, after them. */
  clientRounds(): Promise<void>;
  /** Transactions in blocks that are not confirmed yet. */
  unconfirmed(): number;
  /** What the reachable authorities show now, read from the authorities themselves rather than through the code under test. */
  observe(): Promise<Observation>;
  /** Of that, what backends hold and clients show. */
  screens(): Pick<Observation, 'backends' | 'clients'>;
  /** Effects run so far. */
  steps(): number;
  /** Frees everything this world holds. */
  close(): Promise<void>;
}

/** Where systems of one kind are made: the shared virtual machine and servers under them. */
export interface Ground {
  /** Which ledger, e.g. `litesvm`. */
  readonly ledger: string;
  /** One line a person: what it runs on. */
  describe(): string;
  /** A fresh world; several may be open at once only where they run one after another. */
  createSystem(setup: WorldSetup): Promise<System>;
  close(): Promise<void>;
}
