/**
 * The memory tier in fresh processes: whether memory stays flat over 20,000 scenarios, and what a second worker process is
 * worth. Both campaigns that are compared begin in a process that has just started, as the commands' do, so that neither is
 * warm; starting the workers is part of the time of the one that has them.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { median } from '../median.ts';
import type { BenchRow } from './bench-row.ts';
import type { CampaignTime, MemoryGrowth } from './world-process.ts';
import { loadNote } from './world-scenarios.ts';

const pairs = 3;
/** How long the campaign with one job is to take, so that starting workers does not dominate. */
const campaignS = 30;

function measured<T>(...inputs: readonly (string | number)[]): T {
  const script = join(import.meta.dirname, 'world-process.ts');
  const commandLine = ['--expose-gc', '--import', 'tsx', script, ...inputs.map(String)];
  return JSON.parse(execFileSync(process.execPath, commandLine, { encoding: 'utf8' })) as T;
}

export function growthRow(): BenchRow {
  const { looks, seconds, violations } = measured<MemoryGrowth>('memory');
  const [early, late] = looks;
  if (early === undefined || late === undefined) throw new Error(`expected two looks at memory, got ${looks.length}`);
  const shown = looks.map(({ scenarios, rss, heap }) => `${rss.toFixed(0)} MB after ${scenarios} (heap kept ${heap.toFixed(1)})`);
  return {
    name: 'memory: growth of RSS over 20,000 scenarios',
    figure: late.rss - early.rss,
    unit: 'MB',
    bar: { atMost: 100 },
    detail: `${shown.join(', ')}; ${seconds.toFixed(0)} s${violations === 0 ? '' : `, VIOLATIONS in ${violations}`}`,
  };
}

const rate = ({ scenarios, seconds }: CampaignTime): number => scenarios / seconds;

/** @param perSecond about how many scenarios one process runs, which says how many to run here */
export function jobsRow(perSecond: number): BenchRow {
  const runs = Math.max(1_000, 100 * Math.round((perSecond * campaignS) / 100));
  const campaigns: (readonly [one: CampaignTime, two: CampaignTime])[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const [first, second] = pair % 2 === 0 ? [1, 2] : [2, 1];
    const a = measured<CampaignTime>('campaign', first, runs, 1 + pair);
    const b = measured<CampaignTime>('campaign', second, runs, 1 + pair);
    campaigns.push(first === 1 ? [a, b] : [b, a]);
  }
  const ratios = campaigns.map(([one, two]) => rate(two) / rate(one));
  const [one, two] = [0, 1].map((index) => median(campaigns.map((pair) => rate(pair[index as 0 | 1]))).toFixed(0));
  const stops = campaigns.flat().flatMap(({ stoppedBy }) => (stoppedBy === null ? [] : [stoppedBy]));
  return {
    name: 'memory: scenarios/s with 2 jobs over 1 job',
    figure: median(ratios),
    unit: 'x',
    bar: { atLeast: 1.7 },
    detail:
      `campaigns of ${runs} (up to 16 commands), median of ${pairs} pairs, best ${Math.max(...ratios).toFixed(2)}; ` +
      `${loadNote()}; ${two} and ${one} scenarios/s${stops.length === 0 ? '' : `, STOPPED EARLY by ${stops.join(', ')}`}`,
  };
}
