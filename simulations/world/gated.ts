/** Puts a port behind the gate: each call parks under `actor/port.method` until the run loop picks it. */
import type { Gate } from '../engine/gate.ts';

/** Wraps every method of `port`; properties that are not functions pass through. All methods must return promises. */
export function gated<Port extends object>(gate: Gate, actor: string, name: string, port: Port): Port {
  return new Proxy(port, {
    get(target, key, receiver) {
      const member: unknown = Reflect.get(target, key, receiver);
      if (typeof member !== 'function' || typeof key !== 'string') return member;
      return (...inputs: unknown[]) => gate.call(actor, `${name}.${key}`, () => Reflect.apply(member, target, inputs));
    },
  });
}
