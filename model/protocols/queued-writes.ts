/**
 * handle_partial_failure with the ledger away: writes that a client leaves at its backend, to be carried out in order when the ledger is
 * back. The client signs each attempt; the backend takes signed bytes for one attempt only, and from the batch on that makes them
 * durable the write does not wait any more.
 *
 *   new --left--> waiting (attempt 1, 2 ...) --signed bytes, one batch--> sent --landed / refused / expired--> ended
 *                    \--dropped--> ended
 */

import { withEntry, withoutEntry } from '../collections.ts';
import { type Label, type Rule, type Spec, slotsOf } from '../explore/spec.ts';
import { type Bytes, type Chain, chainRules, taken } from './chain.ts';
import { founded, thread } from './content-update.ts';
import {
  crashed,
  type End,
  endAt,
  ended,
  freshNode,
  isDurable,
  isRunning,
  isSynced,
  type Node,
  onNode,
  restarted,
  rowOf,
  type Stored,
  stageOf,
  synced,
} from './node.ts';
import { type Protocol, planting, type ScopeName } from './protocol.ts';

/** Attempts at one write that the scope has room for. */
const attempts = 2;
const orderOf = (write: number, attempt: number): number => write * attempts + attempt;

/** By write, the attempt to be made next: 0, 1 ... */
type Waiting = ReadonlyMap<string, number>;

/** What the client knows of a write. */
type Known = 'new' | 'asked' | 'waiting' | End;

export interface QueueSlots {
  readonly chain: Chain;
  /** Whether the ledger can be reached. */
  readonly link: 'up' | 'down';
  readonly node: Node;
  readonly waiting: Stored<Waiting>;
  readonly [known: `known#${number}`]: Known;
  /** Signed bytes of the write's attempt on their way from a client; a client that comes back may send another's again. */
  readonly [wire: `wire#${number}`]: number | null;
  readonly [bytes: `bytes#${number}`]: Bytes;
}

export interface QueueDesign {
  /** What becomes of the row when signed bytes are taken. */
  readonly takes: 'row' | 'nothing';
  /** Which attempt's bytes are taken. */
  readonly accepts: 'thisAttempt' | 'any';
  /** Whether a write waits for earlier ones of its thread. */
  readonly ordered: boolean;
  /** When the client is told that its write waits. */
  readonly acknowledges: 'durably' | 'atOnce';
  /** When the bytes go out. */
  readonly sends: 'durably' | 'atOnce';
}

export const queueDesign: QueueDesign = {
  takes: 'row',
  accepts: 'thisAttempt',
  ordered: true,
  acknowledges: 'durably',
  sends: 'durably',
};

export const queueProperties = {
  once: 'one attempt at most is on its way or has landed',
  kept: 'a write that was left is kept until it ends',
  ordered: 'a write is not sent while an earlier one of its thread waits or is on its way',
  certainNo: 'a refused write never lands',
  certainYes: 'a confirmed write is on the ledger',
} as const;

const slots = slotsOf<QueueSlots>();
const step = { actor: 'node', kind: 'step' as const };
const fault = { actor: 'fault', kind: 'fault' as const };
const name = (write: number): string => `waiting#${write}`;
/** A row is shown to nobody before it is durable, nor after it has been taken. */
const rowAt = ({ now, durable }: QueueSlots['waiting'], write: number): number | undefined =>
  durable.has(name(write)) ? now.get(name(write)) : undefined;

/** The attempt that was taken, and has not ended. */
const openAttempt = (node: Node, write: number): number | null => {
  for (let attempt = 0; attempt < attempts; attempt += 1) if (stageOf(node, orderOf(write, attempt)) !== null) return attempt;
  return null;
};
const endOf = (node: Node, write: number): End | null => {
  for (let attempt = attempts - 1; attempt >= 0; attempt -= 1) {
    const end = endAt(node, orderOf(write, attempt));
    if (end !== undefined) return end;
  }
  return null;
};

const isEndDurable = (node: Node, write: number): boolean =>
  Array.from({ length: attempts }, (_, each) => rowOf(orderOf(write, each))).some((row) => node.durable.ends.has(row));

function writeRules(write: number, design: QueueDesign): readonly Rule<QueueSlots>[] {
  const [known, wire] = [`known#${write}`, `wire#${write}`] as const;
  const client = { actor: known as string, kind: 'step' as const };
  const label = (does: string, rest: object = {}): Label => ({ does, write, ...rest });
  const isTurn = (node: Node, waiting: Waiting): boolean => {
    if (!design.ordered) return true;
    for (let earlier = 0; earlier < write; earlier += 1)
      if (waiting.has(name(earlier)) || openAttempt(node, earlier) !== null) return false;
    return true;
  };
  const before = Array.from({ length: write }, (_, earlier) => `known#${earlier}` as const);
  return [
    // In the order in which a person asks: the later one when the earlier has been left or has ended.
    {
      name: `leave ${write}`,
      ...client,
      slots: [known, 'node', 'waiting', ...before],
      next: ((at: Known, node: Node, waiting: QueueSlots['waiting'], ...earlier: readonly Known[]) => {
        if (at !== 'new' || !isRunning(node) || earlier.some((each) => each === 'new' || each === 'asked')) return [];
        const now = withEntry(waiting.now, name(write), 0);
        return [{ label: label('leave'), to: ['asked', node, { ...waiting, now }, ...earlier] }];
      }) as never,
    },
    slots.rule({ name: `acknowledge ${write}`, ...step }, [known, 'node', 'waiting'], (at, node, waiting) => {
      if (at !== 'asked' || !isRunning(node)) return [];
      const rows = design.acknowledges === 'durably' ? waiting.durable : waiting.now;
      return rows.has(name(write)) ? [{ label: label('acknowledge'), to: ['waiting', node, waiting] }] : [];
    }),
    // The answer was lost: the same again, which the backend recognises.
    slots.rule({ name: `ask again ${write}`, ...client }, [known, 'node', 'waiting'], (at, node, waiting) => {
      if (at !== 'asked' || !isRunning(node) || waiting.now.has(name(write))) return [];
      const end = endOf(node, write);
      if (end !== null)
        return isEndDurable(node, write) ? [{ label: label('ask again', { end }), to: [end, node, waiting] }] : [];
      if (openAttempt(node, write) !== null) return [{ label: label('ask again'), to: ['waiting', node, waiting] }];
      return [{ label: label('ask again'), to: ['asked', node, { ...waiting, now: withEntry(waiting.now, name(write), 0) }] }];
    }),
    slots.rule({ name: `drop ${write}`, actor: 'person', kind: 'fault' }, [known, 'node', 'waiting'], (at, node, waiting) => {
      if (at !== 'waiting' || !isRunning(node) || rowAt(waiting, write) === undefined) return [];
      const now = withoutEntry(waiting.now, name(write));
      const first = orderOf(write, 0);
      return [{ label: label('drop'), to: ['waiting', ended(node, first, 'refused'), { ...waiting, now }] }];
    }),
    {
      name: `sign ${write}`,
      ...client,
      slots: [
        'link',
        'node',
        'waiting',
        wire,
        ...Array.from({ length: attempts }, (_, each) => `bytes#${orderOf(write, each)}` as const),
      ],
      next: ((
        link: 'up' | 'down',
        node: Node,
        waiting: QueueSlots['waiting'],
        line: number | null,
        ...bytes: readonly Bytes[]
      ) => {
        const attempt = rowAt(waiting, write);
        if (link === 'down' || !isRunning(node) || attempt === undefined || line !== null || !isTurn(node, waiting.now))
          return [];
        if (bytes[attempt] === 'expired') {
          // Signed once and never handed in: too late for these, so the next attempt.
          if (attempt + 1 >= attempts) {
            // No room for more in this scope: as if the last one had been refused for good.
            const over = ended(node, orderOf(write, attempt), 'refused');
            const rest = { ...waiting, now: withoutEntry(waiting.now, name(write)) };
            return [{ label: label('give up', { attempt }), to: [link, over, rest, line, ...bytes] }];
          }
          const now = withEntry(waiting.now, name(write), attempt + 1);
          return [
            { label: label('next attempt', { attempt: attempt + 1 }), to: [link, node, { ...waiting, now }, line, ...bytes] },
          ];
        }
        const signed = bytes.map((each, at) => (at === attempt && each === 'none' ? 'signed' : each));
        return [{ label: label('sign', { attempt }), to: [link, node, waiting, attempt, ...signed] }];
      }) as never,
    },
    slots.rule({ name: `take ${write}`, ...step }, ['node', 'waiting', wire], (node, waiting, line) => {
      if (line === null || !isRunning(node)) return [];
      const current = rowAt(waiting, write);
      const isCurrent = design.accepts === 'any' ? current !== undefined || design.takes === 'nothing' : current === line;
      if (!isCurrent) return [{ label: label('refuse', { attempt: line }), to: [node, waiting, null] }];
      const row = rowOf(orderOf(write, line));
      const kept = onNode(node, { kind: 'keepIntent', id: row, client: known }, { kind: 'signIntent', id: row });
      const now =
        design.takes === 'row'
          ? withoutEntry(waiting.now, name(write))
          : withEntry(waiting.now, name(write), Math.min(line + 1, attempts - 1));
      return [{ label: label('take', { attempt: line }), to: [kept, { ...waiting, now }, null] }];
    }),
    slots.rule({ name: `lose ${write}`, ...fault }, [wire], (line) =>
      line === null ? [] : [{ label: label('lose', { fault: 'F3-lost' }), to: [null] }],
    ),
    slots.rule({ name: `tell ${write}`, ...step }, [known, 'node', 'waiting'], (at, node, waiting) => {
      if (at !== 'waiting' || !isRunning(node) || waiting.now.has(name(write)) || openAttempt(node, write) !== null) return [];
      const end = endOf(node, write);
      return end !== null && isEndDurable(node, write) ? [{ label: label('tell', { end }), to: [end, node, waiting] }] : [];
    }),
    ...Array.from({ length: attempts }, (_, attempt) => attemptRules(write, attempt, design)).flat(),
  ];
}

/** Signed bytes that a backend has taken, from then on. */
function attemptRules(write: number, attempt: number, design: QueueDesign): readonly Rule<QueueSlots>[] {
  const order = orderOf(write, attempt);
  const bytes = `bytes#${order}` as const;
  const label = (does: string, rest: object = {}): Label => ({ does, write, attempt, ...rest });
  return [
    slots.rule({ name: `submit ${write}.${attempt}`, ...step }, ['chain', 'link', 'node', bytes], (chain, link, node, state) => {
      const row =
        node.state.durable.outbox.get(rowOf(order)) ??
        (design.sends === 'atOnce' ? node.state.memory.outbox.get(rowOf(order)) : undefined);
      if (link === 'down' || !isRunning(node) || row?.stage !== 'signed' || state !== 'signed' || stageOf(node, order) === null)
        return [];
      const [next, out] = taken(chain, state, order, 'atOnce');
      return [{ label: label('submit'), to: [next, link, node, out] }];
    }),
    slots.rule({ name: `end ${write}.${attempt}`, ...step }, ['link', 'node', bytes], (link, node, state) => {
      if (link === 'down' || !isRunning(node) || stageOf(node, order) === null) return [];
      const end = state === 'landed' ? 'confirmed' : state === 'refused' || state === 'expired' ? 'refused' : null;
      return end === null ? [] : [{ label: label('end', { end }), to: [link, ended(node, order, end), state] }];
    }),
  ];
}

function worldRules(wires: readonly `wire#${number}`[]): readonly Rule<QueueSlots>[] {
  return [
    slots.rule({ name: 'cut', ...fault }, ['link'], (link) => (link === 'up' ? [{ label: { does: 'cut' }, to: ['down'] }] : [])),
    slots.rule({ name: 'mend', actor: 'solana', kind: 'step' }, ['link'], (link) =>
      link === 'down' ? [{ label: { does: 'mend' }, to: ['up'] }] : [],
    ),
    slots.rule({ name: 'sync', ...step }, ['node', 'waiting'], (node, { now, durable }) =>
      isRunning(node) && (!isSynced(node) || !isDurable({ now, durable }))
        ? [{ label: { does: 'sync' }, to: [synced(node), { now, durable: now }] }]
        : [],
    ),
    // Connections break with it, and what was on its way.
    {
      name: 'crash',
      ...fault,
      slots: ['node', 'waiting', ...wires],
      next: ((node: Node, { durable }: QueueSlots['waiting']) =>
        isRunning(node)
          ? [
              {
                label: { does: 'crash', fault: 'B1-crash' },
                to: [crashed(node), { now: durable, durable }, ...wires.map(() => null)],
              },
            ]
          : []) as never,
    },
    slots.rule({ name: 'restart', ...step }, ['node'], (node) =>
      isRunning(node) ? [] : [{ label: { does: 'restart' }, to: [restarted(node)] }],
    ),
  ];
}

function spec(size: ScopeName, design: QueueDesign = queueDesign): Spec<QueueSlots> {
  const writes = Array.from({ length: { small: 1, medium: 2, large: 3 }[size] }, (_, write) => write);
  const orders = writes.flatMap((write) => Array.from({ length: attempts }, (_, attempt) => orderOf(write, attempt)));
  const start = Object.fromEntries([
    ['chain', { confirmed: founded(1), tip: [] }],
    ['link', 'up'],
    ['node', freshNode],
    ['waiting', { now: new Map(), durable: new Map() }],
    ...writes.flatMap((write) => [
      [`known#${write}`, 'new'],
      [`wire#${write}`, null],
    ]),
    ...orders.map((order) => [`bytes#${order}`, 'none']),
  ]) as unknown as QueueSlots;
  const bytesOf = (write: number) => Array.from({ length: attempts }, (_, each) => `bytes#${orderOf(write, each)}` as const);
  const isAway = (bytes: Bytes): boolean => bytes === 'out' || bytes === 'processed' || bytes === 'landed';
  return {
    name: `queued-writes ${size}`,
    starts: [start],
    rules: [
      ...writes.flatMap((write) => writeRules(write, design)),
      ...orders.flatMap((order) => {
        const write = Math.floor(order / attempts);
        const instruction = { kind: 'postMessage', thread, hash: `post ${write}` } as const;
        return chainRules<QueueSlots>(order, { instruction, signer: 'wallet#0' }, { forks: size === 'small', expires: true });
      }),
      ...worldRules(writes.map((write) => `wire#${write}` as const)),
    ],
    always: writes.flatMap((write) => [
      slots.check(`${queueProperties.once}, write ${write}`, bytesOf(write), (...bytes) =>
        bytes.filter(isAway).length > 1 ? `two attempts at write ${write}: ${bytes.join(', ')}` : null,
      ),
      slots.check(
        `${queueProperties.kept}, write ${write}`,
        [`known#${write}`, 'node', 'waiting'],
        (known, node, { durable }) => {
          if (known !== 'waiting') return null;
          const rows = Array.from({ length: attempts }, (_, each) => rowOf(orderOf(write, each)));
          const isKept =
            durable.has(name(write)) || rows.some((row) => node.state.durable.outbox.has(row) || node.durable.ends.has(row));
          return isKept ? null : `write ${write} was left, and after a crash nobody knows of it`;
        },
      ),
      {
        name: `${queueProperties.ordered}, write ${write}`,
        slots: ['node', 'waiting', ...bytesOf(write)],
        problem: ((node: Node, { now }: QueueSlots['waiting'], ...bytes: readonly Bytes[]) => {
          if (!bytes.some((each) => each === 'out' || each === 'processed')) return null;
          for (let earlier = 0; earlier < write; earlier += 1)
            if (now.has(name(earlier)) || openAttempt(node, earlier) !== null)
              return `write ${write} is on its way, write ${earlier} is not over`;
          return null;
        }) as never,
      },
      slots.check(`${queueProperties.certainNo}, write ${write}`, [`known#${write}`, ...bytesOf(write)], (known, ...bytes) =>
        known === 'refused' && (bytes as readonly Bytes[]).some(isAway)
          ? `write ${write} was told refused, its bytes are ${bytes.join(', ')}`
          : null,
      ),
      slots.check(`${queueProperties.certainYes}, write ${write}`, [`known#${write}`, ...bytesOf(write)], (known, ...bytes) =>
        known === 'confirmed' && !(bytes as readonly Bytes[]).includes('landed') ? `write ${write} was told confirmed` : null,
      ),
    ]),
    sometimes: [
      slots.mark('a second attempt lands', ['bytes#1'], (bytes) => bytes === 'landed'),
      slots.mark('a write is dropped or expires', ['known#0'], (known) => known === 'refused'),
      slots.mark(
        'a write waits while the ledger is away',
        ['known#0', 'link'],
        (known, link) => known === 'waiting' && link === 'down',
      ),
    ],
    converged: [
      slots.mark(
        'the backend is at rest',
        ['node', 'waiting'],
        (node, { now, durable }) =>
          isRunning(node) &&
          isSynced(node) &&
          isDurable({ now, durable }) &&
          now.size === 0 &&
          node.state.memory.outbox.size === 0,
      ),
      slots.mark('nothing is in the tip', ['chain'], ({ tip }) => tip.length === 0),
      ...writes.map((write) =>
        slots.mark(
          `write ${write} has ended, and its client knows`,
          [`known#${write}`],
          (known) => known === 'confirmed' || known === 'refused',
        ),
      ),
    ],
    symmetries: [],
  };
}

const plant = planting(spec, 'medium', queueDesign);

export const queuedWrites: Protocol = {
  name: 'queued-writes',
  title: 'queue_updates and buffer_updates: writes that wait for the ledger',
  scope: spec,
  planted: [
    plant('keeps the row', 'a write goes on waiting when its bytes are taken', queueProperties.once, {
      takes: 'nothing',
      accepts: 'any',
    }),
    plant('any order', 'a write does not wait for an earlier one of its thread', queueProperties.ordered, { ordered: false }),
    plant('acknowledges in memory', 'a client is told that its write waits before that is durable', queueProperties.kept, {
      acknowledges: 'atOnce',
    }),
    plant('sends from memory', 'bytes go out before it is durable that they were taken', queueProperties.ordered, {
      sends: 'atOnce',
    }),
  ],
};
