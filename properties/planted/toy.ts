/**
 * What a planted toy is: a few lines over the engine's gate with a bug whose smallest counterexample is known. It states that
 * example itself, so that its minimum can be checked by following every schedule of it instead of being believed.
 */
import type { Command, PlacedFault, Shrinkable } from '#properties/shrink/shrinkable.ts';

export interface ToyOp {
  readonly kind: string;
  /** An id that operations may share; 0 where a toy has none. */
  readonly id: number;
}

export type ToyFault = PlacedFault<string>;
export type ToyCommand = Command<ToyOp, string>;
export type ToyScenario = Shrinkable<ToyOp, string>;

/** One port call of a command, known by its label: only between these can others come. */
export type Step = <T>(label: string, effect: () => T) => Promise<T>;

/** A fresh system for each run. */
export interface ToySystem {
  perform(op: ToyOp, step: Step, command: number): Promise<void>;
  /** A fault strikes a call of this command's. */
  strike?(fault: string, label: string, command: number): void;
  /** Whether the planted bug has shown, once all is over. */
  hasFailed(): boolean;
}

export interface Size {
  readonly commands: number;
  /** As `switchesIn` counts them. */
  readonly switches: number;
  readonly faults: number;
}

export interface Toy {
  readonly name: string;
  /** What it plants, one line. */
  readonly bug: string;
  /** The smallest counterexample, in a list order that is as good as any. */
  readonly example: readonly { readonly op: ToyOp; readonly faults?: readonly ToyFault[] }[];
  /** Switches without which the example never fails, however it is scheduled. */
  readonly switches: number;
  readonly kinds: readonly string[];
  /** Ids are drawn below this; 1: none. */
  readonly ids: number;
  readonly mostCommands: number;
  /** Everybody does one thing, or three actors share the commands. */
  readonly actors: 'one each' | 'three';
  /** Each command is drawn with up to so many faults. */
  readonly faultsEach: number;
  readonly faults: readonly string[];
  /** Port calls a command makes at most. */
  readonly calls: number;
  readonly responses: 'together' | 'separate';
  readonly create: () => ToySystem;
}

/** What toys without ids and faults have in common. */
export const plainToy = { ids: 1, faultsEach: 0, faults: [], responses: 'together', actors: 'one each' } as const;

export const op = (kind: string, id = 0): ToyOp => ({ kind, id });

export const minimumOf = ({ example, switches }: Toy): Size => ({
  commands: example.length,
  switches,
  faults: example.reduce((sum, { faults = [] }) => sum + faults.length, 0),
});

export const isMinimum = (size: Size, toy: Toy): boolean => {
  const { commands, switches, faults } = minimumOf(toy);
  return size.commands === commands && size.switches === switches && size.faults === faults;
};
