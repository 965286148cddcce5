/**
 * What really happened in a run, effect by effect, in the implementation's own values: every call on a port with what the authority did
 * and what the caller was told, every durable batch, every message, every crash. For whoever holds a run against a design. It decides
 * nothing, and nobody in the run can tell that it is kept.
 */
export interface Effect {
  /** The step at which it happened; where the call never reached the authority, the one at which its caller was told. */
  readonly step: number;
  readonly atMs: number;
  /** Where the caller lives: `backend#0`, `wallet#0.2`. */
  readonly node: string;
  /** On whose behalf. */
  readonly task: string;
  /**
   * `port.method`, as in the trace, and before it `port.method begun` when the call is made and waits for its turn; beside the ports
   * `store.write`, `channel.taken`, `channel.answer`, `wallet.signed`, `fault.struck`, `node.round`, `node.crash`, `node.restart`,
   * `chain.fork`, `channel.again`.
   */
  readonly label: string;
  readonly inputs: readonly unknown[];
  /** What the authority gave; null where the call never reached it. */
  readonly real: unknown;
  /** What the caller was told; null where it never was. */
  readonly told: unknown;
}

type Open = { -readonly [Key in keyof Effect]: Effect[Key] };

export class EffectLog {
  readonly effects: Effect[] = [];
  readonly #now: () => Pick<Effect, 'step' | 'atMs' | 'task'>;

  /** @param now the step under way, the virtual time, and whose code runs */
  constructor(now: () => Pick<Effect, 'step' | 'atMs' | 'task'>) {
    this.#now = now;
  }

  /** Something that is over at once. */
  note(node: string, label: string, inputs: readonly unknown[], real: unknown = null): void {
    this.effects.push({ ...this.#now(), node, label, inputs, real, told: real });
  }

  /**
   * A call behind the gate: `park` is given the effect to run when its turn comes. Listed where the effect ran, or where its caller was
   * told of one that never did.
   */
  async call<Value>(
    node: string,
    label: string,
    inputs: readonly unknown[],
    effect: () => Value,
    park: (effect: () => Value) => Promise<Awaited<Value>>,
  ): Promise<Awaited<Value>> {
    this.note(node, `${label} begun`, inputs);
    const open: Open = { ...this.#now(), node, label, inputs, real: null, told: null };
    let isListed = false;
    const list = (): void => {
      if (isListed) return;
      isListed = true;
      const { step, atMs } = this.#now();
      open.step = step;
      open.atMs = atMs;
      this.effects.push(open);
    };
    const told = await park(() => {
      list();
      const value = effect();
      open.real = value;
      const keep = (real: unknown): void => {
        open.real = real;
      };
      // What it rejects with is its caller's to see.
      if (value instanceof Promise) void value.then(keep, () => undefined);
      return value;
    });
    list();
    open.told = told;
    return told;
  }
}
