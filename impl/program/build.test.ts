/** The build as a whole: the generated header, the committed program, and that nothing of the place gets into it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PROGRAM_ERRORS } from '../adapters/solana/codec/errors.ts';
import { compileProgram, findCompiler, sourceFolder } from './compile.ts';
import { differenceOf } from './difference.ts';
import { headerText } from './generate-header.ts';

const committed = readFileSync(new URL('./choir.so', import.meta.url));

it('[PG1] the committed header is what the codec gives, with every error', () => {
  const header = readFileSync(join(sourceFolder, 'generated.h'), 'utf8');
  expect(header).toBe(headerText());
  for (const { number } of PROGRAM_ERRORS) expect(header).toMatch(new RegExp(`^#define ERROR_[A-Z_]+ ${number} `, 'm'));
});

it('[PG13] without a compiler the build says which package to install, and exits 2', () => {
  const result = compileProgram('no-such-clang');
  expect(result).toMatchObject({ kind: 'noCompiler', detail: expect.stringContaining('apt-get install clang-19') });
});

const compiler = findCompiler(['clang-19']);

describe.skipIf(compiler === null)(`with ${compiler?.version ?? 'clang-19 (skipped: not on this machine)'}`, () => {
  it('[PG13] the committed program is what the sources give, from whatever folder', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'choir elsewhere '));
    try {
      cpSync(sourceFolder, elsewhere, { recursive: true });
      const result = compileProgram(null, elsewhere);
      if (result.kind !== 'compiled') throw new Error(result.detail);
      expect(Buffer.from(result.program).equals(committed)).toBe(true);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it('[PG13] sources that do not compile are reported with what the compiler said', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'choir-broken-'));
    try {
      writeFileSync(join(elsewhere, 'choir.c'), 'int entrypoint( { }');
      expect(compileProgram(null, elsewhere)).toMatchObject({ kind: 'failed', detail: expect.stringContaining('error:') });
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it('[PG13] the command exits 0 when all is equal, 2 without a compiler, 2 with its usage for an unknown option', () => {
    const build = fileURLToPath(new URL('./build.ts', import.meta.url));
    const run = (...args: readonly string[]): { readonly status: number | null; readonly output: string } => {
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', build, ...args], { encoding: 'utf8' });
      return { status, output: stdout + stderr };
    };
    expect(run('--verify')).toMatchObject({ status: 0, output: expect.stringContaining('is what the sources give') });
    expect(run('--verify', '--clang', 'no-such-clang')).toMatchObject({ status: 2 });
    expect(run('--unknown')).toMatchObject({ status: 2, output: expect.stringContaining('usage:') });
  });
});

it('[PG13] a committed program that differs is reported with the place and what to do; an equal one is not', () => {
  const changed = Uint8Array.from(committed);
  changed[1_000] = (changed[1_000] ?? 0) ^ 1;
  expect(differenceOf(committed, committed, 'clang 19')).toBeNull();
  expect(differenceOf(changed, committed, 'clang 19')).toMatch(/from byte 1000 on: run npm run program:build/);
  expect(differenceOf(new Uint8Array(0), committed, 'clang 19')).toMatch(/\(0 bytes\) differs/);
  expect(differenceOf(Buffer.concat([committed, Buffer.alloc(1)]), committed, 'clang 19')).toMatch(/differs/);
});
