/** A port with some of its methods replaced: what every wrapper around a port here is made of. */

/**
 * As `port`, but each method is what `replace` gives for it, asked once at its first use; null leaves it as it is. What is not a
 * method passes through.
 */
export function intercepted<Port extends object>(
  port: Port,
  replace: (name: string, method: (inputs: readonly unknown[]) => unknown) => ((...inputs: unknown[]) => unknown) | null,
): Port {
  const known = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get(target, key) {
      const found = known.get(key);
      if (found !== undefined) return found;
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      const method = (inputs: readonly unknown[]): unknown => Reflect.apply(member, target, inputs);
      const replaced = typeof key === 'string' ? replace(key, method) : null;
      const given: unknown = replaced ?? member.bind(target);
      known.set(key, given);
      return given;
    },
  });
}
