/** Every protocol of the specification that is modelled, in the specification's order. */
import { contentUpdate } from './content-update.ts';
import { initialSync } from './initial-sync.ts';
import { maintainSync } from './maintain-sync.ts';
import { ownershipUpdate } from './ownership-update.ts';
import type { Protocol } from './protocol.ts';
import { queuedWrites } from './queued-writes.ts';
import { recovery } from './recovery.ts';
import { saga } from './saga.ts';

export const protocols: readonly Protocol[] = [
  contentUpdate,
  ownershipUpdate,
  initialSync,
  maintainSync,
  recovery,
  queuedWrites,
  saga,
];
