/**
 * What a mutant is: one place of one file, changed, and what goes wrong for users then. Data, never a flag in what is built. Decides
 * what a file of mutants may hold, and where a mutant is hunted; not whether its text is there (`apply.ts`).
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { lieNames } from './lies-told.ts';

const mutantSchema = z.strictObject({
  /** Unique in its list; names it on the command line and in the table. */
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected words of [a-z0-9] joined by -'),
  /** From the root of the checkout, with `/`. */
  file: z.string().regex(/^(impl|model|properties)\/[\w./-]+\.(ts|h|c)$/, 'expected a source under impl/, model/ or properties/'),
  /** Occurs exactly once in the file. */
  find: z.string().min(1),
  replace: z.string(),
  /** What goes wrong for users, one sentence. */
  breaks: z.string().min(1),
  /** Where it is hunted, if not where its file says. */
  on: z.enum(['memory', 'litesvm']).optional(),
  /** For a mutant of what judges: the lie that it believes. */
  believes: z.enum(lieNames).optional(),
});

const listSchema = z.array(mutantSchema).min(1, 'expected at least one mutant');

export type Mutant = Readonly<z.infer<typeof mutantSchema>>;
export type HuntingGround = 'memory' | 'litesvm';

/** A list or a mutant that is not as it should be; the message says which and how. */
export class MutantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MutantError';
  }
}

const isProgram = ({ file }: Mutant): boolean => file.startsWith('impl/program/src/');

/** What a mutant is made of has to be compiled, loaded, or believed. */
export function kindOf(mutant: Mutant): 'program' | 'source' {
  return isProgram(mutant) ? 'program' : 'source';
}

/** In memory the ledger, Qdrant and the stores are the model's own, so whoever speaks to real ones, or is the model, is hunted there. */
const onReal = /^(model\/|impl\/program\/|impl\/adapters\/(solana|qdrant|store)\/)/;

export const groundOf = (mutant: Mutant): HuntingGround => mutant.on ?? (onReal.test(mutant.file) ? 'litesvm' : 'memory');

/** Throws a MutantError that names the place. @param where for messages: the file it comes from */
export function parseMutants(json: unknown, where: string): readonly Mutant[] {
  const parsed = listSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new MutantError(`${where}: at ${issue?.path.join('.') || 'the top'}: ${issue?.message}`);
  }
  const ids = parsed.data.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new MutantError(`${where}: expected ids to be unique, got ${twice} again`);
  return parsed.data;
}

/** Throws a MutantError: cannot be read, is not JSON, does not fit. */
export function readMutants(path: string): readonly Mutant[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new MutantError(`${path}: cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new MutantError(`${path}: not JSON`);
  }
  return parseMutants(json, path);
}
