/** The corpus: every failure ever found, one scenario file each, replayed first in every campaign. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConcurrentScenario, concurrentIn, printConcurrent } from '#properties/concurrent/scenario.ts';
import { printScenario, type Scenario, scenarioIn } from '#properties/lockstep/scenario.ts';
import { parseJson, ScenarioError } from '#properties/scenario-file/parts.ts';

/** One step at a time, or everybody at once. */
export type AnyScenario = Scenario | ConcurrentScenario;

export interface Regression {
  readonly file: string;
  readonly scenario: AnyScenario;
}

export function parseAny(text: string): AnyScenario {
  const json = parseJson(text);
  const kind = typeof json === 'object' && json !== null && 'kind' in json ? json.kind : undefined;
  if (kind === 'concurrent') return concurrentIn(json);
  if (kind === 'lockstep') return scenarioIn(json);
  throw new ScenarioError('kind', `expected "lockstep" or "concurrent", got ${JSON.stringify(kind) ?? 'nothing'}`);
}

export const printAny = (scenario: AnyScenario): string =>
  scenario.kind === 'lockstep' ? printScenario(scenario) : printConcurrent(scenario);

/** Reads one file. Throws a ScenarioError, also when there is no such file. */
export function readScenario(file: string): AnyScenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ScenarioError('', `cannot be read: ${(error as Error).message}`);
  }
  return parseAny(text);
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
      if (error instanceof ScenarioError) throw new ScenarioError('', `${file}: ${error.message}`);
      throw error;
    }
  });
}

/** Saves under the violated property and a hash of all that is run, so that the same failure has the same name. Returns the path. */
export function saveRegression(directory: string, scenario: AnyScenario): string {
  const { found: _, ...what } = scenario;
  const hash = createHash('sha256').update(printAny(what)).digest('hex').slice(0, 8);
  const file = join(directory, `${(scenario.found?.property ?? 'scenario').toLowerCase()}-${hash}.json`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, printAny(scenario));
  return file;
}
