/** Why a request gets no answer, in the same words on every wire. `timeout`: it may have been carried out; all others: it was not. */
import { MAX_FRAME_BYTES } from '../../ports/channel.ts';
import type { Failure } from '../../ports/outcome.ts';

export const failureOf = (kind: Failure['kind'], code: string, detail: string): Failure => ({
  kind,
  authority: 'backend',
  code,
  detail,
});

export const answerLost: Failure = failureOf(
  'timeout',
  'AnswerLost',
  'the connection ended before the answer; the request may have been carried out',
);
export const connectionClosed: Failure = failureOf(
  'unavailable',
  'ConnectionClosed',
  'the connection is closed; the request was not delivered',
);

/** @param bytes of the frame as UTF-8 */
export const frameTooLarge = (bytes: number): Failure =>
  failureOf('invalid', 'FrameTooLarge', `frame: expected at most ${MAX_FRAME_BYTES} bytes, got ${bytes}`);
