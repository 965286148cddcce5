/**
 * One state of an update, as the explored design (`model/protocols/`) and as the Quint specification (`model/quint/state.qnt`) say it:
 * one write by one client at one backend. This is the one place to follow a change of either.
 *
 *     chain              ledger.log, ledger.tip       node#0    node.memory, node.durable, node.up, client.connected (its peers)
 *     bytes#0            bytes                        looked#0  looked
 *     qdrant             qdrant                       client#0  client
 *     wire#0, handler#0  wire, phase
 */
import { canonical } from '#model/canonical.ts';
import type { OwnWrite } from '#model/frontend.ts';
import { clockS } from '#model/protocols/chain.ts';
import { type End, freshNode, type Node } from '#model/protocols/node.ts';
import { type Client, freshClient, type UpdateSlots } from '#model/protocols/slots.ts';
import type { UpdateScope } from '#model/protocols/update-scope.ts';
import type { Content, QdrantState } from '#model/qdrant.ts';
import type { SolanaState } from '#model/solana/state.ts';
import { stepSolana } from '#model/solana/step.ts';

interface QuintStore {
  readonly row: string;
  readonly end: string;
  readonly cached: bigint;
  readonly due: ReadonlySet<string>;
  readonly text: boolean;
}

export interface QuintState {
  readonly ledger: { readonly log: readonly string[]; readonly tip: readonly string[] };
  readonly bytes: string;
  readonly node: { readonly up: boolean; readonly memory: QuintStore; readonly durable: QuintStore };
  readonly looked: string;
  readonly qdrant: {
    readonly metadata: { readonly version: bigint; readonly authors: ReadonlySet<string>; readonly count: bigint };
    readonly content: string;
  };
  readonly wire: string;
  readonly phase: string;
  readonly client: {
    readonly connected: boolean;
    readonly write: string;
    readonly shown: bigint;
    readonly told: string;
    readonly again: boolean;
  };
}

const write = 'write#0';
const backend = 'node#0';
/** Everybody in Quint's words, in the order in which they join a thread. */
const wallets = new Map([
  ['founder', 'founder'],
  ['author', 'wallet#0'],
  ['others', 'others'],
]);
/** Every ledger of the two scopes, as Quint tells it. */
const logs: readonly (readonly string[])[] = [
  [],
  ['author'],
  ['others'],
  ['founded'],
  ['founded', 'post'],
  ['founded', 'leave'],
  ['founded', 'post', 'leave'],
];

export interface StateMapping {
  readonly ours: (theirs: QuintState) => UpdateSlots;
  readonly theirs: (ours: UpdateSlots) => QuintState;
}

const orNull = <Text extends string>(text: string): Text | null => (text === 'none' ? null : (text as Text));
/** Its slots are there, since the scope has one write and one backend. */
const part = <Value>(value: Value | undefined): Value => value as Value;
const mapOf = <Value>(key: string, value: Value | null): ReadonlyMap<string, Value> =>
  new Map(value === null ? [] : [[key, value]]);
const versionAt = (map: ReadonlyMap<string, number>, thread: string): bigint => BigInt(map.get(thread) ?? 0);

/** @param scope of one write */
export function stateMapping({ thread, ledger, writes }: UpdateScope): StateMapping {
  const [{ order, content }] = writes as [UpdateScope['writes'][number]];
  const entry = (state: SolanaState, name: string): SolanaState => {
    const { instruction, signer } =
      name === 'leave'
        ? ({ instruction: { kind: 'divest', thread }, signer: 'wallet#0' } as const)
        : name === 'others'
          ? { instruction: order.instruction, signer: 'others' }
          : order;
    return name === 'founded' ? state : stepSolana(state, { ...instruction, signer, nowS: clockS }).state;
  };
  const confirmed = (log: readonly string[]): SolanaState => log.reduce(entry, ledger);
  const isFounded = ledger.threads.has(thread);
  const logOf = new Map(
    logs.filter(([first]) => (first === 'founded') === isFounded).map((log) => [canonical(confirmed(log)), log]),
  );
  return {
    ours: (theirs) => ({
      chain: { confirmed: confirmed(theirs.ledger.log), tip: theirs.ledger.tip.map(() => write) },
      qdrant: ourQdrant(theirs.qdrant, thread, content),
      'node#0': ourNode(theirs, thread, content),
      'looked#0': theirs.looked === 'nothing' ? null : ({ write, next: theirs.looked } as UpdateSlots['looked#0']),
      'client#0': ourClient(theirs.client, thread),
      'wire#0': theirs.wire as UpdateSlots['wire#0'],
      'handler#0': theirs.phase as UpdateSlots['handler#0'],
      'bytes#0': theirs.bytes as UpdateSlots['bytes#0'],
    }),
    theirs: (ours) => ({
      ledger: { log: logOf.get(canonical(ours.chain.confirmed)) ?? ['unheard of'], tip: ours.chain.tip.map(() => 'write') },
      bytes: part(ours['bytes#0']),
      node: theirNode(part(ours['node#0']), thread),
      looked: ours['looked#0']?.next ?? 'nothing',
      qdrant: theirQdrant(ours.qdrant, thread),
      wire: part(ours['wire#0']),
      phase: part(ours['handler#0']),
      client: theirClient(part(ours['client#0']), thread),
    }),
  };
}

function ourNode({ node: theirs, client }: QuintState, thread: string, content: Content | null): Node {
  const { state } = freshNode;
  const memory = ({ row, cached }: QuintStore): Node['state']['memory'] => ({
    ...state.memory,
    cache: mapOf(thread, cached === 0n ? null : Number(cached)),
    outbox: mapOf(write, row === 'none' ? null : { id: write, client: 'client#0', stage: row as 'kept' | 'signed' }),
  });
  const kept = ({ end, due, text }: QuintStore): Node['now'] => ({
    ends: mapOf(write, orNull<End>(end)),
    due: new Set([...due].map((task) => (task === 'thread' ? thread : (content?.hash ?? 'unheard of')))),
    texts: new Set(text ? [content?.hash ?? 'unheard of'] : []),
  });
  return {
    state: {
      ...state,
      running: theirs.up,
      peers: new Set(client.connected ? ['client#0'] : []),
      memory: memory(theirs.memory),
      durable: memory(theirs.durable),
    },
    now: kept(theirs.memory),
    durable: kept(theirs.durable),
  };
}

function theirNode({ state, now, durable }: Node, thread: string): QuintState['node'] {
  const store = ({ outbox, cache }: Node['state']['memory'], { ends, due, texts }: Node['now']): QuintStore => ({
    row: outbox.get(write)?.stage ?? 'none',
    end: ends.get(write) ?? 'none',
    cached: versionAt(cache, thread),
    due: new Set([...due].map((task) => (task === thread ? 'thread' : 'content'))),
    text: texts.size > 0,
  });
  return { up: state.running, memory: store(state.memory, now), durable: store(state.durable, durable) };
}

function ourQdrant({ metadata, content: state }: QuintState['qdrant'], thread: string, content: Content | null): QdrantState {
  const coAuthors = [...wallets].flatMap(([theirs, ours]) => (metadata.authors.has(theirs) ? [ours] : []));
  const version = Number(metadata.version);
  const messages = (content === null || state === 'absent' ? [] : [content]).map((each) => ({
    ...each,
    ...(state === 'pending' ? ({ state, sequence: null } as const) : ({ state: 'recorded', sequence: 0 } as const)),
  }));
  return {
    threads: mapOf(thread, version === 0 ? null : { thread, version, coAuthors, messageCount: Number(metadata.count) }),
    messages: new Map(messages.map((each) => [each.hash, each])),
  };
}

function theirQdrant({ threads, messages }: QdrantState, thread: string): QuintState['qdrant'] {
  const { version, coAuthors, messageCount } = threads.get(thread) ?? { version: 0, coAuthors: [], messageCount: 0 };
  const authors = [...wallets].flatMap(([theirs, ours]) => (coAuthors.some((each) => each === ours) ? [theirs] : []));
  const [content] = [...messages.values()].map(({ state }) => state);
  return {
    metadata: { version: BigInt(version), authors: new Set(authors), count: BigInt(messageCount) },
    content: content ?? 'absent',
  };
}

function ourClient({ connected, write: stage, shown, told, again }: QuintState['client'], thread: string): Client {
  const { state } = freshClient(backend);
  return {
    state: {
      ...state,
      backend: connected ? backend : null,
      views: mapOf(thread, shown === 0n ? null : Number(shown)),
      writes: mapOf<OwnWrite>(write, stage === 'none' ? null : { backend, stage: stage as OwnWrite['stage'] }),
    },
    told: orNull<End>(told),
    again,
  };
}

const theirClient = ({ state, told, again }: Client, thread: string): QuintState['client'] => ({
  connected: state.backend !== null,
  write: state.writes.get(write)?.stage ?? 'none',
  shown: versionAt(state.views, thread),
  told: told ?? 'none',
  again,
});
