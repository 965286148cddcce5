/**
 * What Stryker's JSON report says of each mutant, and the name by which one is known again when lines have moved: its file, the line
 * it begins in as text, what stood there, what stands there instead, and, where all of that is alike, which of them it is.
 * Reads the mutation testing report schema, version 1 and 2: https://github.com/stryker-mutator/mutation-testing-elements.
 */
import { z } from 'zod';

const place = z.object({ line: z.int().min(1), column: z.int().min(1) });

const reportSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          mutatorName: z.string(),
          replacement: z.string(),
          status: z.enum(['Killed', 'Survived', 'NoCoverage', 'Timeout', 'CompileError', 'RuntimeError', 'Ignored', 'Pending']),
          location: z.object({ start: place, end: place }),
        }),
      ),
    }),
  ),
});

/** Lines and columns from 1; `end` is exclusive. */
type Place = z.infer<typeof place>;

export interface MutantName {
  /** From the root of the checkout, with `/`. */
  readonly file: string;
  /** The source line it begins in, without the space around it. */
  readonly line: string;
  /** What is replaced; white space as one blank, the middle of a long one left out. */
  readonly text: string;
  readonly replacement: string;
  /** From 1, among those of the file that are alike in all of the above, in the order of their places. */
  readonly nth: number;
}

/**
 * `killed`: a test failed, or none ended in time. `survived`: every test passed that reaches it; `notCovered`: none does.
 * Mutants that cannot be loaded, and those that were not to be made, are no verdict and are left out.
 */
export type Fate = 'killed' | 'timeout' | 'survived' | 'notCovered';

export interface JudgedMutant extends MutantName {
  readonly fate: Fate;
  /** Stryker's name of the kind of change. */
  readonly mutator: string;
  /** For people. */
  readonly at: string;
}

const fates = { Killed: 'killed', Timeout: 'timeout', Survived: 'survived', NoCoverage: 'notCovered' } as const;

const longest = 160;

/** One line of it, at most `longest` characters: of a whole block the two ends are enough. */
export function asOneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest / 2)} ... ${line.slice(-longest / 2)}`;
}

/** One text for one name. */
export const keyOf = ({ file, line, text, replacement, nth }: MutantName): string =>
  JSON.stringify([file, line, text, replacement, nth]);

function textBetween(lines: readonly string[], start: Place, end: Place): string {
  const whole = lines.slice(start.line - 1, end.line);
  const last = whole.length - 1;
  return whole
    .map((line, index) => line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined))
    .join('\n');
}

const before = (a: Place, b: Place): number => a.line - b.line || a.column - b.column;

/** Throws a RangeError that says where the report is not one. */
export function mutantsOf(json: unknown): readonly JudgedMutant[] {
  const parsed = reportSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RangeError(`not a mutation testing report: at ${issue?.path.join('.') || 'the top'}: ${issue?.message}`);
  }
  return Object.entries(parsed.data.files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    const seen = new Map<string, number>();
    return mutants
      .toSorted((a, b) => before(a.location.start, b.location.start) || before(a.location.end, b.location.end))
      .flatMap(({ status, location: { start, end }, replacement, mutatorName }) => {
        const line = (lines[start.line - 1] ?? '').trim();
        const name = { file, line, text: asOneLine(textBetween(lines, start, end)), replacement: asOneLine(replacement), nth: 1 };
        const nth = (seen.get(keyOf(name)) ?? 0) + 1;
        seen.set(keyOf(name), nth);
        if (!(status in fates)) return [];
        const fate = fates[status as keyof typeof fates];
        return [{ ...name, nth, fate, mutator: mutatorName, at: `${file}:${start.line}:${start.column}` }];
      });
  });
}
