/** Counts of what a campaign really did, so that a green run can be asked how much it tried. */
import type { Answer } from '#model/observation.ts';
import { type CommandKind, commandWeights } from './draw.ts';

export interface CommandCounts {
  /** Times the generator put this command into a scenario that reached it. */
  readonly drawn: number;
  /** Times the state offered something to do, so that it ran. */
  readonly executed: number;
  /** Executed, and certainly not applied. */
  readonly refused: number;
  /** Executed, and left UNKNOWN to its client. */
  readonly unsettled: number;
}

const none: CommandCounts = { drawn: 0, executed: 0, refused: 0, unsettled: 0 };

export class Stats {
  readonly #counts = new Map<CommandKind, CommandCounts>();
  readonly #marks = new Map<string, number>();

  #add(kind: CommandKind, more: Partial<CommandCounts>): void {
    const old = this.#counts.get(kind) ?? none;
    this.#counts.set(kind, {
      drawn: old.drawn + (more.drawn ?? 0),
      executed: old.executed + (more.executed ?? 0),
      refused: old.refused + (more.refused ?? 0),
      unsettled: old.unsettled + (more.unsettled ?? 0),
    });
  }

  drawn(kind: CommandKind): void {
    this.#add(kind, { drawn: 1 });
  }

  /** @param answer null for faults and time, which answer nothing */
  executed(kind: CommandKind, answer: Answer | null): void {
    this.#add(kind, {
      executed: 1,
      refused: answer?.kind === 'refused' ? 1 : 0,
      unsettled: answer?.kind === 'unsettled' ? 1 : 0,
    });
  }

  /** One more occurrence of something worth having happened. */
  mark(name: string): void {
    this.#marks.set(name, (this.#marks.get(name) ?? 0) + 1);
  }

  /** Every command in the order of `commandWeights`, also those never drawn. */
  commands(): readonly (readonly [CommandKind, CommandCounts])[] {
    return (Object.keys(commandWeights) as CommandKind[]).map((kind) => [kind, this.#counts.get(kind) ?? none]);
  }

  marks(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#marks].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
