/**
 * The ledger as a protocol meets it: a chain of what is confirmed, behind it a tip that a fork may still take back, and for every write
 * the state of its signed bytes. Whether an instruction succeeds is the Solana reducer's to say, when it is confirmed.
 *
 *   none --signed--> signed --a node has them--> out --in a block--> processed --2 slots--> landed | refused
 *                      ^ \                        | ^                   |
 *                      |  `--blockhash passed--.  | `------forked-------'
 *                      `---- forked            expired
 */
import { type Label, type Rule, slotsOf } from '../explore/spec.ts';
import type { Instruction } from '../solana/action.ts';
import type { SolanaState } from '../solana/state.ts';
import { stepSolana } from '../solana/step.ts';
import { rowOf } from './node.ts';

export type Bytes =
  /** Nobody has signed anything. */
  | 'none'
  /** The backend has them; no node does. */
  | 'signed'
  /** A node has them and may put them into a block at any time. */
  | 'out'
  /** In a block of the tip. */
  | 'processed'
  /** Confirmed, and they changed the ledger. */
  | 'landed'
  /** Confirmed, and they changed nothing. */
  | 'refused'
  /** Their blockhash has passed, and they are in no block: they never can be. */
  | 'expired';

export interface Chain {
  readonly confirmed: SolanaState;
  /** Writes in blocks that are not confirmed, by name, oldest first. */
  readonly tip: readonly string[];
}

/** One write as the ledger will execute it. */
export interface Order {
  readonly instruction: Instruction;
  readonly signer: string;
}

/** Every block of a scope has the same clock: nothing expires in it that is not said to. */
export const clockS = 1_000;

/** What the newest block says, which only `processed` readers see. */
export const isInTip = (chain: Chain, write: number): boolean => chain.tip.includes(rowOf(write));

/** The thread's version on the ledger; 0 where there is no thread. */
export const versionIn = (ledger: SolanaState, thread: string): number => ledger.threads.get(thread)?.now.version ?? 0;

/** What a node says that does not wait for confirmation. @param orderOf the write of that name */
export const withTip = ({ confirmed, tip }: Chain, orderOf: (write: string) => Order): SolanaState =>
  tip.reduce((state, name) => {
    const { instruction, signer } = orderOf(name);
    return stepSolana(state, { ...instruction, signer, nowS: clockS }).state;
  }, confirmed);

/** Somebody who is not modelled has the ledger changed, where it lets them. */
export const othersRule = <Slots extends { readonly chain: Chain }>(name: string, { instruction, signer }: Order): Rule<Slots> =>
  slotsOf<{ readonly chain: Chain }>().rule({ name, actor: 'others', kind: 'fault' }, ['chain'], (chain) => {
    const { state, outcome } = stepSolana(chain.confirmed, { ...instruction, signer, nowS: clockS });
    return outcome.kind === 'ok' ? [{ label: { does: 'others' }, to: [{ ...chain, confirmed: state }] }] : [];
  }) as unknown as Rule<Slots>;

/** The bytes reach a node, which may put them into a block at once. Bytes that are in a block already change nothing. */
export function taken(chain: Chain, bytes: Bytes, write: number, landing: 'atOnce' | 'later'): readonly [Chain, Bytes] {
  if (bytes !== 'signed' && bytes !== 'out') return [chain, bytes];
  return landing === 'later' ? [chain, 'out'] : [{ ...chain, tip: [...chain.tip, rowOf(write)] }, 'processed'];
}

interface ChainSlots {
  readonly chain: Chain;
  readonly [bytes: `bytes#${number}`]: Bytes;
}

/** What happens to one write's bytes by itself: into a block, confirmed, forked out, too late. */
export function chainRules<Slots extends ChainSlots>(
  write: number,
  order: Order,
  options: { readonly forks: boolean; readonly expires: boolean },
): readonly Rule<Slots>[] {
  const bytes = `bytes#${write}` as const;
  const slots = ['chain', bytes] as readonly ['chain', `bytes#${number}`];
  const of = (does: string, rest: Readonly<Record<string, string>> = {}): Label => ({ does, write, ...rest });
  const rule = (
    name: string,
    kind: 'step' | 'fault',
    next: (chain: Chain, bytes: Bytes) => readonly { label: Label; to: readonly [Chain, Bytes] }[],
  ): Rule<Slots> => ({ name: `${name} ${write}`, actor: 'solana', kind, slots: slots as never, next: next as never });
  const rules = [
    rule('block', 'step', (chain, state) =>
      state === 'out' ? [{ label: of('block'), to: [{ ...chain, tip: [...chain.tip, rowOf(write)] }, 'processed'] }] : [],
    ),
    rule('confirm', 'step', (chain) => {
      if (chain.tip[0] !== rowOf(write)) return [];
      const { state, outcome } = stepSolana(chain.confirmed, { ...order.instruction, signer: order.signer, nowS: clockS });
      const end = outcome.kind === 'ok' ? 'landed' : 'refused';
      return [{ label: of('confirm', { end }), to: [{ confirmed: state, tip: chain.tip.slice(1) }, end] }];
    }),
  ];
  if (options.forks)
    rules.push(
      rule('fork', 'fault', (chain) =>
        chain.tip.at(-1) === rowOf(write)
          ? [{ label: of('fork', { fault: 'S6-forked' }), to: [{ ...chain, tip: chain.tip.slice(0, -1) }, 'signed'] }]
          : [],
      ),
    );
  if (options.expires)
    rules.push(
      rule('expire', 'step', (chain, state) =>
        state === 'signed' || state === 'out' ? [{ label: of('expire'), to: [chain, 'expired'] }] : [],
      ),
    );
  return rules;
}
