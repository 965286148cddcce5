/** The corpus: every failure ever found, one scenario file each, replayed first in every campaign. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConcurrentScenario, concurrentIn, printConcurrent } from '#properties/concurrent/scenario.ts';
import { printScenario, type Scenario, scenarioIn } from '#properties/lockstep/scenario.ts';
import { parseJson, ScenarioError } from '#properties/scenario-file/parts.ts';
import { taskOf } from '#simulations/world/concurrent/concurrent-world.ts';

/** One step at a time, or everybody at once. */
export type AnyScenario = Scenario | ConcurrentScenario;

export interface Regression {
  readonly file: string;
  readonly scenario: AnyScenario;
}

export function parseAny(text: string): AnyScenario {
  const json = parseJson(text);
  const kind = typeof json === 'object' && json !== null && 'kind' in json ? json.kind : undefined;
  if (kind === 'concurrent') return checkSegments(concurrentIn(json));
  if (kind === 'lockstep') return scenarioIn(json);
  throw new ScenarioError('kind', `expected "lockstep" or "concurrent", got ${JSON.stringify(kind) ?? 'nothing'}`);
}

/**
 * A segment for a command that the file does not have would be passed over without a word, and the file be another schedule than it
 * says. Tasks of background work come and go by themselves, so their names are not checked.
 */
function checkSegments(scenario: ConcurrentScenario): ConcurrentScenario {
  const { strategy, commands } = scenario;
  const tasks = new Set(commands.map(taskOf));
  for (const [index, { task }] of (strategy.kind === 'segments' ? strategy.segments : []).entries()) {
    if (!task.startsWith('#') || tasks.has(task)) continue;
    const names = [...tasks].map((name) => `"${name}"`).join(', ');
    throw new ScenarioError(
      `strategy.segments.${index}.task`,
      `no command has the task ${JSON.stringify(task)}; those here have ${names === '' ? 'none' : names}`,
    );
  }
  return scenario;
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
