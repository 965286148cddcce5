/**
 * How healthy each authority is, from numbers: one table of rules, as data, and the worst that any of them says. More of any number is
 * never healthier. What is not known has no number and is not judged; that it is not known is a number of its own.
 */
import type { BreakerState } from '../../ports/monitor.ts';
import type { Authority } from '../../ports/outcome.ts';

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

const authorities = ['solana', 'qdrant', 'backend', 'frontend'] as const satisfies readonly Authority[];

export type Measure =
  | 'nodeUnreachable'
  | 'heightUnmovedMs'
  | 'checkpointAgeMs'
  | 'threadsBehind'
  | 'storeUnreachable'
  | 'indexProblems'
  | 'cacheDifferences'
  | 'cacheUnreadMs'
  | 'errorsTurnedAway'
  | 'queueFill'
  | 'peersLagging'
  | 'peerLagMs'
  | `${Authority}Errors`
  | `${Authority}ErrorMs`
  | `${Authority}Breaker`;

export type Measures = Readonly<Partial<Record<Measure, number>>>;

export interface HealthRule {
  readonly measure: Measure;
  readonly authority: Authority;
  /** What the number is. */
  readonly means: string;
  /** Above it the authority is degraded; null: never for this. */
  readonly degradedAbove: number | null;
  readonly unhealthyAbove: number | null;
}

const rule = (
  measure: Measure,
  authority: Authority,
  degradedAbove: number | null,
  unhealthyAbove: number | null,
  means: string,
): HealthRule => ({ measure, authority, degradedAbove, unhealthyAbove, means });

/** How a breaker is measured. */
export const breakerNumber: Readonly<Record<BreakerState, number>> = { closed: 0, halfOpen: 1, open: 2 };

/** Every rule there is; `docs/metrics.md` has the same table, held against this one by a test. */
export const healthRules: readonly HealthRule[] = [
  rule('nodeUnreachable', 'solana', null, 0, '1 when no node answered'),
  rule('heightUnmovedMs', 'solana', 10_000, 60_000, 'since the block height was last seen to move'),
  rule('checkpointAgeMs', 'backend', 30_000, 300_000, 'since the ledger last told what it has of events'),
  rule('threadsBehind', 'backend', 0, null, 'threads with a gap in their events'),
  rule('storeUnreachable', 'qdrant', null, 0, '1 when Qdrant did not answer'),
  rule('indexProblems', 'qdrant', 0, null, 'collections, vectors and indexes that are not as they must be'),
  rule('cacheDifferences', 'backend', null, 0, 'threads whose cached view the ledger contradicts, until it agrees'),
  rule('cacheUnreadMs', 'backend', 300_000, null, 'since a cached thread could be held against the ledger'),
  rule('errorsTurnedAway', 'backend', 0, null, 'errors for which there was no room among the open ones'),
  rule('queueFill', 'backend', 0.8, null, 'the fullest queue, as a share of what it takes'),
  rule('peersLagging', 'frontend', 0, 0.5, 'share of connected clients that lack something cached'),
  rule('peerLagMs', 'frontend', 30_000, 300_000, 'for how long the longest of them has'),
  ...authorities.flatMap((each) => [
    rule(`${each}Errors`, each, 0, null, 'open errors about it'),
    rule(`${each}ErrorMs`, each, null, 300_000, 'for how long the oldest of them has been open'),
    rule(`${each}Breaker`, each, 0, 1, 'its breaker: 0 closed, 1 half open, 2 open'),
  ]),
];

/** What an authority's status makes of the whole: clients that lag catch up by themselves. */
const wholeOf: Readonly<Record<Authority, Readonly<Record<HealthStatus, HealthStatus>>>> = {
  solana: { healthy: 'healthy', degraded: 'degraded', unhealthy: 'unhealthy' },
  qdrant: { healthy: 'healthy', degraded: 'degraded', unhealthy: 'unhealthy' },
  backend: { healthy: 'healthy', degraded: 'degraded', unhealthy: 'unhealthy' },
  frontend: { healthy: 'healthy', degraded: 'degraded', unhealthy: 'degraded' },
};

/** A rule that says something else than healthy, and the number that makes it say so. */
export interface HealthFinding {
  readonly measure: Measure;
  readonly authority: Authority;
  readonly status: Exclude<HealthStatus, 'healthy'>;
  readonly value: number;
}

export interface Judgement {
  readonly overall: HealthStatus;
  readonly authorities: Readonly<Record<Authority, HealthStatus>>;
  readonly findings: readonly HealthFinding[];
}

const order: readonly HealthStatus[] = ['healthy', 'degraded', 'unhealthy'];

/** The worst of these; healthy without any. */
export const worst = (statuses: readonly HealthStatus[]): HealthStatus =>
  order[Math.max(0, ...statuses.map((status) => order.indexOf(status)))] ?? 'healthy';

function statusBy({ degradedAbove, unhealthyAbove }: HealthRule, value: number): HealthStatus {
  if (unhealthyAbove !== null && value > unhealthyAbove) return 'unhealthy';
  return degradedAbove !== null && value > degradedAbove ? 'degraded' : 'healthy';
}

export function judgeHealth(measures: Measures): Judgement {
  const findings = healthRules.flatMap((each): HealthFinding[] => {
    const value = measures[each.measure] ?? 0;
    const status = statusBy(each, value);
    return status === 'healthy' ? [] : [{ measure: each.measure, authority: each.authority, status, value }];
  });
  const of = (authority: Authority): HealthStatus =>
    worst(findings.flatMap((each) => (each.authority === authority ? [each.status] : [])));
  const each = { solana: of('solana'), qdrant: of('qdrant'), backend: of('backend'), frontend: of('frontend') };
  return { overall: worst(authorities.map((authority) => wholeOf[authority][each[authority]])), authorities: each, findings };
}
