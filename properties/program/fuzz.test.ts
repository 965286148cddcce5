/**
 * The fuzz on both virtual machines, and the fuzz itself put to the test: builds of the program with one check taken out, each of
 * which it must convict. Those need clang; without it that part says so and is skipped.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileProgram, findCompiler, sourceFolder } from '#impl/program/compile.ts';
import { fuzzProgram } from './fuzz.ts';

it('[PG12] 2,000 damaged transactions on LiteSVM: nothing forbidden, and nearly everything tried', {
  timeout: 120_000,
}, async () => {
  const report = await fuzzProgram({ count: 2_000, seed: 20_250_101, bank: 'litesvm' });
  expect(report.violations).toEqual([]);
  expect(report.instructions).toBeGreaterThanOrEqual(2_000);
  expect(Object.keys(report.effects).sort()).toEqual([
    'divested',
    'messagePosted',
    'settled approved',
    'settled denied',
    'settled expired',
    'settled returned',
    'settled split',
    'specSubmitted',
    'threadCreated',
    'voted approve',
    'voted deny',
  ]);
  expect(Object.keys(report.errors).length).toBeGreaterThanOrEqual(22);
});

it('[PG12] 400 damaged transactions on bankrun: nothing forbidden', { timeout: 120_000 }, async () => {
  const report = await fuzzProgram({ count: 400, seed: 7, bank: 'bankrun' });
  expect(report.violations).toEqual([]);
  expect(report.accepted).toBeGreaterThan(40);
});

it('[PG12] the same seed sends the same transactions', async () => {
  const [first, second] = [
    await fuzzProgram({ count: 150, seed: 3, bank: 'litesvm' }),
    await fuzzProgram({ count: 150, seed: 3, bank: 'litesvm' }),
  ];
  expect(second).toEqual(first);
  expect((await fuzzProgram({ count: 150, seed: 4, bank: 'litesvm' })).errors).not.toEqual(first.errors);
});

interface Weakness {
  readonly missing: string;
  readonly file: string;
  readonly check: string;
  /** What stands in its place; nothing unless the compiler insists. */
  readonly instead?: string;
  readonly convictedOf: RegExp;
}

const weaknesses: readonly Weakness[] = [
  {
    missing: 'the signature',
    file: 'input.h',
    check: 'REQUIRE(input->account[0].signer, ERROR_MISSING_SIGNER);',
    convictedOf: /without|unsigned|unauthorized signer/,
  },
  {
    missing: 'the writable flags',
    file: 'input.h',
    check: 'if ((writable >> i) & 1) REQUIRE(input->account[i].writable, ERROR_ACCOUNT_NOT_WRITABLE);',
    instead: '(void)writable;',
    convictedOf: /which no table names/,
  },
  {
    missing: 'that only co-authors post',
    file: 'messages.h',
    check: 'REQUIRE(co_author_position(thread, &recording.author) != NOT_FOUND, ERROR_NOT_CO_AUTHOR);',
    convictedOf: /posted without right/,
  },
  {
    missing: 'that a vote is cast once',
    file: 'specs.h',
    check: 'REQUIRE(((spec->approvals | spec->denials) & mine) == 0, ERROR_ALREADY_VOTED);',
    convictedOf: /voted without right, twice/,
  },
  {
    missing: "the approvers' token accounts",
    file: 'settle.h',
    check: 'TRY(require_token_account(token_account, &spec->voters[i], mint, &spec->token_bumps[i]));',
    convictedOf: /CHOIR, expected/,
  },
  {
    missing: 'the treasury',
    file: 'settle.h',
    check: 'REQUIRE(key_equal(accounts[SETTLE_TREASURY].key, &settlement->config->treasury), ERROR_WRONG_ADDRESS);',
    convictedOf: /CHOIR, expected|which no table names/,
  },
];

/** The program with one check taken out of a copy of its sources. */
function weakened({ file, check, instead = '' }: Weakness): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'choir-weakened-'));
  try {
    cpSync(sourceFolder, folder, { recursive: true });
    const source = readFileSync(join(folder, file), 'utf8');
    if (!source.includes(check)) throw new Error(`${file} has no such check (any more): ${check}`);
    writeFileSync(join(folder, file), source.replace(check, instead));
    const result = compileProgram(null, folder);
    if (result.kind !== 'compiled') throw new Error(result.detail);
    return result.program;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const compiler = findCompiler(['clang-19', 'clang']);
const ground = compiler === null ? 'skipped: no clang on this machine' : compiler.version;

describe.skipIf(compiler === null)(`weakened programs (${ground})`, () => {
  const run = { count: 5_000, seed: 6, bank: 'litesvm', maxViolations: 1 } as const;

  it.each(weaknesses)('[PG12] the fuzz convicts a program that does not check $missing', async (weakness) => {
    const report = await fuzzProgram({ ...run, program: weakened(weakness) });
    expect(report.violations.filter((violation) => weakness.convictedOf.test(violation))).not.toEqual([]);
  });
});
