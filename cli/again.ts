/** How what was found is had again: the file it was saved in, and the commands that show it. The last lines of every failure. */
import { isAbsolute, relative } from 'node:path';
import type { AnyScenario } from '#properties/corpus/corpus.ts';
import type { GroundName } from './ground.ts';

/** As it is typed from here; one that is elsewhere keeps its whole path. */
export function shownPath(file: string): string {
  const short = relative('.', file);
  return short.startsWith('..') && isAbsolute(file) ? file : short;
}

/** Concurrent scenarios are replayed in memory unless a ledger is named, those in lockstep on one. */
function groundWords(kind: AnyScenario['kind'], ground: GroundName): string {
  if (ground !== 'memory') return ` --ledger ${ground}`;
  return kind === 'concurrent' ? '' : ' --tier memory';
}

export const replayCommand = (file: string, kind: AnyScenario['kind'], ground: GroundName): string =>
  `npm run replay -- ${shownPath(file)}${groundWords(kind, ground)}`;

export const reportCommand = (file: string, kind: AnyScenario['kind'], ground: GroundName): string =>
  `npm run report -- ${shownPath(file)}${groundWords(kind, ground)}`;

export function againLines(file: string, kind: AnyScenario['kind'], ground: GroundName): readonly string[] {
  return [
    `saved  ${shownPath(file)}`,
    `report ${reportCommand(file, kind, ground)}`,
    `replay ${replayCommand(file, kind, ground)}`,
  ];
}
