/** Puts a port behind the gate: each call parks under `actor/port.method` until the run loop picks it. */
import type { Gate } from '../engine/gate.ts';
import { intercepted } from './intercepted.ts';

/** Wraps every method of `port`; properties that are not functions pass through. All methods must return promises. */
export function gated<Port extends object>(gate: Gate, actor: string, name: string, port: Port): Port {
  return intercepted(port, (key, method) => {
    const label = `${name}.${key}`;
    return (...inputs) => gate.call(actor, label, () => method(inputs));
  });
}
