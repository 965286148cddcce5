/**
 * The Solana of one memory-tier world: the model's reducers under virtual slots, blockhashes, signatures, commitment, forks and a
 * log of what landed. States are immutable, so the state after each transaction is kept and every past bank is one look away.
 *
 *   land: [signature] -> [blockhash] -> [repeated?] -> stepSolana -> processed -> (2 slots) confirmed -> (32 slots) finalized
 *
 * Left out, as it is the real machine's: accounts, lamports and fees, page accounts (so no `WrongPage`), compute budgets.
 */
import type { Signature } from '#impl/ports/ids.ts';
import type { SolanaEvent, SolanaRefusal } from '#model/solana/action.ts';
import { genesis, rulesOf, type SolanaState } from '#model/solana/state.ts';
import { stepSolana } from '#model/solana/step.ts';
import { type GatewayFault, GatewayFaults } from '../../solana/gateway-faults.ts';
import { BLOCKHASH_LIFE_SLOTS, bankSlot, slotAtTime } from '../../solana/slots.ts';
import type { Keyring, WireParts } from './transaction-text.ts';

export interface MemoryChainOptions {
  /** Names the world; its blockhashes carry it. */
  readonly seed: string;
  /** Virtual milliseconds since the Unix epoch; must never go back. */
  readonly nowMs: () => number;
  readonly keyring: Keyring;
  /** CHOIR of each wallet at the start, base units. */
  readonly wallets: ReadonlyMap<string, bigint>;
  /** Base units of CHOIR. */
  readonly minimumStake: bigint;
}

/** The slots of the transactions that made a thread and changed it last. */
export interface ThreadSlots {
  readonly created: number;
  readonly updated: number;
}

/** A transaction in a block, and everything as it was right after it. */
export interface Landed {
  readonly signature: Signature;
  readonly slot: number;
  /** The one it is about, by id. */
  readonly thread: string;
  /** The ledger's clock in its block, Unix seconds. */
  readonly clockS: number;
  /** Its event; null when it landed and failed. */
  readonly event: SolanaEvent | null;
  readonly refusal: SolanaRefusal | null;
  readonly bank: Bank;
}

export interface Bank {
  readonly state: SolanaState;
  readonly slots: ReadonlyMap<string, ThreadSlots>;
}

export type Unlandable = 'SignatureFailure' | 'BlockhashNotFound' | 'AlreadyProcessed';

export class MemoryChain {
  readonly seed: string;
  readonly faults = new GatewayFaults();
  readonly #nowMs: () => number;
  readonly #genesisMs: number;
  readonly #keyring: Keyring;
  readonly #genesis: Bank;
  /** Oldest first. */
  readonly #landed: Landed[] = [];
  readonly #bySignature = new Map<string, Landed>();
  #linkUp = true;

  constructor({ seed, nowMs, keyring, wallets, minimumStake }: MemoryChainOptions) {
    this.seed = seed;
    this.#nowMs = nowMs;
    this.#genesisMs = nowMs();
    this.#keyring = keyring;
    this.#genesis = { state: genesis(rulesOf(minimumStake), wallets), slots: new Map() };
  }

  arm(fault: GatewayFault): void {
    this.faults.arm(fault);
  }

  get isUp(): boolean {
    return this.#linkUp;
  }

  /** While down every call is refused, so that a client knows for certain that nothing was delivered. */
  async setLink(state: 'up' | 'down'): Promise<void> {
    this.#linkUp = state === 'up';
  }

  /** The newest slot. */
  tip(): number {
    return slotAtTime(this.#nowMs(), this.#genesisMs);
  }

  /** Everything as it was at the end of `slot`. */
  bank(slot: number): Bank {
    return this.#landed.findLast((each) => each.slot <= slot)?.bank ?? this.#genesis;
  }

  /** CHOIR in the treasury, forks taken back. */
  treasuryGain(): bigint {
    return this.bank(this.tip()).state.treasury;
  }

  /** A landed transaction as seen by a node whose newest block is `slot`. */
  transaction(name: string, slot: number): Landed | null {
    const found = this.#bySignature.get(name);
    return found !== undefined && found.slot <= slot ? found : null;
  }

  /** Everything in blocks, oldest first. */
  landed(): readonly Landed[] {
    return this.#landed;
  }

  /** How many transactions landed up to `slot`. */
  countUpTo(slot: number): number {
    return this.#landed.findLastIndex((each) => each.slot <= slot) + 1;
  }

  /** Landed transactions up to `slot`, newest first. */
  *history(slot: number): Generator<Landed> {
    for (let index = this.#landed.length - 1; index >= 0; index -= 1) {
      const landed = this.#landed[index];
      if (landed !== undefined && landed.slot <= slot) yield landed;
    }
  }

  /** Why it cannot land in `slot` whatever it does, or null. */
  unlandable(wire: WireParts, slot: number): Unlandable | null {
    if (!this.#keyring.isSigned(wire)) return 'SignatureFailure';
    const { blockhash } = wire.message;
    const isAlive = blockhash.slot <= slot && slot <= blockhash.slot + BLOCKHASH_LIFE_SLOTS;
    if (blockhash.world !== this.seed || !isAlive) return 'BlockhashNotFound';
    return this.transaction(wire.signature, slot) === null ? null : 'AlreadyProcessed';
  }

  /** The program's refusal if it were executed now, or null. */
  simulate(wire: WireParts): SolanaRefusal | null {
    const { outcome } = this.#execute(wire);
    return outcome.kind === 'refused' ? outcome.code : null;
  }

  /** Lands it now, as succeeded or failed, or says why not. The same bytes land at most once, whatever happens in between but a fork. */
  land(wire: WireParts): Unlandable | null {
    const slot = this.tip();
    const refused = this.unlandable(wire, slot);
    if (refused !== null) return refused;
    const { state, outcome } = this.#execute(wire);
    const event = outcome.kind === 'ok' ? outcome.value : null;
    const landed: Landed = {
      signature: wire.signature,
      slot,
      thread: wire.message.action.thread,
      clockS: this.#clockS(),
      event,
      refusal: outcome.kind === 'refused' ? outcome.code : null,
      bank: event === null ? this.bank(slot) : { state, slots: this.#touched(event.thread, slot) },
    };
    this.#landed.push(landed);
    this.#bySignature.set(landed.signature, landed);
    return null;
  }

  /**
   * Takes the newest `count` transactions that are not confirmed yet out of the chain, as a fork does. Answers the signatures that
   * went, newest first; the same bytes can land again.
   */
  async forkOut(count: number): Promise<readonly string[]> {
    const confirmed = bankSlot(this.tip(), 'confirmed');
    const gone: string[] = [];
    while (gone.length < count) {
      const last = this.#landed.at(-1);
      if (last === undefined || last.slot <= confirmed) break;
      this.#landed.pop();
      this.#bySignature.delete(last.signature);
      gone.push(last.signature);
    }
    return gone;
  }

  #execute({ message }: WireParts): ReturnType<typeof stepSolana> {
    const { state } = this.bank(this.tip());
    return stepSolana(state, { ...message.action, signer: message.signer, nowS: this.#clockS() });
  }

  #clockS(): number {
    return Math.floor(this.#nowMs() / 1000);
  }

  #touched(thread: string, slot: number): Bank['slots'] {
    const { slots } = this.bank(slot);
    return new Map(slots).set(thread, { created: slots.get(thread)?.created ?? slot, updated: slot });
  }
}
