import { describe, expect, it } from 'vitest';
import type { ThreadObservation } from '#model/observation.ts';
import { endingOf, type History, type Landing, type OperationRecord, threadOf } from './history.ts';
import { searchLinearization } from './linearizability-search.ts';
import { judgeVersions } from './ownership-versions.ts';
import { judgeWitness } from './ownership-witness.ts';
import { fullHistory, randomHistory } from './random-history.ts';
import type { Oracle, OracleRule, Verdict } from './verdict.ts';

const histories = Array.from({ length: 60 }, (_, seed) => randomHistory(seed + 1));
const ruleOf = (verdict: Verdict): OracleRule | string => (verdict.kind === 'violated' ? verdict.rule : verdict.kind);

const landingsOf = (history: History): readonly Landing[] => history.landings ?? [];
const viewIn = ({ end }: OperationRecord): ThreadObservation | null => (end?.answer.kind === 'view' ? end.answer.view : null);

const replaced = (history: History, id: number, change: (record: OperationRecord) => OperationRecord): History => ({
  ...history,
  operations: history.operations.map((each) => (each.id === id ? change(each) : each)),
});

const seeing = (history: History, { id }: OperationRecord, view: ThreadObservation): History =>
  replaced(history, id, (record) =>
    record.end === null ? record : { ...record, end: { ...record.end, answer: { kind: 'view', view } } },
  );

const tuple = (history: History, thread: string, version: number): ThreadObservation | undefined =>
  landingsOf(history).flatMap(({ outcome }) =>
    outcome.kind === 'committed' && outcome.view.thread === thread && outcome.view.version === version ? [outcome.view] : [],
  )[0];

const strongReads = (history: History): readonly OperationRecord[] =>
  history.operations.filter((record) => record.operation.kind === 'readStrong' && viewIn(record) !== null);

/** What becomes of a mutation over many seeds: the rules that caught it, where it could be made at all. */
function caught(oracle: Oracle, mutate: (history: History) => History | null): ReadonlySet<string> {
  const rules = new Set<string>();
  let made = 0;
  for (const history of histories) {
    const mutated = mutate(history);
    if (mutated === null) continue;
    made += 1;
    const verdict = oracle(mutated);
    rules.add(ruleOf(verdict));
    if (verdict.kind === 'violated') expect(verdict.explanation).toMatch(/#\d/);
  }
  expect(made).toBeGreaterThan(5);
  return rules;
}

/** A read whose thread was at least `age` versions older once, all of it before the read began. */
function staleBy(history: History, age: number): History | null {
  for (const read of strongReads(history)) {
    const view = viewIn(read);
    const old = view === null ? undefined : tuple(history, view.thread, view.version - age);
    const next = landingsOf(history).find(
      ({ outcome }) =>
        outcome.kind === 'committed' && outcome.view.thread === view?.thread && outcome.view.version === view.version - age + 1,
    );
    // Told to somebody before the read began: only then do versions alone show it.
    const maker = history.operations.find(({ id }) => id === next?.operation);
    const told = maker === undefined ? null : endingOf(maker);
    if (old !== undefined && told !== null && told.at < read.call) return seeing(history, read, old);
  }
  return null;
}

/** Two strong reads of one thread, one after the other, with different versions: their answers swapped. */
function swappedReads(history: History): History | null {
  for (const first of strongReads(history)) {
    for (const second of strongReads(history)) {
      const [a, b] = [viewIn(first), viewIn(second)];
      if (a === null || b === null || a.thread !== b.thread || a.version >= b.version) continue;
      if ((first.end?.at ?? 0) < second.call) return seeing(seeing(history, first, b), second, a);
    }
  }
  return null;
}

const committed = (history: History): readonly number[] =>
  landingsOf(history).flatMap(({ outcome }, index) => (outcome.kind === 'committed' ? [index] : []));

/** The second version of some thread taken out of the ledger's record. */
function droppedVersion(history: History): History | null {
  const index = landingsOf(history).findIndex(
    ({ outcome }) =>
      outcome.kind === 'committed' && outcome.view.version === 2 && tuple(history, outcome.view.thread, 3) !== undefined,
  );
  return index < 0 ? null : { ...history, landings: landingsOf(history).filter((_, at) => at !== index) };
}

/** Two commits of one thread in the other order, each with the step and the version of the other. */
function reordered(history: History): History | null {
  const landings = [...landingsOf(history)];
  for (const at of committed(history)) {
    for (const other of committed(history)) {
      const [a, b] = [landings[at], landings[other]];
      if (a?.outcome.kind !== 'committed' || b?.outcome.kind !== 'committed' || at >= other) continue;
      if (a.outcome.view.thread !== b.outcome.view.thread || a.outcome.view.version === 1) continue;
      landings[at] = { ...b, at: a.at, outcome: a.outcome };
      landings[other] = { ...a, at: b.at, outcome: b.outcome };
      return { ...history, landings };
    }
  }
  return null;
}

function otherTuple(history: History): History | null {
  const [index] = committed(history);
  const landing = index === undefined ? undefined : landingsOf(history)[index];
  if (landing?.outcome.kind !== 'committed') return null;
  const outcome = { ...landing.outcome, view: { ...landing.outcome.view, vault: 1n } };
  return { ...history, landings: landingsOf(history).map((each) => (each === landing ? { ...each, outcome } : each)) };
}

function intermediate(history: History): History | null {
  const read = strongReads(history).find((each) => (viewIn(each)?.version ?? 0) > 1);
  const view = read === undefined ? null : viewIn(read);
  const before = view === null ? undefined : tuple(history, view.thread, view.version - 1);
  if (read === undefined || view === null || before === undefined) return null;
  // The new version number over the old state: what a reader would see in the middle of a change.
  return seeing(history, read, { ...before, version: view.version });
}

const unknownVersion = (history: History): History | null => {
  const read = strongReads(history)[0];
  const view = read === undefined ? null : viewIn(read);
  return read === undefined || view === null ? null : seeing(history, read, { ...view, version: 999 });
};

const confirming = (history: History, change: (record: OperationRecord) => OperationRecord): History | null => {
  const record = history.operations.find(({ end }) => end?.answer.kind === 'confirmed');
  return record === undefined ? null : replaced(history, record.id, change);
};

const answering = (record: OperationRecord, answer: NonNullable<OperationRecord['end']>['answer']): OperationRecord =>
  record.end === null ? record : { ...record, end: { ...record.end, answer } };

const wrongVersion = (history: History): History | null =>
  confirming(history, (record) => answering(record, { kind: 'confirmed', version: 77 }));
const deniedEffect = (history: History): History | null =>
  confirming(history, (record) => answering(record, { kind: 'refused', code: 'Expired' }));

function wrongCode(history: History): History | null {
  const record = history.operations.find(
    ({ end, operation }) => operation.kind === 'post' && end?.answer.kind === 'refused' && end.answer.code === 'NotCoAuthor',
  );
  return record === undefined
    ? null
    : replaced(history, record.id, (each) => answering(each, { kind: 'refused', code: 'AlreadyVoted' }));
}

describe('ownership by its witness', () => {
  it('[OR1] accepts what the ledger really did, and refuses an order or a tuple that its rules do not give', () => {
    for (const history of histories) expect(judgeWitness(history).kind).toBe('holds');
    expect(caught(judgeWitness, otherTuple)).toEqual(new Set(['OR1']));
    // Most reordered commits are refused by the rules at once, the others by the tuple they leave.
    expect(caught(judgeWitness, reordered)).toEqual(new Set(['OR1']));
  });

  it('[OR2] refuses answers that the ledger contradicts', () => {
    expect(caught(judgeWitness, wrongVersion)).toEqual(new Set(['OR2']));
    expect(caught(judgeWitness, deniedEffect)).toEqual(new Set(['OR2']));
    expect(caught(judgeWitness, wrongCode)).toEqual(new Set(['OR2']));
    const early = (history: History): History | null =>
      confirming(history, (record) => (record.end === null ? record : { ...record, end: { ...record.end, at: record.call } }));
    expect(caught(judgeWitness, early)).toEqual(new Set(['OR2']));
  });

  it('[OR2] refuses an effect before it was asked for, twice, or of something else than was asked', () => {
    const [index = 0] = committed(randomHistory(1));
    const change = (landing: (each: Landing) => Landing): Verdict => {
      const history = randomHistory(1);
      return judgeWitness({ ...history, landings: landingsOf(history).map((each, at) => (at === index ? landing(each) : each)) });
    };
    expect(ruleOf(change((each) => ({ ...each, at: -1 })))).toBe('OR2');
    expect(ruleOf(change((each) => ({ ...each, signer: 'wallet#77' })))).toBe('OR2');
    const history = randomHistory(1);
    const [first, second] = committed(history);
    const operation = landingsOf(history)[first ?? 0]?.operation ?? null;
    const twice = landingsOf(history).map((each, at) => (at === second ? { ...each, operation } : each));
    expect(ruleOf(judgeWitness({ ...history, landings: twice }))).toBe('OR3');
  });

  it('[OR5] refuses a strong read that is old, or ahead of the ledger', () => {
    expect(caught(judgeWitness, (history) => staleBy(history, 1))).toEqual(new Set(['OR5']));
    expect(caught(judgeWitness, (history) => staleBy(history, 2))).toEqual(new Set(['OR5']));
    expect(caught(judgeWitness, unknownVersion)).toEqual(new Set(['OR5']));
    expect(caught(judgeWitness, intermediate)).toEqual(new Set(['OR4']));
  });

  it('[OR2] lets two operations share one transaction, and both be told its end', () => {
    const history = randomHistory(1);
    const made = history.operations.find(({ end }) => end?.answer.kind === 'confirmed');
    if (made === undefined) throw new Error('nothing was confirmed');
    const twin: OperationRecord = { ...made, id: 10_000, sameTransactionAs: made.id };
    const at = history.operations.indexOf(made);
    const both = { ...history, operations: history.operations.toSpliced(at + 1, 0, twin) };
    expect([judgeWitness(both).kind, judgeVersions(both).kind, searchLinearization(both).kind]).toEqual([
      'holds',
      'holds',
      'holds',
    ]);
    const apart = { ...history, operations: history.operations.toSpliced(at + 1, 0, { ...twin, sameTransactionAs: null }) };
    expect([ruleOf(judgeWitness(apart)), ruleOf(judgeVersions(apart))]).toEqual(['OR2', 'OR2']);
  });
});

describe('ownership by versions', () => {
  it('[OR3] accepts versions 1, 2, 3 ..., and refuses a gap', () => {
    for (const history of histories) expect(judgeVersions(history).kind).toBe('holds');
    expect(caught(judgeVersions, droppedVersion)).toEqual(new Set(['OR3']));
  });

  it('[OR4] refuses every view that is not exactly a committed tuple, whoever shows it', () => {
    expect(caught(judgeVersions, intermediate)).toEqual(new Set(['OR4']));
    expect(caught(judgeVersions, unknownVersion)).toEqual(new Set(['OR4']));
    for (const kind of ['cache', 'client'] as const) {
      const mixed = (history: History): History | null => {
        const at = history.showings.findIndex((each) => each.kind === kind);
        const showing = history.showings[at];
        if (showing === undefined || !('view' in showing)) return null;
        const view = { ...showing.view, coAuthors: [...showing.view.coAuthors, 'wallet#9'] };
        return { ...history, showings: history.showings.with(at, { ...showing, view }) };
      };
      expect(caught(judgeVersions, mixed)).toEqual(new Set(['OR4']));
    }
  });

  it('[OR5] refuses what real time forbids: swapped reads, reads that are old by one or two', () => {
    expect(caught(judgeVersions, swappedReads)).toEqual(new Set(['OR5']));
    expect(caught(judgeVersions, (history) => staleBy(history, 1))).toEqual(new Set(['OR5']));
    expect(caught(judgeVersions, (history) => staleBy(history, 2))).toEqual(new Set(['OR5']));
    expect(caught(judgeVersions, wrongCode)).toEqual(new Set(['OR5']));
    expect(caught(judgeVersions, wrongVersion)).toEqual(new Set(['OR2']));
  });

  it('[OR6] lets a cached read be old, but not go back at one backend, nor foresee', () => {
    let [old, back, foreseen] = [0, 0, 0];
    for (let seed = 1; seed <= histories.length; seed += 1) {
      const history = randomHistory(seed, { ...fullHistory, threads: 1 });
      const reads = history.operations.filter((each) => each.operation.kind === 'readCached' && viewIn(each) !== null);
      const [first, last] = [
        reads[0],
        reads.findLast(({ backend, call }) => backend === reads[0]?.backend && call > (reads[0]?.end?.at ?? 0)),
      ];
      const newest = landingsOf(history).findLast(({ outcome }) => outcome.kind === 'committed');
      if (first === undefined || last === undefined || newest?.outcome.kind !== 'committed') continue;
      const [from, to] = [viewIn(first), viewIn(last)];
      if (from === null || to === null) continue;
      const commits = landingsOf(history).filter(({ outcome }) => outcome.kind === 'committed');
      if ((commits[to.version]?.at ?? Number.POSITIVE_INFINITY) < last.call) old += 1;
      const before = tuple(history, from.thread, from.version - 1);
      if (before !== undefined) {
        back += 1;
        expect(ruleOf(judgeVersions(seeing(history, last, before)))).toBe('OR6');
      }
      const maker = history.operations.find(({ id }) => id === newest.operation);
      if ((maker?.call ?? 0) <= (first.end?.at ?? 0)) continue;
      foreseen += 1;
      expect(ruleOf(judgeVersions(seeing(history, first, newest.outcome.view)))).toBe('OR6');
    }
    expect([old > 5, back > 5, foreseen > 5]).toEqual([true, true, true]);
  });

  it('[OR5] [OR4] holds a read that went around the backend to what it holds a strong one to, whatever was asked for', () => {
    const direct = (history: History, record: OperationRecord): History =>
      replaced(history, record.id, (each) =>
        each.end === null
          ? each
          : {
              ...each,
              backend: null,
              operation: { kind: 'readCached', thread: viewIn(each)?.thread ?? '' },
              end: { ...each.end, source: 'direct' },
            },
      );
    for (const history of histories)
      for (const read of strongReads(history).slice(0, 3))
        for (const oracle of [judgeVersions, judgeWitness]) expect(oracle(direct(history, read)).kind).toBe('holds');
    const stale = (history: History): History | null => {
      const old = staleBy(history, 2);
      const read = old?.operations.find((each, index) => each !== history.operations[index]);
      return old === null || read === undefined ? null : direct(old, read);
    };
    for (const oracle of [judgeVersions, judgeWitness]) expect(caught(oracle, stale)).toEqual(new Set(['OR5']));
  });

  it('[OR29] holds a read that a lagging node has shown the past to what its client and its backend had been told', () => {
    const seen = { holds: 0, OR5: 0 };
    for (const history of histories) {
      const old = staleBy(history, 1);
      const read = old?.operations.find((each, index) => each !== history.operations[index]);
      const version = read === undefined ? undefined : viewIn(read)?.version;
      if (old === null || read === undefined || version === undefined) continue;
      const isTold = (each: OperationRecord): boolean => {
        const ending = endingOf(each);
        const isKnown = each.client === read.client || each.backend === read.backend;
        if (ending === null || ending.at >= read.call || !isKnown || threadOf(each.operation) !== threadOf(read.operation))
          return false;
        const { answer } = ending;
        if (answer.kind === 'confirmed') return answer.version > version;
        return each.operation.kind === 'readStrong' && answer.kind === 'view' && answer.view.version > version;
      };
      const expected = history.operations.some(isTold) ? 'OR5' : 'holds';
      seen[expected] += 1;
      const shown = replaced(old, read.id, (each) => ({ ...each, shownThePast: true }));
      expect(ruleOf(judgeVersions(shown))).toBe(expected);
      expect(judgeWitness(shown).kind).toBe('holds');
      const byClient = history.operations.some((each) => each.client === read.client && isTold(each));
      // Its backend's rows may have been damaged: then it takes a lagging node's word for it.
      const unknown = { kind: 'refused', code: 'ThreadNotFound' } as const;
      const none = replaced(shown, read.id, (each) => ({ ...each, end: each.end && { ...each.end, answer: unknown } }));
      if (byClient) expect(ruleOf(judgeVersions(none))).toBe('OR5');
      if (!history.operations.some(({ client, end }) => client === read.client && (end?.at ?? read.call) < read.call))
        expect(judgeVersions(none).kind).toBe('holds');
      const direct = replaced(shown, read.id, (each) => ({ ...each, end: each.end && { ...each.end, source: 'direct' } }));
      expect(ruleOf(judgeVersions(direct))).toBe(byClient ? 'OR5' : 'holds');
    }
    expect(Math.min(seen.holds, seen.OR5), JSON.stringify(seen)).toBeGreaterThan(3);
  });

  it('[OR6] lets what a client answers itself be old, but not go back in one program', () => {
    let made = 0;
    for (let seed = 1; seed <= histories.length; seed += 1) {
      const history = randomHistory(seed, { ...fullHistory, threads: 1 });
      const reads = history.operations.filter((each) => each.operation.kind === 'readCached' && viewIn(each) !== null);
      const first = reads[0];
      const last = reads.findLast(({ call }) => call > (first?.end?.at ?? 0));
      const newer = first === undefined ? null : viewIn(first);
      const older = newer === null ? undefined : tuple(history, newer.thread, newer.version - 1);
      if (first === undefined || last === undefined || older === undefined) continue;
      made += 1;
      const own = (node: string, history: History, { id }: OperationRecord): History =>
        replaced(history, id, (each) => ({ ...each, node, end: each.end && { ...each.end, source: 'own' } }));
      const back = seeing(history, last, older);
      expect(ruleOf(judgeVersions(own('wallet#0', own('wallet#0', back, first), last)))).toBe('OR6');
      expect(ruleOf(judgeVersions(own('wallet#0.2', own('wallet#0', back, first), last)))).toBe('holds');
    }
    expect(made).toBeGreaterThan(5);
  });

  it('[OR5] says nothing of versions when the ledger is not known', () => {
    expect(judgeVersions({ ...randomHistory(1), landings: null }).kind).toBe('inconclusive');
    expect(judgeWitness({ ...randomHistory(1), landings: null }).kind).toBe('inconclusive');
  });
});

describe('search for a linearization', () => {
  const search: Oracle = (history) => searchLinearization({ ...history, landings: null });

  it('[OR7] finds one in every correct history, and none where reads are swapped, old or never were', () => {
    for (const history of histories) expect(search(history).kind).toBe('holds');
    expect(caught(search, swappedReads)).toEqual(new Set(['OR7']));
    expect(caught(search, (history) => staleBy(history, 2))).toEqual(new Set(['OR7']));
    expect(caught(search, wrongCode)).toEqual(new Set(['OR7']));
  });

  it('[OR7] lets a write of unknown end take effect late, or never', () => {
    const lost = (history: History, isUnknown: (record: OperationRecord) => boolean): History => ({
      ...history,
      operations: history.operations.map((each) => (isUnknown(each) ? { ...each, end: null, settled: null } : each)),
    });
    for (const each of histories) {
      const history = lost(each, ({ id, operation }) => id % 3 === 0 && operation.kind !== 'readStrong');
      expect(search(history).kind).toBe('holds');
    }
  });

  it('[OR5] takes two events at one step for concurrent', () => {
    const base = randomHistory(1);
    const created = base.operations.find(
      ({ operation, end }) => operation.kind === 'createThread' && end?.answer.kind === 'confirmed',
    );
    const landing = landingsOf(base).find(({ operation }) => operation === created?.id);
    if (created?.end == null || created.operation.kind !== 'createThread' || landing === undefined) throw new Error('no thread');
    const { at, atMs } = created.end;
    const operation = { kind: 'readStrong', thread: created.operation.thread } as const;
    const missing = { at: at + 9, atMs, answer: { kind: 'refused', code: 'ThreadNotFound' }, ageMs: null } as const;
    const history = (call: number): History => ({
      ...base,
      operations: [created, { ...created, id: 10_000, operation, call, end: missing }],
      landings: [{ ...landing, at }],
      showings: [],
    });
    const verdicts = (call: number): readonly string[] =>
      [judgeWitness, judgeVersions, search].map((oracle) => ruleOf(oracle(history(call))));
    expect(verdicts(at)).toEqual(['holds', 'holds', 'holds']);
    expect(verdicts(at + 1)).toEqual(['OR5', 'OR5', 'OR7']);
  });

  it('[OR7] gives up at its limit, and says so', () => {
    const verdict = searchLinearization(randomHistory(1), { stepLimit: 3, compareVersions: false });
    expect(verdict).toEqual({ kind: 'inconclusive', reason: expect.stringContaining('3 configurations') });
  });
});
