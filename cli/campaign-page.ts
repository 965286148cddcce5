/** The page of a campaign, for the commands that run one: what each of them has, as `properties/report/campaign-report.ts` takes it. */
import { plainLines } from '#properties/concurrent/describe.ts';
import { type AnyScenario, readScenario } from '#properties/corpus/corpus.ts';
import { describeSteps } from '#properties/lockstep/describe-step.ts';
import { type CampaignSource, campaignReport } from '#properties/report/campaign-report.ts';
import { ruleText } from '#properties/report/rule-text.ts';
import type { CampaignFailure } from '#simulations/report/campaign-model.ts';
import { renderCampaign } from '#simulations/report/render-campaign.ts';
import { againLines } from './again.ts';
import { canaryProblem } from './canary.ts';
import { type CheckResults, type CorpusReplay, type GroundResult, groundOnce } from './check-report.ts';
import type { CampaignResult } from './concurrent.ts';

/** What can be typed to have it again: options as they were, and the seed that was drawn where none was given. */
export function commandText(command: string, options: Readonly<Record<string, string | number | undefined>>): string {
  const words = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
  return `npm run ${command} -- ${words.join(' ')}`;
}

const linesOf = (scenario: AnyScenario): readonly string[] =>
  scenario.kind === 'concurrent' ? plainLines(scenario) : describeSteps(scenario.steps);

function atOnceFailure({ failure, savedAs, ground }: CampaignResult): readonly CampaignFailure[] {
  if (failure === null || savedAs === null) return [];
  const { property, message } = failure.violation;
  const again = againLines(savedAs, 'concurrent', ground);
  return [{ property, rule: ruleText(property), on: ground, message, scenario: linesOf(failure.scenario), again }];
}

function lockstepFailure({ report: { failure }, savedAs, ledger }: GroundResult): readonly CampaignFailure[] {
  if (failure === null || savedAs === null) return [];
  const { property = '', message = '' } = failure.scenario.found ?? {};
  const again = againLines(savedAs, 'lockstep', ledger);
  return [{ property, rule: ruleText(property), on: ledger, message, scenario: linesOf(failure.scenario), again }];
}

function corpusFailure({ ground, file, kind, failure }: CorpusReplay): readonly CampaignFailure[] {
  if (failure === null) return [];
  const { property, message } = failure;
  const again = againLines(file, kind, ground);
  return [
    {
      ...{ property, rule: ruleText(property), on: `${ground}, a regression`, message },
      ...{ scenario: linesOf(readScenario(file)), again },
    },
  ];
}

const groundFor = (campaigns: readonly CampaignResult[]): CampaignSource['ground'] =>
  campaigns.length === 0 ? null : groundOnce();

/** @param command what was typed */
export function checkPage({ seed, grounds, campaigns, corpus, canary }: CheckResults, command: string): string {
  const failures = [...corpus.flatMap(corpusFailure), ...grounds.flatMap(lockstepFailure), ...campaigns.flatMap(atOnceFailure)];
  const blind = canaryProblem(canary);
  const source = { command, seed, campaigns, lockstep: grounds, failures, troubles: blind === null ? [] : [blind] };
  return renderCampaign(campaignReport({ ...source, ground: groundFor(campaigns) }));
}

interface SoakResults {
  readonly seed: number;
  readonly campaigns: readonly CampaignResult[];
  /** Scenarios that were another run in another process. */
  readonly differing: number;
}

/** @param command what was typed */
export function soakPage({ seed, campaigns, differing }: SoakResults, command: string): string {
  const troubles = differing === 0 ? [] : [`${differing} saved scenarios were not the same run in another process`];
  const source = { command, seed, campaigns, lockstep: [], failures: campaigns.flatMap(atOnceFailure), troubles };
  return renderCampaign(campaignReport({ ...source, ground: groundFor(campaigns) }));
}
