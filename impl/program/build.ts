/**
 * `tsx impl/program/build.ts [--verify] [--clang PATH]`: builds `choir.so` and the generated header, or (`--verify`) says whether
 * the committed ones are what the sources give, and changes nothing.
 * Exit codes: 0 done or equal · 1 different, or the sources do not build · 2 bad usage or no compiler.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compileProgram } from './compile.ts';
import { differenceOf } from './difference.ts';
import { headerText } from './generate-header.ts';
import { LinkError } from './linker/link-error.ts';

const PROGRAM_FILE = new URL('./choir.so', import.meta.url);
const HEADER_FILE = new URL('./src/generated.h', import.meta.url);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function readArguments(): { readonly verify: boolean; readonly clang: string | null } | null {
  try {
    const { values } = parseArgs({ options: { verify: { type: 'boolean' }, clang: { type: 'string' } } });
    return { verify: values.verify ?? false, clang: values.clang ?? null };
  } catch (error) {
    complain(
      `${error instanceof Error ? error.message : String(error)}\nusage: tsx impl/program/build.ts [--verify] [--clang PATH]`,
    );
    return null;
  }
}

function fileOrEmpty(file: URL): Uint8Array {
  try {
    return readFileSync(file);
  } catch {
    return new Uint8Array(0);
  }
}

function main(): number {
  const options = readArguments();
  if (options === null) return 2;
  const header = headerText();
  if (options.verify && Buffer.from(fileOrEmpty(HEADER_FILE)).toString('utf8') !== header) {
    complain('impl/program/src/generated.h is not what the codec gives: run npm run program:build and commit the result');
    return 1;
  }
  if (!options.verify) writeFileSync(HEADER_FILE, header);
  const result = compileProgram(options.clang);
  switch (result.kind) {
    case 'noCompiler':
      complain(result.detail);
      return 2;
    case 'failed':
      complain(result.detail);
      return 1;
    case 'compiled':
      return options.verify ? verify(result.program, result.compiler) : write(result.program, result.compiler);
  }
}

function write(program: Uint8Array, compiler: string): number {
  writeFileSync(PROGRAM_FILE, program);
  say(`impl/program/choir.so: ${program.length} bytes, ${compiler}`);
  return 0;
}

function verify(program: Uint8Array, compiler: string): number {
  const difference = differenceOf(fileOrEmpty(PROGRAM_FILE), program, compiler);
  if (difference === null) say(`impl/program/choir.so is what the sources give (${program.length} bytes, ${compiler})`);
  else complain(difference);
  return difference === null ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof LinkError)) throw error;
  complain(`cannot link: ${error.message} (${error.code})`);
  process.exitCode = 1;
}
