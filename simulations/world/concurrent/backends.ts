/** The backends of one concurrent world: behind the gate, with their background rounds, their skewed clocks, their crashes. */
import type { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import type { Backend, BackendOptions } from '#impl/backend/backend.ts';
import { addMetrics, type MetricFigures, Metrics, noMetrics } from '#impl/backend/monitor/metrics.ts';
import { type BackendId, backendId, type ThreadId, walletId } from '#impl/ports/ids.ts';
import type { Ledger, SignedTransaction } from '#impl/ports/ledger.ts';
import type { Monitor } from '#impl/ports/monitor.ts';
import type { TaskOptions } from '../../engine/task.ts';
import { BackendNode } from '../backend-node.ts';
import { damage } from '../damage.ts';
import type { Disk } from '../disk.ts';
import { gated } from '../gated.ts';
import { intercepted } from '../intercepted.ts';
import { seededBytes } from '../seeded-bytes.ts';
import type { Damage } from './command.ts';
import { Forger } from './forger.ts';
import { watched } from './gated-channel.ts';
import { contentGate, gatedDisk, type Written } from './gated-ports.ts';
import { markTold } from './mark-told.ts';
import { Requests } from './requests.ts';
import type { ConcurrentSetup, Stage } from './stage.ts';

/** So small that the few short texts of a scenario fill pages, are evicted, and move the bound. */
const contentCache = { pageMessages: 2, minBytes: 8_000, maxBytes: 32_000, maxAgeMs: 600_000, window: 4 } as const;

export class Backends {
  readonly nodes: ReadonlyMap<string, BackendNode>;
  readonly requests: Requests;
  /** Makes nodes lie. */
  readonly forger: Forger;
  readonly #stage: Stage;
  /** Ungated: for what happens to them while their backends are down. */
  readonly #disks = new Map<string, Disk>();
  readonly #skewMs = new Map<string, number>();
  /** How often each has been started. */
  readonly #lives = new Map<string, number>();
  /** Each backend's, over all its lives. */
  readonly #metrics: Metrics[] = [];
  #written: Written | null = null;

  constructor(stage: Stage, network: MemoryNetwork) {
    this.#stage = stage;
    this.forger = new Forger(walletId('1'.repeat(32)), (event) => stage.effects.note('solana', 'chain.forged', [event]));
    this.requests = new Requests(stage.marks);
    const { gate, recorder, marks, authorities, setup, effects } = stage;
    const serving = watched(
      network,
      (backend, frame, number) => {
        effects.note(this.nameOf(backend) ?? backend, 'channel.taken', [frame, number]);
        return this.requests.arrived(backend, frame);
      },
      (backend, frame, answer, number) =>
        effects.note(this.nameOf(backend) ?? backend, 'channel.answer', [frame, number], answer),
    );
    const onContent = contentGate({
      gate,
      recorder,
      marks,
      faults: authorities.content.faults,
      log: effects,
      onWrite: (written) => {
        this.#written = written;
      },
    });
    this.nodes = new Map(
      Array.from({ length: setup.backends }, (_, index) => {
        const name = `backend#${index}`;
        const random = seededBytes(name);
        this.#skewMs.set(name, setup.skewMs[index] ?? 0);
        const sleeper = gate.clockFor(name);
        const disk = authorities.disk(index);
        this.#disks.set(name, disk);
        const node = new BackendNode(
          backendId(name.replace('#', '-')),
          gatedDisk(disk, { gate, backend: name, recorder, log: effects }),
          serving,
          {
            ledger: gated(gate, name, 'ledger', this.forger.between(this.#noting(name, authorities.ledger.connect())), effects),
            contentStore: onContent(name, authorities.content.connect(random)),
            embedder: authorities.embedder,
            clock: { nowMs: () => sleeper.nowMs() + this.skewMs(name), sleep: (ms) => sleeper.sleep(ms) },
            random,
            monitor: this.#watching(name),
            logger: { log: (_level, event, context) => stage.logged(name, event, context) },
            options: { contentCache, ...limitsOf(setup) },
          },
        );
        return [name, node];
      }),
    );
  }

  /** What the last write to the content store was about, whoever made it. */
  get lastWritten(): Written | null {
    return this.#written;
  }

  running(name: string): Backend | null {
    return this.nodes.get(name)?.backend ?? null;
  }

  nameOf(id: BackendId): string | null {
    return [...this.nodes].find(([, node]) => node.id === id)?.[0] ?? null;
  }

  idOf(name: string): BackendId {
    return this.nodes.get(name)?.id ?? backendId(name);
  }

  /** How far its clock is ahead, milliseconds. */
  skewMs(name: string): number {
    return this.#skewMs.get(name) ?? 0;
  }

  jumpAhead(name: string, ms: number): void {
    this.#skewMs.set(name, this.skewMs(name) + ms);
  }

  /** Memory and un-synced writes are gone; it comes back by itself. */
  crash(name: string, downMs: number): void {
    const { gate, recorder } = this.#stage;
    const node = this.nodes.get(name);
    if (node === undefined) return;
    recorder.crashed(name, gate.steps);
    this.#stage.effects.note(name, 'node.crash', []);
    node.crash();
    this.requests.crashed(node.id);
    gate.crash(name);
    this.#stage.later(downMs, `${name} restarts`, () => {
      gate.spawn(`${name} restart ${this.#stage.nextNumber()}`, () => this.restart(name), { background: true });
    });
  }

  /** As a crash, and something of what it keeps is not what was written when it comes back. */
  async damage(name: string, what: Damage, downMs: number): Promise<void> {
    this.crash(name, downMs);
    const disk = this.#disks.get(name);
    if (disk !== undefined) await damage(disk, what);
  }

  /** In the background; nothing when it does not run. */
  syncThread(name: string, thread: ThreadId): void {
    const { gate, marks } = this.#stage;
    const work = async (): Promise<void> => {
      const backend = this.running(name);
      if (backend === null) return;
      const report = await backend.initialSync(thread);
      this.#stage.effects.note(name, 'sync.told', [thread], report.ok ? report.value.view.version : null);
      if (!report.ok || report.value.found.length === 0) return;
      if (report.value.hashesContained && report.value.authorsEqual) marks.add('S-1 thread found apart and synchronized');
    };
    gate.spawn(`${name} sync ${this.#stage.nextNumber()}`, () => this.#stage.guarded(`${name} sync`, work), {
      background: true,
      node: name,
    });
  }

  /** One round on behalf of a task of that name, which a crash ends; nothing when it does not run. */
  round(name: string, task: string, order: Pick<TaskOptions, 'priority' | 'demotions'>): void {
    this.#stage.gate.spawn(task, () => this.#stage.guarded(`${name} round`, () => this.work(name)), { ...order, node: name });
  }

  /** Its background work, once; nothing when it does not run. */
  async work(name: string): Promise<void> {
    const backend = this.running(name);
    if (backend === null) return;
    this.#stage.effects.note(name, 'node.round', []);
    await backend.round();
  }

  /** Nothing when it runs, or is about to. */
  async restart(name: string): Promise<void> {
    const { gate, recorder, marks } = this.#stage;
    const node = this.nodes.get(name);
    if (node === undefined || node.backend !== null) return;
    gate.bringUp(name);
    this.#stage.effects.note(name, 'node.restart', []);
    await this.#stage.guarded(name, () => node.start());
    const opened = node.running();
    if (opened === null) return;
    recorder.touchBackend(name);
    if (opened.inspect().outbox.submitting > 0) marks.add('B2 outbox replayed');
    if (!this.#stage.isOver) this.startRounds(name);
  }

  startRounds(name: string): void {
    const { gate, setup } = this.#stage;
    const life = (this.#lives.get(name) ?? 0) + 1;
    this.#lives.set(name, life);
    const clock = gate.clockFor(name);
    const rounds = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(setup.roundMs);
        const backend = this.running(name);
        if (this.#stage.isOver || backend === null || this.#lives.get(name) !== life) return;
        await this.#stage.guarded(`${name} round`, () => this.work(name));
      }
    };
    gate.spawn(`${name} rounds.${life}`, rounds, { background: true, node: name });
  }

  remove(): void {
    for (const node of this.nodes.values()) node.remove();
  }

  /** Added up over all backends, on the world's time, which is nobody's skewed clock. */
  metrics(): MetricFigures {
    return this.#metrics.reduce((sum, each) => addMetrics(sum, each.figures()), noMetrics);
  }

  /** What one backend tells: measured, and errors marked. */
  #watching(name: string): Monitor {
    const metrics = new Metrics(this.#stage.clock);
    this.#metrics.push(metrics);
    return {
      tell: (event) => {
        metrics.tell(event);
        markTold(this.#stage.marks, event);
        if (event.kind === 'breaker') this.#stage.effects.note(name, `breaker.${event.state}`, [event.authority]);
      },
    };
  }

  /** A ledger whose submissions are looked at as soon as they have landed. */
  #noting(name: string, ledger: Ledger): Ledger {
    const { authorities, recorder, effects } = this.#stage;
    return intercepted(ledger, (method, apply) => {
      if (method !== 'submit') return null;
      return async (...inputs) => {
        const outcome = await apply(inputs);
        await authorities.ledger.noteLanded((signature) => recorder.signedBy(signature)?.action ?? null);
        const { signature } = inputs[0] as SignedTransaction;
        effects.note(name, 'chain.submitted', [signature], authorities.ledger.isInBlock(signature));
        return outcome;
      };
    });
  }
}

/** Only those that the scenario sets; all others are the backend's own. */
function limitsOf({ maxOpenWrites, maxQueued, syncEveryMs }: ConcurrentSetup): BackendOptions {
  return {
    ...(syncEveryMs === undefined ? {} : { syncEveryMs }),
    ...(maxOpenWrites === undefined ? {} : { maxOpenWrites }),
    ...(maxQueued === undefined ? {} : { maxQueuedWrites: maxQueued, maxQueuedPerWallet: maxQueued }),
  };
}
