/**
 * One run as plain JSON, for whoever shows it: who did what to whom at which step, what that changed, and what the run violates. Holds
 * names, numbers and text only, so that the same run is the same bytes. Says nothing of how it looks.
 */

/** In the order in which they stand beside each other. */
export const lanes = ['clients', 'frontends', 'backends', 'Solana', 'Qdrant', 'world'] as const;
export type Lane = (typeof lanes)[number];

export interface Place {
  readonly lane: Lane;
  /** `wallet#0`, `backend#1`, `Solana`, `Qdrant`, `world`. */
  readonly actor: string;
}

/** `own`: what somebody does alone. `timer`: somebody's sleep is over. */
export interface Arrow {
  readonly from: Place;
  readonly to: Place;
  readonly kind: 'call' | 'answer' | 'own' | 'timer';
  readonly label: string;
}

/** What is to be seen at a glance: a fault that struck, a commit, a refusal, a crash, the rule that is violated, the mending. */
export interface Mark {
  readonly kind: 'fault' | 'commit' | 'refusal' | 'stored' | 'world' | 'violation' | 'mended';
  readonly text: string;
}

/** One value that somebody shows. Its place in `Report.rows` is its name. */
export interface Row {
  /** `Solana`, `Qdrant`, a backend, a client. */
  readonly authority: string;
  /** null: of no single thread. */
  readonly thread: string | null;
  /** `version`, `messages`, ... */
  readonly label: string;
}

/** null: it shows no such thing. */
export interface Change {
  readonly row: number;
  readonly before: string | null;
  readonly after: string | null;
}

export interface ReportStep {
  /** The trace's number; in lockstep the scenario's. 0 or the last of the set-up for the start. */
  readonly step: number;
  /** Virtual milliseconds since the run began. */
  readonly atMs: number;
  /** On whose behalf. */
  readonly task: string;
  /** The step's own first, then what it made people ask or be told. */
  readonly arrows: readonly Arrow[];
  /** What it gave, where anybody says; null otherwise. */
  readonly result: string | null;
  readonly marks: readonly Mark[];
  readonly changes: readonly Change[];
  /** Threads it is about; empty: of no single one. */
  readonly threads: readonly string[];
  readonly actors: readonly string[];
}

export interface Verdict {
  readonly kind: 'violation' | 'inconclusive' | 'none';
  /** The violated rule's name; empty without one. */
  readonly property: string;
  readonly message: string;
  /** The rule as SPEC.md has it; null where it has none of that name. */
  readonly rule: { readonly id: string; readonly text: string } | null;
  /** Index into `steps` of the step to look at first. */
  readonly focus: number;
}

export interface Report {
  /** The file's name, without its folders. */
  readonly name: string;
  readonly kind: 'concurrent' | 'lockstep';
  /** What it ran on. */
  readonly ground: string;
  readonly verdict: Verdict;
  /** What became of faults, and whether all agreed in the end: one line each. */
  readonly remarks: readonly string[];
  /** How it was found, as the file says; null where it does not. */
  readonly found: string | null;
  /** The scenario as the file has it, one line each. */
  readonly scenario: readonly string[];
  /** The scenario before it was shrunk; null where the file does not know. */
  readonly original: readonly string[] | null;
  readonly threads: readonly string[];
  readonly actors: readonly string[];
  readonly rows: readonly Row[];
  /** The first is the start: nothing has happened yet, and `changes` has all there is. */
  readonly steps: readonly ReportStep[];
}
