/** A failure on one screen: whatever is longer loses its middle, never its head, nor the commands that it ends with. */
import { wrapAll } from './wrap.ts';

/** Lines of a failure at most, the empty one before it included. */
export const failureLinesAtMost = 40;

/** Head and tail of what is longer than `most` lines, and how many lines are left out between them. */
export function shorten(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  const kept = Math.max(2, most - 1);
  const head = Math.ceil(kept / 2);
  const left = lines.length - kept;
  return [...lines.slice(0, head), `  ... ${left} lines more in the file`, ...lines.slice(lines.length - (kept - head))];
}

export interface Failure {
  readonly head: string;
  /** What was done, a line each. */
  readonly scenario: readonly string[];
  /** Why that is wrong. */
  readonly message: string;
  /** What was saved and how to see it again: always whole, always last. */
  readonly again: readonly string[];
}

/** Within `failureLinesAtMost`: of scenario and message each has half of the room, and what the other one leaves. */
export function failureBlock({ head, scenario, message, again }: Failure): readonly string[] {
  const [heads, steps, reasons] = [wrapAll(head), wrapAll(...scenario), wrapAll(message)];
  const blanks = 3;
  const room = failureLinesAtMost - heads.length - again.length - blanks;
  const half = Math.floor(room / 2);
  const forReasons = Math.max(half, room - steps.length);
  const shortReasons = shorten(reasons, forReasons);
  return [...heads, ...shorten(steps, room - shortReasons.length), '', ...shortReasons, '', ...again];
}
