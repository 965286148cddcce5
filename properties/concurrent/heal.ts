/**
 * After the faults: everything is mended, and from then on a fair schedule must bring everybody together. The budget is not a number
 * of steps from the start but of rounds *without progress*, measured from healthy runs (`heal-budget.json`, `npm run bench -- heal`);
 * whoever still moves gets more time. Once together, some more rounds must change nothing.
 */
import { hashOf } from '#model/content.ts';
import { metadataApart } from '#properties/oracles/co-authors-agree.ts';
import { disagreement } from '#properties/oracles/content-converges.ts';
import { endingOf } from '#properties/oracles/history.ts';
import type { ConcurrentWorld } from '#simulations/world/concurrent/concurrent-world.ts';
import type { History, Look } from '#simulations/world/history.ts';
import budget from './heal-budget.json' with { type: 'json' };

export interface Healing {
  readonly healed: NonNullable<History['healed']>;
  readonly ended: History['ended'];
  /** Steps and fair rounds from mending to the first look at which all agreed; null: never. */
  readonly converged: { readonly steps: number; readonly rounds: number } | null;
  /** The longest stretch of rounds in which nothing moved, before all agreed. */
  readonly idleRounds: number;
}

/** Rounds after agreement, which must leave everything as it is. */
const stableRounds = 2;
/** How long a fair round takes, virtual milliseconds: short while things move, longer when everybody waits for time to pass. */
const movingMs = 1_500;
const waitingMs = 20_000;
/** Until the next comparison of a backend's: what one left to others is over only when another one finds it mended. */
const comparingMs = 60_000;
/** Rounds in which errors that are still open must be over, after everything else. */
const closingRounds = 2;

export async function heal(world: ConcurrentWorld): Promise<Healing> {
  await world.mend();
  const at = world.gate.steps;
  let rounds = 0;
  let idle = 0;
  let idleRounds = 0;
  let before = '';
  for (;;) {
    await world.fairRound(idle === 0 ? movingMs : waitingMs);
    rounds += 1;
    const { look, left } = await lookAt(world);
    if (left.length === 0) return settled(world, { at, rounds, idleRounds });
    const now = progressOf(look, left);
    idle = now === before ? idle + 1 : 0;
    before = now;
    idleRounds = Math.max(idleRounds, idle);
    if (idle <= budget.idleRounds && rounds <= budget.rounds) continue;
    const ended = { at: world.gate.steps, atMs: world.nowMs(), pending: left };
    return { healed: { at, withinSteps: ended.at - at }, ended, converged: null, idleRounds };
  }
}

async function settled(
  world: ConcurrentWorld,
  { at, rounds, idleRounds }: { readonly at: number; readonly rounds: number; readonly idleRounds: number },
): Promise<Healing> {
  const steps = world.gate.steps - at;
  let left: readonly string[] = [];
  for (let round = 0; round < stableRounds; round += 1) {
    await world.fairRound(movingMs);
    ({ left } = await lookAt(world));
  }
  for (let round = 0; round < closingRounds && left.length === 0 && openErrors(world) > 0; round += 1) {
    world.passTime(comparingMs);
    await world.fairRound(movingMs);
    ({ left } = await lookAt(world));
  }
  const ended = { at: world.gate.steps, atMs: world.nowMs(), pending: left };
  return { healed: { at, withinSteps: steps }, ended, converged: { steps, rounds }, idleRounds };
}

/** Consistency errors of backends that are not over. */
export const openErrors = (world: ConcurrentWorld): number =>
  [...world.nodes.values()].reduce((sum, { backend }) => sum + (backend?.inspect().openErrors ?? 0), 0);

async function lookAt(world: ConcurrentWorld): Promise<{ readonly look: Look; readonly left: readonly string[] }> {
  const observation = await world.observe();
  const look: Look = {
    at: world.gate.steps,
    atMs: world.nowMs(),
    observation,
    mismatched: world.recorder.mismatched(),
    sequences: world.recorder.sequences(),
  };
  world.recorder.look(look);
  return { look, left: pending(world, look) };
}

/** What is still missing, one line each; empty when nothing is. */
function pending(world: ConcurrentWorld, look: Look): readonly string[] {
  const left: string[] = [];
  if (world.underWay > 0) left.push(`${world.underWay} requests are still under way at a backend`);
  for (const record of world.recorder.operations) {
    if (!record.abandoned && endingOf(record) === null)
      left.push(`#${record.id} ${record.operation.kind} of ${record.client} has no end`);
  }
  for (const [name, { backend }] of world.nodes) {
    if (backend === null) {
      left.push(`${name} does not run`);
      continue;
    }
    const { outbox, queuedWrites, projectionQueue, behind } = backend.inspect();
    if (queuedWrites > 0) left.push(`${name} has ${queuedWrites} writes queued`);
    if (outbox.submitting > 0) left.push(`${name} has ${outbox.submitting} submitted writes without an end`);
    if (outbox.preparing > 0) left.push(`${name} has ${outbox.preparing} prepared writes without an end`);
    if (projectionQueue > 0) left.push(`${name} has ${projectionQueue} updates of the content store to do`);
    if (behind > 0) left.push(`${name} has ${behind} threads with a gap`);
  }
  for (const [name, { frontend }] of world.clients) {
    const { backend, lost } = frontend.getSnapshot();
    if (backend !== null && lost !== null) left.push(`${name} is back, and still calls ${lost} lost`);
  }
  const apart = disagreement(look) ?? metadataApart(look.observation);
  if (apart !== null) left.push(`${apart.path}: expected ${apart.expected}, observed ${apart.observed}`);
  const [gone] = unstored(look);
  if (gone !== undefined) left.push(`content "${gone}" of an open spec is not stored`);
  const [orphan] = orphans(look);
  if (orphan !== undefined) left.push(`content "${orphan}" is pending, and no spec needs it`);
  return left;
}

/** Pending contents that no open spec needs. Content of a write without an end is missing an end first. */
function orphans({ observation: { ledger, content } }: Look): readonly string[] {
  const needed = new Set((ledger?.threads ?? []).flatMap(({ openSpecs }) => openSpecs.map((spec) => hashOf(spec.content))));
  return (content?.pending ?? []).filter((each) => !needed.has(hashOf(each))).map(({ text }) => text.slice(0, 40));
}

/** Contents of open specs that the content store lacks. */
function unstored({ observation: { ledger, content } }: Look): readonly string[] {
  const stored = new Set([...(content?.pending ?? []), ...(content?.recorded ?? [])].map(hashOf));
  const open = (ledger?.threads ?? []).flatMap(({ openSpecs }) => openSpecs.map((spec) => spec.content));
  return open.filter((each) => !stored.has(hashOf(each))).map(({ text }) => text.slice(0, 40));
}

/** Equal exactly when a round moved nothing that anybody can see. */
function progressOf({ observation }: Look, left: readonly string[]): string {
  const { ledger, content, backends, clients } = observation;
  return JSON.stringify([
    left,
    ledger?.threads.map(({ thread, version }) => [thread, version]),
    content === null ? null : [content.threads.map(({ version }) => version), content.recorded.length, content.pending.length],
    backends.map(({ cache }) => cache.map(({ version }) => version)),
    clients.map(({ threads, unsettled }) => [threads.map(({ version }) => version), unsettled]),
  ]);
}
