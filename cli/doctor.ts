/** `choir doctor`: what this machine has, what each missing thing costs. */
import { spawnSync } from 'node:child_process';
import { exitCodes } from './exit-codes.ts';
import { table } from './table.ts';

interface Finding {
  readonly what: string;
  readonly found: string;
  /** What cannot be done without it; empty when it is there. */
  readonly cost: string;
}

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

const finding = (what: string, found: string | null, cost: string): Finding => ({
  what,
  found: found ?? 'missing',
  cost: found === null ? cost : '',
});

async function examine(): Promise<readonly Finding[]> {
  const bankrun = await attempt(() => import('solana-bankrun'));
  const litesvm = await attempt(() => import('litesvm'));
  const sqlite = await attempt(() => import('libsql'));
  return [
    finding('Node', process.version, ''),
    finding('bankrun', bankrun ? 'loads' : null, 'check --ledger bankrun; this platform has no prebuilt binary'),
    finding('LiteSVM', litesvm ? 'loads' : null, 'check --ledger litesvm; this platform has no prebuilt binary'),
    finding('libsql', sqlite ? 'loads' : null, 'durable backend stores'),
    finding(
      'Docker',
      firstLine('docker', 'info', '--format', '{{.ServerVersion}}'),
      'a real Qdrant from a container; the emulator is used',
    ),
    finding('QDRANT_URL', process.env['QDRANT_URL'] ?? null, 'a real Qdrant by URL; a container or the emulator is used'),
    finding('SOLANA_URL', process.env['SOLANA_URL'] ?? null, 'the ledger contract on a validator; it is skipped, and says so'),
    finding(
      'clang',
      firstLine('clang-19', '--version') ?? firstLine('clang', '--version'),
      'rebuilding the on-chain program; the committed one is used',
    ),
  ];
}

/** Exits 0 when the main job can run here, 3 when it cannot. */
export async function doctor(): Promise<number> {
  const findings = await examine();
  const rows = findings.map(({ what, found, cost }) => [what, found, cost]);
  process.stdout.write(`${table([['what', 'found', 'cost of its absence'], ...rows])}\n`);
  const needed = new Set(['bankrun', 'LiteSVM', 'libsql']);
  return findings.some(({ what, found }) => needed.has(what) && found === 'missing') ? exitCodes.trouble : exitCodes.ok;
}
