/**
 * What of a run can be judged, and how it ended, without the numbers of its steps: two runs that differ only in the order of events
 * that commute have the same. For tests of what an exploration leaves out.
 */
import type { Executed } from '#properties/concurrent/execute.ts';
import { endingOf, type Showing } from '#properties/oracles/history.ts';
import { bigintAsText } from '#properties/scenario-file/parts.ts';

const whoShows = (showing: Showing): string => {
  switch (showing.kind) {
    case 'cache':
      return showing.backend;
    case 'client':
    case 'own':
      return showing.client;
    case 'metadata':
    case 'metadataLost':
      return `metadata of ${showing.thread}`;
  }
};

/** What everybody held at the first look after the faults, and in the end. */
export const statesOf = ({ history: { looks } }: Executed): string =>
  JSON.stringify(
    looks.map(({ at: _, ...look }) => look),
    bigintAsText,
  );

/** What each node did and was told, in its order. */
function doneBy(effects: Executed['effects']): readonly unknown[] {
  const nodes = [...new Set(effects.map(({ node }) => node))].sort();
  return nodes.map((node) => [node, effects.filter((effect) => effect.node === node).map(({ step: _, ...effect }) => effect)]);
}

/** What oracles see: answers and which ended before which began, landings, views, what was stored, effects, verdicts. */
export function summaryOf({ history, violation, inconclusive, effects }: Executed): string {
  const { operations, landings, showings, store, ended } = history;
  const shown = new Map<string, unknown[]>();
  for (const showing of showings) {
    const { at: _, ...what } = showing;
    const who = whoShows(showing);
    shown.set(who, [...(shown.get(who) ?? []), what]);
  }
  return JSON.stringify(
    {
      violation: violation?.property ?? null,
      inconclusive,
      operations: operations
        .map((record) => ({
          id: record.id,
          backend: record.backend,
          calledAtMs: record.calledAtMs,
          end: record.end === null ? null : { atMs: record.end.atMs, answer: record.end.answer, ageMs: record.end.ageMs },
          settled: record.settled?.answer ?? null,
          abandoned: record.abandoned,
          before: operations
            .filter((other) => (endingOf(other)?.at ?? Number.POSITIVE_INFINITY) < record.call)
            .map(({ id }) => id),
        }))
        .toSorted((a, b) => a.id - b.id),
      landings: landings?.map(({ at: _, ...landing }) => landing),
      shown: [...shown].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      stored: store.map(({ at: _, ...what }) => what),
      effects: doneBy(effects),
      pending: ended.pending,
    },
    bigintAsText,
  );
}
