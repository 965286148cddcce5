/** RPC methods about transactions: sending, simulating, statuses, histories. https://solana.com/docs/rpc/http */
import bs58 from 'bs58';
import { z } from 'zod';
import type { Params } from './rpc-accounts.ts';
import { invalidParams, minContextSlotNotReached, RPC_CODE, RpcError, signatureVerificationFailure } from './rpc-error.ts';
import { inContext, LostAnswer, nodeTip, type RpcNode, readSlot } from './rpc-node.ts';
import {
  address,
  commitment,
  contextShape,
  decodeBytes,
  MAX_SIGNATURES,
  MAX_STATUSES,
  positional,
  signature,
  slot,
  text,
} from './rpc-params.ts';
import { type TransactionErrorJson, transactionErrorText } from './runtime-errors.ts';
import { forgedSigner } from './signatures.ts';
import { bankSlot, commitmentOf, FINALIZED_AFTER_SLOTS } from './slots.ts';
import { type LandedTransaction, type Simulated, signatureOf } from './virtual-ledger.ts';
import { isMalformed, parseWire, type WireTransaction } from './wire.ts';

/** Statuses a node still knows without searching its history, slots. */
const RECENT_STATUS_SLOTS = 300;

const wireEncoding = z.enum(['base58', 'base64']);

const sendShape = z.object({
  encoding: wireEncoding.optional(),
  skipPreflight: z.boolean().optional(),
  preflightCommitment: commitment.optional(),
  maxRetries: z.int().nonnegative().optional(),
  minContextSlot: slot.optional(),
});
const sendOptions = sendShape.optional();

const simulateOptions = contextShape
  .extend({
    encoding: wireEncoding.optional(),
    sigVerify: z.boolean().optional(),
    replaceRecentBlockhash: z.boolean().optional(),
  })
  .optional();

function parse(text: string, encoding: 'base58' | 'base64' = 'base58'): WireTransaction {
  const wire = parseWire(decodeBytes(text, encoding));
  if (isMalformed(wire)) throw invalidParams(`failed to deserialize transaction: ${wire.detail}`);
  return wire;
}

/** Refuses by name what was not signed by everyone who must. */
function mustBeSigned(wire: WireTransaction): void {
  if (forgedSigner(wire) !== null) throw signatureVerificationFailure();
}

const preflightFailure = (err: TransactionErrorJson, text: string, simulated?: Simulated): RpcError =>
  new RpcError(RPC_CODE.preflightFailure, `Transaction simulation failed: ${text}`, {
    accounts: null,
    err,
    logs: simulated?.logs ?? [],
    returnData: simulated === undefined ? null : returnDataJson(simulated),
    unitsConsumed: simulated?.computeUnits ?? 0,
  });

/**
 * Without preflight a node takes whatever is well-formed and answers its signature, even where it can never land; so does this.
 * It differs from a node in one point: forged signatures are refused at once, where a node would drop the transaction silently.
 */
export const sendTransaction = async (node: RpcNode, params: Params): Promise<unknown> => {
  const [encoded, options = {}] = positional(params, text, sendOptions);
  const wire = parse(encoded, options.encoding);
  // Without fault and preflight the ledger verifies, while it reads accounts.
  if (node.faults.expectsSubmit || options.skipPreflight !== true) mustBeSigned(wire);
  const fault = node.faults.takeSubmit();
  if (fault !== null) {
    const landable = node.ledger.refusal(wire, node.ledger.tip()) === null;
    node.faults.fired.push({ fault, noticeable: fault.kind !== 'dropSubmit' || landable });
  }
  if (fault?.kind === 'failPreflight') throw preflightFailure(fault.error, transactionErrorText(fault.error));
  if (fault?.kind === 'dropSubmit') return signatureOf(wire);
  if (fault?.kind === 'loseSubmit' && fault.position === 'before') throw new LostAnswer(fault.as);
  if (options.skipPreflight !== true) await preflight(node, wire, options);
  const result = await node.ledger.submit(wire);
  if (result.kind === 'notLanded' && result.error === 'SignatureFailure') throw signatureVerificationFailure();
  if (fault?.kind === 'loseSubmit') throw new LostAnswer(fault.as);
  return signatureOf(wire);
};

async function preflight(node: RpcNode, wire: WireTransaction, options: z.infer<typeof sendShape>): Promise<void> {
  const { preflightCommitment = 'finalized', minContextSlot } = options;
  const bank = bankSlot(nodeTip(node), preflightCommitment);
  if (minContextSlot !== undefined && bank < minContextSlot) throw minContextSlotNotReached(bank);
  const refused = node.ledger.refusal(wire, bank);
  if (refused !== null) throw preflightFailure(refused, transactionErrorText(refused));
  const simulated = await node.ledger.simulate(wire);
  if (simulated.error !== null) throw preflightFailure(simulated.error, simulated.errorText ?? '', simulated);
}

export const simulateTransaction = async (node: RpcNode, params: Params): Promise<unknown> => {
  const [encoded, options = {}] = positional(params, text, simulateOptions);
  if (options.sigVerify === true && options.replaceRecentBlockhash === true) {
    throw invalidParams('sigVerify may not be used with replaceRecentBlockhash');
  }
  const wire = parse(encoded, options.encoding);
  if (options.sigVerify === true) mustBeSigned(wire);
  const bank = readSlot(node, options);
  const refused = options.replaceRecentBlockhash === true ? null : node.ledger.refusal(wire, bank);
  if (refused !== null) {
    return inContext(bank, { err: refused, logs: [], accounts: null, unitsConsumed: 0, returnData: null });
  }
  const simulated = await node.ledger.simulate(wire);
  return inContext(bank, {
    err: simulated.error,
    logs: simulated.logs,
    accounts: null,
    unitsConsumed: simulated.computeUnits,
    returnData: returnDataJson(simulated),
  });
};

const returnLine = /^Program return: (\w+) /;

function returnDataJson({ logs, returnData }: Pick<Simulated, 'logs' | 'returnData'>): unknown {
  if (returnData.length === 0) return null;
  const programId = logs.findLast((line) => returnLine.test(line))?.match(returnLine)?.[1] ?? null;
  return { programId, data: [Buffer.from(returnData).toString('base64'), 'base64'] };
}

const manySignatures = z.array(signature).max(MAX_STATUSES, { error: `Too many inputs provided; max ${MAX_STATUSES}` });
const statusOptions = z.object({ searchTransactionHistory: z.boolean().optional() }).optional();

export const getSignatureStatuses = (node: RpcNode, params: Params): unknown => {
  const [signatures, options] = positional(params, manySignatures, statusOptions);
  const tip = readSlot(node, { commitment: 'processed' });
  const oldest = options?.searchTransactionHistory === true ? 0 : tip - RECENT_STATUS_SLOTS;
  const statuses = signatures.map((each) => {
    const found = node.ledger.transaction(each, tip);
    return found !== null && found.slot > oldest ? statusJson(found, tip) : null;
  });
  return inContext(tip, statuses);
};

function statusJson({ slot, error }: LandedTransaction, tip: number): unknown {
  const confirmationStatus = commitmentOf(slot, tip);
  return {
    slot,
    confirmations: confirmationStatus === 'finalized' ? null : Math.min(tip - slot, FINALIZED_AFTER_SLOTS - 1),
    err: error,
    status: error === null ? { Ok: null } : { Err: error },
    confirmationStatus,
  };
}

const atLeastConfirmed = (given: z.infer<typeof commitment> = 'finalized'): 'confirmed' | 'finalized' => {
  if (given === 'processed') throw invalidParams('Method does not support commitment below `confirmed`');
  return given;
};

const historyOptions = contextShape
  .extend({
    before: signature.optional(),
    until: signature.optional(),
    limit: z.int().min(1).max(MAX_SIGNATURES).optional(),
  })
  .optional();

/** Newest first. An unknown `before` answers nothing; an unknown `until` never stops the list: as nodes have it. */
export const getSignaturesForAddress = (node: RpcNode, params: Params): unknown => {
  const [key, options = {}] = positional(params, address, historyOptions);
  const upTo = readSlot(node, { ...options, commitment: atLeastConfirmed(options.commitment) });
  const { before, until, limit = MAX_SIGNATURES } = options;
  const found: LandedTransaction[] = [];
  let begun = before === undefined;
  for (const transaction of node.ledger.history(upTo)) {
    if (transaction.signature === until || found.length === limit) break;
    if (begun && transaction.wire.accounts.includes(key)) found.push(transaction);
    if (transaction.signature === before) begun = true;
  }
  const tip = nodeTip(node);
  const entries = found.map((each) => ({
    signature: each.signature,
    slot: each.slot,
    err: each.error,
    memo: null,
    blockTime: each.blockTimeS,
    confirmationStatus: commitmentOf(each.slot, tip),
  }));
  return node.faults.disturb(entries);
};

const transactionOptions = z
  .object({
    commitment: commitment.optional(),
    encoding: z.enum(['json', 'base58', 'base64']).optional(),
    maxSupportedTransactionVersion: z.int().nonnegative().optional(),
  })
  .optional();

export const getTransaction = (node: RpcNode, params: Params): unknown => {
  const [name, options = {}] = positional(params, signature, transactionOptions);
  const found = node.ledger.transaction(name, readSlot(node, { commitment: atLeastConfirmed(options.commitment) }));
  if (found === null || node.faults.hides()) return null;
  const { version } = found.wire;
  if (version !== 'legacy' && options.maxSupportedTransactionVersion === undefined) {
    throw new RpcError(
      RPC_CODE.unsupportedTransactionVersion,
      `Transaction version (${version}) is not supported by the requesting client. Please try the request again with the ` +
        `following configuration parameter: "maxSupportedTransactionVersion": ${version}`,
    );
  }
  return {
    slot: found.slot,
    blockTime: found.blockTimeS,
    transaction: transactionJson(found.wire, options.encoding ?? 'json'),
    meta: {
      err: found.error,
      status: found.error === null ? { Ok: null } : { Err: found.error },
      fee: found.feeLamports,
      innerInstructions: [],
      // Balances are not kept: whoever needs them reads accounts.
      preBalances: [],
      postBalances: [],
      preTokenBalances: [],
      postTokenBalances: [],
      logMessages: found.logs,
      rewards: [],
      loadedAddresses: { readonly: [], writable: [] },
      computeUnitsConsumed: found.computeUnits,
    },
    ...(options.maxSupportedTransactionVersion === undefined ? {} : { version }),
  };
};

function transactionJson(wire: WireTransaction, encoding: 'json' | 'base58' | 'base64'): unknown {
  if (encoding === 'base64') return [Buffer.from(wire.bytes).toString('base64'), 'base64'];
  if (encoding === 'base58') return [bs58.encode(wire.bytes), 'base58'];
  const { required, readonlySigned, readonlyUnsigned } = wire.header;
  return {
    signatures: wire.signatures.map((each) => bs58.encode(each)),
    message: {
      header: {
        numRequiredSignatures: required,
        numReadonlySignedAccounts: readonlySigned,
        numReadonlyUnsignedAccounts: readonlyUnsigned,
      },
      accountKeys: wire.accounts,
      recentBlockhash: bs58.encode(wire.blockhash),
      instructions: wire.instructions.map(({ program, accounts, data }) => ({
        programIdIndex: program,
        accounts: [...accounts],
        data: bs58.encode(data),
        stackHeight: null,
      })),
      ...(wire.version === 'legacy' ? {} : { addressTableLookups: [] }),
    },
  };
}
