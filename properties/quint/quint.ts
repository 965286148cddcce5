/** Quint's simulator as a process: what it evaluates comes back as traces in the Informal Trace Format. Nothing is downloaded. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { fromItf, type ItfRun } from '#model/explore/itf.ts';
import type { AnySlots } from '#model/explore/spec.ts';

const root = resolve(import.meta.dirname, '../..');
const cli = join(root, 'node_modules/@informalsystems/quint/dist/src/cli.js');
export const specifications: string = join(root, 'model/quint');

export interface Simulated {
  readonly file: string;
  readonly main: string;
  readonly traces?: number;
  readonly steps?: number;
  /** Hexadecimal. */
  readonly seed?: string;
  readonly invariant?: string;
}

/** @returns the traces @throws what Quint has against the file or its types, or that the invariant fails */
export async function simulated(what: Simulated): Promise<readonly ItfRun[]> {
  const { file, main, traces = 1, steps = 0, seed = '0x1', invariant = 'true' } = what;
  const directory = mkdtempSync(join(tmpdir(), 'choir-quint-'));
  try {
    await quint([
      ...['run', file, `--main=${main}`, '--backend=typescript', '--verbosity=1', `--invariant=${invariant}`],
      ...[`--max-samples=${traces}`, `--n-traces=${traces}`, `--max-steps=${steps}`, `--seed=${seed}`],
      `--out-itf=${join(directory, 'trace_{seq}.itf.json')}`,
    ]);
    return readdirSync(directory).map((name) => fromItf(JSON.parse(readFileSync(join(directory, name), 'utf8'))));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function quint(options: readonly string[]): Promise<void> {
  try {
    // Most of what evaluation makes is garbage at once.
    await promisify(execFile)(process.execPath, ['--max-semi-space-size=32', cli, ...options], { cwd: root });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`quint ${options.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}

/** The variables of a module that computes them at once. */
export async function evaluated(file: string, main: string): Promise<AnySlots> {
  const [trace] = await simulated({ file, main });
  return trace?.start ?? {};
}

/** Plain data as Quint writes them. */
export function literalOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(literalOf).join(', ')}]`;
  if (value instanceof Set) return `Set(${[...value].map(literalOf).join(', ')})`;
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${key}: ${literalOf(each)}`)
    .join(', ')} }`;
}
