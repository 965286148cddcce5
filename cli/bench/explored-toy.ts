/**
 * A design for measuring the explorer, nothing of Choir: clients write their name to several servers over channels that hold one
 * message each and may lose it, until a majority has answered; servers may forget. 15 slots and 42 rules for 3 clients and 3 servers.
 */
import { type Rule, type Spec, type Symmetry, slotsOf } from '#model/explore/spec.ts';

interface Client {
  readonly phase: 'idle' | 'writing' | 'done';
  /** Servers that have answered, as a sorted list. */
  readonly answered: readonly number[];
}
type Channel = 'empty' | 'request' | 'answer';
/** Last writer. */
type Server = number | null;

export type ToySlots = Readonly<Record<`client ${number}`, Client>> &
  Readonly<Record<`server ${number}`, Server>> &
  Readonly<Record<`channel ${number} ${number}`, Channel>>;

const slots = slotsOf<ToySlots>();
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

export interface ToySize {
  readonly clients: number;
  readonly servers: number;
}

function rulesOf(c: number, s: number, majority: number): readonly Rule<ToySlots>[] {
  const client = `client ${c}` as const;
  const server = `server ${s}` as const;
  const channel = `channel ${c} ${s}` as const;
  const rule = (does: string, actor: string, kind: 'step' | 'fault') => ({ name: `${does} ${c} ${s}`, actor, kind });
  return [
    slots.rule(rule('send', client, 'step'), [client, channel], (it, message) =>
      it.phase === 'writing' && message === 'empty' && !it.answered.includes(s)
        ? [{ label: { does: 'send', to: s }, to: [it, 'request'] }]
        : [],
    ),
    slots.rule(rule('write', server, 'step'), [channel, server], (message) =>
      message === 'request' ? [{ label: { does: 'write', value: c }, to: ['answer', c] }] : [],
    ),
    slots.rule(rule('hear', client, 'step'), [client, channel], (it, message) => {
      if (message !== 'answer') return [];
      const answered = [...it.answered, s].sort();
      const to: Client =
        it.phase === 'done' || answered.length >= majority ? { phase: 'done', answered: [] } : { phase: 'writing', answered };
      return [{ label: { does: 'hear', from: s }, to: [to, 'empty'] }];
    }),
    slots.rule(rule('lose', 'fault', 'fault'), [channel], (message) =>
      message === 'empty' ? [] : [{ label: { does: 'lose', message }, to: ['empty'] }],
    ),
  ];
}

export function toySpec({ clients, servers }: ToySize): Spec<ToySlots> {
  const majority = Math.floor(servers / 2) + 1;
  const clientNames = range(clients).map((c) => `client ${c}` as const);
  const serverNames = range(servers).map((s) => `server ${s}` as const);
  const pairs = range(clients).flatMap((c) => range(servers).map((s) => [c, s] as const));
  const start: Record<string, unknown> = {};
  for (const name of clientNames) start[name] = { phase: 'idle', answered: [] } satisfies Client;
  for (const name of serverNames) start[name] = null;
  for (const [c, s] of pairs) start[`channel ${c} ${s}`] = 'empty';
  return {
    name: `${clients} clients write to ${servers} servers`,
    starts: [start as ToySlots],
    rules: [
      ...clientNames.map((name, c) =>
        slots.rule({ name: `begin ${c}`, actor: name, kind: 'step' }, [name], ({ phase }) =>
          phase === 'idle' ? [{ label: 'begin', to: [{ phase: 'writing', answered: [] }] }] : [],
        ),
      ),
      ...pairs.flatMap(([c, s]) => rulesOf(c, s, majority)),
      ...serverNames.map((name, s) =>
        slots.rule({ name: `forget ${s}`, actor: 'fault', kind: 'fault' }, [name], (value) =>
          value === null ? [] : [{ label: 'forget', to: [null] }],
        ),
      ),
    ],
    always: pairs.map(([c, s]) =>
      slots.check(`nobody waits beside a majority: ${c} ${s}`, [`client ${c}`, `channel ${c} ${s}`], (it) =>
        it.phase === 'writing' && it.answered.length >= majority ? 'waits' : null,
      ),
    ),
    sometimes: clientNames.map((name, c) => slots.mark(`client ${c} is done`, [name], ({ phase }) => phase === 'done')),
    converged: clientNames.map((name, c) => slots.mark(`client ${c} is through`, [name], ({ phase }) => phase === 'done')),
    symmetries: symmetriesOf(clients, servers),
  };
}

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}

function symmetriesOf(clients: number, servers: number): readonly Symmetry<ToySlots>[] {
  const all = permutations(range(clients)).flatMap((ofClients) =>
    permutations(range(servers)).map((ofServers) => ({ ofClients, ofServers })),
  );
  return all.slice(1).map(({ ofClients, ofServers }) => ({
    name: `clients ${ofClients.join('')}, servers ${ofServers.join('')}`,
    slot: (name) => {
      const [kind, first, second] = name.split(' ');
      if (kind === 'client') return `client ${ofClients[Number(first)] as number}`;
      if (kind === 'server') return `server ${ofServers[Number(first)] as number}`;
      return `channel ${ofClients[Number(first)] as number} ${ofServers[Number(second)] as number}`;
    },
    value: (value, name) => {
      if (name.startsWith('channel') || value === null) return value;
      if (name.startsWith('server')) return ofClients[value as number];
      const { phase, answered } = value as Client;
      return { phase, answered: answered.map((s) => ofServers[s] as number).sort() };
    },
  }));
}
