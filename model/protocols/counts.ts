/** For tests beside the designs: how large each scope is. A change here is a change of the design. */
import type { ScopeName } from './protocol.ts';

/** States and steps of every scope that is enumerated in half a minute; the others are `npm run explore`'s. */
export const counts: readonly (readonly [protocol: string, scope: ScopeName, states: number, generated: number])[] = [
  ['content-update', 'small', 247_495, 2_050_292],
  ['content-update', 'medium', 1_703_398, 12_645_944],
  ['ownership-update', 'small', 17_063, 113_428],
  ['ownership-update', 'medium', 1_033_893, 7_960_069],
  ['initial-sync', 'small', 2_075, 7_521],
  ['initial-sync', 'medium', 2_796, 14_341],
  ['initial-sync', 'large', 29_632, 242_719],
  ['maintain-sync', 'small', 3_216, 24_246],
  ['maintain-sync', 'medium', 284_288, 3_441_740],
  ['recovery', 'small', 2_201, 10_473],
  ['recovery', 'medium', 27_453, 157_280],
  ['recovery', 'large', 508_911, 3_834_706],
  ['queued-writes', 'small', 348, 1_226],
  ['queued-writes', 'medium', 12_342, 60_294],
  ['queued-writes', 'large', 386_894, 2_443_756],
  ['saga', 'small', 275, 637],
  ['saga', 'medium', 1_683, 4_735],
  ['saga', 'large', 4_453, 13_165],
];

/** Those that take more than half a second: `large-scopes.test.ts` counts them. */
export const isLarge = (states: number): boolean => states > 30_000;
