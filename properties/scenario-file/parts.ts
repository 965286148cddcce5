/** What every kind of scenario file is made of, and how a file that cannot be used is refused. */
import { z } from 'zod';
import type { Operation } from '#model/action.ts';

/** A scenario file that cannot be used: `path` inside the file (empty = the whole), and why. */
export class ScenarioError extends Error {
  readonly path: string;
  constructor(path: string, reason: string) {
    super(path === '' ? reason : `at ${path}: ${reason}`);
    this.name = 'ScenarioError';
    this.path = path;
  }
}

export const wallet = z.string().regex(/^wallet#\d+$/, 'expected a name like "wallet#0"');
export const thread = z.string().regex(/^thread#\d+$/, 'expected a name like "thread#0"');
export const backend = z.string().regex(/^backend#\d+$/, 'expected a name like "backend#0"');
/** Base units of a token. */
export const amount = z
  .string()
  .regex(/^\d{1,20}$/, 'expected base units as a decimal string')
  .transform(BigInt);
export const content = z.strictObject({ thread, author: wallet, text: z.string() });
export const authority = z.enum(['solana', 'qdrant']);

export const operationKinds = [
  z.strictObject({ kind: z.literal('createThread'), thread }),
  z.strictObject({ kind: z.literal('post'), thread, text: z.string() }),
  z.strictObject({ kind: z.literal('submitSpec'), thread, text: z.string(), stake: amount }),
  z.strictObject({ kind: z.literal('vote'), content, choice: z.enum(['approve', 'deny']) }),
  z.strictObject({ kind: z.literal('settle'), content }),
  z.strictObject({ kind: z.literal('divest'), thread }),
  z.strictObject({ kind: z.literal('readStrong'), thread }),
  z.strictObject({ kind: z.literal('readCached'), thread }),
  z.strictObject({ kind: z.literal('search'), text: z.string(), thread: thread.exactOptional(), author: wallet.exactOptional() }),
  z.strictObject({ kind: z.literal('connect'), backend }),
  z.strictObject({ kind: z.literal('disconnect') }),
  z.strictObject({ kind: z.literal('signIn') }),
  z.strictObject({ kind: z.literal('signOut') }),
] as const;

/** What a client asks. */
export const operation = z.discriminatedUnion('kind', operationKinds);

/** The schema as it is, if every kind of `T` can be said in it: one that is left out does not compile. */
export const everyKind =
  <T extends { readonly kind: string }>() =>
  <S extends z.ZodType<{ readonly kind: string }>>(schema: S & Complete<T['kind'], z.output<S>['kind']>): S =>
    schema;

type Complete<All, Said> = [All] extends [Said] ? unknown : { readonly unsaid: Exclude<All, Said> };

/** How a failure was found; informative, never needed to replay. */
export const found = z.strictObject({
  property: z.string(),
  ledger: z.string(),
  seed: z.int().exactOptional(),
  message: z.string(),
  /** The scenario before it was shrunk, one line each, for people: it cannot be run. */
  original: z.array(z.string()).exactOptional(),
});
export type Found = z.infer<typeof found>;

/** For `JSON.stringify`: amounts as decimal strings. */
export const bigintAsText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** A file's text: the head, then one item of the list a line, so that a person can read it and a diff shows what changed. */
export function printFile(head: object, listName: string, list: readonly unknown[]): string {
  const begin = JSON.stringify(head, bigintAsText, 2).slice(0, -2);
  const lines = list.map((item) => `    ${JSON.stringify(item, bigintAsText)}`);
  return `${begin},\n  "${listName}": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

/** Throws a ScenarioError for text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ScenarioError('', `not JSON: ${(error as Error).message}`);
  }
}

/** Throws a ScenarioError for what does not fit the schema, naming the first place, and what stands there where that is short. */
export function parseAs<Schema extends z.ZodType>(schema: Schema, json: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [{ path, message } = { path: [], message: 'does not fit' }] = parsed.error.issues;
  const got = message.includes('received') ? '' : shortly(valueAt(json, path));
  throw new ScenarioError(path.join('.'), `${message}${got === '' ? '' : `, got ${got}`}`);
}

const valueAt = (json: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key], json);

/** Texts, numbers and the like, as they stand in the file; nothing for what has parts. */
function shortly(value: unknown): string {
  if (typeof value === 'object' && value !== null) return '';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : '';
}

/** The wallets and backends an operation names besides who asks. */
export function namesInOperation(asked: Operation): readonly string[] {
  const author = 'content' in asked ? asked.content.author : 'author' in asked ? asked.author : undefined;
  return [...(author === undefined ? [] : [author]), ...('backend' in asked ? [asked.backend] : [])];
}

/** Every wallet and backend that is named must exist. Threads need not: acting on a missing one is a fair question. */
export function checkNames(
  path: string,
  names: readonly string[],
  setup: { readonly wallets: number; readonly backends: number },
): void {
  for (const name of names) {
    const [kind, number] = name.split('#');
    const bound = kind === 'wallet' ? setup.wallets : setup.backends;
    // `wallet#00` is nobody either.
    if (Number(number) >= bound || String(Number(number)) !== number)
      throw new ScenarioError(path, `${name} does not exist: the setup has ${bound} ${kind}s`);
  }
}
