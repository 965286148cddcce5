/** The corpus: every failure ever found, one scenario file each, replayed first in every campaign. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseScenario, printScenario, type Scenario, ScenarioError } from './scenario.ts';

export interface Regression {
  readonly file: string;
  readonly scenario: Scenario;
}

/** Reads one file. Throws a ScenarioError, also when there is no such file. */
export function readScenario(file: string): Scenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ScenarioError('', `cannot be read: ${(error as Error).message}`);
  }
  return parseScenario(text);
}

/** All files of the corpus, in the order of their names. Throws a ScenarioError that names the file. */
export function readRegressions(directory: string): readonly Regression[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => {
    const file = join(directory, name);
    try {
      return { file, scenario: readScenario(file) };
    } catch (error) {
      if (error instanceof ScenarioError) throw new ScenarioError(error.path, `${file}: ${error.message}`);
      throw error;
    }
  });
}

/** Saves under the violated property and a hash of setup and steps, so that the same failure has the same name. Returns the path. */
export function saveRegression(directory: string, scenario: Scenario): string {
  const { found: _, ...what } = scenario;
  const hash = createHash('sha256').update(printScenario(what)).digest('hex').slice(0, 8);
  const file = join(directory, `${(scenario.found?.property ?? 'scenario').toLowerCase()}-${hash}.json`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, printScenario(scenario));
  return file;
}
