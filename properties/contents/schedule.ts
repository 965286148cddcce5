/**
 * Reading contents of two threads at one backend while they grow, fetches wait, fail and come back late, stored texts are altered or
 * lost, time passes and pages are evicted: steps as data, and what must hold after each. The backend's half alone; clients, wires and
 * real stores are the worlds' business.
 */
import { type Contents, ScriptedTexts, threadNumbered } from '#impl/backend/scripted-texts.ts';
import type { Answer, ThreadView } from '#impl/core/protocol.ts';

export type ContentStep =
  | { readonly kind: 'post'; readonly thread: number; readonly count: number }
  /** A read begins; it ends when what it waits for does. */
  | { readonly kind: 'read'; readonly session: number; readonly thread: number; readonly from: number; readonly limit: number }
  /** One of the content store's answers, asked for or ahead, comes at last. */
  | { readonly kind: 'arrive'; readonly which: number; readonly fails: boolean }
  | { readonly kind: 'alter' | 'lose' | 'mend'; readonly thread: number; readonly sequence: number }
  | { readonly kind: 'pass'; readonly ms: number };

export const cacheOptions = { pageMessages: 2, minBytes: 12_000, maxBytes: 24_000, maxAgeMs: 10_000, window: 4 } as const;

const textOf = (thread: number, sequence: number): string => `${thread}.${sequence} `.padEnd(40 * (1 + (sequence % 5)), 'x');

/** Carries the steps out; throws at the first answer or state that is wrong. */
export class ContentSchedule {
  readonly #at = new ScriptedTexts(cacheOptions);
  readonly #open = new Set<Promise<void>>();
  /** What went wrong in an answer, found while nobody waited for it. */
  #wrong: string | null = null;
  answered = 0;

  async run(steps: readonly ContentStep[]): Promise<void> {
    this.#at.isHolding = true;
    this.#post(0, 1);
    this.#post(1, 1);
    for (const step of steps) {
      this.#take(step);
      await this.#at.rest();
      this.#check();
    }
    this.#at.isHolding = false;
    for (const arrive of this.#at.waiting.splice(0)) arrive(false);
    await Promise.all(this.#open);
    this.#check();
  }

  figures(): ReturnType<ScriptedTexts['contents']['figures']> {
    return this.#at.contents.figures();
  }

  #take(step: ContentStep): void {
    const { content, clock, waiting } = this.#at;
    switch (step.kind) {
      case 'post':
        this.#post(step.thread, step.count);
        break;
      case 'read':
        this.#read(step);
        break;
      case 'arrive':
        waiting.splice(step.which % Math.max(1, waiting.length), 1)[0]?.(step.fails);
        break;
      case 'pass':
        clock.advance(step.ms);
        break;
      case 'alter':
      case 'lose':
      case 'mend': {
        const messages = this.#view(step.thread).messages;
        const message = messages[step.sequence % messages.length];
        if (message === undefined) return;
        const { hash, sequence, author } = message;
        const text = step.kind === 'alter' ? 'another' : textOf(step.thread, sequence);
        if (step.kind === 'lose') content.messages.delete(hash);
        else content.messages.set(hash, { hash, thread: threadNumbered(step.thread), author, text, state: 'recorded', sequence });
      }
    }
  }

  #view(thread: number): ThreadView {
    const view = this.#at.view(threadNumbered(thread));
    if (view === undefined) throw new Error(`expected thread ${thread} to exist`);
    return view;
  }

  #post(thread: number, count: number): void {
    const before = this.#at.view(threadNumbered(thread))?.messages.length ?? 0;
    const texts = Array.from({ length: count }, (_, n) => textOf(thread, before + n));
    this.#at.post(texts, threadNumbered(thread));
  }

  #read(step: ContentStep & { readonly kind: 'read' }): void {
    const { thread, session, from, limit } = step;
    const atLeast = this.#view(thread).version;
    const reading = this.#at.ask(from, limit, threadNumbered(thread), `session ${session}`).then((answer) => {
      this.#open.delete(reading);
      this.answered += 1;
      this.#wrong ??= this.#problem(step, answer, atLeast);
    });
    this.#open.add(reading);
  }

  /** What is wrong with an answer to a read that began when the thread was adopted at version `atLeast`. */
  #problem({ thread, from, limit }: ContentStep & { readonly kind: 'read' }, answer: Answer, atLeast: number): string | null {
    if (answer.kind === 'refused') return answer.refusal.code === 'QdrantUnavailable' ? null : `refused ${answer.refusal.code}`;
    const { version, messageCount, texts, missing, next, degraded } = answer as Contents;
    if (version < atLeast) return `answered version ${version}; ${atLeast} had been adopted before it was asked for`;
    const view = this.#at.versions.get(threadNumbered(thread))?.[version - 1];
    if (view === undefined) return `answered version ${version}, which no thread had`;
    if (messageCount !== view.messages.length)
      return `version ${version} has ${view.messages.length} messages, told ${messageCount}`;
    const until = next ?? Math.min(from + limit, messageCount);
    const told = [...texts, ...missing].sort((a, b) => a.sequence - b.sequence);
    const wanted = view.messages.slice(from, until);
    if (JSON.stringify(told.map(({ hash }) => hash)) !== JSON.stringify(wanted.map(({ hash }) => hash)))
      return `told of ${told.map(({ sequence }) => sequence).join()}; wanted ${from} to ${until}`;
    const wrong = texts.find(({ sequence, text }) => text !== textOf(thread, sequence));
    if (wrong !== undefined) return `text ${wrong.sequence} is ${wrong.text}`;
    if (degraded && texts.some(({ source }) => source === 'qdrant')) return 'degraded, with a text from Qdrant';
    if (!degraded && missing.some(({ reason }) => reason === 'unreachable'))
      return 'something is unreachable, and it does not say so';
    return null;
  }

  #check(): void {
    if (this.#wrong !== null) throw new Error(this.#wrong);
    const { bytes, bound } = this.figures();
    if (bytes > bound) throw new Error(`holds ${bytes} bytes, may hold ${bound}`);
    if (bound < cacheOptions.minBytes || bound > cacheOptions.maxBytes) throw new Error(`may hold ${bound} bytes`);
  }
}
