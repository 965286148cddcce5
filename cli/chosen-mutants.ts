/** Which mutants a command is about. */
import type { Mutant } from '#properties/mutants/mutant.ts';
import { UsageError } from './exit-codes.ts';

/** All when none is named. Throws a UsageError for one that there is not. */
export function chosenAmong(all: readonly Mutant[], only: readonly string[] = []): readonly Mutant[] {
  const unknown = only.find((id) => !all.some((each) => each.id === id));
  if (unknown !== undefined)
    throw new UsageError(`--only: there is no mutant ${unknown}; known are ${all.map(({ id }) => id).join(', ')}`);
  return only.length === 0 ? all : all.filter(({ id }) => only.includes(id));
}
