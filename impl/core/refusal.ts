/** Turns a remote failure into what a client is told: whichever way an authority could not be reached, the code is one. */
import type { Authority, Failure } from '../ports/outcome.ts';
import type { RequestRefusal } from './protocol.ts';
import { isTransient } from './retry.ts';

const unavailableCode: { readonly [authority in Authority]: string } = {
  solana: 'SolanaUnavailable',
  qdrant: 'QdrantUnavailable',
  backend: 'BackendUnavailable',
  frontend: 'FrontendUnavailable',
};

export function refusalOf(failure: Failure): RequestRefusal {
  const { authority, code, detail } = failure;
  return { authority, code: isTransient(failure) ? unavailableCode[authority] : code, detail };
}
