/** `choir explore --drive`: whether the implementation follows the runs by which an update's design violates something. */
import { tmpdir } from 'node:os';
import type { Finding } from '#model/explore/finding.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { type Driven, drive, explainDriven } from '#properties/aimed/drive.ts';
import { saveRegression } from '#properties/corpus/corpus.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { keptFailure } from './concurrent.ts';
import type { Explored } from './explore-report.ts';
import { createProgress } from './progress.ts';
import { tell } from './terminal/tell.ts';

/** Designs that runs of the implementation are held against, and what carries a write of theirs. */
const kinds: Readonly<Record<string, 'ownership' | 'content'>> = { 'ownership-update': 'ownership', 'content-update': 'content' };

const nowMs = (): number => performance.now();
/** Scenarios tried for one run, in all: begun anew so many times, since a search may lose its way. */
const runs = 600;
const attempts = 3;

/** Tells of each violation that has a run whether the implementation follows it, and saves the scenario where it does. */
export async function driveFindings(all: readonly Explored[]): Promise<void> {
  const tier = await openMemoryTier();
  for (const { protocol, runs: explored } of all)
    for (const finding of explored.flatMap(({ findings }) => findings))
      await driveOne(tier, protocol, finding as unknown as Finding<UpdateSlots>);
}

async function driveOne(tier: Tier, protocol: string, { property, start, steps }: Finding<UpdateSlots>): Promise<void> {
  const kind = kinds[protocol];
  if (start === null || kind === undefined || 'handler#1' in start) {
    tell(`${property}: no run of one write of an update, so there is nothing for the implementation to follow`);
    return;
  }
  const progress = createProgress('driven', runs, process.stderr, nowMs);
  const before: Driven[] = [];
  for (let seed = 1; seed <= attempts && !before.some(isOver); seed += 1) {
    const onScenario = (done: number, followed: number): void =>
      progress.report(done + before.length * (runs / attempts), `scenarios, ${followed} observations followed`);
    before.push(await drive({ tier, kind, run: { start, steps }, seed, runs: runs / attempts, onScenario }));
  }
  progress.end();
  const best = before.reduce((one, other) => (isOver(other) || other.followed > one.followed ? other : one));
  const driven = { ...best, scenarios: before.reduce((sum, { scenarios }) => sum + scenarios, 0) };
  tell(`${property}: ${explainDriven(driven)}`, ...(await saved(tier, driven)));
}

const isOver = ({ violation, followed, wanted }: Driven): boolean => violation !== null || followed === wanted.length;

async function saved(tier: Tier, { scenario, violation, followed, wanted }: Driven): Promise<readonly string[]> {
  if (violation !== null) return keptFailure(tier, scenario, violation);
  if (followed < wanted.length) return [];
  // Nothing that fails, so it is no regression.
  const file = saveRegression(tmpdir(), scenario);
  return [`saved  ${file}`, `replay npm run replay -- ${file}`];
}
