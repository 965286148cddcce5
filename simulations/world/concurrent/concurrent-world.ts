/**
 * One world in which everybody acts at once: backends with their background rounds, clients with the people behind them, faults that
 * strike any port call, all as tasks of one gate. Runs a scenario's commands under a strategy, then heals (`heal.ts`), and leaves a
 * history. Decides nothing about what is right.
 */

import type { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import type { Backend } from '#impl/backend/backend.ts';
import type { Snapshot } from '#impl/frontend/snapshot.ts';
import { type BackendId, backendId, type ContentHash, intentId, type ThreadId } from '#impl/ports/ids.ts';
import type { Ledger, Wallet } from '#impl/ports/ledger.ts';
import type { Observation } from '#model/observation.ts';
import { type FaultMark, FaultPlan, type FaultSource } from '../../engine/fault-plan.ts';
import { Gate } from '../../engine/gate.ts';
import { createStrategy, type StrategySpec } from '../../engine/portfolio.ts';
import { serial } from '../../engine/strategies/serial.ts';
import { VirtualClock } from '../../engine/virtual-clock.ts';
import { timeOfSlot } from '../../solana/slots.ts';
import { type Authorities, type Tier, worldName } from '../authorities.ts';
import { BackendNode } from '../backend-node.ts';
import { gated } from '../gated.ts';
import type { History } from '../history.ts';
import { intercepted } from '../intercepted.ts';
import { joinAll } from '../join-all.ts';
import { Names } from '../names.ts';
import { observeBackend, observeClient } from '../observe-services.ts';
import { performOperation } from '../perform.ts';
import { seededBytes } from '../seeded-bytes.ts';
import { genesisMs, type WorldSetup } from '../system.ts';
import { ClientNode } from './client-node.ts';
import { isSystem, type SystemOperation, type WorldOperation } from './command.ts';
import { enactFault, type FaultControls, type FaultTally, type Placed, settleFault, tallyOf } from './enact-fault.ts';
import { faultRules } from './fault-rules.ts';
import { gatedDialer, gatedNetwork, watched } from './gated-channel.ts';
import { contentGate, gatedDisk, type Written } from './gated-ports.ts';
import { Marks } from './marks.ts';
import { intentOf, Recorder } from './recorder.ts';

export interface ConcurrentSetup extends WorldSetup {
  /** How far each backend's clock is ahead, milliseconds; 0 for those left out. */
  readonly skewMs: readonly number[];
  /** Pause between a backend's background rounds, milliseconds of virtual time. */
  readonly roundMs: number;
}

export interface WorldCommand {
  readonly id: number;
  /** A client's name, or `world#n`. */
  readonly actor: string;
  readonly op: WorldOperation;
  readonly priority: number;
  readonly demotions: readonly { readonly at: number; readonly to: number }[];
  readonly faults: readonly (Placed & { readonly at: number })[];
}

/** The task of what comes before any scenario: it is not scheduled. */
export const setUpTask = 'world set-up';

/** The task under which a command's events are scheduled. */
export const taskOf = ({ id, actor }: Pick<WorldCommand, 'id' | 'actor'>): string => `#${id} ${actor}`;

export interface RunOptions {
  readonly keepTrace?: boolean;
  /** A run that needs more steps than this is stuck. */
  readonly maxSteps: number;
  /** Told after each step, for whoever shows runs to people. */
  readonly onStep?: (world: ConcurrentWorld, step: number) => void | Promise<void>;
}

/** Something of the implementation's own threw where nothing may. */
export class BackgroundError extends Error {
  constructor(who: string, error: unknown) {
    super(`${who} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    this.name = 'BackgroundError';
  }
}

interface WorldParts {
  readonly clock: VirtualClock;
  readonly names: Names;
  readonly authorities: Authorities;
  readonly setup: ConcurrentSetup;
  readonly options: RunOptions;
  /** Effects may be lost for good outside this process: a watchdog must look after them. */
  readonly isRemote: boolean;
}

const clientRoundMs = 8_000;

export class ConcurrentWorld {
  readonly gate: Gate;
  readonly names = new Names(worldName);
  readonly recorder: Recorder;
  readonly marks = new Marks();
  readonly authorities: Authorities;
  readonly nodes = new Map<string, BackendNode>();
  readonly clients = new Map<string, ClientNode>();
  /** Errors that nobody may throw, met in background work. */
  readonly broken: BackgroundError[] = [];
  readonly #setup: ConcurrentSetup;
  readonly #clock: VirtualClock;
  readonly #network: MemoryNetwork;
  readonly #serving: Pick<MemoryNetwork, 'up' | 'down'>;
  readonly #skewMs = new Map<string, number>();
  readonly #lives = new Map<string, number>();
  readonly #queues = new Map<string, WorldCommand[]>();
  readonly #running = new Map<string, WorldCommand>();
  #faults: FaultSource | null = null;
  #plan: FaultPlan<Placed> | null = null;
  #tally: FaultTally = { ledger: 0, content: 0 };
  #written: Written | null = null;
  #spawned = 0;
  #stopping = false;

  private constructor(parts: WorldParts) {
    const { clock, names, authorities, setup, options, isRemote } = parts;
    this.names = names;
    this.#clock = clock;
    this.#setup = setup;
    this.authorities = authorities;
    this.recorder = new Recorder(authorities, names);
    const { onStep } = options;
    this.gate = new Gate({
      clock,
      responses: 'separate',
      timers: 'due',
      attribution: 'context',
      maxSteps: options.maxSteps,
      keepTrace: options.keepTrace ?? false,
      faults: { strike: (site) => this.#faults?.strike(site) ?? null },
      ...(isRemote ? { hangMs: 30_000 } : {}),
      afterStep: (step) => {
        const recorded = this.recorder.afterStep(step, clock.nowMs(), (name) => this.nodes.get(name)?.backend ?? null);
        if (onStep === undefined) return recorded;
        return Promise.resolve(recorded).then(() => onStep(this, step));
      },
    });
    this.#network = gatedNetwork(this.gate, (client) => this.clients.get(client)?.node ?? client);
    this.#serving = watched(this.#network, (backend, frame) => this.#arrived(backend, frame));
    for (let index = 0; index < setup.backends; index += 1) this.#addBackend(index);
    for (const index of authorities.wallets.keys()) this.#addClient(index);
  }

  /** Everybody in service, connected and signed in, before anything is recorded or can fail. */
  static async open(tier: Tier, setup: ConcurrentSetup, options: RunOptions): Promise<ConcurrentWorld> {
    const clock = new VirtualClock(genesisMs);
    const names = new Names(worldName);
    const authorities = await tier.open({ name: worldName, setup, names, nowMs: () => clock.nowMs() });
    for (const [index, wallet] of authorities.wallets.entries()) names.addWallet(`wallet#${index}`, wallet.id);
    const world = new ConcurrentWorld({ clock, names, authorities, setup, options, isRemote: tier.isRemote });
    await world.gate.run(setUpTask, () =>
      joinAll(
        [...world.nodes.values()],
        [...world.clients.values()].map(({ frontend }) => frontend),
      ),
    );
    return world;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** What became of every planned fault. */
  faultMarks(): readonly FaultMark<Placed>[] {
    return this.#plan?.marks() ?? [];
  }

  /** Runs the commands, those of one actor in order, until all have ended. Rejects with a StuckError when they cannot. */
  async run(commands: readonly WorldCommand[], strategy: StrategySpec): Promise<void> {
    this.#planFaults(commands);
    this.gate.use(createStrategy(strategy));
    for (const name of this.nodes.keys()) this.#startRounds(name);
    for (const name of this.clients.keys()) this.#startClientRounds(name);
    for (const command of commands) {
      if (command.op.kind === 'barrier') await this.#phase();
      else this.#enqueue(command);
    }
    await this.#phase();
  }

  #enqueue(command: WorldCommand): void {
    const queue = this.#queues.get(command.actor);
    if (queue === undefined) this.#queues.set(command.actor, [command]);
    else queue.push(command);
  }

  /** Runs what is queued to its end, actors side by side. */
  async #phase(): Promise<void> {
    const actors = [...this.#queues.keys()];
    for (const actor of actors) this.#next(actor);
    await this.gate.drain();
    this.#queues.clear();
  }

  /** From now on nothing fails any more: links up, backends running, clients online, one after another. */
  async mend(): Promise<void> {
    const { ledger, content } = this.authorities;
    this.#faults = null;
    this.#stopping = true;
    this.gate.use(serial());
    ledger.faults.heal();
    await ledger.setLink('up');
    await content.setLink('up');
    content.faults?.disarm();
    content.faults?.thawReads();
    content.faults?.deliverDelayed();
    content.faults?.applyPending();
    this.recorder.touchStore();
    await this.gate.run('mending', async () => {
      for (const name of this.nodes.keys()) await this.#restart(name);
      for (const client of this.clients.values()) {
        client.stayOffline(false);
        await client.comeBack();
      }
    });
  }

  /** One fair round: every backend, then every client, side by side; then `ms` pass. */
  async fairRound(ms: number): Promise<void> {
    this.#spawned += 1;
    for (const [name, { backend }] of this.nodes)
      if (backend !== null) this.gate.spawn(`${name} fair ${this.#spawned}`, () => backend.round(), { node: name });
    await this.gate.drain();
    for (const [name, client] of this.clients)
      this.gate.spawn(`${name} fair ${this.#spawned}`, async () => {
        await client.comeBack();
        await client.frontend.round();
      });
    await this.gate.drain();
    this.#clock.advanceTo(this.#clock.nowMs() + ms);
  }

  async observe(): Promise<Observation> {
    const { ledger, content } = this.authorities;
    const nameOf = (id: BackendId): string | null => [...this.nodes].find(([, node]) => node.id === id)?.[0] ?? null;
    return {
      ledger: ledger.isUp ? await ledger.observe() : null,
      content: content.isUp ? await content.observe() : null,
      backends: [...this.nodes].flatMap(([name, { backend }]) =>
        backend === null ? [] : [observeBackend(this.names, name, backend)],
      ),
      clients: [...this.clients].map(([name, { frontend }]) => observeClient(this.names, name, frontend, nameOf)),
    };
  }

  finish(rest: Pick<History, 'setup' | 'healed' | 'ended'>): History {
    const history = this.recorder.finish(rest);
    this.marks.readOff(history);
    return history;
  }

  async close(): Promise<void> {
    this.#faults = null;
    for (const node of this.nodes.values()) node.remove();
    await this.authorities.close();
  }

  #addBackend(index: number): void {
    const name = `backend#${index}`;
    const { ledger, content, embedder, disk } = this.authorities;
    const random = seededBytes(name);
    this.#skewMs.set(name, this.#setup.skewMs[index] ?? 0);
    const sleeper = this.gate.clockFor(name);
    const gateContent = this.#contentGate();
    this.nodes.set(
      name,
      new BackendNode(
        backendId(name.replace('#', '-')),
        gatedDisk(disk(index), { gate: this.gate, backend: name, recorder: this.recorder }),
        this.#serving,
        {
          ledger: gated(this.gate, name, 'ledger', this.#noting(ledger.connect())),
          contentStore: gateContent(name, content.connect(random)),
          embedder,
          clock: { nowMs: () => sleeper.nowMs() + (this.#skewMs.get(name) ?? 0), sleep: (ms) => sleeper.sleep(ms) },
          random,
        },
      ),
    );
  }

  #gateOfContent: ReturnType<typeof contentGate> | null = null;

  #contentGate(): ReturnType<typeof contentGate> {
    this.#gateOfContent ??= contentGate({
      gate: this.gate,
      recorder: this.recorder,
      marks: this.marks,
      faults: this.authorities.content.faults,
      onWrite: (written) => {
        this.#written = written;
      },
    });
    return this.#gateOfContent;
  }

  /** A ledger whose submissions are looked at as soon as they have landed. */
  #noting(ledger: Ledger): Ledger {
    return intercepted(ledger, (method, apply) => {
      if (method !== 'submit') return null;
      return async (...inputs) => {
        const outcome = await apply(inputs);
        await this.authorities.ledger.noteLanded((signature) => this.recorder.signedBy(signature)?.action ?? null);
        return outcome;
      };
    });
  }

  #addClient(index: number): void {
    const name = `wallet#${index}`;
    const ids = [...this.nodes.values()].map(({ id }) => id);
    const home = index % ids.length;
    const client = new ClientNode({
      name,
      backends: [...ids.slice(home), ...ids.slice(0, home)],
      portsFor: (node) => ({
        wallet: this.#signing(name, this.authorities.wallets[index] as Wallet),
        dialer: gatedDialer(this.gate, node, this.#network.dialer(name)),
        random: seededBytes(node),
      }),
      onOpen: (opened) => this.recorder.watch(name, opened.node, opened.frontend, this.gate.steps),
    });
    this.clients.set(name, client);
  }

  /** Requests that backends still work on. */
  get underWay(): number {
    return [...this.#atWork.values()].reduce((sum, open) => sum + open.length, 0);
  }

  /** By backend, in order of arrival; a crash ends them all. */
  readonly #atWork = new Map<BackendId, number[]>();
  readonly #prepared = new Set<string>();
  #requests = 0;

  #arrived(backend: BackendId, frame: string): () => void {
    this.#requests += 1;
    const mine = this.#requests;
    const open = this.#atWork.get(backend) ?? [];
    this.#atWork.set(backend, open);
    open.push(mine);
    const intent = /^\{"kind":"prepareWrite".*?"intent":"([^"]+)"/.exec(frame)?.[1];
    if (intent !== undefined && this.#prepared.has(intent)) this.marks.add('B4 request repeated');
    if (intent !== undefined) this.#prepared.add(intent);
    return () => {
      const at = open.indexOf(mine);
      if (at > 0) this.marks.add('B5 handler overtaken');
      if (at >= 0) open.splice(at, 1);
    };
  }

  /** A wallet that tells the recorder on whose behalf it signs. */
  #signing(client: string, wallet: Wallet): Wallet {
    return {
      id: wallet.id,
      signText: (text) => wallet.signText(text),
      signAction: (prepared, action) => {
        const signed = wallet.signAction(prepared, action);
        const operation = this.#running.get(client)?.id;
        if (signed.ok && operation !== undefined) {
          const untilMs = timeOfSlot(signed.value.lastValidBlockHeight + 1, genesisMs);
          this.recorder.signed(signed.value.signature, { operation, signer: client, action }, untilMs);
        }
        return signed;
      },
    };
  }

  #planFaults(commands: readonly WorldCommand[]): void {
    const planned = commands.flatMap((command) =>
      command.faults.map(({ at, position, fault }) => ({
        task: taskOf(command),
        call: at,
        position: faultRules[fault.kind].armed ? ('before' as const) : position,
        fault: { fault, position },
      })),
    );
    const controls = this.#controls();
    this.#plan = new FaultPlan<Placed>({
      planned,
      name: ({ fault, position }) => `${fault.kind} ${position}`,
      fits: ({ fault, position }, event) => faultRules[fault.kind].strikes(event.label, position),
      enact: (placed, site) => {
        this.#tally = tallyOf(controls);
        return enactFault(placed, site, controls);
      },
      settle: (placed) => settleFault(placed, this.#tally, controls),
    });
    this.#faults = planned.length === 0 ? null : this.#plan;
  }

  #controls(): FaultControls {
    const { ledger, content } = this.authorities;
    return {
      ledger,
      content: content.faults,
      passTime: (ms) => this.#passTime(ms),
      later: (ms, what, action) => this.#later(ms, what, action),
      crash: (backend, downMs) => this.#crash(backend, downMs),
      closeClient: (node) => {
        const client = [...this.clients.values()].find((each) => each.node === node);
        if (client !== undefined) this.#close(client);
      },
      harm: (how) => this.#harm(how, this.#written),
    };
  }

  #passTime(ms: number): boolean {
    const untilMs = this.#clock.nowMs() + ms;
    const dueMs = this.#clock.nextDueMs();
    this.#clock.advanceTo(untilMs);
    return dueMs !== null && dueMs <= untilMs;
  }

  /** In the background: a run that is over does not wait for it. */
  #later(ms: number, what: string, action: () => unknown): void {
    this.#spawned += 1;
    const clock = this.gate.clockFor('network');
    this.gate.spawn(
      `later ${this.#spawned}`,
      async () => {
        await clock.sleep(ms);
        await this.gate.call('network', what, () => {
          if (!this.#stopping) action();
          this.recorder.touchStore();
        });
      },
      { background: true },
    );
  }

  #crash(name: string, downMs: number): void {
    const node = this.nodes.get(name);
    if (node === undefined) return;
    this.recorder.crashed(name, this.gate.steps);
    node.crash();
    this.#atWork.delete(node.id);
    this.gate.crash(name);
    this.#later(downMs, `${name} restarts`, () => {
      this.#spawned += 1;
      this.gate.spawn(`${name} restart ${this.#spawned}`, () => this.#restart(name), { background: true });
    });
  }

  async #restart(name: string): Promise<void> {
    const node = this.nodes.get(name);
    if (node === undefined || node.backend !== null) return;
    this.gate.bringUp(name);
    await this.#guarded(name, () => node.start());
    const opened = node.running();
    if (opened === null) return;
    this.recorder.touchBackend(name);
    if (opened.inspect().outbox.submitting > 0) this.marks.add('B2 outbox replayed');
    if (!this.#stopping) this.#startRounds(name);
  }

  #startRounds(name: string): void {
    const life = (this.#lives.get(name) ?? 0) + 1;
    this.#lives.set(name, life);
    const clock = this.gate.clockFor(name);
    const rounds = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(this.#setup.roundMs);
        const backend = this.nodes.get(name)?.backend ?? null;
        if (this.#stopping || backend === null || this.#lives.get(name) !== life) return;
        await this.#guarded(`${name} round`, () => backend.round());
      }
    };
    this.gate.spawn(`${name} rounds.${life}`, rounds, { background: true, node: name });
  }

  #startClientRounds(name: string): void {
    const clock = this.gate.clockFor(`${name} timer`);
    const rounds = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(clientRoundMs);
        if (this.#stopping) return;
        const { frontend } = this.clients.get(name) as ClientNode;
        await frontend.round();
      }
    };
    this.gate.spawn(`${name} rounds`, rounds, { background: true });
  }

  /** Background work of the implementation's must not throw; a store that a crash closed under it may. */
  async #guarded(who: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if ((error as { code?: string } | null)?.code !== 'StoreClosed') this.broken.push(new BackgroundError(who, error));
    }
  }

  /** Begins the actor's next command, if there is one. */
  #next(actor: string): void {
    const command = this.#queues.get(actor)?.shift();
    if (command === undefined) {
      this.#running.delete(actor);
      return;
    }
    this.#running.set(actor, command);
    const { priority, demotions } = command;
    const client = this.clients.get(actor);
    const isClients = client !== undefined && command.op.kind !== 'close';
    const main = async (): Promise<void> => {
      await (isSystem(command.op) ? this.#disturb(command.op) : this.#operate(command));
      if (this.#running.get(actor) === command) this.#next(actor);
    };
    this.gate.spawn(taskOf(command), main, { priority, demotions, ...(isClients ? { node: client.node } : {}) });
  }

  async #operate({ id, actor, op }: WorldCommand): Promise<void> {
    const client = this.clients.get(actor);
    if (client === undefined || isSystem(op)) throw new RangeError(`no client ${actor} in this world`);
    if (op.kind === 'close') {
      await this.gate.call('person', 'close', () => this.#close(client));
      return;
    }
    if (op.kind === 'disconnect') client.stayOffline(true);
    else if (op.kind === 'connect') client.stayOffline(false);
    else await this.#comeBack(client);
    const { frontend } = client;
    const before = frontend.getSnapshot();
    const backend = [...this.nodes].find(([, node]) => node.id === before.backend)?.[0] ?? null;
    this.recorder.begin(id, actor, backend, op, this.gate.steps, this.nowMs());
    const backendOf = (name: string): BackendId => this.nodes.get(name)?.id ?? backendId(name);
    if (op.kind === 'connect') this.#markGap(frontend.getSnapshot(), this.nodes.get(op.backend)?.backend ?? null);
    const told = await performOperation(frontend, actor, op, this.names, backendOf, intentId(intentOf(id)));
    this.recorder.end(id, told, this.gate.steps, this.nowMs());
    if (told.ageMs !== null && (this.#skewMs.get(backend ?? '') ?? 0) !== 0) this.marks.add('C1 answered by a skewed clock');
  }

  async #comeBack(client: ClientNode): Promise<void> {
    const wasOnline = client.isOnline;
    const before = client.frontend.getSnapshot();
    await client.comeBack();
    const { backend } = client.frontend.getSnapshot();
    if (wasOnline || backend === null) return;
    this.#markGap(before, [...this.nodes.values()].find(({ id }) => id === backend)?.backend ?? null);
  }

  /** It comes back to a backend that has learnt something without it. */
  #markGap({ threads }: Snapshot, backend: Backend | null): void {
    const known = new Map(threads.map(({ thread, confirmed }) => [thread, confirmed?.version ?? 0]));
    const views = backend?.inspect().views ?? [];
    if (views.some(({ thread, version }) => version > (known.get(thread) ?? 0))) this.marks.add('F4 reconnected with a gap');
  }

  /** Its program goes away with everything it waits for, and is opened again for its next command. */
  #close(client: ClientNode): void {
    const { name, node } = client;
    const wasRunning = this.#running.get(name)?.op.kind;
    client.frontend.disconnect();
    this.gate.crash(node);
    this.recorder.abandon(name);
    client.reopen();
    if (wasRunning !== undefined && wasRunning !== 'close') this.#next(name);
  }

  #disturb(op: SystemOperation): Promise<unknown> {
    const { ledger, content } = this.authorities;
    const call = (label: string, effect: () => unknown): Promise<unknown> => this.gate.call('world', label, effect);
    switch (op.kind) {
      case 'barrier':
        return Promise.resolve();
      case 'crash':
        return call('crash', () => this.#crash(op.backend, op.downMs));
      case 'cut': {
        const side = op.authority === 'solana' ? ledger : content;
        return call(`cut ${op.authority}`, () => {
          this.#later(op.forMs, `${op.authority} is back`, () => side.setLink('up'));
          return side.setLink('down');
        });
      }
      case 'pause':
        return call('pause', () => {
          this.#passTime(op.ms);
        });
      case 'clockJump':
        return call('clock jump', () => {
          this.#skewMs.set(op.backend, (this.#skewMs.get(op.backend) ?? 0) + op.ms);
        });
      case 'fork':
        return call('fork', () => ledger.forkOut(op.count));
      case 'alterContent':
      case 'loseContent':
        return call(op.kind, () => {
          this.#harm(op.kind === 'alterContent' ? 'alter' : 'lose', { hash: this.names.contentHash(op.content) });
        });
      case 'loseMetadata':
        return call(op.kind, () => {
          this.#harm('lose', { thread: this.names.threadId(op.thread) });
        });
    }
  }

  #harm(how: 'alter' | 'lose', written: Written | null): boolean {
    const { faults } = this.authorities.content;
    if (faults === null || written === null) return false;
    this.recorder.touchStore();
    if ('hash' in written) {
      const hash = written.hash as ContentHash;
      if (how === 'alter') return faults.alter(hash);
      if (!faults.lose({ hash })) return false;
      this.recorder.takenAway(hash, this.gate.steps);
      return true;
    }
    if (how === 'alter' || !faults.lose({ thread: written.thread as ThreadId })) return false;
    this.recorder.metadataLost(this.names.threadName(written.thread), this.gate.steps);
    return true;
  }
}
