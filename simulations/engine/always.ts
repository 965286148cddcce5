/** What must hold after every step of a run, and the error that ends the run when it does not. */

/** Something that must hold after every step: null while it does, otherwise what is wrong. */
export interface Always {
  readonly name: string;
  readonly holds: () => string | null | Promise<string | null>;
}

export class AlwaysError extends Error {
  readonly check: string;
  readonly step: number;

  constructor(check: string, step: number, key: string, detail: string) {
    super(`${check} does not hold after step ${step} (${key}): ${detail}`);
    this.name = 'AlwaysError';
    this.check = check;
    this.step = step;
  }
}

/** Throws an `AlwaysError` for the first that does not hold now. */
export async function checkAlways(always: readonly Always[], step: number, key: string): Promise<void> {
  for (const { name, holds } of always) {
    const answer = holds();
    const wrong = answer === null || typeof answer === 'string' ? answer : await answer;
    if (wrong !== null) throw new AlwaysError(name, step, key, wrong);
  }
}
