/** Requests that backends work on, whoever still waits for their answers; and what can be told of them from outside. */
import type { BackendId } from '#impl/ports/ids.ts';
import type { Marks } from './marks.ts';

export class Requests {
  readonly #marks: Marks;
  /** Numbers of those under way, by backend, in order of arrival. */
  readonly #atWork = new Map<BackendId, number[]>();
  readonly #prepared = new Set<string>();
  #count = 0;

  constructor(marks: Marks) {
    this.#marks = marks;
  }

  get underWay(): number {
    return [...this.#atWork.values()].reduce((sum, open) => sum + open.length, 0);
  }

  /** A request has reached its backend; gives what is to be called when its handler ends. */
  arrived(backend: BackendId, frame: string): () => void {
    this.#count += 1;
    const mine = this.#count;
    const open = this.#atWork.get(backend) ?? [];
    this.#atWork.set(backend, open);
    open.push(mine);
    this.#markRepeated(frame);
    return () => {
      const at = open.indexOf(mine);
      if (at > 0) this.#marks.add('B5 handler overtaken');
      if (at >= 0) open.splice(at, 1);
    };
  }

  /** A crash ends them all. */
  crashed(backend: BackendId): void {
    this.#atWork.delete(backend);
  }

  #markRepeated(frame: string): void {
    const intent = /^\{"kind":"prepareWrite".*?"intent":"([^"]+)"/.exec(frame)?.[1];
    if (intent === undefined) return;
    if (this.#prepared.has(intent)) this.#marks.add('B4 request repeated');
    this.#prepared.add(intent);
  }
}
