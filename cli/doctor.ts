/** `choir doctor`: what this machine has, what each missing thing costs. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumPath } from './chromium.ts';
import { exitCodes } from './exit-codes.ts';
import { table } from './table.ts';
import { tell } from './terminal/tell.ts';

export interface Finding {
  readonly what: string;
  readonly found: string;
  /** What cannot be done without it; empty when it is there. */
  readonly cost: string;
  /** Without it the main job cannot run. */
  readonly isNeeded: boolean;
  readonly isThere: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const attempt = async (load: () => Promise<unknown>): Promise<boolean> =>
  load().then(
    () => true,
    () => false,
  );

/** A command's first line of output, or null when it is missing or fails. */
function firstLine(command: string, ...words: string[]): string | null {
  const result = spawnSync(command, words, { encoding: 'utf8', timeout: 10_000 });
  return result.status === 0 ? (result.stdout.split('\n')[0]?.trim() ?? '') : null;
}

const finding = (what: string, found: string | null, cost: string, isNeeded = false): Finding => ({
  ...{ what, isNeeded, isThere: found !== null },
  found: found ?? 'missing',
  cost: found === null ? cost : '',
});

const numbersIn = (version: string): readonly number[] => (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);

/** Whether `version` is `least` or newer; `v20.19.0`, `1.17.1`. */
export function isNewEnough(version: string, least: string): boolean {
  const [have, want] = [numbersIn(version), numbersIn(least)];
  const at = want.findIndex((number, index) => (have[index] ?? 0) !== number);
  return at < 0 || (have[at] ?? 0) > (want[at] ?? 0);
}

/** As package.json has it. */
function leastNode(): string {
  const text = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly engines: { readonly node: string } }).engines.node.replace('>=', '');
}

export function nodeFinding(version: string, least: string): Finding {
  const isThere = isNewEnough(version, least);
  const cost = isThere ? '' : `everything: expected ${least} or newer`;
  return { what: 'Node', found: isThere ? version : `${version}, TOO OLD`, cost, isNeeded: true, isThere };
}

/** The first that the adapter can talk to (`impl/adapters/qdrant/`). */
const leastQdrant = '1.17.0';
const answerWithinMs = 3_000;

/** What the address answered, or why it did not. */
async function answerOf(url: string, init: RequestInit): Promise<{ readonly json: unknown } | { readonly reason: string }> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return { reason: 'no http or https URL' };
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(answerWithinMs) });
    if (!response.ok) return { reason: `HTTP ${response.status}` };
    return { json: (await response.json()) as unknown };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = (cause as { readonly code?: unknown }).code;
    return { reason: typeof code === 'string' ? code : cause instanceof Error ? cause.message : String(cause) };
  }
}

const textAt = (json: unknown, ...path: readonly string[]): string | null => {
  const value = path.reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | null | undefined)?.[key], json);
  return typeof value === 'string' ? value : null;
};

/** An address that is set is either there, with its version, or said not to be: never found for being set. */
async function urlFinding(
  what: string,
  url: string | undefined,
  cost: string,
  ask: (url: string) => Promise<{ readonly version: string } | { readonly reason: string }>,
): Promise<Finding> {
  if (url === undefined || url === '') return finding(what, null, cost);
  const answer = await ask(url);
  if ('version' in answer) return finding(what, `${url} answers, ${answer.version}`, '');
  return {
    what,
    found: `${url} NOT REACHED: ${answer.reason}`,
    cost: `${cost}; unset it or start what it names`,
    isNeeded: false,
    isThere: false,
  };
}

async function askQdrant(url: string, key: string | undefined): Promise<{ version: string } | { reason: string }> {
  const answer = await answerOf(url, key === undefined ? {} : { headers: { 'api-key': key } });
  if ('reason' in answer) return answer;
  const version = textAt(answer.json, 'version');
  if (version === null) return { reason: 'what answers there is no Qdrant' };
  return isNewEnough(version, leastQdrant)
    ? { version: `version ${version}` }
    : { reason: `version ${version} is older than ${leastQdrant}` };
}

async function askSolana(url: string): Promise<{ version: string } | { reason: string }> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getVersion' });
  const answer = await answerOf(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if ('reason' in answer) return answer;
  const version = textAt(answer.json, 'result', 'solana-core');
  return version === null ? { reason: 'what answers there is no Solana node' } : { version: `version ${version}` };
}

/** The two addresses that can be set. */
export function urlFindings(environment: Environment): Promise<readonly Finding[]> {
  return Promise.all([
    urlFinding('QDRANT_URL', environment['QDRANT_URL'], 'a real Qdrant by URL; a container or the emulator is used', (url) =>
      askQdrant(url, environment['QDRANT_API_KEY']),
    ),
    urlFinding(
      'SOLANA_URL',
      environment['SOLANA_URL'],
      'the ledger contract on a validator; it is skipped, and says so',
      askSolana,
    ),
  ]);
}

async function examine(): Promise<readonly Finding[]> {
  const bankrun = await attempt(() => import('solana-bankrun'));
  const litesvm = await attempt(() => import('litesvm'));
  const sqlite = await attempt(() => import('libsql'));
  const docker = firstLine('docker', 'info', '--format', '{{.ServerVersion}}');
  const clang = firstLine('clang-19', '--version') ?? firstLine('clang', '--version');
  return [
    nodeFinding(process.version, leastNode()),
    finding('bankrun', bankrun ? 'loads' : null, 'check --ledger bankrun; this platform has no prebuilt binary', true),
    finding('LiteSVM', litesvm ? 'loads' : null, 'check --ledger litesvm; this platform has no prebuilt binary', true),
    finding('libsql', sqlite ? 'loads' : null, 'durable backend stores', true),
    finding('Docker', docker === '' ? null : docker, 'a real Qdrant from a container; the emulator is used'),
    ...(await urlFindings(process.env)),
    finding('clang', clang, 'rebuilding the on-chain program, and mutants of it; the committed program is used'),
    finding('Chromium', chromiumPath(), 'tests of report pages in a browser; they are skipped, and say so'),
  ];
}

/** Exits 0 when the main job can run here, 3 when it cannot. */
export async function doctor(): Promise<number> {
  const findings = await examine();
  const rows = findings.map(({ what, found, cost }) => [what, found, cost]);
  tell(table([['what', 'found', 'cost of its absence'], ...rows]));
  return doctorExitCode(findings);
}

export const doctorExitCode = (findings: readonly Finding[]): number =>
  findings.some(({ isNeeded, isThere }) => isNeeded && !isThere) ? exitCodes.trouble : exitCodes.ok;
