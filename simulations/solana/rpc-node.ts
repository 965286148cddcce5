/** What every RPC method stands on: the ledger as one node of the cluster sees it, perhaps some slots behind. */
import type { Commitment } from '#impl/ports/ledger.ts';
import type { GatewayFaults, LostAs } from './gateway-faults.ts';
import { minContextSlotNotReached } from './rpc-error.ts';
import { bankSlot } from './slots.ts';
import type { VirtualLedger } from './virtual-ledger.ts';

export interface RpcNode {
  readonly ledger: VirtualLedger;
  readonly faults: GatewayFaults;
}

export interface ReadContext {
  readonly commitment?: Commitment | undefined;
  readonly minContextSlot?: number | undefined;
}

/** Thrown by a method whose answer gets lost on the way. */
export class LostAnswer extends Error {
  readonly as: LostAs;
  constructor(as: LostAs) {
    super('the answer is lost');
    this.name = 'LostAnswer';
    this.as = as;
  }
}

/** The newest slot this node has. */
export function nodeTip({ ledger, faults }: RpcNode): number {
  return ledger.tip() - faults.lagSlots;
}

/** The slot a read is answered from; finalized when nothing was asked, as nodes have it. */
export function readSlot(node: RpcNode, { commitment = 'finalized', minContextSlot }: ReadContext = {}): number {
  const slot = bankSlot(nodeTip(node), commitment);
  if (minContextSlot !== undefined && slot < minContextSlot) throw minContextSlotNotReached(slot);
  noteLag(node, slot);
  return slot;
}

/** A lag is noticeable when something landed in the slots that this node does not have yet. */
function noteLag({ ledger, faults }: RpcNode, slot: number): void {
  const slots = faults.lagSlots;
  if (slots === 0) return;
  const [newest] = ledger.history(slot + slots);
  faults.fired.push({ fault: { kind: 'lag', slots }, noticeable: newest !== undefined && newest.slot > slot });
}

export const inContext = <T>(slot: number, value: T): { context: { apiVersion: string; slot: number }; value: T } => ({
  context: { apiVersion: API_VERSION, slot },
  value,
});

/** The release of the node software whose answers are imitated. */
export const API_VERSION = '2.2.0';
