/**
 * A sender and a receiver over two channels that hold one message each and lose it at will: each message carries one bit that says
 * whether it is a new one. So many texts are sent; in the end all have arrived, in order, each once. The broken variant has no bit.
 */
import { type Spec, slotsOf } from '../spec.ts';

export interface AlternatingBitSlots {
  /** Texts known to have arrived; the next one is on its way. */
  readonly sender: number;
  /** Texts received. */
  readonly receiver: readonly number[];
  readonly there: { readonly text: number; readonly bit: number } | null;
  readonly back: { readonly bit: number } | null;
}

const slots = slotsOf<AlternatingBitSlots>();

export function alternatingBit(texts: number, broken = false): Spec<AlternatingBitSlots> {
  const bitOf = (count: number): number => (broken ? 0 : count % 2);
  return {
    name: `alternating bit, ${texts} texts`,
    starts: [{ sender: 0, receiver: [], there: null, back: null }],
    rules: [
      slots.rule({ name: 'send', actor: 'sender', kind: 'step' }, ['sender', 'there'], (sender, there) =>
        sender < texts && there === null
          ? [{ label: { does: 'send', text: sender }, to: [sender, { text: sender, bit: bitOf(sender) }] }]
          : [],
      ),
      slots.rule({ name: 'receive', actor: 'receiver', kind: 'step' }, ['receiver', 'there', 'back'], (receiver, there, back) => {
        if (there === null || back !== null || receiver.length > texts) return [];
        const isNew = there.bit === bitOf(receiver.length);
        const received = isNew ? [...receiver, there.text] : receiver;
        return [{ label: { does: 'receive', text: there.text, isNew }, to: [received, null, { bit: there.bit }] }];
      }),
      slots.rule({ name: 'hear', actor: 'sender', kind: 'step' }, ['sender', 'back'], (sender, back) =>
        back === null ? [] : [{ label: 'hear', to: [back.bit === bitOf(sender) && sender < texts ? sender + 1 : sender, null] }],
      ),
      slots.rule({ name: 'lose text', actor: 'fault', kind: 'fault' }, ['there'], (there) =>
        there === null ? [] : [{ label: { does: 'lose', text: there.text }, to: [null] }],
      ),
      slots.rule({ name: 'lose answer', actor: 'fault', kind: 'fault' }, ['back'], (back) =>
        back === null ? [] : [{ label: 'lose answer', to: [null] }],
      ),
    ],
    always: [
      slots.check('in order, each once', ['receiver'], (receiver) =>
        receiver.every((text, index) => text === index) ? null : `received ${receiver.join(', ')}`,
      ),
    ],
    sometimes: [slots.mark('all have arrived', ['receiver'], ({ length }) => length === texts)],
    converged: [
      slots.mark('the sender knows', ['sender'], (sender) => sender === texts),
      slots.mark('nothing is on its way', ['there', 'back'], (there, back) => there === null && back === null),
    ],
    symmetries: [],
  };
}
