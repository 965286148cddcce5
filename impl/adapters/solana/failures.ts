/**
 * From what web3.js throws to the port's failures: the one place where its exceptions are read.
 * Codes are Agave's (`rpc-client-api/src/custom_error.rs`) and JSON-RPC's.
 */
import { SendTransactionError, SolanaJSONRPCError } from '@solana/web3.js';
import type { Failure } from '../../ports/outcome.ts';
import { refusalFromRpc } from './codec/index.ts';
import { TransportError } from './transport.ts';

const failure = (kind: Failure['kind'], code: string, detail: string): Failure => ({ kind, authority: 'solana', code, detail });

/** A failed call, and whether the node may have acted on it nevertheless. */
export interface FailedCall {
  readonly failure: Failure;
  readonly delivered: 'no' | 'maybe';
}

/** What an exception of a web3.js call means. Throws it again when it is none that a node or network can cause. */
export function fromException(error: unknown): FailedCall {
  if (error instanceof TransportError) return { failure: error.failure, delivered: error.delivered };
  if (error instanceof SendTransactionError) return { failure: fromSend(error.transactionError.message), delivered: 'no' };
  if (error instanceof SolanaJSONRPCError) return { failure: fromCode(Number(error.code), error.message), delivered: 'no' };
  if (error instanceof SyntaxError || (error instanceof Error && error.name === 'StructError')) {
    const detail = `the answer is not what this method answers: ${error.message.slice(0, 200)}`;
    return { failure: failure('unavailable', 'MalformedAnswer', detail), delivered: 'maybe' };
  }
  throw error;
}

function fromCode(code: number, message: string): Failure {
  switch (code) {
    case -32005:
      return failure('behind', 'NodeBehind', message);
    case -32016:
      return failure('behind', 'MinContextSlotNotReached', message);
    case -32004:
    case -32014:
      return failure('behind', 'BlockNotAvailable', message);
    case -32700:
    case -32600:
    case -32602:
    case -32013:
    case -32015:
      return failure('invalid', 'InvalidRequest', message);
    case -32601:
      return failure('invalid', 'MethodNotFound', message);
    default:
      return failure('unavailable', `Rpc${Math.abs(code)}`, message);
  }
}

const simulationFailed = 'Transaction simulation failed: ';
const custom = /^Error processing Instruction \d+: custom program error: 0x([0-9a-f]+)$/;

/** Why a simulation failed, from the runtime's text: the program's own refusals and the two that every client meets. */
function preflightCode(text: string): string {
  const number = custom.exec(text)?.[1];
  if (number !== undefined) return refusalFromRpc({ InstructionError: [0, { Custom: Number.parseInt(number, 16) }] }).code;
  if (text === 'Blockhash not found') return 'BlockhashNotFound';
  return text === 'This transaction has already been processed' ? 'AlreadyProcessed' : 'PreflightFailed';
}

/** web3.js drops the code of a failed submission and keeps its text. */
function fromSend(message: string): Failure {
  if (message.startsWith(simulationFailed)) {
    const text = message.slice(simulationFailed.length);
    return failure('refused', preflightCode(text), `preflight: ${text}`);
  }
  if (message.includes('signature verification failure')) return failure('invalid', 'SignatureVerificationFailure', message);
  if (message.startsWith('Node is ')) return failure('behind', 'NodeBehind', message);
  if (message.startsWith('Minimum context slot')) return failure('behind', 'MinContextSlotNotReached', message);
  if (/^invalid|failed to (?:de)?serialize|too large/i.test(message)) return failure('invalid', 'InvalidRequest', message);
  return failure('unavailable', 'SubmitFailed', message);
}
