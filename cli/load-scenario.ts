/** A scenario's file as the commands take it that run one: read, or refused as the caller's mistake; and the ground it is run on. */
import { type AnyScenario, readScenario } from '#properties/corpus/corpus.ts';
import { ScenarioError } from '#properties/scenario-file/parts.ts';
import { UsageError } from './exit-codes.ts';
import { type GroundName, type GroundOptions, groundsFor } from './ground.ts';

/** Throws a UsageError with the place inside the file. */
export function loadScenario(file: string): AnyScenario {
  try {
    return readScenario(file);
  } catch (error) {
    if (error instanceof ScenarioError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

export function groundOfFile(scenario: AnyScenario, options: GroundOptions): GroundName {
  // A scenario in which everybody acts at once was most likely found in the fast tier; the other kind was made for the real ones.
  const tier = scenario.kind === 'concurrent' && options.ledger === undefined ? 'memory' : 'svm';
  const [name = 'litesvm'] = groundsFor({ tier, ...options });
  return name;
}
