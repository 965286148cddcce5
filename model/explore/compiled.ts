/**
 * Rules, checks and marks made ready for vectors of ids: what one of them says of a tuple of ids is asked once and remembered, so that
 * a few thousand calls of the design's functions serve millions of states.
 */
import type { SlotValues, Texts } from './intern.ts';
import { Memo } from './memo.ts';
import type { AnySlots, Label, Rule, RuleKind } from './spec.ts';

export type AnyFunction<Result> = (...values: readonly unknown[]) => Result;

const idOfSlot = (ids: Int32Array, slot: SlotValues): number => ids[slot.position] as number;
const argumentsOf = (slots: readonly SlotValues[], ids: Int32Array): readonly unknown[] =>
  slots.map((slot) => slot.values[idOfSlot(ids, slot)]);

/** Labels by id, each kept once. */
export class Labels {
  readonly all: Label[] = [];
  private readonly texts: Texts;
  private readonly ids = new Map<string, number>();

  constructor(texts: Texts) {
    this.texts = texts;
  }

  idOf(label: Label): number {
    const text = this.texts.of(label);
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    this.ids.set(text, this.all.length);
    return this.all.push(label) - 1;
  }
}

/**
 * One rule. What it does to a tuple is written into `code`, from the offset that `outcome` gives:
 *
 *     steps, then for each step: label, low and high lane of what it does to the fingerprint, changes, and for each change: slot, id
 */
export class CompiledRule {
  readonly name: string;
  readonly actor: string;
  readonly kind: RuleKind;
  /** Its place among the rules. */
  readonly number: number;
  code = new Int32Array(64);
  private used = 1;
  private readonly next: AnyFunction<readonly { readonly label: Label; readonly to: readonly unknown[] }[]>;
  private readonly slots: readonly SlotValues[];
  private readonly labels: Labels;
  private readonly memo: Memo;

  constructor(rule: Rule<AnySlots>, number: number, slots: readonly SlotValues[], labels: Labels, maxEntries: number) {
    this.name = rule.name;
    this.actor = rule.actor;
    this.kind = rule.kind;
    this.number = number;
    this.next = rule.next as CompiledRule['next'];
    this.slots = slots;
    this.labels = labels;
    this.memo = new Memo(slots, maxEntries);
  }

  get bytes(): number {
    return this.code.byteLength + this.memo.bytes;
  }

  /** Offset into `code`, valid until this rule is asked again; 0 when it is not enabled. @throws TooManyValues */
  outcome(ids: Int32Array): number {
    const known = this.memo.get(ids);
    return known === 0 ? this.learn(ids) : known - 1;
  }

  private learn(ids: Int32Array): number {
    if (this.memo.isFull) {
      this.memo.forget();
      this.used = 1;
    }
    const written: number[] = [];
    let steps = 0;
    for (const { label, to } of this.next(...argumentsOf(this.slots, ids))) {
      if (to.length !== this.slots.length)
        throw new Error(`rule '${this.name}' gives ${to.length} values for ${this.slots.length} slots`);
      const changes = this.changes(ids, to);
      if (changes === null) continue;
      steps += 1;
      written.push(this.labels.idOf(label), ...changes);
    }
    // Only now: interning has perhaps reshaped the memo.
    const offset = steps === 0 ? 0 : this.append([steps, ...written]);
    this.memo.put(ids, offset + 1);
    return offset;
  }

  /** Null when nothing changes: that is no step. */
  private changes(ids: Int32Array, to: readonly unknown[]): readonly number[] | null {
    const changed: number[] = [];
    let low = 0;
    let high = 0;
    for (const [index, slot] of this.slots.entries()) {
      const id = slot.idOf(to[index]);
      const before = idOfSlot(ids, slot);
      if (id === before) continue;
      changed.push(slot.position, id);
      low ^= (slot.low[before] as number) ^ (slot.low[id] as number);
      high ^= (slot.high[before] as number) ^ (slot.high[id] as number);
    }
    return changed.length === 0 ? null : [low, high, changed.length / 2, ...changed];
  }

  private append(numbers: readonly number[]): number {
    const offset = this.used;
    this.used += numbers.length;
    if (this.used > this.code.length) {
      const { code } = this;
      this.code = new Int32Array(Math.max(2 * code.length, this.used));
      this.code.set(code);
    }
    this.code.set(numbers, offset);
    return offset;
  }
}

/** A check or a mark: asked once for each tuple. */
export class CompiledPredicate {
  readonly name: string;
  private readonly problemOf: AnyFunction<string | null>;
  private readonly slots: readonly SlotValues[];
  private readonly memo: Memo;

  constructor(name: string, problemOf: AnyFunction<string | null>, slots: readonly SlotValues[], maxEntries: number) {
    this.name = name;
    this.problemOf = problemOf;
    this.slots = slots;
    this.memo = new Memo(slots, maxEntries);
  }

  get bytes(): number {
    return this.memo.bytes;
  }

  holds(ids: Int32Array): boolean {
    const known = this.memo.get(ids);
    return known === 0 ? this.learn(ids) : known === 1;
  }

  /** What is wrong; null when it holds. */
  problem(ids: Int32Array): string | null {
    return this.problemOf(...argumentsOf(this.slots, ids));
  }

  private learn(ids: Int32Array): boolean {
    if (this.memo.isFull) this.memo.forget();
    const holds = this.problem(ids) === null;
    this.memo.put(ids, holds ? 1 : 2);
    return holds;
  }
}
