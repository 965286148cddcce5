/**
 * Few pairs, every schedule within a bound: nothing is violated, what is left out shows nothing new, and what breaks atomicity in one
 * place is found and replays. All pairs, and all faults, are `npm run schedules`'s.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Executed, execute } from '#properties/concurrent/execute.ts';
import { writesAnyVersion } from '#properties/concurrent/lies.ts';
import { parseAny, printAny } from '#properties/corpus/corpus.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { faultKinds } from '#simulations/world/concurrent/fault-rules.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { everyOrder } from './every-order.ts';
import { exploreScene, type SceneOptions } from './explore-scene.ts';
import { partnerNamed, partners } from './partners.ts';
import { formsOf, kindsNamed, type Placement, placementsFor } from './placements.ts';
import { exploreProduct } from './product.ts';
import { asSegments } from './replayable.ts';
import { allPairs, type Scene, sceneOf, someTriples } from './scenes.ts';
import { statesOf, summaryOf } from './summary.ts';

let memory: Tier;
beforeAll(async () => {
  memory = await openMemoryTier();
});
afterAll(async () => {
  await memory.close();
});

const nowMs = (): number => performance.now();

const sceneNamed = (name: string, backends = 2): Scene =>
  sceneOf(
    name.split('+').map((each) => partnerNamed(each) ?? (expect.unreachable(`there is no ${each}`) as never)),
    backends,
  );

const explored = async (name: string, options: Partial<SceneOptions> & { readonly backends?: number }) =>
  exploreScene(sceneNamed(name, options.backends), { tier: memory, preemptions: 1, placement: null, ...options });

const placed = (command: number, at: number, fault: Placement['fault']): Placement => ({ command, at, position: 'after', fault });

describe('[BX1] every schedule of a pair is followed, of equivalent ones one, and nothing is violated', () => {
  it.each([
    ['vote+readStrong', 0, 2, 3],
    ['post+readCached', 0, 1, 3],
    ['settle+crash', 0, 2, 11],
    ['readContent+loseContent', 2, 2, 25],
  ])('%s with %i preemptions on %i backends', async (name, preemptions, backends, wanted) => {
    const { schedules, complete, found, inconclusive } = await explored(name, { preemptions, backends });
    expect(found?.violation.message ?? '').toBe('');
    expect({ schedules, complete, inconclusive }).toEqual({ schedules: wanted, complete: true, inconclusive: 0 });
  });
});

describe('[BX2] what is left out shows nothing new: the same states in the end, answers, orders, views, effects, verdicts', () => {
  it.each<[string, number, number, Placement | null]>([
    ['vote+readStrong', 2, 0, null],
    ['signIn+signOut', 2, 2, null],
    ['disconnect+post', 1, 1, null],
    ['search+post', 2, 1, null],
    ['post+readCached', 1, 0, null],
    ['readStrong+signOut', 2, 1, placed(100, 3, { kind: 'F2-closed' })],
    ['readStrong+signOut', 2, 1, placed(100, 2, { kind: 'B1-crash', downMs: 1_500 })],
  ])('%s on %i backends with %i preemptions', async (name, backends, preemptions, placement) => {
    const all = await everyOrder(memory, sceneNamed(name, backends), { preemptions, placement });
    const summaries = new Set<string>();
    const states = new Set<string>();
    const onRun = (executed: Executed): void => {
      summaries.add(summaryOf(executed));
      states.add(statesOf(executed));
    };
    const { schedules } = await explored(name, { backends, preemptions, placement, onRun });
    expect(all.apart).toEqual([]);
    expect(states).toEqual(all.states);
    expect(summaries).toEqual(all.summaries);
    expect(schedules).toBe(all.classes);
    expect(schedules).toBeLessThanOrEqual(all.schedules);
  });
});

describe('[BX3] what breaks atomicity in one place is found, replays from its file, and is made small', () => {
  it('metadata that anybody overwrites, which takes one preemption', async () => {
    const tier = writesAnyVersion(memory);
    const options = { tier, placement: null };
    expect((await exploreScene(sceneNamed('post+submitSpec'), { ...options, preemptions: 0 })).found).toBeNull();
    const { found } = await exploreScene(sceneNamed('post+submitSpec'), { ...options, preemptions: 1 });
    if (found === null) return expect.unreachable('it was not found');
    const saved = parseAny(printAny(await asSegments(tier, found)));
    if (saved.kind !== 'concurrent') return expect.unreachable('another kind of scenario');
    expect((await execute(tier, saved)).violation).toEqual(found.violation);
    expect((await execute(memory, saved)).violation).toBeNull();
  });
});

describe('[BX4] every fault is placed at every position of every port call that it can strike, and comes', () => {
  it('knows a form of every kind, and each kind by its id or its name', () => {
    for (const kind of faultKinds) for (const form of formsOf(kind)) expect(form.kind).toBe(kind);
    expect(kindsNamed('all')).toEqual(faultKinds);
    expect(kindsNamed('none')).toEqual([]);
    expect(kindsNamed('Q4')).toEqual(['Q4-delayed', 'Q4-again']);
    expect(kindsNamed('S8-refused')).toEqual(['S8-refused']);
    expect(kindsNamed('S')).toBeNull();
  });

  it('places as many as the longest run has calls', () => {
    const calls = new Map([[7, [['ledger.submit'], ['ledger.submit', 'store.sync', 'ledger.submit']]]]);
    expect(
      placementsFor(calls, ['S1-dropped', 'B1-crash']).map(({ at, position, fault }) => `${fault.kind} ${position} ${at}`),
    ).toEqual([
      'S1-dropped before 1',
      'S1-dropped before 2',
      ...['before', 'after'].flatMap((position) => [1, 2, 3].map((at) => `B1-crash ${position} ${at}`)),
    ]);
  });

  it('explores each of them, and says which came and which changed anything', async () => {
    const order = { scenes: [['readStrong', 'signOut']], backends: 2, preemptions: 0, faultPreemptions: 0, kinds: faultKinds };
    const { scenes, failure } = await exploreProduct(memory, order, nowMs);
    expect(failure).toBeNull();
    const { planned, complete, fired, effective } = scenes[0]?.faults ?? expect.unreachable('no scene');
    expect({ planned, complete, fired }).toEqual({ planned: 42, complete: 42, fired: 42 });
    expect(effective).toBeGreaterThan(planned / 2);
  });

  it('says what is not complete when its time is over', async () => {
    let now = 0;
    const order = {
      scenes: [
        ['vote', 'readStrong'],
        ['vote', 'close'],
      ],
      backends: 2,
      preemptions: 1,
      faultPreemptions: 0,
      kinds: [],
      budgetMs: 20,
    };
    const { scenes } = await exploreProduct(memory, order, () => (now += 1));
    expect(scenes.map(({ plain }) => plain.planned - plain.complete)).toEqual([1, 1]);
    expect(scenes[0]?.plain.schedules).toBeGreaterThan(5);
  });
});

describe('[BX5] scenes make every operation meaningful', () => {
  it('there is a pair of every two operations, and of every operation and whatever can happen to the system', () => {
    const names = allPairs.map((pair) => pair.map(({ name }) => name).join('+'));
    expect(new Set(names).size).toBe(names.length);
    const clients = partners.filter(({ kind }) => kind === 'client').length;
    expect(names.length).toBe((clients * (clients + 1)) / 2 + clients * (partners.length - clients));
  });

  it('one after another in this order, none is refused but for what cannot be done twice', async () => {
    const refused = new Set<string>();
    for (const pair of allPairs.filter((each) => each.every(({ kind }) => kind === 'client'))) {
      const { scenario, name, scheduled } = sceneOf(pair, 2);
      const { history, violation } = await execute(memory, { ...scenario, strategy: { kind: 'serial' } });
      expect(violation?.message ?? '', name).toBe('');
      for (const { id, operation, end } of history.operations) {
        const code = end?.answer.kind === 'refused' ? end.answer.code : null;
        if (code === null) continue;
        expect(scheduled, `${name}: the prelude's ${operation.kind} was refused ${code}`).toContain(id);
        refused.add(`${name}: ${operation.kind} ${code}`);
      }
    }
    expect([...refused].sort()).toEqual([
      'createThread+createThread: createThread ThreadAlreadyExists',
      'divest+divest: divest LastCoAuthor',
      'settle+settle: settle SpecAlreadySettled',
    ]);
  });

  it('draws different triples, the same from the same seed, each with two operations of clients', () => {
    const names = (seed: number): readonly string[] =>
      someTriples(50, seed).map((each) => each.map(({ name }) => name).join('+'));
    expect(names(3)).toEqual(names(3));
    expect(names(4)).not.toEqual(names(3));
    expect(new Set(names(3)).size).toBe(50);
    for (const triple of someTriples(50, 3)) expect(triple.filter(({ kind }) => kind === 'client').length).toBeGreaterThan(1);
  });

  it('three at once are explored as two are', async () => {
    const { complete, found } = await explored('vote+readCached+fork', { preemptions: 0 });
    expect(found).toBeNull();
    expect(complete).toBe(true);
  });
});
