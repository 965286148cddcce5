/** What the explorer holds in memory: fingerprints, visited states, memos; that nothing is lost or mixed up there, and how much it is. */
import { describe, expect, it } from 'vitest';
import { lock } from './examples/lock.ts';
import { explore } from './explorer.ts';
import { collisionOdds, highLane, lowLane } from './fingerprint.ts';
import { SlotValues, Texts } from './intern.ts';
import { Memo } from './memo.ts';
import { Numbers } from './numbers.ts';
import { drawFrom, randomSpec } from './random-spec.ts';
import { full, Visited } from './visited.ts';

const lanes = [lowLane, highLane];
const fingerprint = (ids: Int32Array): readonly [number, number] => [
  ids.reduce((bits, id, slot) => bits ^ lowLane(slot, id), 0),
  ids.reduce((bits, id, slot) => bits ^ highLane(slot, id), 0),
];

describe('[EX12] fingerprints', () => {
  it('differ for every value of every slot, in both lanes, and the lanes agree nowhere', () => {
    for (const lane of lanes) {
      const seen = new Set<number>();
      for (let slot = 0; slot < 16; slot += 1) for (let id = 0; id < 4_096; id += 1) seen.add(lane(slot, id));
      // Of 65,536 random numbers of 32 bits half a pair is equal, on average.
      expect(seen.size).toBeGreaterThanOrEqual(65_536 - 3);
    }
    for (let id = 0; id < 4_096; id += 1) expect(lowLane(3, id)).not.toBe(highLane(3, id));
  });

  it('change half of their bits whichever bit of a value or slot changes', () => {
    const bitsOf = (number: number): number => [...(number >>> 0).toString(2)].filter((bit) => bit === '1').length;
    for (const lane of lanes)
      for (let bit = 0; bit < 16; bit += 1) {
        let [ofValue, ofSlot] = [0, 0];
        for (let id = 0; id < 1_000; id += 1) {
          ofValue += bitsOf(lane(5, id) ^ lane(5, id ^ (1 << bit)));
          ofSlot += bitsOf(lane(id & 15, id) ^ lane((id & 15) ^ (1 << (bit & 3)), id));
        }
        expect(ofValue / 1_000, `bit ${bit}`).toBeCloseTo(16, -0.3);
        expect(Math.abs(ofValue / 1_000 - 16)).toBeLessThan(1);
        expect(Math.abs(ofSlot / 1_000 - 16)).toBeLessThan(1.5);
      }
  });

  it('fill tables evenly with states that differ little, as random numbers would', () => {
    const cells = 4_096;
    const states = 262_144;
    const expected = states / cells;
    // Every vector of 18 slots with two values each; a chi-square of 4,095 degrees has a deviation of 90.
    for (const cellOf of [
      ([low]: readonly number[]) => (low as number) >>> 20,
      (lane: readonly number[]) => (lane[1] as number) >>> 20,
    ]) {
      const filled = new Int32Array(cells);
      const ids = new Int32Array(18);
      for (let state = 0; state < states; state += 1) {
        for (let slot = 0; slot < 18; slot += 1) ids[slot] = (state >>> slot) & 1;
        const cell = cellOf(fingerprint(ids));
        filled[cell] = (filled[cell] as number) + 1;
      }
      const chiSquare = filled.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chiSquare).toBeLessThan(cells + 5 * 90);
    }
  });

  it('of a quarter of a million structured states are all different', () => {
    const seen = new Set<string>();
    const ids = new Int32Array(9);
    for (let state = 0; state < 4 ** 9; state += 1) {
      for (let slot = 0; slot < 9; slot += 1) ids[slot] = (state >>> (2 * slot)) & 3;
      seen.add(fingerprint(ids).join());
    }
    expect(seen.size).toBe(4 ** 9);
  });

  it('collide with odds of n^2 / 2^65', () => {
    expect(collisionOdds(2 ** 32)).toBe(0.5);
    expect(collisionOdds(5_000_000)).toBeCloseTo(6.8e-7, 8);
  });
});

describe('[EX12] visited states', () => {
  it('are found again whatever their fingerprints are, and equal ones cost a comparison', () => {
    for (const isBad of [false, true]) {
      const visited = new Visited(2, Number.POSITIVE_INFINITY);
      const lanesOf = (ids: Int32Array): readonly [number, number] => (isBad ? [-1, -1] : fingerprint(ids));
      const all = Array.from({ length: isBad ? 300 : 30_000 }, (_, index) => Int32Array.of(index % 173, Math.floor(index / 173)));
      const isNew = [...all.entries()].map(([index, ids]) => visited.insert(ids, ...lanesOf(ids), index - 1) === ~index);
      expect(isNew.includes(false)).toBe(false);
      const read = new Int32Array(2);
      const lost = [...all.entries()].filter(([index, ids]) => {
        visited.read(index, read);
        const isKnown = visited.insert(ids, ...lanesOf(ids), -9) === index && visited.find(ids, ...lanesOf(ids)) === index;
        return !isKnown || visited.parentOf(index) !== index - 1 || read.join() !== ids.join();
      });
      expect(lost).toEqual([]);
      const stranger = Int32Array.of(999, 999);
      expect(visited.find(stranger, ...lanesOf(stranger))).toBe(-1);
      expect(visited.count).toBe(all.length);
      expect(visited.needless > 0).toBe(isBad);
    }
  });

  it('end at their limit, where known ones are still known', () => {
    const visited = new Visited(1, 2);
    expect([1, 2, 3, 1].map((id) => visited.insert(Int32Array.of(id), id, id, 0))).toEqual([~0, ~1, full, 0]);
  });

  it('[EX11] take no more than 60 bytes each, with 16 slots, at every size from 100,000 on', () => {
    const visited = new Visited(16, Number.POSITIVE_INFINITY);
    const ids = new Int32Array(16);
    const most: number[] = [];
    for (let index = 0; index < 600_000; index += 1) {
      for (let slot = 0; slot < 16; slot += 1) ids[slot] = (index >>> slot) & 15;
      const [low, high] = fingerprint(ids);
      visited.insert(ids, low, high, -1);
      if (visited.count >= 100_000 && visited.count % 1_000 === 0) most.push(visited.bytes / visited.count);
    }
    expect(visited.count).toBeGreaterThan(100_000);
    expect(Math.max(...most)).toBeLessThanOrEqual(60);
  });

  it('[EX11] are accounted for: tables, vectors and parents, and apart from them memos and values', () => {
    const exploration = explore(lock(4), { symmetry: false });
    const chunk = 4_096 * (2 * 5 + 4);
    const tables = 256 * 16 * 8;
    expect(exploration.bytes).toEqual({ states: chunk + tables, perState: (chunk + tables) / 48, memos: expect.any(Number) });
    expect(exploration.bytes.memos).toBeGreaterThan(0);
    expect(exploration.values).toEqual({
      count: 4 * 3 + 5,
      characters: 4 * ('4"idle'.length + '7"waiting'.length + '6"inside'.length) + 'null'.length + 4 * '2"p0'.length,
    });
    expect(exploration.collisions).toEqual({ odds: collisionOdds(48), needless: 0 });
  });
});

describe('[EX11] memos', () => {
  const slotsWith = (...counts: readonly number[]): readonly SlotValues[] => {
    const texts = new Texts();
    return counts.map((count, position) => {
      const slot = new SlotValues(`s${position}`, position, texts);
      for (let value = 0; value < count; value += 1) slot.idOf(value);
      return slot;
    });
  };

  it.each([
    ['of a flat table that becomes a hash table while slots grow', 2, 2_000],
    ['of a hash table from the beginning', 10, 9],
  ])('keep what was put, %s', (_what, width, values) => {
    const slots = slotsWith(...Array.from({ length: width }, () => 2));
    const memo = new Memo(slots, Number.POSITIVE_INFINITY);
    const draw = drawFrom(width);
    const put = new Map<string, number>();
    for (let round = 0; round < 4_000; round += 1) {
      const below = Math.max(2, Math.ceil((values * round) / 4_000));
      const ids = Int32Array.from(slots, (slot) => slot.idOf(draw(below)));
      const known = put.get(ids.join()) ?? 0;
      expect(memo.get(ids)).toBe(known);
      if (known !== 0) continue;
      memo.put(ids, round + 1);
      put.set(ids.join(), round + 1);
    }
    for (const [text, number] of put) expect(memo.get(Int32Array.from(text.split(','), Number))).toBe(number);
    expect(memo.entries).toBe(put.size);
    expect(memo.bytes).toBeGreaterThan(4 * put.size);
    memo.forget();
    for (const text of put.keys()) expect(memo.get(Int32Array.from(text.split(','), Number))).toBe(0);
  });

  it('of nothing know one thing', () => {
    const memo = new Memo([], 1);
    expect(memo.get(new Int32Array(0))).toBe(0);
    memo.put(new Int32Array(0), 5);
    expect(memo.get(new Int32Array(0))).toBe(5);
    expect(memo.isFull).toBe(true);
  });

  it('that begin anew all the time change nothing but the time taken', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const [whole, short] = [explore(randomSpec(seed)), explore(randomSpec(seed), { memoEntries: 1 })];
      expect([...short.everyStep()]).toEqual([...whole.everyStep()]);
      expect(short.findings()).toEqual(whole.findings());
    }
  });
});

describe('[EX11] a list of numbers', () => {
  it('grows and keeps them', () => {
    const numbers = new Numbers();
    for (let number = 0; number < 3_000; number += 1) numbers.push(number * 7);
    expect(numbers.count).toBe(3_000);
    expect([...numbers.toArray()]).toEqual(Array.from({ length: 3_000 }, (_, number) => number * 7));
  });
});
