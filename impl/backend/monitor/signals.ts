/** The newest of each breaker and of each queue, as told; nothing of what was never told of. */
import type { BreakerState, Monitor, MonitorEvent } from '../../ports/monitor.ts';
import type { Authority } from '../../ports/outcome.ts';

export class Signals implements Monitor {
  readonly breakers = new Map<Authority, BreakerState>();
  readonly queues = new Map<string, { readonly size: number; readonly limit: number }>();

  tell(event: MonitorEvent): void {
    if (event.kind === 'breaker') this.breakers.set(event.authority, event.state);
    if (event.kind === 'queue') this.queues.set(event.name, { size: event.size, limit: event.limit });
  }
}
