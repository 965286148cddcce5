/**
 * From the C sources to the bytes of the program: clang, then our own linker. Nothing of where it happened gets into the result.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linkProgram } from './linker/link.ts';

export type CompileResult =
  | { readonly kind: 'compiled'; readonly program: Uint8Array; readonly compiler: string }
  | { readonly kind: 'noCompiler'; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string };

export const sourceFolder: string = fileURLToPath(new URL('./src/', import.meta.url));

/**
 * `-mcpu=v1`: SBPF v0 has no 32-bit jumps or arithmetic. `-fno-builtin`: no loop becomes a call of `memset`.
 * `-fno-strict-aliasing`: accounts are bytes seen as structures. The stack of a frame is 4,096 bytes where Linux has 512.
 */
const FLAGS = [
  '-target',
  'bpf',
  '-mcpu=v1',
  '-std=c17',
  '-O2',
  '-fno-builtin',
  '-fno-strict-aliasing',
  '-fno-ident',
  '-Wall',
  '-Wextra',
  '-Werror',
];
const STACK_FLAGS = ['-mllvm', '-bpf-stack-size=4096'];

/** The first of the candidates that can be started, with its version line; null when there is none. */
export function findCompiler(candidates: readonly string[]): { readonly path: string; readonly version: string } | null {
  for (const path of candidates) {
    const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    if (status === 0) return { path, version: stdout.split('\n')[0] ?? '' };
  }
  return null;
}

/**
 * Compiles and links `choir.c` of a folder.
 * @param clang null to look for `clang-19`, then `clang`
 * @throws LinkError when clang's object cannot become a program
 */
export function compileProgram(clang: string | null, folder: string = sourceFolder): CompileResult {
  const candidates = clang === null ? ['clang-19', 'clang'] : [clang];
  const compiler = findCompiler(candidates);
  if (compiler === null) {
    const detail = `cannot start ${candidates.join(' or ')}: on Debian, apt-get install clang-19; elsewhere pass --clang PATH`;
    return { kind: 'noCompiler', detail };
  }
  const temporary = mkdtempSync(join(tmpdir(), 'choir-program-'));
  try {
    const object = join(temporary, 'choir.o');
    const { status, stderr } = spawnSync(compiler.path, [...FLAGS, ...STACK_FLAGS, '-c', 'choir.c', '-o', object], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (status !== 0) return { kind: 'failed', detail: `${compiler.version} could not compile choir.c:\n${stderr}` };
    return { kind: 'compiled', program: linkProgram(readFileSync(object)), compiler: compiler.version };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
