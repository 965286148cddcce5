/** For tests: the command line as a process of its own, waited for or under way, and the processes it starts. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Where {
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** Modules to be loaded first, by path. */
  readonly preload?: readonly string[];
}

const wordsFor = (words: readonly string[], preload: readonly string[] = []): readonly string[] => [
  ...[loader, ...preload.map((file) => pathToFileURL(file).href)].flatMap((url) => ['--import', url]),
  join(root, 'cli', 'main.ts'),
  ...words,
];

/** What a test runner or a CI sets for itself, and would change what is written here. */
const forOthers = ['FORCE_COLOR', 'NO_COLOR', 'GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY'];

/** What `process.execPath` is to be given to run it. */
export const choirWords = (...words: readonly string[]): readonly string[] => wordsFor(words);

const optionsFor = ({ environment = {}, directory = root }: Where) => ({
  cwd: directory,
  env: { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !forOthers.includes(name))), ...environment },
});

export function choirIn(where: Where, ...words: readonly string[]): Ran {
  const all = wordsFor(words, where.preload);
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { ...optionsFor(where), encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

export const choir = (...words: readonly string[]): Ran => choirIn({}, ...words);

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran & { readonly signal: string | null }>;
}

export const startChoir = (...words: readonly string[]): Running => startChoirIn({}, ...words);

export function startChoirIn(where: Where, ...words: readonly string[]): Running {
  const child = spawn(process.execPath, wordsFor(words, where.preload), {
    ...optionsFor(where),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => {
      said[name] += chunk.toString();
    });
  const ended = new Promise<Ran & { readonly signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ ...said, code, signal }));
  });
  return { child, ended };
}

/** Live processes that `parent` started with this word in their command. */
export function childrenOf(parent: number | undefined, word: string): readonly number[] {
  return processes().flatMap(({ pid, ppid, args }) => (ppid === parent && args.includes(word) ? [pid] : []));
}

/** Whether there is such a process; one that has ended and only waits to be noticed is none. */
export const isAlive = (pid: number): boolean => processes().some((each) => each.pid === pid);

function processes(): readonly { readonly pid: number; readonly ppid: number; readonly args: string }[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, ppid, state = '', args = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state.startsWith('Z') ? [] : [{ pid: Number(pid), ppid: Number(ppid), args }];
  });
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until it is so; false when it has not come about in time. */
export async function eventually(isSo: () => boolean, withinMs = 20_000): Promise<boolean> {
  for (const startedMs = performance.now(); performance.now() - startedMs < withinMs; await sleep(50)) if (isSo()) return true;
  return isSo();
}
