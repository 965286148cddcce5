/** For tests: what a report says of one value, read without the page's own code. */
import type { Report } from '#simulations/report/report-model.ts';

/** Value of a row after a step. */
export function valueAt({ rows, steps }: Report, index: number, authority: string, label: string): string | null {
  const row = rows.findIndex((each) => each.authority === authority && `${each.thread ?? ''} ${each.label}`.trim() === label);
  return (
    steps
      .slice(0, index + 1)
      .flatMap(({ changes }) => changes)
      .findLast((change) => change.row === row)?.after ?? null
  );
}
