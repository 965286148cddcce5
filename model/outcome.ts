/**
 * What a call on an authority ends in, and what a reducer gives back. `unknown` is never a reducer's own ending: an authority
 * always knows what it did. It arises where an answer is lost on its way, in the sequences.
 */

export type Outcome<Value, Code extends string = string> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'refused'; readonly code: Code }
  | { readonly kind: 'unknown' };

/** A reducer's answer: the next state (the same object when nothing changed) and how the call ended. */
export interface Step<State, Value, Code extends string> {
  readonly state: State;
  readonly outcome: Outcome<Value, Code>;
}

export const accept = <State, Value>(state: State, value: Value): Step<State, Value, never> => ({
  state,
  outcome: { kind: 'ok', value },
});

export const refuse = <State, Code extends string>(state: State, code: Code): Step<State, never, Code> => ({
  state,
  outcome: { kind: 'refused', code },
});

/** `ok` or the refusal's code: one word for an ending, as the transition tables use it. */
export function endingOf<Code extends string>(outcome: Outcome<unknown, Code>): Code | 'ok' | 'unknown' {
  return outcome.kind === 'refused' ? outcome.code : outcome.kind;
}

/** What a call gave, or `otherwise` when it gave nothing. */
export function valueOr<Value>(outcome: Outcome<Value>, otherwise: Value): Value {
  return outcome.kind === 'ok' ? outcome.value : otherwise;
}
