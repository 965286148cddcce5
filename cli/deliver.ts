/** Hands what a command came to to whoever reads it by machine: a JUnit file where one was asked for, and GitHub where it runs there. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { annotationsOf, summaryOf } from './github.ts';
import { junitOf } from './junit.ts';
import type { Delivery } from './verdicts.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** @param junit the file to write, or none */
export function deliver(delivery: Delivery, junit?: string, environment: Environment = process.env): void {
  if (junit !== undefined) writeFileSync(junit, junitOf(delivery));
  if (environment['GITHUB_ACTIONS'] === 'true')
    process.stdout.write(
      annotationsOf(delivery)
        .map((line) => `${line}\n`)
        .join(''),
    );
  appendSummary(delivery, environment['GITHUB_STEP_SUMMARY'] ?? '');
}

/** A summary that cannot be written is said, and changes no verdict. */
function appendSummary(delivery: Delivery, file: string): void {
  if (file === '') return;
  try {
    appendFileSync(file, `${summaryOf(delivery)}\n`);
  } catch (error) {
    process.stderr.write(`choir: GITHUB_STEP_SUMMARY: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
