/**
 * `choir soak-crash`: real backend processes, killed with SIGKILL again and again while clients work through them; then everybody
 * may settle, and the judge compares what clients were told with the authorities.
 *
 *   this process: Solana's gateway, Qdrant's emulator, clients        child processes: `choir serve`, one a backend, one file each
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWebSocketDialer } from '#impl/adapters/channel/websocket-dialer.ts';
import { SystemClock } from '#impl/adapters/clock/system.ts';
import { type BackendId, backendId } from '#impl/ports/ids.ts';
import { isFinal, judgeCrashes } from '#properties/crash/judge.ts';
import { observeCrashes } from '#properties/crash/observe.ts';
import { CrashClient } from '#simulations/crash/client.ts';
import { CrashRecord } from '#simulations/crash/record.ts';
import { seededRandom } from '#simulations/engine/seeded-random.ts';
import { openListeningAuthorities } from '#simulations/world/svm/listening-authorities.ts';
import { BackendDied, BackendProcess } from './crash/backend-process.ts';
import { type CrashRun, crashFigures } from './crash/figures.ts';
import { freePort } from './crash/free-port.ts';
import { Killer } from './crash/killer.ts';
import { exitCodes, TroubleError } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';
import { humanTime } from './terminal/human-time.ts';
import { tell } from './terminal/tell.ts';

export interface SoakCrashOptions {
  readonly kills: number;
  readonly clients: number;
  readonly backends: number;
  readonly seed?: number;
}

/**
 * The ledger's time against everybody else's: slots of 100 ms, so that a write is confirmed at the first look and what was left
 * behind unsigned expires after 15 s instead of a minute.
 */
const ledgerPace = 4;
const prefix = 'choir_';
const roundMs = 200;
const syncMs = 2_000;
/**
 * For the ends of all writes, and for caches and Qdrant to follow: three times what they need, and less than it takes a backend to
 * suspect content of nobody (a minute), which would sweep away what should have been looked after.
 */
const settleMs = 45_000;
/** More of them seldom say more. */
const shownViolations = 20;

export async function soakCrash(options: SoakCrashOptions): Promise<number> {
  const seed = options.seed ?? freshSeed();
  tell(`${options.kills} kills of ${options.backends} backends under ${options.clients} clients, seed ${seed}`);
  const directory = mkdtempSync(join(tmpdir(), 'choir-crash-'));
  const run = await campaign({ ...options, seed }, directory).catch((error: unknown) => {
    if (error instanceof BackendDied) return error;
    throw error;
  });
  if (run instanceof BackendDied) tell('', `VIOLATION of process: ${run.message}`);
  else printRun(run);
  const violations = run instanceof BackendDied ? 1 : run.violations.length;
  tell('', `${violations === 0 ? 'no violation' : `violations: ${violations}`}; seed ${seed}`);
  if (run instanceof BackendDied || violations > 0) {
    tell(`the backends' files are kept in ${directory}`);
    return exitCodes.violation;
  }
  rmSync(directory, { recursive: true, force: true });
  const isHollow = !run.record.writes.some(({ answer }) => answer === 'confirmed');
  if (isHollow) throw new TroubleError('no write was ever acknowledged; there is nothing to judge');
  return exitCodes.ok;
}

function printRun(run: CrashRun): void {
  tell('', table([['what', 'figure'], ...crashFigures(run)]));
  for (const { rule, detail } of run.violations.slice(0, shownViolations)) tell('', `VIOLATION of ${rule}: ${detail}`);
}

async function campaign(options: Required<SoakCrashOptions>, directory: string): Promise<CrashRun> {
  const startedMs = performance.now();
  const beganMs = Date.now();
  const nowMs = (): number => beganMs + Math.floor((performance.now() - startedMs) * ledgerPace);
  const authorities = await openListeningAuthorities({ name: `crash ${options.seed}`, wallets: options.clients + 1, nowMs });
  const ids = Array.from({ length: options.backends }, (_, index) => backendId(`b${index}`));
  const { solanaUrl, qdrantUrl } = authorities;
  const backends: BackendProcess[] = [];
  for (const id of ids) {
    const storePath = join(directory, `${id}.sqlite`);
    const port = await freePort();
    backends.push(new BackendProcess({ id, storePath, port, solanaUrl, qdrantUrl, qdrantPrefix: prefix, roundMs, syncMs }));
  }
  try {
    return await Promise.race([play(options, { authorities, backends, ids }), ...backends.map(({ died }) => died)]);
  } finally {
    for (const backend of backends) await backend.kill();
    await authorities.close();
  }
}

interface Stage {
  readonly authorities: Awaited<ReturnType<typeof openListeningAuthorities>>;
  readonly backends: readonly BackendProcess[];
  readonly ids: readonly BackendId[];
}

async function play(options: Required<SoakCrashOptions>, { authorities, backends, ids }: Stage): Promise<CrashRun> {
  const clock = new SystemClock();
  const record = new CrashRecord();
  const addressOf = (id: BackendId): string | null => backends.find((backend) => backend.id === id)?.address ?? null;
  const dialer = createWebSocketDialer({ addressOf, clock });
  const [auditor, ...wallets] = authorities.wallets;
  if (auditor === undefined) throw new Error('expected a wallet for the auditor');
  const clients = wallets.map(
    (wallet, index) =>
      new CrashClient({
        name: `client ${index}`,
        wallet,
        backends: ids,
        dialer,
        clock,
        random: seededRandom(options.seed * 1_000 + index + 1),
        record,
      }),
  );
  const startedMs = performance.now();
  for (const backend of backends) backend.start();
  await Promise.all(backends.map((backend) => backend.serving()));
  const stop = new AbortController();
  const acting = Promise.all(clients.map((client) => client.act(stop.signal)));
  const killer = new Killer({ backends, record, random: seededRandom(options.seed) });
  const progress = createProgress('kills', options.kills, process.stderr, () => performance.now());
  const killing = (async (): Promise<void> => {
    while (killer.total < options.kills) {
      await killer.kill();
      const acknowledged = record.writes.filter(({ end }) => end?.kind === 'confirmed').length;
      progress.report(killer.total, `${acknowledged} writes acknowledged`);
    }
  })();
  // Whoever fails first ends it: clients must not go on for ever without a killer, nor he without them.
  await Promise.race([killing, acting.then(() => killing)]);
  progress.say(`killed ${killer.total} times; everybody may settle, ${humanTime(settleMs)} at most`);
  stop.abort();
  await acting;
  await Promise.all(backends.map((backend) => backend.serving()));
  const workedMs = performance.now();
  await Promise.all(clients.map((client) => client.settle(settleMs)));
  const witnesses = { authorities, backends: ids, dialer, auditor, clients, prefix };
  let seen = await observeCrashes(witnesses);
  let violations = judgeCrashes(record, seen);
  // Caches and Qdrant may take their rounds.
  while (violations.length > 0 && !violations.some(isFinal) && performance.now() - workedMs < settleMs) {
    await sleep(500);
    await Promise.all(clients.map((client) => client.settle(0)));
    seen = await observeCrashes(witnesses);
    violations = judgeCrashes(record, seen);
  }
  for (const client of clients) client.frontend.disconnect();
  return {
    record,
    killer,
    backends,
    violations,
    threads: seen.ledger.length,
    versions: seen.events.length,
    workMs: workedMs - startedMs,
    settleMs: performance.now() - workedMs,
  };
}
