/**
 * How the commands of the documentation are run by its test (`commands.test.ts`). Without an entry here a command is run as it stands
 * there. Whoever documents a long one adds an entry; the longest one that a command begins with counts, word by word.
 *
 * - `add`: appended, so that it ends soon, in place of the same options where they are
 *   given; those are parsed all the same.
 * - `instead`: run in its place, and `because` says why.
 * - `stands`: it cannot be run within a test; `in` holds `text`, which stands for it.
 * - `exits`: with what, where not 0.
 */

export type Bound =
  | { readonly add: string; readonly exits?: number }
  | { readonly instead: string; readonly because: string; readonly exits?: number }
  | { readonly stands: string; readonly in: string; readonly text: string }
  | { readonly exits: number };

export const bounds: Readonly<Record<string, Bound>> = {
  'npm ci': { stands: 'installs: what CI does first', in: '.ci/run', text: "stage 'install' npm ci" },
  'bash .ci/run': { stands: 'runs all of this, too', in: '.github/workflows/ci.yml', text: 'run: bash .ci/run' },
  'npm run lint': { stands: 'a stage of CI', in: '.ci/run', text: 'npm run --silent lint' },
  'npm run types': { stands: 'a stage of CI', in: '.ci/run', text: 'npm run --silent types' },
  'npm run program:verify': { stands: 'a stage of CI', in: '.ci/run', text: 'npm run --silent program:verify' },
  'npm run program:build': {
    stands: 'writes impl/program/choir.so',
    in: 'package.json',
    text: '"program:build": "tsx impl/program/build.ts"',
  },
  'npm run format': { stands: 'writes sources', in: 'package.json', text: '"format": "biome check --write ."' },
  'UPDATE_COMPUTE_UNITS=1 npx vitest run': {
    stands: 'writes docs/compute-units.md',
    in: 'properties/program/compute-units.test.ts',
    text: "process.env['UPDATE_COMPUTE_UNITS']",
  },
  'npx vitest run --project docs': { stands: 'runs all of this', in: 'vitest.config.ts', text: "project('docs'" },
  'npm test': { add: 'model/content.test.ts' },
  // The other grounds are cli/main.test.ts's.
  'npm run check': { add: '--ledger litesvm --runs 1 --concurrent 20 --seed 7 --jobs 1' },
  'npm run check -- --help': { add: '' },
  'npm run check -- --json': { add: '--runs 1 --only lockstep --tier memory --seed 7' },
  'npm run check -- --tier memory --only concurrent': { add: '--concurrent 20 --seed 7' },
  'npm run explore': { add: '--max-states 20000', exits: 3 },
  'npm run explore -- --list': { add: '' },
  'npm run explore -- --scope medium': { add: '--max-states 2000', exits: 3 },
  'npm run explore -- --protocol ownership-update --scope large': { add: '--max-states 2000', exits: 3 },
  'npm run explore -- --protocol ownership-update --plant': { exits: 1 },
  'npm run explore -- --plant': { exits: 1 },
  'npm run explore -- --protocol ownership-update --plant "believes a node that lags" --drive': {
    instead: 'npm run explore -- --protocol ownership-update --plant "reads processed events" --drive',
    because: 'where the implementation does not follow, it is tried 600 times',
    exits: 1,
  },
  'npm run aim': { add: '--runs 5 --seed 7' },
  'npm run mutants': { add: '--only join-left-out --scenarios 100 --seed 7' },
  // Three scenarios do not find them, which is said.
  'npm run mutants -- --only': { add: '--scenarios 3', exits: 1 },
  'npm run mutants -- --file': { add: '--seed 7' },
  'npm run mutate': {
    stands: 'takes an hour; its own tests judge reports',
    in: 'package.json',
    text: '"mutate": "tsx cli/main.ts mutate"',
  },
  'npm run scoreboard': { add: '--render' },
  'npm run scoreboard -- --only': { instead: 'npm run scoreboard -- --render', because: 'it writes the scores that are kept' },
  'npm run soak': { add: '--memory 10 --svm 0 --replays 2 --jobs 1 --seed 7' },
  'npm run soak:crash': { stands: 'its own test runs it with few kills', in: 'cli/soak-crash.test.ts', text: "'soak-crash'" },
  'npm run schedules': { add: '--budget 50ms --jobs 1' },
  'npm run bench': { instead: 'npm run bench -- cache', because: 'it is the shortest of them' },
  'npm run bench:shrink': { stands: 'takes long', in: 'cli/bench.ts', text: "import('./bench/shrink.bench.ts')" },
  'npm run bench:explore': { stands: 'takes long', in: 'cli/bench.ts', text: "import('./bench/explore.bench.ts')" },
  'npm run bench -- gateway': { stands: 'takes long', in: 'cli/bench.ts', text: "import('./bench/gateway.bench.ts')" },
  'npm run bench -- engine': { stands: 'takes long', in: 'cli/bench.ts', text: "import('./bench/engine.bench.ts')" },
  'npm run fuzz:program': { add: '--count 200 --seed 7' },
  'npm run quint': {
    instead: 'npx quint typecheck model/quint/ownership_update.qnt',
    because: 'its other part are tests that run by themselves',
  },
  'npx quint run': { add: '--max-samples=3 --max-steps=3' },
};

/** What stands for a file that the documentation names and nobody has: by its name, what is in it. */
export const files: Readonly<Record<string, string>> = {
  'mine.json': JSON.stringify([
    {
      id: 'no-session-kept',
      file: 'impl/backend/sessions.ts',
      find: "    await this.#store.write([{ kind: 'put', table: 'sessions', key, value: pack(session) }]);\n    await this.#store.sync();",
      replace: '',
      breaks: 'A crash signs out everybody who was told that they are signed in.',
    },
  ]),
};

/** What `FILE` is where it is read. */
export const anyScenario = 'properties/regressions/or14-754ac09f.json';
