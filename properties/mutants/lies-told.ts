/**
 * Histories that lie in one place, each a true one spoiled: what must be convicted, and by which rule. For hunting mutants of what
 * judges, which nothing that is true can show. Hand-made and few: that all else is convicted they do not say.
 */
import fc from 'fast-check';
import { concurrentScenarios } from '#properties/concurrent/arbitrary.ts';
import { execute } from '#properties/concurrent/execute.ts';
import type { History, Look, OperationRecord } from '#properties/oracles/history.ts';
import { judge } from '#properties/oracles/judge.ts';
import type { OracleRule } from '#properties/oracles/verdict.ts';
import type { Tier } from '#simulations/world/authorities.ts';

interface Lie {
  readonly rule: OracleRule;
  /** null: this history has nothing of the kind. */
  readonly tell: (history: History) => History | null;
}

const lastOf = <T>(list: readonly T[], last: T): readonly T[] => [...list.slice(0, -1), last];

/** The last look after healing, seen otherwise. */
function seenLast(history: History, change: (look: Look) => Look | null): History | null {
  const look = history.looks.at(-1);
  if (history.healed === null || look === undefined || look.at < history.healed.at) return null;
  const changed = change(look);
  return changed === null ? null : { ...history, looks: lastOf(history.looks, changed) };
}

const answered = (history: History, record: OperationRecord, end: NonNullable<OperationRecord['end']>): History => ({
  ...history,
  operations: history.operations.map((each) => (each === record ? { ...record, end } : each)),
});

export const lies = {
  /** One token more than there was. */
  'tokens-made': {
    rule: 'OR17',
    tell: (history) => {
      const last = history.landings?.at(-1);
      if (last === undefined) return null;
      const tokens = { ...last.tokens, treasury: last.tokens.treasury + 1n };
      return { ...history, landings: lastOf(history.landings ?? [], { ...last, tokens }) };
    },
  },
  /** A backend shows a thread's first version once more, at the end. */
  'goes-back': {
    rule: 'OR8',
    tell: (history) => {
      const newer = history.showings.find((each) => each.kind === 'cache' && each.view.version > 1);
      if (newer?.kind !== 'cache') return null;
      const first = history.showings.find(
        (each) => each.kind === 'cache' && each.view.thread === newer.view.thread && each.view.version === 1,
      );
      if (first?.kind !== 'cache') return null;
      const at = Math.max(history.ended.at, history.showings.at(-1)?.at ?? 0);
      return { ...history, showings: [...history.showings, { ...newer, at, view: first.view }] };
    },
  },
  /** A backend still has something to do when everything should be over. */
  'never-ends': {
    rule: 'OR21',
    tell: (history) => {
      const { healed, ended } = history;
      if (healed === null) return null;
      const at = Math.max(ended.at, healed.at + healed.withinSteps);
      return { ...history, ended: { ...ended, at, pending: [...ended.pending, 'backend#0: an intent that is open'] } };
    },
  },
  /** What is stored under a hash is another text. */
  'text-altered': {
    rule: 'OR12',
    tell: (history) =>
      seenLast(history, (look) => {
        const [content] = look.observation.content?.recorded ?? [];
        return content === undefined ? null : { ...look, mismatched: [content] };
      }),
  },
  /** A post that was confirmed is stored nowhere. */
  'content-lost': {
    rule: 'OR13',
    tell: (history) =>
      seenLast(history, (look) => {
        const { content } = look.observation;
        if (content === null || content.recorded.length === 0) return null;
        return { ...look, observation: { ...look.observation, content: { ...content, recorded: content.recorded.slice(1) } } };
      }),
  },
  /** Pending content that nobody waits for. */
  orphan: {
    rule: 'OR14',
    tell: (history) =>
      seenLast(history, (look) => {
        const { content } = look.observation;
        if (content === null) return null;
        const orphan = { thread: 'thread#0', author: 'wallet#0', text: 'nobody waits for this' };
        return { ...look, observation: { ...look.observation, content: { ...content, pending: [...content.pending, orphan] } } };
      }),
  },
  /** A write is confirmed as the version after its own. */
  'wrong-version': {
    rule: 'OR2',
    tell: (history) => {
      const record = history.operations.find(({ end, settled }) => end?.answer.kind === 'confirmed' && settled === null);
      if (record?.end?.answer.kind !== 'confirmed') return null;
      const { answer } = record.end;
      return answered(history, record, { ...record.end, answer: { ...answer, version: answer.version + 1 } });
    },
  },
  /** A strong read shows a version that had been replaced before it was asked. */
  'stale-strong': {
    rule: 'OR5',
    tell: (history) => {
      const views = (history.landings ?? []).flatMap(({ at, outcome }) =>
        outcome.kind === 'committed' ? [{ at, view: outcome.view }] : [],
      );
      for (const record of history.operations) {
        const { operation, end, settled, call } = record;
        if (operation.kind !== 'readStrong' || end?.answer.kind !== 'view' || settled !== null) continue;
        const { version } = end.answer.view;
        const own = views.filter(({ view }) => view.thread === operation.thread);
        const now = own.find(({ view }) => view.version === version);
        const before = own.find(({ view }) => view.version === version - 1);
        if (now === undefined || before === undefined || now.at >= call) continue;
        return answered(history, record, { ...end, answer: { ...end.answer, view: before.view } });
      }
      return null;
    },
  },
} as const satisfies Readonly<Record<string, Lie>>;

export type LieName = keyof typeof lies;
export const lieNames = Object.keys(lies) as [LieName, ...LieName[]];

/** Whether the lie is convicted by its rule wherever it can be told; what was found instead where it is not. */
export function believed(history: History, name: LieName): string | null {
  const lie: Lie = lies[name];
  const told = lie.tell(history);
  if (told === null) return null;
  const { violation } = judge(told);
  if (violation?.rule === lie.rule) return null;
  return `${name}: expected ${lie.rule}, got ${violation === null ? 'no violation' : `${violation.rule}: ${violation.explanation}`}`;
}

export interface BeliefOptions {
  readonly tier: Tier;
  readonly lie: LieName;
  readonly runs: number;
  readonly seed: number;
  readonly onScenario: (done: number) => void;
}

export interface BeliefReport {
  readonly scenarios: number;
  readonly found: { readonly by: string; readonly commands: number; readonly message: string } | null;
}

const shrinkRuns = 60;

/** Fresh scenarios, run for real; the lie is told of each. The first that is believed ends it and is shrunk by fast-check. */
export async function checkBelief({ tier, lie, runs, seed, onScenario }: BeliefOptions): Promise<BeliefReport> {
  let scenarios = 0;
  let shrinking = 0;
  let smallest: BeliefReport['found'] = null;
  const property = fc.asyncProperty(concurrentScenarios({ maxCommands: 16 }), async (scenario) => {
    if (smallest === null) {
      scenarios += 1;
      onScenario(scenarios);
    } else if (shrinking === shrinkRuns) return true;
    else shrinking += 1;
    const message = believed((await execute(tier, scenario)).history, lie);
    if (message === null) return true;
    smallest = { by: `lie ${lie}`, commands: scenario.commands.length, message };
    return false;
  });
  const { failed, errorInstance } = await fc.check(property, { numRuns: runs, seed });
  if (failed && smallest === null && errorInstance !== null && errorInstance !== undefined) throw errorInstance;
  return { scenarios, found: smallest };
}
