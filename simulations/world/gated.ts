/** Puts a port behind the gate: each call parks under `actor/port.method` until the run loop picks it. */
import type { Gate } from '../engine/gate.ts';
import type { EffectLog } from './effect-log.ts';
import { intercepted } from './intercepted.ts';

/**
 * Wraps every method of `port`; properties that are not functions pass through. All methods must return promises.
 * @param log told of every call, where somebody wants to know
 */
export function gated<Port extends object>(
  gate: Gate,
  actor: string,
  name: string,
  port: Port,
  log: EffectLog | null = null,
): Port {
  return intercepted(port, (key, method) => {
    const label = `${name}.${key}`;
    if (log === null) return (...inputs) => gate.call(actor, label, () => method(inputs));
    return (...inputs) =>
      log.call(
        actor,
        label,
        inputs,
        () => method(inputs),
        (effect) => gate.call(actor, label, effect),
      );
  });
}
