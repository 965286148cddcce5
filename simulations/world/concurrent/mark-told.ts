/** What a backend tells of itself, as marks: which of its branches were taken. */
import type { MonitorEvent } from '#impl/ports/monitor.ts';
import type { Marks } from './marks.ts';

const breakerMarks = {
  open: 'R-2 breaker opened',
  halfOpen: 'R-2 breaker probed',
  closed: 'R-2 breaker closed again',
} as const;

export function markTold(marks: Marks, event: MonitorEvent): void {
  switch (event.kind) {
    case 'conflict':
      marks.add(`C ${event.conflict.kind}`);
      return;
    case 'settled':
      if (event.how === 'resolved') marks.add(`C ${event.conflict.kind} resolved`);
      else if (event.conflict.kind === 'HashMismatch') marks.add('C HashMismatch quarantined');
      return;
    case 'breaker':
      marks.add(breakerMarks[event.state]);
      return;
    case 'queue':
      if (event.size >= event.limit) marks.add('R-2 queue full');
      return;
    case 'recovery':
      if (event.from === 'previousCheckpoint') marks.add('R-1 went on from the checkpoint before');
      if (event.from === 'beginning') marks.add('R-1 went on from the beginning');
      if (event.missed > 0) marks.add('R-1 missed events applied');
      if (event.rebuilt > 0) marks.add('R-1 thread rebuilt');
      return;
    case 'restored':
      if (event.from === 'cache') marks.add('T-1 restored from a cache');
      if (event.from === 'client') marks.add('T-1 restored by a client');
      return;
    case 'error':
      marks.add(`E ${event.error.kind}`);
      return;
    case 'recovered':
      marks.add(`E ${event.error.kind} recovered`);
      return;
    case 'compared':
    case 'cached':
    case 'propagated':
    case 'drift':
  }
}
