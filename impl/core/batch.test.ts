/** Batches in the order of their dependencies. What a green run does not show: that any caller's items are idempotent. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applied, type Failure, notApplied, type Outcome, ok, unknown } from '../ports/outcome.ts';
import { type BatchItem, type BatchReport, levelsOf, runBatch } from './batch.ts';

const failure: Failure = { kind: 'unavailable', authority: 'qdrant', code: 'Down', detail: 'down' };
const node = (id: string, ...dependsOn: string[]) => ({ id, dependsOn });
const idsOf = (levels: ReturnType<typeof levelsOf>): unknown =>
  levels.ok ? levels.value.map((level) => level.map(({ id }) => id)) : [levels.failure.code, levels.failure.detail];

type Ending = 'applied' | 'notApplied' | 'unknown' | 'unverified';

/** Items by index; each depends on earlier ones only, so that there is no cycle. */
const plans = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(), { maxLength: 3 }),
      ending: fc.constantFrom<Ending>('applied', 'applied', 'applied', 'notApplied', 'unknown', 'unverified'),
    }),
    {
      minLength: 1,
      maxLength: 24,
    },
  )
  .map((drawn) =>
    drawn.map(({ needs, ending }, index) => ({
      id: `i${index}`,
      dependsOn: index === 0 ? [] : [...new Set(needs.map((each) => `i${each % index}`))],
      ending,
    })),
  );
type Plan = readonly { readonly id: string; readonly dependsOn: readonly string[]; readonly ending: Ending }[];

const outcomeOf = (ending: Ending, id: string): Outcome<string> => {
  if (ending === 'notApplied') return notApplied(failure);
  return ending === 'unknown' ? unknown(failure) : applied(id);
};

/** Runs a plan, noting what was begun and what was under way beside it. */
async function run(
  plan: Plan,
  options: { readonly width?: number; readonly resume?: BatchReport<string>; readonly heal?: boolean } = {},
) {
  const begun: string[] = [];
  const ended: string[] = [];
  const before = new Map<string, readonly string[]>();
  let [underWay, most] = [0, 0];
  const endings = new Map(plan.map(({ id, ending }) => [id, options.heal === true ? 'applied' : ending]));
  const items = plan.map(
    ({ id, dependsOn }): BatchItem<string> => ({
      id,
      dependsOn,
      apply: async () => {
        begun.push(id);
        before.set(id, [...ended]);
        underWay += 1;
        most = Math.max(most, underWay);
        for (let turn = id.length % 3; turn >= 0; turn -= 1) await Promise.resolve();
        underWay -= 1;
        ended.push(id);
        return outcomeOf(endings.get(id) ?? 'applied', id);
      },
    }),
  );
  const report = await runBatch(items, {
    width: options.width ?? 4,
    ...(options.resume === undefined ? {} : { resume: options.resume }),
    verify: async (done) => ok(done.filter(({ id }) => endings.get(id) === 'unverified').map(({ id }) => id)),
  });
  if (!report.ok) throw new Error(report.failure.detail);
  return { report: report.value, begun, before, most };
}

const ids = (entries: readonly { readonly id: string }[]): readonly string[] => entries.map(({ id }) => id);

describe('[P-2.1] [P-2.2] [P-2.3] [P-2.4] batches', () => {
  it('[BT1] puts each item into the earliest level that its dependencies allow, in the order given', () => {
    const levels = levelsOf([node('d', 'b', 'c'), node('a'), node('b', 'a'), node('c', 'a', 'a'), node('e')]);
    expect(idsOf(levels)).toEqual([['a', 'e'], ['b', 'c'], ['d']]);
    const crossed = levelsOf([node('early', 'b'), node('late', 'a'), node('a'), node('b')]);
    expect(idsOf(crossed)).toEqual([
      ['a', 'b'],
      ['early', 'late'],
    ]);
    expect(idsOf(levelsOf([]))).toEqual([]);
  });

  it.each([
    [[node('a', 'a')], ['DependencyCycle', 'a -> a']],
    [
      [node('a', 'b'), node('b', 'a')],
      ['DependencyCycle', 'a -> b -> a'],
    ],
    [
      [node('x', 'a'), node('a', 'c'), node('b', 'a'), node('c', 'b'), node('free')],
      ['DependencyCycle', 'a -> c -> b -> a'],
    ],
    [
      [node('a', 'b'), node('b', 'c'), node('c', 'a', 'b')],
      ['DependencyCycle', 'b -> c -> b'],
    ],
    [[node('a', 'gone')], ['UnknownDependency', 'a depends on gone, which is not in the batch']],
    [
      [node('a'), node('a')],
      ['DuplicateItem', 'expected ids to be unique, got a again'],
    ],
  ])('[BT2] a batch that cannot be ordered is refused by naming why: %j', async (nodes, expected) => {
    expect(idsOf(levelsOf(nodes))).toEqual(expected);
    let begun = 0;
    const items = nodes.map((each): BatchItem<number> => ({ ...each, apply: async () => applied(++begun) }));
    expect(await runBatch(items)).toMatchObject({
      ok: false,
      failure: { kind: 'invalid', authority: 'backend', code: expected[0] },
    });
    expect(begun).toBe(0);
  });

  it('[BT3] begins nothing before all that it depends on is applied, and no more at a time than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer({ min: 1, max: 5 }), async (plan, width) => {
        const { report, before, most } = await run(plan, { width });
        expect(most).toBeLessThanOrEqual(width);
        const done = new Set(ids(report.applied));
        for (const { id, dependsOn } of plan) {
          const earlier = before.get(id);
          if (earlier === undefined) continue;
          for (const need of dependsOn)
            expect([id, need, earlier.includes(need), done.has(need)]).toEqual([id, need, true, true]);
        }
      }),
    );
  });

  it('[BT4] says of every item exactly what became of it', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const { report, begun } = await run(plan);
        const all = [report.applied, report.notApplied, report.unknown, report.skipped].flatMap(ids);
        expect([...all].sort()).toEqual(ids(plan).toSorted());
        expect(ids(report.skipped).filter((id) => begun.includes(id))).toEqual([]);
        for (const { id, ending } of plan) {
          if (!begun.includes(id)) continue;
          const where = ending === 'applied' ? report.applied : ending === 'notApplied' ? report.notApplied : report.unknown;
          expect([id, ending, ids(where).includes(id)]).toEqual([id, ending, true]);
        }
        for (const { because } of report.skipped) expect(ids(report.applied)).not.toContain(because);
      }),
    );
  });

  it('[BT5] goes on where it ended: nothing that was applied is done again, and in the end all is applied', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const first = await run(plan);
        const second = await run(plan, { resume: first.report, heal: true });
        expect(second.begun.filter((id) => ids(first.report.applied).includes(id))).toEqual([]);
        expect(ids(second.report.applied).toSorted()).toEqual(ids(plan).toSorted());
      }),
    );
  });

  it('[BT5] takes nothing over from another batch', async () => {
    const items: readonly BatchItem<string>[] = [{ id: 'a', dependsOn: [], apply: async () => applied('new') }];
    const resume = { applied: [{ id: 'b', value: 'old' }], notApplied: [], unknown: [], skipped: [] };
    expect(await runBatch(items, { resume })).toEqual(ok({ ...resume, applied: [{ id: 'a', value: 'new' }] }));
  });

  it('[BT6] asks once a level, of what was just applied, and not at all where nothing was or nobody is to be asked', async () => {
    const asked: (readonly string[])[] = [];
    const endings = { a: applied('a'), b: applied('b'), c: notApplied(failure), d: applied('d') };
    const needs = { a: [], b: ['a'], c: ['b'], d: ['a'] };
    const items = (Object.keys(endings) as (keyof typeof endings)[]).map(
      (id): BatchItem<string> => ({ id, dependsOn: needs[id], apply: async () => endings[id] }),
    );
    const verify = async (done: readonly { readonly id: string }[]) => {
      asked.push(ids(done));
      return ok(['d']);
    };
    const detail = 'd was acknowledged, and is not as it should be';
    expect(await runBatch(items, { verify })).toEqual(
      ok({
        applied: [
          { id: 'a', value: 'a' },
          { id: 'b', value: 'b' },
        ],
        notApplied: [{ id: 'c', failure }],
        unknown: [{ id: 'd', failure: { kind: 'unavailable', authority: 'backend', code: 'NotVerified', detail } }],
        skipped: [],
      }),
    );
    expect(asked).toEqual([['a'], ['b', 'd']]);
    expect(await runBatch(items)).toMatchObject(ok({ applied: [{ id: 'a' }, { id: 'b' }, { id: 'd' }], unknown: [] }));
  });

  it('[BT6] calls nothing applied when asking about it failed', async () => {
    const items = ['a', 'b'].map((id): BatchItem<string> => ({ id, dependsOn: [], apply: async () => applied(id) }));
    const report = await runBatch(items, { verify: async () => ({ ok: false, failure }) });
    expect(report).toMatchObject({
      ok: true,
      value: {
        applied: [],
        unknown: [
          { id: 'a', failure },
          { id: 'b', failure },
        ],
      },
    });
  });
});
