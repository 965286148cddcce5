/** Two jugs, a tap and a drain: 4 litres are to be measured with jugs of 5 and 3. Known to have 16 states and a shortest way of 6. */
import { type Rule, type Spec, slotsOf } from '../spec.ts';

export interface JugSlots {
  /** Litres in it. */
  readonly big: number;
  readonly small: number;
}

const slots = slotsOf<JugSlots>();
const [bigHolds, smallHolds] = [5, 3];

function rule(name: string, pour: (big: number, small: number) => readonly [number, number]): Rule<JugSlots> {
  return slots.rule({ name, actor: 'you', kind: 'step' }, ['big', 'small'], (big, small) => [
    { label: name, to: pour(big, small) },
  ]);
}

export const jugs: Spec<JugSlots> = {
  name: 'two jugs',
  starts: [{ big: 0, small: 0 }],
  rules: [
    rule('fill big', (_, small) => [bigHolds, small]),
    rule('fill small', (big) => [big, smallHolds]),
    rule('empty big', (_, small) => [0, small]),
    rule('empty small', (big) => [big, 0]),
    rule('big to small', (big, small) => [Math.max(0, big + small - smallHolds), Math.min(smallHolds, big + small)]),
    rule('small to big', (big, small) => [Math.min(bigHolds, big + small), Math.max(0, big + small - bigHolds)]),
  ],
  always: [slots.check('never 4 litres', ['big'], (big) => (big === 4 ? 'the big jug holds 4 litres' : null))],
  sometimes: [slots.mark('both are full', ['big', 'small'], (big, small) => big === bigHolds && small === smallHolds)],
  converged: [],
  symmetries: [],
};
