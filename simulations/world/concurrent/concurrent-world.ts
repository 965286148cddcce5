/**
 * One world in which everybody acts at once: backends with their background rounds, clients with the people behind them, faults that
 * strike any port call, all as tasks of one gate. Runs a scenario's commands under a strategy, is mended, goes on in fair rounds as
 * often as it is told to (`properties/concurrent/heal.ts`), and leaves a history. Decides nothing about what is right.
 */

import type { MetricFigures } from '#impl/backend/monitor/metrics.ts';
import type { Snapshot } from '#impl/frontend/snapshot.ts';
import { intentId } from '#impl/ports/ids.ts';
import type { Observation } from '#model/observation.ts';
import { type FaultMark, FaultPlan, type FaultSource } from '../../engine/fault-plan.ts';
import { Gate } from '../../engine/gate.ts';
import { createStrategy, type StrategySpec } from '../../engine/portfolio.ts';
import { serial } from '../../engine/strategies/serial.ts';
import type { Strategy } from '../../engine/strategy.ts';
import { VirtualClock } from '../../engine/virtual-clock.ts';
import { type Authorities, type Tier, worldName } from '../authorities.ts';
import type { BackendNode } from '../backend-node.ts';
import { type Effect, EffectLog } from '../effect-log.ts';
import type { History } from '../history.ts';
import { joinAll, onceSetUp } from '../join-all.ts';
import { Names } from '../names.ts';
import { observeBackend, observeClient } from '../observe-services.ts';
import { performContentRead, performOperation, type ToldContents } from '../perform.ts';
import { genesisMs } from '../system.ts';
import { Backends } from './backends.ts';
import type { ClientNode } from './client-node.ts';
import { Clients } from './clients.ts';
import { isSystem, type SystemOperation, type WorldOperation } from './command.ts';
import { enactFault, type FaultControls, type FaultTally, type Placed, settleFault, tallyOf } from './enact-fault.ts';
import { faultRules } from './fault-rules.ts';
import { gatedNetwork } from './gated-channel.ts';
import { Marks } from './marks.ts';
import { intentOf, Recorder } from './recorder.ts';
import { type BackgroundError, type ConcurrentSetup, Stage } from './stage.ts';

export type { ConcurrentSetup } from './stage.ts';

export interface WorldCommand {
  readonly id: number;
  /** A client's name, or `world#n`. */
  readonly actor: string;
  readonly op: WorldOperation;
  readonly priority: number;
  readonly demotions: readonly { readonly at: number; readonly to: number }[];
  readonly faults: readonly (Placed & { readonly at: number })[];
  /** Begins so many milliseconds of virtual time after its turn has come; left out: at once. */
  readonly afterMs?: number;
}

/** The task of what comes before any scenario: it is not scheduled. */
export const setUpTask = 'world set-up';

/** The task of what is mended after it. */
export const mendingTask = 'mending';

/** The task under which a command's events are scheduled. */
export const taskOf = ({ id, actor }: Pick<WorldCommand, 'id' | 'actor'>): string => `#${id} ${actor}`;

/** The task on whose behalf a command's port calls are made: its own, but for a round, which is its node's. */
export function callerOf({ id, actor, op }: Pick<WorldCommand, 'id' | 'actor' | 'op'>): string {
  if (op.kind === 'round') return `${op.backend} round of #${id}`;
  return op.kind === 'clientRound' ? `${op.client} round of #${id}` : taskOf({ id, actor });
}

export interface RunOptions {
  readonly keepTrace?: boolean;
  /** A run that needs more steps than this is stuck. */
  readonly maxSteps: number;
  /** Gives what schedules all that comes after the last barrier, in place of the scenario's own strategy. */
  readonly lastPhase?: (world: ConcurrentWorld) => Strategy;
  /** Told after each step, for whoever shows runs to people. */
  readonly onStep?: (world: ConcurrentWorld, step: number) => void | Promise<void>;
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

export class ConcurrentWorld {
  readonly gate: Gate;
  readonly names: Names;
  readonly recorder: Recorder;
  readonly marks = new Marks();
  readonly authorities: Authorities;
  readonly #stage: Stage;
  readonly #clock: VirtualClock;
  readonly #backends: Backends;
  readonly #clients: Clients;
  readonly #queues = new Map<string, WorldCommand[]>();
  readonly #running = new Map<string, WorldCommand>();
  readonly #lastPhase: ((world: ConcurrentWorld) => Strategy) | null;
  #faults: FaultSource | null = null;
  #plan: FaultPlan<Placed> | null = null;
  #tally: FaultTally = { ledger: 0, content: 0, forged: 0 };

  private constructor(parts: WorldParts) {
    const { clock, names, authorities, setup, options, isRemote } = parts;
    this.names = names;
    this.#clock = clock;
    this.authorities = authorities;
    this.#lastPhase = options.lastPhase ?? null;
    this.recorder = new Recorder(authorities, names);
    this.gate = new Gate({
      clock,
      responses: 'separate',
      timers: 'due',
      attribution: 'context',
      maxSteps: options.maxSteps,
      keepTrace: options.keepTrace ?? false,
      faults: { strike: (site) => this.#faults?.strike(site) ?? null },
      ...(isRemote ? { hangMs: 30_000 } : {}),
      afterStep: (step) => this.#afterStep(step, options.onStep),
    });
    const now = () => ({ step: this.gate.steps, atMs: clock.nowMs(), task: this.gate.caller });
    const effects = new EffectLog(now);
    const { gate, recorder, marks } = this;
    this.#stage = new Stage({ gate, clock, names, authorities, recorder, marks, setup, effects });
    this.recorder.onConfirmed = (signature, { refusal, thread, version }) =>
      effects.note('solana', 'chain.confirmed', [signature, thread, version], refusal);
    const nodeOf = (client: string): string => this.#clients.nodeOf(client);
    const network = gatedNetwork(this.gate, nodeOf, () => this.marks.add('F3 push overtaken'));
    this.#backends = new Backends(this.#stage, network);
    const runningOf = (client: string): number | undefined => this.#running.get(client)?.id;
    this.#clients = new Clients(this.#stage, { network, backends: this.#backends, runningOf });
  }

  /** Everybody in service, connected and signed in, before anything is recorded or can fail. */
  static async open(tier: Tier, setup: ConcurrentSetup, options: RunOptions): Promise<ConcurrentWorld> {
    const clock = new VirtualClock(genesisMs);
    const names = new Names(worldName);
    const authorities = await tier.open({ name: worldName, setup, names, nowMs: () => clock.nowMs() });
    for (const [index, wallet] of authorities.wallets.entries()) names.addWallet(`wallet#${index}`, wallet.id);
    const world = new ConcurrentWorld({ clock, names, authorities, setup, options, isRemote: tier.isRemote });
    const frontends = [...world.clients.values()].map(({ frontend }) => frontend);
    return onceSetUp(world, () => world.gate.run(setUpTask, () => joinAll([...world.nodes.values()], frontends)));
  }

  get nodes(): ReadonlyMap<string, BackendNode> {
    return this.#backends.nodes;
  }

  get clients(): ReadonlyMap<string, ClientNode> {
    return this.#clients.nodes;
  }

  /** Requests that backends still work on. */
  get underWay(): number {
    return this.#backends.requests.underWay;
  }

  /** Errors that nobody may throw, met in background work. */
  get broken(): readonly BackgroundError[] {
    return this.#stage.broken;
  }

  /** In the order in which they happened. */
  get effects(): readonly Effect[] {
    return this.#stage.effects.effects;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** What the backends measured, added up, until now. */
  metrics(): MetricFigures {
    return this.#backends.metrics();
  }

  /** The backend that the program on a node is connected to; null where there is none. */
  backendOf(node: string): string | null {
    const backend = this.#clients.atNode(node)?.frontend.getSnapshot().backend ?? null;
    return backend === null ? null : this.#backends.nameOf(backend);
  }

  /** What became of every planned fault. */
  faultMarks(): readonly FaultMark<Placed>[] {
    return this.#plan?.marks() ?? [];
  }

  /**
   * Runs the commands until all have ended: those of one actor in order, all one after another where the strategy is serial. Rejects
   * with a StuckError when they cannot.
   */
  async run(commands: readonly WorldCommand[], strategy: StrategySpec): Promise<void> {
    this.#planFaults(commands);
    this.gate.use(createStrategy(strategy));
    for (const name of this.nodes.keys()) this.#backends.startRounds(name);
    for (const name of this.clients.keys()) this.#clients.startRounds(name);
    for (const command of commands) {
      if (command.op.kind !== 'barrier') this.#enqueue(command);
      if (command.op.kind === 'barrier' || strategy.kind === 'serial') await this.#phase();
    }
    if (this.#lastPhase !== null) this.gate.use(this.#lastPhase(this));
    // Whoever explores every schedule knows what else may wait for ever.
    const fair = this.#lastPhase === null && strategy.kind !== 'segments';
    this.gate.race(this.#stage.setup.raceMs ?? null, { fair });
    await this.#phase();
  }

  /** From now on nothing fails any more: links up, backends running, clients online, one after another. */
  async mend(): Promise<void> {
    const { ledger, content } = this.authorities;
    this.#faults = null;
    this.#stage.isOver = true;
    this.gate.use(serial());
    this.gate.race(null);
    ledger.faults.heal();
    await ledger.setLink('up');
    await content.setLink('up');
    content.faults?.disarm();
    content.faults?.thawReads();
    content.faults?.deliverDelayed();
    content.faults?.applyPending();
    this.recorder.touchStore();
    await this.gate.run(mendingTask, async () => {
      for (const name of this.nodes.keys()) await this.#backends.restart(name);
      for (const client of this.clients.values()) {
        client.stayOffline(false);
        await client.comeBack();
      }
    });
  }

  /** One fair round: every backend, then every client, side by side; then `ms` pass. */
  async fairRound(ms: number): Promise<void> {
    const round = this.#stage.nextNumber();
    for (const [name, { backend }] of this.nodes)
      if (backend !== null) this.gate.spawn(`${name} fair ${round}`, () => this.#backends.work(name), { node: name });
    await this.gate.drain();
    for (const [name, client] of this.clients)
      this.gate.spawn(`${name} fair ${round}`, async () => {
        await client.comeBack();
        if (this.#stage.setup.queueWrites === true) await this.#clients.visitQueue(client);
        await client.frontend.round();
      });
    await this.gate.drain();
    this.#clock.advanceTo(this.#clock.nowMs() + ms);
  }

  /** Time passes with nobody doing anything. */
  passTime(ms: number): void {
    this.#stage.passTime(ms);
  }

  async observe(): Promise<Observation> {
    const { ledger, content } = this.authorities;
    return {
      ledger: ledger.isUp ? await ledger.observe() : null,
      content: content.isUp ? await content.observe() : null,
      backends: [...this.nodes].flatMap(([name, { backend }]) =>
        backend === null ? [] : [observeBackend(this.names, name, backend)],
      ),
      clients: [...this.clients].map(([name, { frontend }]) =>
        observeClient(this.names, name, frontend, (id) => this.#backends.nameOf(id)),
      ),
    };
  }

  finish(rest: Pick<History, 'setup' | 'healed' | 'ended'>): History {
    const history = this.recorder.finish(rest);
    this.marks.readOff(history);
    for (const { backend } of this.nodes.values()) {
      const { invalidated = 0, prefetchUsed = 0 } = backend?.inspect().cache ?? {};
      if (invalidated > 0) this.marks.add('P-1 invalidated');
      if (prefetchUsed > 0) this.marks.add('P-1 prefetch used');
    }
    return history;
  }

  async close(): Promise<void> {
    this.#faults = null;
    this.#backends.remove();
    await this.authorities.close();
  }

  #afterStep(step: number, onStep: RunOptions['onStep']): void | Promise<void> {
    const recorded = this.recorder.afterStep(step, this.#clock.nowMs(), (name) => this.#backends.running(name));
    return onStep === undefined ? recorded : Promise.resolve(recorded).then(() => onStep(this, step));
  }

  #planFaults(commands: readonly WorldCommand[]): void {
    const planned = commands.flatMap((command) =>
      command.faults.map(({ at, position, fault }) => ({
        task: callerOf(command),
        call: at,
        position: faultRules[fault.kind].armed ? ('before' as const) : position,
        fault: { fault, position },
      })),
    );
    const controls = this.#controls();
    const ids = new Map(commands.map((command) => [callerOf(command), command.id]));
    this.#plan = new FaultPlan<Placed>({
      planned,
      name: ({ fault, position }) => `${fault.kind} ${position}`,
      fits: ({ fault, position }, event) => faultRules[fault.kind].strikes(event.label, position),
      enact: (placed, site) => {
        this.#tally = tallyOf(controls);
        this.#stage.effects.note(site.event.node, 'fault.struck', [site.event.label, placed.fault.kind, placed.position]);
        if (placed.fault.kind === 'S7-oldThread') this.recorder.showThePast(ids.get(site.event.task.name) ?? -1);
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
      forkOut: (count) => this.#stage.forkOut(count),
      passTime: (ms) => {
        const hasPassed = this.#stage.passTime(ms);
        this.recorder.timePassed(this.gate.steps, this.nowMs());
        return hasPassed;
      },
      later: (ms, what, action) => this.#stage.later(ms, what, action),
      repeat: (ms, request) =>
        this.#stage.later(ms, 'a request arrives once more', () => {
          this.#stage.effects.note('network', 'channel.again', []);
          return request();
        }),
      forge: (as) => this.#backends.forger.arm(as),
      forged: () => this.#backends.forger.count,
      crash: (node, downMs) => {
        const client = this.#clients.atNode(node);
        if (client === undefined) this.#backends.crash(node, downMs);
        else this.#close(client);
      },
      closeClient: (node) => {
        const client = this.#clients.atNode(node);
        if (client !== undefined) this.#close(client);
      },
      redeliver: (back) => this.#stage.redeliver(back),
      harm: (how) => this.#stage.harm(how, this.#backends.lastWritten),
    };
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

  /** Begins the actor's next command, if there is one. */
  #next(actor: string): void {
    const command = this.#queues.get(actor)?.shift();
    if (command === undefined) {
      this.#running.delete(actor);
      return;
    }
    this.#running.set(actor, command);
    const { priority, demotions, afterMs = 0 } = command;
    const client = this.clients.get(actor);
    const isClients = client !== undefined && command.op.kind !== 'close';
    const main = async (): Promise<void> => {
      // On no node that could go down: it has not begun. Who was closed meanwhile never begins.
      if (afterMs > 0) await this.gate.clockFor(taskOf(command)).sleep(afterMs);
      if (this.#running.get(actor) !== command) return;
      if (isClients && this.#stage.setup.beginsApart === true)
        await this.gate.call(client.node, 'begin', () => undefined, { responses: 'together' });
      await (isSystem(command.op) ? this.#disturb(command.op, command) : this.#operate(command));
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
    else if (!this.#clients.readsAround(client, op)) await this.#clients.comeBack(client);
    const { frontend, node } = client;
    const before = frontend.getSnapshot();
    if (op.kind === 'giveUp') {
      const [oldest] = before.queued;
      // How it ends is told to the write itself.
      if (oldest !== undefined) await frontend.dropQueued(oldest.intent);
      return;
    }
    const backend = before.backend === null ? null : this.#backends.nameOf(before.backend);
    this.recorder.begin(id, { client: actor, node, backend }, op, this.gate.steps, this.nowMs());
    if (op.kind === 'connect') this.#clients.markGap(frontend.getSnapshot(), this.#backends.running(op.backend));
    const idOf = (name: string) => this.#backends.idOf(name);
    const told: ToldContents =
      op.kind === 'readContent'
        ? await performContentRead(frontend, op, this.names)
        : await performOperation(frontend, actor, op, this.names, idOf, intentId(intentOf(id)));
    this.recorder.end(id, told, this.gate.steps, this.nowMs());
    if (told.answer.kind === 'unsettled') this.#noteQueued(frontend.getSnapshot(), id);
    if (told.ageMs !== null && this.#backends.skewMs(backend ?? '') !== 0) this.marks.add('C1 answered by a skewed clock');
    this.#markContents(told);
  }

  #markContents({ answer }: ToldContents): void {
    if (answer.kind !== 'contents' || !answer.texts.some(({ source }) => source === 'cache')) return;
    this.marks.add('P-1 cache hit');
    // Without its being asked, too: what is cached whole needs nobody.
    if (answer.degraded || !this.authorities.content.isUp) this.marks.add('R-2.3 served from cache');
  }

  #noteQueued({ queued }: Snapshot, id: number): void {
    const waiting = queued.find((each) => each.intent === intentOf(id));
    if (waiting?.isSure !== true) return;
    const { backend, because } = waiting;
    this.recorder.queued(id, this.#backends.nameOf(backend) ?? backend);
    if (because === 'SolanaUnavailable') this.marks.add('R-2.1 write queued while Solana was away');
    if (because === 'QdrantUnavailable') this.marks.add('R-2.4 write queued while Qdrant was away');
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

  #disturb(op: SystemOperation, command: WorldCommand): Promise<unknown> {
    // On whose behalf port calls are made, where it makes any; and when its turn comes.
    const caller = callerOf(command);
    const order = { priority: command.priority, demotions: command.demotions };
    const { ledger, content } = this.authorities;
    const call = (label: string, effect: () => unknown): Promise<unknown> => this.gate.call('world', label, effect);
    switch (op.kind) {
      case 'barrier':
        return Promise.resolve();
      case 'crash':
        return call('crash', () => this.#backends.crash(op.backend, op.downMs));
      case 'cut': {
        const side = op.authority === 'solana' ? ledger : content;
        return call(`cut ${op.authority}`, () => {
          this.#stage.later(op.forMs, `${op.authority} is back`, () => side.setLink('up'));
          return side.setLink('down');
        });
      }
      case 'pause':
        return call('pause', () => {
          this.#stage.passTime(op.ms);
        });
      case 'clockJump':
        return call('clock jump', () => this.#backends.jumpAhead(op.backend, op.ms));
      case 'fork':
        return call('fork', () => this.#stage.forkOut(op.count));
      case 'alterContent':
      case 'loseContent':
        return call(op.kind, () => {
          this.#stage.harm(op.kind === 'alterContent' ? 'alter' : 'lose', { hash: this.names.contentHash(op.content) });
        });
      case 'misorderContent':
        return call(op.kind, () => {
          this.#stage.misorder(this.names.contentHash(op.content));
        });
      case 'loseMetadata':
      case 'alterMetadata':
        return call(op.kind, () => {
          this.#stage.harm(op.kind === 'loseMetadata' ? 'lose' : 'alter', { thread: this.names.threadId(op.thread) });
        });
      case 'syncThread':
        return call(`sync ${op.thread}`, () => this.#backends.syncThread(op.backend, this.names.threadId(op.thread)));
      case 'round':
        return call('round', () => this.#backends.round(op.backend, caller, order));
      case 'clientRound':
        return call('client round', () => this.#clients.spawnRound(op.client, caller, order));
      case 'damage':
        return call(`damage ${op.what}`, () => this.#backends.damage(op.backend, op.what, op.downMs));
    }
  }
}
