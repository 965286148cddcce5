/**
 * JSON-RPC 2.0 over a virtual ledger: text in, text out. A body that is not a request, a method that does not exist, a parameter
 * that does not fit: each is a named error, and nothing has happened.
 * Left out: subscriptions, getProgramAccounts, blocks, stake and votes.
 */
import { z } from 'zod';
import {
  getAccountInfo,
  getBalance,
  getEpochInfo,
  getFeeForMessage,
  getGenesisHash,
  getHealth,
  getLatestBlockhash,
  getMinimumBalanceForRentExemption,
  getMultipleAccounts,
  getSlot,
  getTokenAccountBalance,
  getVersion,
  isBlockhashValid,
  type Params,
} from './rpc-accounts.ts';
import { RPC_CODE, RpcError } from './rpc-error.ts';
import type { RpcNode } from './rpc-node.ts';
import {
  getSignatureStatuses,
  getSignaturesForAddress,
  getTransaction,
  sendTransaction,
  simulateTransaction,
} from './rpc-transactions.ts';

type Method = (node: RpcNode, params: Params) => unknown;

const methods: ReadonlyMap<string, Method> = new Map<string, Method>(
  Object.entries({
    getAccountInfo,
    getBalance,
    // Every slot has a block.
    getBlockHeight: getSlot,
    getEpochInfo,
    getFeeForMessage,
    getGenesisHash,
    getHealth,
    getLatestBlockhash,
    getMinimumBalanceForRentExemption,
    getMultipleAccounts,
    getSignatureStatuses,
    getSignaturesForAddress,
    getSlot,
    getTokenAccountBalance,
    getTransaction,
    getVersion,
    isBlockhashValid,
    sendTransaction,
    simulateTransaction,
  }),
);

type Id = string | number | null;

export type RpcResponse =
  | { readonly jsonrpc: '2.0'; readonly id: Id; readonly result: unknown }
  | {
      readonly jsonrpc: '2.0';
      readonly id: Id;
      readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
    };

const requestShape = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: z.array(z.unknown()).optional(),
});

function errorResponse(id: Id, { code, message, data }: RpcError): RpcResponse {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/** Answers one request; null for a notification (a request without id), which is carried out all the same. */
export async function handleRequest(node: RpcNode, request: unknown): Promise<RpcResponse | null> {
  const parsed = requestShape.safeParse(request);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
    return errorResponse(null, new RpcError(RPC_CODE.invalidRequest, `Invalid request${where}`));
  }
  const { id, method: name, params = [] } = parsed.data;
  const method = methods.get(name);
  try {
    if (method === undefined) throw new RpcError(RPC_CODE.methodNotFound, `Method not found: ${name.slice(0, 100)}`);
    const result = await method(node, params);
    return id === undefined ? null : { jsonrpc: '2.0', id, result };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return id === undefined ? null : errorResponse(id, error);
  }
}

/** Answers a body: one request, or a batch in order, one after the other. '' when there is nothing to answer. */
export async function handleBody(node: RpcNode, body: string): Promise<string> {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return JSON.stringify(errorResponse(null, new RpcError(RPC_CODE.parse, 'Parse error')));
  }
  if (!Array.isArray(request)) return textOf(await handleRequest(node, request));
  if (request.length === 0) return textOf(await handleRequest(node, null));
  const responses: RpcResponse[] = [];
  for (const each of request) {
    const response = await handleRequest(node, each);
    if (response !== null) responses.push(response);
  }
  return responses.length === 0 ? '' : JSON.stringify(responses);
}

const textOf = (response: RpcResponse | null): string => (response === null ? '' : JSON.stringify(response));
