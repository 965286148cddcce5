/** A check, case by case: the corpus and each way on each ground, and what is asked of all grounds together. */
import { basename } from 'node:path';
import { replayCommand, shownPath } from './again.ts';
import { campaignSuite, conclusiveCase, vacuitySuite } from './campaign-suites.ts';
import { canarySuite } from './canary.ts';
import {
  type CheckResults,
  type CorpusReplay,
  corpusFailureLines,
  failureLines,
  type GroundResult,
  trippedIn,
} from './check-report.ts';
import { type Outcome, passed, type Suite } from './verdicts.ts';

export function suitesOf(results: CheckResults): readonly Suite[] {
  const { corpus, grounds, campaigns, canary } = results;
  const names = [...new Set(corpus.map(({ ground }) => ground))];
  return [
    canarySuite(canary),
    ...names.map((name) => corpusSuite(name, corpus)),
    ...grounds.map(lockstepSuite),
    ...campaigns.map(campaignSuite),
    ...(grounds.length + campaigns.length === 0 ? [] : [vacuitySuite('scenarios', trippedIn(results))]),
  ];
}

function corpusSuite(name: CorpusReplay['ground'], corpus: readonly CorpusReplay[]): Suite {
  const here = corpus.filter(({ ground }) => ground === name);
  return {
    name: `corpus ${name}`,
    cases: here.map((replay) => ({ name: basename(replay.file), seconds: replay.seconds, outcome: regressionIn(replay) })),
  };
}

function regressionIn(replay: CorpusReplay): Outcome {
  const { failure, skipped, file, kind, ground } = replay;
  if (skipped !== null) return { kind: 'skipped', message: skipped };
  if (failure === null) return passed;
  return {
    kind: 'violated',
    message: `VIOLATION of ${failure.property} on ${ground}: a regression is back`,
    lines: corpusFailureLines(replay),
    file: shownPath(file),
    replay: replayCommand(file, kind, ground),
  };
}

function lockstepSuite(result: GroundResult): Suite {
  const { ledger, seconds, report, savedAs } = result;
  const lines = failureLines(result);
  const outcome: Outcome =
    lines === null || savedAs === null
      ? passed
      : {
          kind: 'violated',
          message: `VIOLATION of ${report.failure?.scenario.found?.property} on ${ledger}`,
          ...{ lines, file: shownPath(savedAs), replay: replayCommand(savedAs, 'lockstep', ledger) },
        };
  return {
    name: `lockstep ${ledger}`,
    cases: [{ name: 'no violation', seconds, outcome }, conclusiveCase(report.inconclusive)],
  };
}
