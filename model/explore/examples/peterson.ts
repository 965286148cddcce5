/**
 * Peterson's mutual exclusion for two processes, with every read and write a step of its own. Its broken variant gives way before it
 * says that it wants to go in, which is known to let both in.
 */
import { type Rule, type Spec, slotsOf } from '../spec.ts';

type Name = 'alice' | 'bob';
type Phase = 'idle' | 'asking' | 'giving way' | 'waiting' | 'inside';
export interface PetersonSlots {
  readonly alice: Phase;
  readonly bob: Phase;
  readonly aliceWants: boolean;
  readonly bobWants: boolean;
  readonly turn: Name;
}

const slots = slotsOf<PetersonSlots>();

function process(me: Name, other: Name, broken: boolean): readonly Rule<PetersonSlots>[] {
  const [want, otherWants] = [`${me}Wants`, `${other}Wants`] as const;
  const about = (does: string): { readonly name: string; readonly actor: string; readonly kind: 'step' } => ({
    ...{ name: `${me} ${does}`, actor: me, kind: 'step' },
  });
  const wantIn: Phase = broken ? 'giving way' : 'idle';
  const giveIn: Phase = broken ? 'idle' : 'asking';
  return [
    slots.rule(about('asks'), [me, want], (phase) =>
      phase === wantIn ? [{ label: 'ask', to: [broken ? 'waiting' : 'asking', true] }] : [],
    ),
    slots.rule(about('gives way'), [me, 'turn'], (phase) =>
      phase === giveIn ? [{ label: 'give way', to: [broken ? 'giving way' : 'waiting', other] }] : [],
    ),
    slots.rule(about('enters'), [me, otherWants, 'turn'], (phase, theyWant, turn) =>
      phase === 'waiting' && (!theyWant || turn === me) ? [{ label: 'enter', to: ['inside', theyWant, turn] }] : [],
    ),
    slots.rule(about('leaves'), [me, want], (phase) => (phase === 'inside' ? [{ label: 'leave', to: ['idle', false] }] : [])),
  ];
}

export const peterson = (broken = false): Spec<PetersonSlots> => ({
  name: 'mutual exclusion of two',
  starts: [{ alice: 'idle', bob: 'idle', aliceWants: false, bobWants: false, turn: 'alice' }],
  rules: [...process('alice', 'bob', broken), ...process('bob', 'alice', broken)],
  always: [
    slots.check('mutual exclusion', ['alice', 'bob'], (alice, bob) =>
      alice === 'inside' && bob === 'inside' ? 'both are inside' : null,
    ),
  ],
  sometimes: [
    slots.mark('alice is inside', ['alice'], (phase) => phase === 'inside'),
    slots.mark('both wait', ['alice', 'bob'], (alice, bob) => alice === 'waiting' && bob === 'waiting'),
  ],
  converged: [],
  symmetries: [],
});
