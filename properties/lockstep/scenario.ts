/**
 * A lockstep run as one JSON value: the world it starts from and the steps it takes, in symbolic names only.
 * A file of it replays without seed or generator; a file that does not fit is refused with the path inside it and the reason.
 */

import { z } from 'zod';
import type { Operation } from '#model/action.ts';
import type { WorldFault, WorldSetup } from '#simulations/world/system.ts';

export type Step =
  | { readonly kind: 'operation'; readonly client: string; readonly operation: Operation }
  | { readonly kind: 'fault'; readonly fault: WorldFault }
  | { readonly kind: 'advance'; readonly ms: number };

export interface Scenario {
  readonly format: 1;
  readonly kind: 'lockstep';
  readonly setup: WorldSetup;
  readonly steps: readonly Step[];
  /** How it was found; informative, never needed to replay. */
  readonly found?: { readonly property: string; readonly ledger: string; readonly seed: number; readonly message: string };
}

const wallet = z.string().regex(/^wallet#\d+$/, 'expected a name like "wallet#0"');
const thread = z.string().regex(/^thread#\d+$/, 'expected a name like "thread#0"');
const backend = z.string().regex(/^backend#\d+$/, 'expected a name like "backend#0"');
const amount = z
  .string()
  .regex(/^\d{1,20}$/, 'expected base units as a decimal string')
  .transform(BigInt);
const content = z.strictObject({ thread, author: wallet, text: z.string() });
const authority = z.enum(['solana', 'qdrant']);

const operation = z.discriminatedUnion('kind', [
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
]);

const fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('crashBackend'), backend }),
  z.strictObject({ kind: z.literal('restartBackend'), backend }),
  z.strictObject({ kind: z.literal('linkDown'), authority }),
  z.strictObject({ kind: z.literal('linkUp'), authority }),
  z.strictObject({ kind: z.literal('loseResponse'), authority, position: z.enum(['before', 'after']), thenDown: z.boolean() }),
]);

const scenario = z.strictObject({
  format: z.literal(1),
  kind: z.literal('lockstep'),
  setup: z.strictObject({ wallets: z.int().min(1).max(32), backends: z.int().min(1).max(8), balance: amount }),
  steps: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('operation'), client: wallet, operation }),
      z.strictObject({ kind: z.literal('fault'), fault }),
      z.strictObject({ kind: z.literal('advance'), ms: z.int().min(0) }),
    ]),
  ),
  found: z.strictObject({ property: z.string(), ledger: z.string(), seed: z.int(), message: z.string() }).exactOptional(),
});

/** A scenario file that cannot be used: `path` inside the file (empty = the whole), and why. */
export class ScenarioError extends Error {
  readonly path: string;
  constructor(path: string, reason: string) {
    super(path === '' ? reason : `at ${path}: ${reason}`);
    this.name = 'ScenarioError';
    this.path = path;
  }
}

/** For `JSON.stringify`: amounts as decimal strings. */
export const bigintAsText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** The file's text: one step a line, so that a person can read it and a diff shows what changed. */
export function printScenario(value: Scenario): string {
  const { steps, ...rest } = value;
  const head = JSON.stringify(rest, bigintAsText, 2).slice(0, -2);
  const lines = steps.map((step) => `    ${JSON.stringify(step, bigintAsText)}`);
  return `${head},\n  "steps": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

/** Reads what `printScenario` wrote. Throws a ScenarioError for anything else. */
export function parseScenario(text: string): Scenario {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ScenarioError('', `not JSON: ${(error as Error).message}`);
  }
  const parsed = scenario.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ScenarioError((issue?.path ?? []).join('.'), issue?.message ?? 'does not fit');
  }
  checkReferences(parsed.data);
  return parsed.data;
}

/** The wallets and backends a step names. */
function namesIn(step: Step): readonly string[] {
  switch (step.kind) {
    case 'operation': {
      const { operation: asked } = step;
      const author = 'content' in asked ? asked.content.author : 'author' in asked ? asked.author : undefined;
      return [step.client, ...(author === undefined ? [] : [author]), ...('backend' in asked ? [asked.backend] : [])];
    }
    case 'fault':
      return 'backend' in step.fault ? [step.fault.backend] : [];
    case 'advance':
      return [];
  }
}

/** Every wallet and backend a step names must exist in the setup. Threads need not: acting on a missing one is a fair question. */
function checkReferences({ setup, steps }: Scenario): void {
  steps.forEach((step, index) => {
    for (const name of namesIn(step)) {
      const [kind, number] = name.split('#');
      const bound = kind === 'wallet' ? setup.wallets : setup.backends;
      if (Number(number) >= bound)
        throw new ScenarioError(`steps.${index}`, `${name} does not exist: the setup has ${bound} ${kind}s`);
    }
  });
}
