/** Wrapped ports. */
import { describe, expect, it } from 'vitest';
import { intercepted } from './intercepted.ts';

class Counter {
  #count = 0;
  readonly step = 2;

  add(times: number): number {
    this.#count += times * this.step;
    return this.#count;
  }

  read(): number {
    return this.#count;
  }
}

describe('[CW9] a port with methods replaced', () => {
  it('asks once a method, hands the real one over, and leaves the rest and what is no method as they are', () => {
    const asked: string[] = [];
    const port = intercepted(new Counter(), (name, method) => {
      asked.push(name);
      return name === 'add' ? (times) => [times, method([10 * Number(times)])] : null;
    });
    expect([port.add(1), port.add(2)]).toEqual([
      [1, 20],
      [2, 60],
    ]);
    expect([port.read(), port.read(), port.step]).toEqual([60, 60, 2]);
    expect(asked).toEqual(['add', 'read']);
  });
});
