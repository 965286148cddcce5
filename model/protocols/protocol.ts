/**
 * A protocol of the specification as designs that can be explored: one for each size of scope, and the same with one mistake planted.
 * A scope is a number of backends, writes and faults; what holds in it is proven for it and for nothing larger.
 */
import type { Spec } from '../explore/spec.ts';

export type ScopeName = 'small' | 'medium' | 'large';

/** Slots differ from protocol to protocol; whoever explores needs only their names. */
// biome-ignore lint/suspicious/noExplicitAny: specs of different slots share one list.
export type AnySpec = Spec<any>;

export interface Planted {
  readonly name: string;
  /** What the design does not do any more, in a sentence. */
  readonly breaks: string;
  /** The property that must say so, by name. */
  readonly caughtBy: string;
  readonly spec: () => AnySpec;
}

export interface Protocol {
  readonly name: string;
  readonly title: string;
  readonly scope: (size: ScopeName) => AnySpec;
  readonly planted: readonly Planted[];
}

/** What plants mistakes in a protocol: each explores the scope of that size with another design. */
export const planting =
  <Design>(specOf: (size: ScopeName, design: Design) => AnySpec, size: ScopeName, asDesigned: Design) =>
  (name: string, breaks: string, caughtBy: string, change: Partial<Design>): Planted => ({
    name,
    breaks,
    caughtBy,
    spec: () => specOf(size, { ...asDesigned, ...change }),
  });
