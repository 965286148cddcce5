/**
 * The refusals of the server, with the status codes and texts its users know.
 * Source: the server's own error types and its REST tests; see docs/adr/0002-qdrant-emulator.md for what is not reproduced.
 */

/** A refusal: becomes `{ status: { error }, time }` with this status code. */
export class WireError extends Error {
  readonly status: number;
  /** Seconds, sent as the `retry-after` header. */
  readonly retryAfterS: number | null;
  constructor(status: number, text: string, retryAfterS: number | null = null) {
    super(text);
    this.name = 'WireError';
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** The body is JSON but not what the endpoint takes (or not JSON at all). */
export const formatError = (detail: string): WireError => new WireError(400, `Format error in JSON body: ${detail}`);
/** The body has the right form and a value out of range. */
export const validationError = (field: string, detail: string): WireError =>
  new WireError(422, `Validation error in JSON body: [${field}: ${detail}]`);
export const queryParameterError = (detail: string): WireError =>
  new WireError(400, `Deserialize error in query parameters: ${detail}`);
export const queryValidationError = (field: string, detail: string): WireError =>
  new WireError(422, `Validation error in query parameters: [${field}: ${detail}]`);
export const pathError = (field: string, detail: string): WireError =>
  new WireError(422, `Validation error in path parameters: [${field}: ${detail}]`);
export const wrongInput = (detail: string): WireError => new WireError(400, `Wrong input: ${detail}`);
export const badRequest = (detail: string): WireError => new WireError(400, `Bad request: ${detail}`);
export const collectionMissing = (name: string): WireError =>
  new WireError(404, `Not found: Collection \`${name}\` doesn't exist!`);
export const collectionExists = (name: string): WireError =>
  new WireError(409, `Wrong input: Collection \`${name}\` already exists!`);
export const pointMissing = (id: number | string): WireError => new WireError(404, `Not found: No point with id ${id} found`);
export const bodyTooLarge = (bytes: number, limit: number): WireError =>
  new WireError(400, `Payload error: JSON payload (${bytes} bytes) is larger than allowed (limit: ${limit} bytes).`);
/** For what a server would do and this emulator does not: refused loudly rather than answered wrongly. */
export const notEmulated = (what: string): WireError => new WireError(501, `Not supported by this emulator: ${what}`);
