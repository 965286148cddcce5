import { describe, expect, it } from 'vitest';
import { explore } from '#model/explore/explorer.ts';
import type { Trace } from '#model/explore/finding.ts';
import { ownershipUpdate } from '#model/protocols/ownership-update.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { believesWhoLags } from '#properties/concurrent/lies.ts';
import { exceptionOf, exceptions } from '#properties/conformance/exceptions.ts';
import { enumerateGround } from '#properties/conformance/ground.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { aim } from './aim.ts';
import { fewest, readWalks } from './corpus.ts';
import { drive, explainDriven } from './drive.ts';
import { runOf } from './run.ts';

const tier = await openMemoryTier();
const ground = enumerateGround();
const kept = readWalks(new URL('./walks.jsonl', import.meta.url));

const counted = (steps: Iterable<string>, fits: (step: string) => boolean): number => [...steps].filter(fits).length;

describe('the small scope, walked', () => {
  it('[DC10] the scenarios that are kept walk all but what is counted here, and violate nothing', { timeout: 120_000 }, async () => {
    const walked = new Set<string>();
    for (const scenario of kept) {
      const { steps, violation } = await runOf(tier, scenario);
      expect(violation).toBeNull();
      for (const step of steps) walked.add(step);
    }
    const onGround = [...walked].filter((step) => ground.steps.has(step));
    expect({ scenarios: kept.length, walked: onGround.length, of: ground.steps.size }).toEqual({ scenarios: 0, walked: 0, of: 0 });
    expect(counted(ground.steps, (step) => exceptionOf(step) !== null)).toBe(0);
    // The table of what is never taken would be wrong.
    expect(onGround.filter((step) => exceptionOf(step) !== null)).toEqual([]);
  });

  it('[DC11] every class of what is never taken is on the ground, and has a reason', () => {
    for (const each of exceptions) {
      expect(counted(ground.steps, (step) => exceptionOf(step) === each), each.name).toBeGreaterThan(0);
      expect(each.reason).toMatch(/^[A-Z].*\.$/);
    }
    const [some] = [...ground.steps].filter((step) => step.includes('sent, signed, processed | crash'));
    expect(some === undefined ? null : exceptionOf(some)).toBeNull();
  });

  it('[DC12] aims in the same way from the same seed, and walks what its first scenarios do not', async () => {
    const options = { tier, ground, runs: 60, nowMs: () => 0 };
    const [one, again, other] = [
      await aim({ ...options, seed: 1 }),
      await aim({ ...options, seed: 1 }),
      await aim({ ...options, seed: 2 }),
    ];
    expect([...again.first]).toEqual([...one.first]);
    expect([...other.first]).not.toEqual([...one.first]);
    expect(Math.max(...one.first.values())).toBeGreaterThan(20);
    const few = fewest(one.kept, (step) => ground.steps.has(step));
    expect(few.length).toBeLessThan(one.kept.length);
    expect(new Set(few.flatMap(({ steps }) => [...steps].filter((step) => ground.steps.has(step))))).toEqual(one.walked);
  });
});

const planted = (name: string): Trace<UpdateSlots> => {
  const spec = ownershipUpdate.planted.find((each) => each.name === name)?.spec();
  const [finding] = spec === undefined ? [] : explore(spec, { stopAtFirst: true }).findings();
  return finding as unknown as Trace<UpdateSlots>;
};

describe('[DC13] the implementation made to follow a run of the design', () => {
  const options = { tier, kind: 'ownership', seed: 1, runs: 60 } as const;

  it('finds what an implementation with the same mistake does, without anybody saying how', async () => {
    const driven = await drive({ ...options, tier: believesWhoLags(tier), run: planted('believes a node that lags'), runs: 200 });
    expect(driven.violation?.property).toBe('OR2');
    expect(driven.violation?.message).toContain('answered refused, but it made version 1');
  });

  it('says where it parts from the run, and what it does there', async () => {
    const lagging = await drive({ ...options, run: planted('believes a node that lags') });
    expect(lagging.violation).toBeNull();
    expect(explainDriven(lagging)).toMatch(/^the implementation parts from it at observation 8 of 9, 'look notSeen': it does '/);
    const hasty = await drive({ ...options, run: planted('sends from memory'), runs: 40 });
    expect(explainDriven(hasty)).toBe(
      "the implementation parts from it at observation 3 of 3, 'submit taken in': it does 'sync' (40 scenarios tried)",
    );
  });

  it('follows all the way where the design does what it does', async () => {
    const { followed, wanted, after } = await drive({ ...options, run: planted('reads processed events') });
    expect([followed, wanted.length]).toEqual([wanted.length, 4]);
    expect(after).toEqual(['ingest false']);
  });
});
