/** One backend as a process of its own, on one file and one port for life: started, killed, and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BackendId } from '#impl/ports/ids.ts';
import { TroubleError } from '../exit-codes.ts';

const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = join(import.meta.dirname, '..', 'main.ts');
/** Longer than a start takes on a busy machine. */
const startMs = 60_000;

export interface BackendProcessOptions {
  readonly id: BackendId;
  readonly storePath: string;
  readonly port: number;
  readonly solanaUrl: string;
  readonly qdrantUrl: string;
  readonly qdrantPrefix: string;
  readonly roundMs: number;
  readonly syncMs: number;
}

/** A backend ended that nobody had killed. */
export class BackendDied extends Error {
  constructor(id: BackendId, how: string) {
    super(`${id} ended by itself with ${how}`);
    this.name = 'BackendDied';
  }
}

interface Life {
  readonly child: ChildProcess;
  readonly startedMs: number;
  /** Never resolves when it ends before. */
  readonly serving: Promise<void>;
  readonly gone: Promise<void>;
  isServing: boolean;
  isOver: boolean;
  isKilled: boolean;
}

export class BackendProcess {
  readonly id: BackendId;
  /** Never resolves; rejects with a BackendDied, or a TroubleError where its port went to somebody else while it was down. */
  readonly died: Promise<never>;
  /** How long it took to serve, milliseconds, life by life. */
  readonly startsMs: number[] = [];
  lives = 0;
  #reject: (error: Error) => void = () => undefined;
  readonly #options: BackendProcessOptions;
  #life: Life | null = null;

  constructor(options: BackendProcessOptions) {
    this.id = options.id;
    this.#options = options;
    this.died = new Promise((_resolve, reject) => {
      this.#reject = reject;
    });
    // Whoever waits for it is told; it may be nobody yet.
    this.died.catch(() => undefined);
  }

  /** Whether it serves or not. */
  get address(): string {
    return `ws://127.0.0.1:${this.#options.port}`;
  }

  get isServing(): boolean {
    return this.#life !== null && !this.#life.isOver && this.#life.isServing;
  }

  start(): void {
    this.lives += 1;
    this.#life = this.#begin();
  }

  /** Resolves when it serves. Rejects with a TroubleError when that takes too long; a death is told by `died`. */
  async serving(): Promise<void> {
    const life = this.#life;
    if (life === null) throw new TroubleError(`${this.id} was not started`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new TroubleError(`${this.id} did not serve within ${startMs} ms`)), startMs);
    });
    try {
      await Promise.race([life.serving, this.died, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const life = this.#life;
    if (life === null) return;
    life.isKilled = true;
    life.child.kill('SIGKILL');
    await life.gone;
  }

  #begin(): Life {
    const { id, storePath, port, solanaUrl, qdrantUrl, qdrantPrefix, roundMs, syncMs } = this.#options;
    const named = {
      '--id': id,
      '--store': storePath,
      '--port': port,
      '--solana': solanaUrl,
      '--qdrant': qdrantUrl,
      '--qdrant-prefix': qdrantPrefix,
      '--round-ms': roundMs,
      '--sync-ms': syncMs,
      // Of what it says the last words are kept, for when it dies.
      '--log-level': 'error',
    };
    const words = ['serve', ...Object.entries(named).flatMap(([name, value]) => [name, String(value)]), '--until-stdin-ends'];
    const child = spawn(process.execPath, ['--import', loader, main, ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
    const startedMs = performance.now();
    // It is killed while we write to it, which is no news.
    child.stdin.on('error', () => undefined);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4_000);
    });
    let serve: () => void = () => undefined;
    const serving = new Promise<void>((resolve) => {
      serve = resolve;
    });
    let heard = '';
    const gone = new Promise<void>((resolve) => {
      child.on('close', (code, signal) => {
        life.isOver = true;
        if (!life.isKilled) this.#die(signal ?? `exit code ${code}`, said.trim());
        resolve();
      });
    });
    child.on('error', (error) => {
      said += String(error);
    });
    const life: Life = { child, startedMs, serving, gone, isServing: false, isOver: false, isKilled: false };
    child.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (life.isServing || !/^listening on /m.test(heard)) return;
      life.isServing = true;
      this.startsMs.push(performance.now() - startedMs);
      serve();
    });
    return life;
  }

  #die(how: string, said: string): void {
    const isPort = said.includes('EADDRINUSE');
    const text = `${how}: ${said === '' ? 'it said nothing' : said}`;
    this.#reject(isPort ? new TroubleError(`${this.id} could not have its port again: ${text}`) : new BackendDied(this.id, text));
  }
}
