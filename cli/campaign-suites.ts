/** A concurrent campaign, case by case. */
import { explainTripped, type Tripped } from '#properties/concurrent/vacuity.ts';
import { replayCommand, shownPath } from './again.ts';
import { type CampaignResult, failureLines, nondeterminismLines } from './concurrent.ts';
import { type Case, type Outcome, passed, type Suite, troubleIn } from './verdicts.ts';

export function campaignSuite(campaign: CampaignResult): Suite {
  return {
    name: `concurrent ${campaign.ground}`,
    cases: [
      { name: 'no violation', seconds: campaign.seconds, outcome: violationIn(campaign) },
      { name: 'determinism', seconds: 0, outcome: unlikeIn(campaign) },
      conclusiveCase(campaign.figures.inconclusive),
    ],
  };
}

function violationIn({ failure, ground, savedAs }: CampaignResult): Outcome {
  if (failure === null || savedAs === null) return passed;
  return {
    kind: 'violated',
    message: `VIOLATION of ${failure.violation.property} on ${ground}`,
    lines: failureLines(failure, ground, savedAs),
    file: shownPath(savedAs),
    replay: replayCommand(savedAs, 'concurrent', ground),
  };
}

function unlikeIn({ nondeterminism, ground, unlikeAs }: CampaignResult): Outcome {
  if (nondeterminism === null || unlikeAs === null) return passed;
  return {
    kind: 'trouble',
    message: `NONDETERMINISM on ${ground}: the same scenario took different steps`,
    lines: nondeterminismLines(nondeterminism, ground, unlikeAs),
    file: shownPath(unlikeAs),
    replay: replayCommand(unlikeAs, 'concurrent', ground),
  };
}

export function conclusiveCase(inconclusive: number): Case {
  const outcome: Outcome =
    inconclusive === 0 ? passed : { kind: 'trouble', ...troubleIn(`${inconclusive} scenarios without a verdict`) };
  return { name: 'conclusive', seconds: 0, outcome };
}

/** What is asked of all grounds together. */
export function vacuitySuite(way: string, tripped: readonly Tripped[]): Suite {
  const lines = tripped.map((each) => `VACUOUS ${explainTripped(each)}`);
  const outcome: Outcome = lines.length === 0 ? passed : { kind: 'vacuous', ...troubleIn(lines.join('\n'), lines) };
  return { name: `${way}, all grounds`, cases: [{ name: 'vacuity', seconds: 0, outcome }] };
}
