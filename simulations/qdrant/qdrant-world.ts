/**
 * What a world of the system needs of its Qdrant, whichever that is: an address, a link to cut, one lost answer, and a look at what
 * is stored. The emulator can do far more (world.ts); a real server behind the fault proxy can do exactly this.
 */

import type { EmulatorWorld } from './world.ts';

/** A write whose answer is lost: before its effect (`never`) or after it (`now`). */
export interface LostAnswer {
  readonly on: 'write';
  readonly effect: { readonly kind: 'now' } | { readonly kind: 'never' };
  readonly answer: { readonly kind: 'lost' };
}

/** Collections are named relative to the world's prefix. */
export interface QdrantWorld {
  readonly prefix: string;
  readonly url: string;
  /** null: a real server, which can do no more than this interface says. */
  readonly emulator: EmulatorWorld | null;
  /** `down`: connections are refused, nothing is delivered. */
  setLink(link: 'up' | 'down'): Promise<void>;
  /** The next write request meets it. */
  arm(fault: LostAnswer): void;
  /** How many armed faults no request has met yet. */
  armed(): number;
  disarm(): void;
  /** What is stored, link or no link; empty when there is no such collection. */
  points(collection: string): Promise<readonly { readonly payload: Readonly<Record<string, unknown>> }[]>;
  /** Deletes the world's collections and forgets its faults. */
  drop(): Promise<void>;
}

/** Where worlds' Qdrants come from. */
export interface QdrantHost {
  /** One line for people: which Qdrant this is, and why not another. */
  describe(): string;
  openWorld(prefix: string): Promise<QdrantWorld>;
  close(): Promise<void>;
}
