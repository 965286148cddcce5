/** Scenarios that together walk what an aimed search has found: one file, one scenario a line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type ConcurrentScenario, concurrentIn, printConcurrent } from '#properties/concurrent/scenario.ts';
import { parseJson } from '#properties/scenario-file/parts.ts';
import type { Run } from './run.ts';

/** Throws a ScenarioError for a line that is none. */
export const readWalks = (file: URL | string): readonly ConcurrentScenario[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => concurrentIn(parseJson(line)));

export function writeWalks(file: URL | string, scenarios: readonly ConcurrentScenario[]): void {
  const lines = scenarios.map((scenario) => JSON.stringify(parseJson(printConcurrent(scenario))));
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
}

/** Few of the runs that walk all that they walk together: always the one with most that is new. @param counts what matters of a run */
export function fewest(runs: readonly Run[], counts: (step: string) => boolean): readonly Run[] {
  const left = runs.map((run) => ({ run, steps: new Set([...run.steps].filter(counts)) }));
  const chosen: Run[] = [];
  for (;;) {
    const best = left.reduce<(typeof left)[number] | null>((a, b) => (a !== null && a.steps.size >= b.steps.size ? a : b), null);
    if (best === null || best.steps.size === 0) return chosen;
    chosen.push(best.run);
    const walked = new Set(best.steps);
    for (const { steps } of left) for (const step of walked) steps.delete(step);
  }
}
