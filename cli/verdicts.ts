/** What a command came to, case by case, for whoever reads it by machine: JUnit files and GitHub's pages are made of the same. */

export type Outcome =
  | { readonly kind: 'passed' }
  /** Exit code 1. */
  | ({ readonly kind: 'violated' } & Trouble)
  /** No verdict: exit code 3. */
  | ({ readonly kind: 'trouble' } & Trouble)
  /** A campaign that shows nothing of something: exit code 3. */
  | ({ readonly kind: 'vacuous' } & Trouble)
  | { readonly kind: 'skipped'; readonly message: string };

export interface Trouble {
  /** One line. */
  readonly message: string;
  /** As it is told on the terminal: with the commands that show it again, where there are any. */
  readonly lines: readonly string[];
  /** The scenario's file, as it is typed from the checkout; null without one. */
  readonly file: string | null;
  readonly replay: string | null;
}

export interface Case {
  readonly name: string;
  readonly seconds: number;
  readonly outcome: Outcome;
}

/** One ground in one way, e.g. `lockstep memory`. */
export interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
}

export interface Delivery {
  /** `check` */
  readonly command: string;
  /** Exit code. */
  readonly code: number;
  readonly seed: number;
  readonly seconds: number;
  readonly suites: readonly Suite[];
}

export const passed: Outcome = { kind: 'passed' };

export const troubleIn = (message: string, lines: readonly string[] = [message]): Trouble => ({
  ...{ message, lines, file: null, replay: null },
});
