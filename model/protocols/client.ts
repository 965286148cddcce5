/** What a client does about its write: ask, sign, conclude, ask again; and what it makes of messages that went astray. */
import type { Rule } from '../explore/spec.ts';
import { stepFrontend } from '../frontend.ts';
import { durableVersion, isRunning, onNode, rowOf } from './node.ts';
import { type Client, slots, type UpdateSlots, type Wire, type Write } from './slots.ts';

const act = (client: Client, action: Parameters<typeof stepFrontend>[1]): Client => ({
  ...client,
  state: stepFrontend(client.state, action).state,
});

const stageAt = ({ state }: Client, write: number): 'optimistic' | 'unsettled' | null =>
  state.writes.get(rowOf(write))?.stage ?? null;

/** Its write is over, as it was told. */
const over = (client: Client, write: number, told: 'confirmed' | 'refused'): Client => ({
  ...act(client, { kind: 'endWrite', id: rowOf(write), known: true }),
  told,
});
const unknown = (client: Client, write: number): Client => act(client, { kind: 'endWrite', id: rowOf(write), known: false });

const inFlight: ReadonlySet<Wire> = new Set(['prepare', 'ready', 'execute', 'status', 'confirmed', 'refused', 'unsettled']);

export function clientRules({ index, home }: Write, options: { readonly loses: boolean }): readonly Rule<UpdateSlots>[] {
  const [client, wire, bytes, node] = [`client#${index}`, `wire#${index}`, `bytes#${index}`, `node#${home}`] as const;
  const actor = client;
  const label = (does: string, rest: object = {}) => ({ does, write: index, ...rest });
  const rules = [
    slots.rule({ name: `ask ${index}`, actor, kind: 'step' }, [client, wire], (at, line) =>
      line === 'nothing' && at.told === null && at.state.backend !== null && stageAt(at, index) === null
        ? [{ label: label('ask'), to: [act(at, { kind: 'beginWrite', id: rowOf(index) }), 'prepare'] }]
        : [],
    ),
    slots.rule({ name: `hand ${index}`, actor, kind: 'step' }, [wire, bytes], (line, signed) =>
      line === 'ready' ? [{ label: label('hand'), to: ['execute', signed === 'none' ? 'signed' : signed] }] : [],
    ),
    slots.rule({ name: `conclude ${index}`, actor, kind: 'step' }, [client, wire], (at, line) => {
      if (line === 'unsettled') return [{ label: label('conclude', { end: line }), to: [unknown(at, index), 'nothing'] }];
      if (line !== 'confirmed' && line !== 'refused') return [];
      return [{ label: label('conclude', { end: line }), to: [over(at, index, line), 'nothing'] }];
    }),
    // Before anything is signed it asks once more, then nothing can land whatever the backend has done; afterwards anything can.
    slots.rule({ name: `notice ${index}`, actor, kind: 'step' }, [client, wire, bytes], (at, line, signed) => {
      if (line !== 'lost') return [];
      const told = label('notice', { signed: signed !== 'none' });
      if (signed !== 'none') return [{ label: told, to: [unknown(at, index), 'nothing', signed] }];
      if (!at.again && at.state.backend !== null) return [{ label: told, to: [{ ...at, again: true }, 'prepare', signed] }];
      return [{ label: told, to: [over(at, index, 'refused'), 'nothing', signed] }];
    }),
    slots.rule({ name: `ask about ${index}`, actor, kind: 'step' }, [client, wire], (at, line) =>
      line === 'nothing' && at.state.backend !== null && stageAt(at, index) === 'unsettled'
        ? [{ label: label('ask about'), to: [at, 'status'] }]
        : [],
    ),
    slots.rule({ name: `connect ${index}`, actor, kind: 'step' }, [client, node], (at, to) =>
      at.state.backend === null && isRunning(to)
        ? [
            {
              label: label('connect'),
              to: [act(at, { kind: 'connect', backend: node }), onNode(to, { kind: 'attach', client })],
            },
          ]
        : [],
    ),
  ];
  if (options.loses)
    rules.push(
      slots.rule({ name: `lose ${index}`, actor: 'fault', kind: 'fault' }, [wire], (line) =>
        inFlight.has(line) ? [{ label: label('lose', { what: line, fault: 'F3-lost' }), to: ['lost'] }] : [],
      ),
    );
  return rules;
}

/** A client learns of a thread what its backend has made durable, and never less than it knew. */
export function showRule(
  { index, home }: Pick<Write, 'index' | 'home'>,
  thread: string,
  versionOf: typeof durableVersion = durableVersion,
): Rule<UpdateSlots> {
  const [client, node] = [`client#${index}`, `node#${home}`] as const;
  return slots.rule({ name: `show ${index}`, actor: node, kind: 'step' }, [client, node], (at, from) => {
    const version = versionOf(from, thread);
    if (!isRunning(from) || at.state.backend === null || (at.state.views.get(thread) ?? 0) >= version) return [];
    return [{ label: { does: 'show', write: index }, to: [act(at, { kind: 'show', thread, version }), from] }];
  });
}

/** Its backend is gone: whatever was under way about the write is lost to it. */
export function disconnected(at: Client, line: Wire): readonly [Client, Wire] {
  return [act(at, { kind: 'disconnect' }), line === 'nothing' ? line : 'lost'];
}
