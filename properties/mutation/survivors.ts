/**
 * The survivors that are explained: mutants that no test can kill, or that no test should, each with its reason. A reason is of a class,
 * so that a reader sees at once how many there are of what; `survivors.json` holds them by file.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { MutantName } from './report.ts';

/** What may be said of a mutant that is left alive. */
export const reasonClasses = {
  equivalent: 'does the same as the original for every input that its callers can make',
  typed: 'guards against what the types of its callers rule out, and the compiler cannot see that',
  faster: 'does the same, only more or less often, or in more or less space',
  wording: 'changes words for people that nobody compares',
} as const;

export type ReasonClass = keyof typeof reasonClasses;

const survivorSchema = z.strictObject({
  line: z.string(),
  text: z.string(),
  replacement: z.string(),
  nth: z.int().min(2).optional(),
  class: z.enum(Object.keys(reasonClasses) as [ReasonClass, ...ReasonClass[]]),
  why: z.string().min(1),
});

const listSchema = z.record(z.string(), z.array(survivorSchema).min(1));

export interface Explained extends MutantName {
  readonly class: ReasonClass;
  /** One sentence. */
  readonly why: string;
}

/** Throws a RangeError that names the place. @param json survivors by file, as in `survivors.json` */
export function parseSurvivors(json: unknown): readonly Explained[] {
  const parsed = listSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RangeError(`not a list of survivors: at ${issue?.path.join('.') || 'the top'}: ${issue?.message}`);
  }
  return Object.entries(parsed.data).flatMap(([file, list]) => list.map((each) => ({ ...each, file, nth: each.nth ?? 1 })));
}

export const readSurvivors = (): readonly Explained[] =>
  parseSurvivors(JSON.parse(readFileSync(join(import.meta.dirname, 'survivors.json'), 'utf8')));
