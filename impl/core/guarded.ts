/** A port of an authority behind its circuit breaker: while that is open, calls end at once, certainly without any effect. */
import { type Failure, failed, notApplied, type Outcome, type Reply } from '../ports/outcome.ts';
import type { CircuitBreaker } from './breaker.ts';

type Ending = Reply<unknown> | Outcome<unknown>;

/** @param writes names of the methods that answer an `Outcome`; all others answer a `Reply` */
export function guarded<Port extends object>(port: Port, breaker: CircuitBreaker, writes: ReadonlySet<string>): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...inputs: unknown[]): Promise<Ending> => {
        const ticket = breaker.enter();
        if (typeof ticket !== 'string') return writes.has(String(name)) ? notApplied(ticket) : failed(ticket);
        let failure: Failure | null = null;
        try {
          const ending = (await member.apply(target, inputs)) as Ending;
          failure = failureOf(ending);
          return ending;
        } finally {
          breaker.left(ticket, failure);
        }
      };
    },
  });
}

function failureOf(ending: Ending): Failure | null {
  if ('ok' in ending) return ending.ok ? null : ending.failure;
  return ending.kind === 'applied' ? null : ending.failure;
}
