/** The ways of searching that are compared, and what is told of each. */

/** `check`: lockstep and everybody at once by turns, as a hunt does. `drawn`: everybody at once, strategies as they are drawn. */
export const columns = ['check', 'drawn', 'pct', 'hashPriority', 'weightedWalk', 'sticky', 'serial', 'stock'] as const;
export type Column = (typeof columns)[number];

/** Of one column: scenarios until the first violation, by seed; null: not within the limit. Seeds that were given up are left out. */
export type Finds = readonly (number | null)[];
export type Score = Readonly<Partial<Record<Column, Finds>>>;
