/**
 * Measures the time that is spent inside the SVM, HTTP and SQLite, by putting timers around the calls that enter them, for
 * as long as the measurement lasts. Nothing of the system or of the simulations is changed for it: what is wrapped are the
 * methods of the packages themselves, and the global `fetch`.
 *
 * Inside the SVM: every method of LiteSVM's native classes (running a transaction, reading and writing accounts, setting the
 * clock, and taking results apart, which is native as well). Signatures are not among it: LiteSVM's own check is off, and
 * node:crypto's is the harness's.
 * Inside HTTP: a round trip from calling `fetch` until the body of the answer has been read: Node's client, the loopback
 * socket, the server's side, and what the server does to answer. With the emulator that is a server in this same process,
 * and stands where Qdrant would; making requests and parsing answers in the client library is not among it.
 * Inside SQLite: opening a store's file, and every method of libsql's databases and statements.
 *
 * The harness is everything else: the gate, the gateway and web3.js, the system under test, recording, healing, oracles.
 * Cutting a link, which shuts a listener, counts as harness. Where calls overlap, the time is counted once. Round trips that
 * end because no answer ever comes (a fault) are waiting, not work: they are neither inside nor harness, but told apart.
 */
import Database from 'libsql';
import * as native from 'litesvm/dist/internal.js';
import { LibsqlStore } from '#impl/adapters/store/libsql.ts';

type Inside = 'svm' | 'http' | 'sqlite';
type Method = (this: unknown, ...inputs: unknown[]) => unknown;

/** Time during which at least one of its calls is under way. */
class Span {
  totalMs = 0;
  #depth = 0;
  #sinceMs = 0;

  get isUnderWay(): boolean {
    return this.#depth > 0;
  }

  enter(): void {
    if (this.#depth === 0) this.#sinceMs = performance.now();
    this.#depth += 1;
  }

  leave(): void {
    this.#depth -= 1;
    if (this.#depth === 0) this.totalMs += performance.now() - this.#sinceMs;
  }
}

export interface InsideTime {
  /** In any of them. */
  readonly insideMs: number;
  readonly svmMs: number;
  readonly httpMs: number;
  readonly roundTrips: number;
  readonly sqliteMs: number;
  /** Waiting for answers that never came. */
  readonly waitedMs: number;
}

export class InsideTimers {
  readonly #any = new Span();
  readonly #spans: Readonly<Record<Inside, Span>> = { svm: new Span(), http: new Span(), sqlite: new Span() };
  readonly #undo: (() => void)[] = [];
  #waitedMs = 0;
  #roundTrips = 0;

  constructor() {
    for (const member of Object.values(native)) {
      if (typeof member === 'function' && member.prototype !== undefined) this.#wrapMethods(member.prototype, 'svm');
    }
    const memory = new Database(':memory:');
    this.#wrapMethods(Object.getPrototypeOf(memory.prepare('SELECT 1')), 'sqlite');
    memory.close();
    this.#wrapMethods(Database.prototype, 'sqlite');
    this.#wrap(LibsqlStore, 'open', 'sqlite');
    this.#wrapFetch();
  }

  /** Since these timers were made. Throws while a call is under way: what the harness does meanwhile would count as inside. */
  read(): InsideTime {
    if (this.#any.isUnderWay) throw new Error('expected every call to have ended, got one that is under way');
    const { svm, http, sqlite } = this.#spans;
    return {
      insideMs: this.#any.totalMs - this.#waitedMs,
      svmMs: svm.totalMs,
      httpMs: http.totalMs - this.#waitedMs,
      roundTrips: this.#roundTrips,
      sqliteMs: sqlite.totalMs,
      waitedMs: this.#waitedMs,
    };
  }

  /** Puts everything back. */
  remove(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }

  #enter(kind: Inside): void {
    this.#any.enter();
    this.#spans[kind].enter();
  }

  #leave(kind: Inside): void {
    this.#spans[kind].leave();
    this.#any.leave();
  }

  #wrapMethods(prototype: object, kind: Inside): void {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name !== 'constructor' && typeof value === 'function') this.#wrap(prototype, name, kind);
    }
  }

  #wrap(owner: object, name: string, kind: Inside): void {
    const before = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
    const method = before.value as Method;
    const timers = this;
    function timed(this: unknown, ...inputs: unknown[]): unknown {
      timers.#enter(kind);
      try {
        return Reflect.apply(method, this, inputs);
      } finally {
        timers.#leave(kind);
      }
    }
    Object.defineProperty(owner, name, { ...before, value: timed });
    this.#undo.push(() => Object.defineProperty(owner, name, before));
  }

  #wrapFetch(): void {
    const original = globalThis.fetch;
    globalThis.fetch = (input, init) => this.#roundTrip(() => original(input, init));
    this.#undo.push(() => {
      globalThis.fetch = original;
    });
  }

  async #roundTrip(send: () => Promise<Response>): Promise<Response> {
    this.#roundTrips += 1;
    const response = await this.#awaited(send);
    const read = response.text.bind(response);
    Object.defineProperty(response, 'text', { value: () => this.#awaited(read) });
    return response;
  }

  async #awaited<T>(call: () => Promise<T>): Promise<T> {
    this.#enter('http');
    const startedMs = performance.now();
    try {
      return await call();
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') this.#waitedMs += performance.now() - startedMs;
      throw error;
    } finally {
      this.#leave('http');
    }
  }
}
