/**
 * Nodes in a ring hand a token on, until each has had it; a lamp blinks meanwhile. To blink for ever without handing on is not fair,
 * so it counts for nothing. Where nodes may withdraw an offer, they can do that fairly and for ever, and some never see the token.
 */
import { type Spec, slotsOf } from '../spec.ts';

export interface TokenRingSlots {
  readonly token: { readonly at: number; readonly offered: boolean };
  /** Nodes that have had the token: all below this number. */
  readonly seen: number;
  readonly lamp: 'on' | 'off';
}

const slots = slotsOf<TokenRingSlots>();

export function tokenRing(nodes: number, withdraws: boolean): Spec<TokenRingSlots> {
  const all = Array.from({ length: nodes }, (_, node) => node);
  const about = (does: string, node: number) => ({ name: `${does} ${node}`, actor: `node ${node}`, kind: 'step' as const });
  const handing = all.flatMap((node) => [
    slots.rule(about('offer', node), ['token'], ({ at, offered }) =>
      at === node && !offered ? [{ label: 'offer', to: [{ at, offered: true }] }] : [],
    ),
    slots.rule(about('take', node), ['token', 'seen'], ({ at, offered }, seen) =>
      offered && (at + 1) % nodes === node
        ? [{ label: 'take', to: [{ at: node, offered: false }, Math.max(seen, node + 1)] }]
        : [],
    ),
  ]);
  const withdrawing = all.map((node) =>
    slots.rule(about('withdraw', node), ['token'], ({ at, offered }) =>
      at === node && offered ? [{ label: 'withdraw', to: [{ at, offered: false }] }] : [],
    ),
  );
  return {
    name: `token ring of ${nodes}`,
    starts: [{ token: { at: 0, offered: false }, seen: 1, lamp: 'off' }],
    rules: [
      ...handing,
      ...(withdraws ? withdrawing : []),
      slots.rule({ name: 'blink', actor: 'lamp', kind: 'step' }, ['lamp'], (lamp) => [
        { label: 'blink', to: [lamp === 'on' ? 'off' : 'on'] },
      ]),
    ],
    always: [],
    sometimes: [slots.mark('everybody had it', ['seen'], (seen) => seen === nodes)],
    converged: [slots.mark('everybody had the token', ['seen'], (seen) => seen === nodes)],
    symmetries: [],
  };
}
