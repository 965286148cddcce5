/**
 * The errors of a Solana RPC node: JSON-RPC's own codes and Solana's, with the texts clients match on.
 * Source: https://www.jsonrpc.org/specification and Agave's `rpc-client-api/src/custom_error.rs`.
 */
export const RPC_CODE = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  preflightFailure: -32002,
  signatureVerificationFailure: -32003,
  nodeUnhealthy: -32005,
  unsupportedTransactionVersion: -32015,
  minContextSlotNotReached: -32016,
} as const;

/** Thrown by methods, answered as the `error` of a response. Nothing has changed when it is thrown. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.data = data;
  }
}

export const invalidParams = (detail: string): RpcError => new RpcError(RPC_CODE.invalidParams, `Invalid params: ${detail}`);

export const nodeBehind = (slots: number): RpcError =>
  new RpcError(RPC_CODE.nodeUnhealthy, `Node is behind by ${slots} slots`, { numSlotsBehind: slots });

export const minContextSlotNotReached = (contextSlot: number): RpcError =>
  new RpcError(RPC_CODE.minContextSlotNotReached, 'Minimum context slot has not been reached', { contextSlot });

export const signatureVerificationFailure = (): RpcError =>
  new RpcError(RPC_CODE.signatureVerificationFailure, 'Transaction signature verification failure');
