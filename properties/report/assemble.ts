/** From steps as they were gathered to the report's own: rows numbered, threads and actors named once, marks of what is stored. */
import type { Found } from '#properties/scenario-file/parts.ts';
import { namedIn, someBackend } from '#simulations/report/arrows.ts';
import type { Mark, Report, ReportStep } from '#simulations/report/report-model.ts';
import type { WorldOperation } from '#simulations/world/concurrent/command.ts';
import { authoritiesOf, type NamedChange, type StateRows, threadsOf } from './state-rows.ts';

export type Draft = Omit<ReportStep, 'changes' | 'actors'> & { readonly changes: readonly NamedChange[] };

/** Index of the last step that is no later than `at`; the first one when there is none. */
export function indexAt(steps: readonly Pick<ReportStep, 'step'>[], at: number): number {
  return Math.max(
    0,
    steps.findLastIndex(({ step }) => step <= at),
  );
}

export function foundText(found: Found | undefined): string | null {
  if (found === undefined) return null;
  const { property, ledger, seed, message } = found;
  return `${property} on ${ledger}${seed === undefined ? '' : `, from seed ${seed}`}: ${message}`;
}

/** The thread that an operation is about; none where it is about no one thread. */
export function threadsIn(op: WorldOperation): readonly string[] {
  if ('content' in op) return [op.content.thread];
  return 'thread' in op && op.thread !== undefined ? [op.thread] : [];
}

const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].sort();

/** Who has a hand in a step. */
function actorsOf({ arrows, changes, task }: Draft): readonly string[] {
  const involved = arrows.flatMap(({ from, to }) => [from.actor, to.actor]);
  const behind = namedIn(task);
  const all = [...involved, ...authoritiesOf(changes), ...(behind === null ? [] : [behind])];
  return sorted(all.filter((name) => name !== someBackend));
}

/** Qdrant's commits are seen by what they change; the ledger tells of its own. */
function storedMarks(index: number, { changes }: Draft): readonly Mark[] {
  const threads = threadsOf(changes.filter((change) => authoritiesOf([change])[0] === 'Qdrant'));
  return index === 0 || threads.length === 0 ? [] : [{ kind: 'stored', text: `Qdrant changed: ${threads.join(', ')}` }];
}

export function assembled(drafts: readonly Draft[], rows: StateRows): Pick<Report, 'threads' | 'actors' | 'rows' | 'steps'> {
  const numbered = rows.numbered();
  const steps = drafts.map((draft, index): ReportStep => {
    const isStart = index === 0;
    return {
      ...draft,
      marks: [...draft.marks, ...storedMarks(index, draft)],
      changes: numbered.number(draft.changes),
      threads: sorted([...draft.threads, ...(isStart ? [] : threadsOf(draft.changes))]),
      actors: isStart ? [] : actorsOf(draft),
    };
  });
  const threads = sorted([...steps.flatMap((step) => step.threads), ...numbered.rows.flatMap(({ thread }) => thread ?? [])]);
  return { threads, actors: sorted(steps.flatMap(({ actors }) => actors)), rows: numbered.rows, steps };
}
