/**
 * A lockstep run as one JSON value: the world it starts from and the steps it takes, in symbolic names only.
 * A file of it replays without seed or generator; a file that does not fit is refused with the path inside it and the reason.
 */

import { z } from 'zod';
import type { Operation } from '#model/action.ts';
import {
  amount,
  authority,
  backend,
  checkNames,
  type Found,
  found,
  namesInOperation,
  operation,
  parseAs,
  parseJson,
  printFile,
  wallet,
} from '#properties/scenario-file/parts.ts';
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
  readonly found?: Found;
}

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
  found: found.exactOptional(),
});

/** The file's text: one step a line. */
export function printScenario({ steps, ...rest }: Scenario): string {
  return printFile(rest, 'steps', steps);
}

/** Reads what `printScenario` wrote. Throws a ScenarioError for anything else. */
export function parseScenario(text: string): Scenario {
  return scenarioIn(parseJson(text));
}

/** As `parseScenario`, for a value that is JSON already. */
export function scenarioIn(json: unknown): Scenario {
  const parsed = parseAs(scenario, json);
  parsed.steps.forEach((step, index) => {
    checkNames(`steps.${index}`, namesIn(step), parsed.setup);
  });
  return parsed;
}

/** The wallets and backends a step names. */
function namesIn(step: Step): readonly string[] {
  switch (step.kind) {
    case 'operation':
      return [step.client, ...namesInOperation(step.operation)];
    case 'fault':
      return 'backend' in step.fault ? [step.fault.backend] : [];
    case 'advance':
      return [];
  }
}
