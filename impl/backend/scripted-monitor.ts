/** For tests beside the sources: a monitor and an error sink that remember all they are told. */
import type { ConsistencyError } from '../core/consistency-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Monitor, MonitorEvent } from '../ports/monitor.ts';
import type { ErrorSink } from './monitor/error-sink.ts';
import { Conflicts } from './reconcile/conflicts.ts';

export interface Told {
  readonly conflicts: Conflicts;
  readonly errors: ErrorSink;
  readonly monitor: Monitor;
  readonly events: MonitorEvent[];
  /** In order, the same one as often as it was raised. */
  readonly raised: Omit<ConsistencyError, 'attempt'>[];
}

export function toldTo(clock: Clock): Told {
  const events: MonitorEvent[] = [];
  const raised: Told['raised'] = [];
  const monitor: Monitor = { tell: (event) => events.push(event) };
  const errors: ErrorSink = {
    attempt: async (error, recover) => {
      raised.push(error);
      return (await recover()).ok;
    },
    raise: (error) => raised.push(error),
    recovered: () => undefined,
  };
  return { conflicts: new Conflicts(clock, monitor), errors, monitor, events, raised };
}
