/**
 * Choir as a whole: the four authorities, the links between them, the clock, and what is on its way. `flights` is the hidden
 * truth about signed bytes whose end is not settled: whether they landed. No authority knows that; only the sequences read it.
 */
import type { BackendName, ClientName, WalletName } from './action.ts';
import { type BackendAction, type BackendState, type BackendStep, freshBackend, stepBackend } from './backend.ts';
import { withEntry } from './collections.ts';
import { type FrontendAction, type FrontendState, freshFrontend, stepFrontend } from './frontend.ts';
import { valueOr } from './outcome.ts';
import { emptyQdrant, type QdrantAction, type QdrantState, stepQdrant } from './qdrant.ts';
import type { Instruction } from './solana/action.ts';
import { genesis, rulesOf, type SolanaState } from './solana/state.ts';
import { supply } from './solana/tokens.ts';

/** A response loss waiting for the next client write. */
export interface ArmedLoss {
  readonly thenDown: boolean;
}

export interface Armed {
  readonly solana: ArmedLoss | null;
  readonly qdrant: ArmedLoss | null;
}

export const unarmed: Armed = { solana: null, qdrant: null };

/** Signed bytes that a backend keeps in its outbox because it does not know what became of them. */
export interface Flight {
  readonly id: string;
  readonly backend: BackendName;
  readonly signer: WalletName;
  readonly instruction: Instruction;
  readonly preparedAtMs: number;
  readonly landed: boolean;
}

export interface World {
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** true = up. */
  readonly links: { readonly solana: boolean; readonly qdrant: boolean };
  readonly armed: Armed;
  readonly solana: SolanaState;
  /** Here `pending` means: may be stored. It is certain once the world is `quiet`, and always certain for open specs. */
  readonly qdrant: QdrantState;
  /** In the order they take their turn. */
  readonly backends: ReadonlyMap<BackendName, BackendState>;
  readonly frontends: ReadonlyMap<ClientName, FrontendState>;
  readonly flights: ReadonlyMap<string, Flight>;
  readonly writesBegun: number;
  /** All CHOIR there was at the start. */
  readonly supply: bigint;
}

export interface WorldSetup {
  /** One client acts for each. `balance` is in base units. */
  readonly wallets: readonly { readonly name: WalletName; readonly balance: bigint }[];
  readonly backends: readonly BackendName[];
  readonly minimumStake: bigint;
  /** Virtual time at which the clients signed in. */
  readonly nowMs: number;
}

/**
 * Nothing on the ledger but balances; client i connected and signed in at backend i mod n.
 * Throws a RangeError for a setup that describes no world, since nothing can be modelled then.
 */
export function createWorld(setup: WorldSetup): World {
  const problem = setupProblem(setup);
  if (problem !== null) throw new RangeError(`createWorld: ${problem}`);
  const solana = genesis(rulesOf(setup.minimumStake), new Map(setup.wallets.map(({ name, balance }) => [name, balance])));
  let world: World = {
    nowMs: setup.nowMs,
    links: { solana: true, qdrant: true },
    armed: unarmed,
    solana,
    qdrant: emptyQdrant,
    backends: new Map(setup.backends.map((name) => [name, freshBackend])),
    frontends: new Map(setup.wallets.map(({ name }) => [name, freshFrontend])),
    flights: new Map(),
    writesBegun: 0,
    supply: supply(solana),
  };
  setup.wallets.forEach(({ name }, index) => {
    const backend = setup.backends[index % setup.backends.length] as BackendName;
    world = signedIn(attached(world, name, backend), name, backend);
  });
  return world;
}

function setupProblem({ wallets, backends, minimumStake, nowMs }: WorldSetup): string | null {
  const names = wallets.map(({ name }) => name);
  if (names.length === 0) return 'wallets: expected at least one';
  if (backends.length === 0) return 'backends: expected at least one';
  if (new Set(names).size < names.length) return `wallets: expected distinct names, got ${names.join(', ')}`;
  if (new Set(backends).size < backends.length) return `backends: expected distinct names, got ${backends.join(', ')}`;
  const indebted = wallets.find(({ balance }) => balance < 0n);
  if (indebted !== undefined) return `wallets: expected a balance of at least 0, got ${indebted.balance} for ${indebted.name}`;
  if (minimumStake < 0n) return `minimumStake: expected at least 0, got ${minimumStake}`;
  return Number.isSafeInteger(nowMs) && nowMs >= 0 ? null : `nowMs: expected whole milliseconds since 1970, got ${nowMs}`;
}

export const backendOf = (world: World, name: BackendName): BackendState => world.backends.get(name) as BackendState;
export const frontendOf = (world: World, name: ClientName): FrontendState => world.frontends.get(name) as FrontendState;

/** Lets a backend take a step; the outcome is what it answered. */
export function backendStep(
  world: World,
  name: BackendName,
  action: BackendAction,
): { readonly world: World; readonly outcome: BackendStep['outcome'] } {
  const before = backendOf(world, name);
  const { state, outcome } = stepBackend(before, action);
  return { world: state === before ? world : { ...world, backends: withEntry(world.backends, name, state) }, outcome };
}

/** Lets a backend take steps that it cannot refuse. */
export function onBackend(world: World, name: BackendName, ...actions: readonly BackendAction[]): World {
  return actions.reduce((each, action) => backendStep(each, name, action).world, world);
}

/** Lets a client take a step that it cannot refuse. */
export function onFrontend(world: World, name: ClientName, action: FrontendAction): World {
  const before = frontendOf(world, name);
  const { state } = stepFrontend(before, action);
  return state === before ? world : { ...world, frontends: withEntry(world.frontends, name, state) };
}

/** Lets Qdrant take steps. */
export function onQdrant(world: World, ...actions: readonly QdrantAction[]): World {
  const qdrant = actions.reduce((state, action) => stepQdrant(state, action).state, world.qdrant);
  return qdrant === world.qdrant ? world : { ...world, qdrant };
}

/** The client connected to the backend, which must be running. */
export function attached(world: World, client: ClientName, backend: BackendName): World {
  return onFrontend(onBackend(world, backend, { kind: 'attach', client }), client, { kind: 'connect', backend });
}

/** The client, connected to the backend, with a new session there, durable before the token leaves. */
export function signedIn(world: World, client: ClientName, backend: BackendName): World {
  const { nowMs } = world;
  const asked = backendStep(world, backend, { kind: 'issueNonce', wallet: client, nowMs });
  const nonce = valueOr(asked.outcome, '');
  const granted = backendStep(asked.world, backend, { kind: 'signIn', wallet: client, nonce, nowMs });
  const token = valueOr(granted.outcome, '');
  return onFrontend(onBackend(granted.world, backend, { kind: 'sync' }), client, { kind: 'keepToken', token });
}

/** Whether the client's token for that backend is good there now. */
export function hasSession(world: World, client: ClientName, backend: BackendName): boolean {
  const token = frontendOf(world, client).tokens.get(backend) ?? '';
  const { outcome } = stepBackend(backendOf(world, backend), { kind: 'authorize', token, wallet: client, nowMs: world.nowMs });
  return outcome.kind === 'ok';
}

/** Everything reachable, everybody running, nothing on its way: then pending content is exactly the open specs'. */
export function isQuiet(world: World): boolean {
  if (!world.links.solana || !world.links.qdrant || world.flights.size > 0) return false;
  for (const backend of world.backends.values()) if (!backend.running) return false;
  return true;
}

/** A world an action may lead to, and what the asker is told in it. */
export interface Branch<Said> {
  readonly world: World;
  readonly answer: Said;
}
