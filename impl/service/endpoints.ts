/**
 * What a backend shows of itself over plain HTTP, to whoever watches it: `GET /health`, its report as JSON, and `GET /metrics`, for
 * Prometheus. Neither changes anything, and neither has a secret in it. Paths that there are none of: 404; methods other than GET and
 * HEAD: 405.
 *
 *   /health   asks now, one check at a time for everybody who asks meanwhile; 200, or 503 when the whole is unhealthy
 *   /metrics  asks nothing: what the backend told its monitor, and the health as of the last check, whoever had it made
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { prometheusRegistry } from '../adapters/metrics/prometheus.ts';
import type { HealthReport } from '../backend/monitor/health.ts';
import type { Metrics } from '../backend/monitor/metrics.ts';
import { withoutSecrets } from '../core/without-secrets.ts';
import type { LogContext } from '../ports/logger.ts';

/** What of a backend is shown. */
export interface Shown {
  health(): Promise<HealthReport>;
  readonly lastHealth: HealthReport | null;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export class Endpoints {
  readonly #backend: Shown;
  readonly #registry: Registry;
  readonly #onError: (error: unknown) => void;
  #checking: Promise<HealthReport> | null = null;

  /** @param onError told what went wrong where 500 was answered */
  constructor(backend: Shown, metrics: Metrics, onError: (error: unknown) => void) {
    this.#backend = backend;
    this.#onError = onError;
    this.#registry = prometheusRegistry({
      figures: () => metrics.figures(),
      gauges: () => metrics.gauges(),
      health: () => backend.lastHealth?.authorities ?? null,
    });
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const page = this.#pageOf(request.url ?? '');
    if (page === null) {
      response.writeHead(404, { 'content-length': 0 }).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end();
      return;
    }
    page()
      .then(({ status, type, text }) => {
        const length = Buffer.byteLength(text, 'utf8');
        response.writeHead(status, { 'content-type': type, 'content-length': length, 'cache-control': 'no-store' }).end(text);
      })
      .catch((error: unknown) => {
        this.#onError(error);
        if (!response.headersSent) response.writeHead(500, { 'content-length': 0 });
        response.end();
      });
  }

  #pageOf(url: string): (() => Promise<Page>) | null {
    switch (url.split('?', 1)[0]) {
      case '/health':
        return () => this.#health();
      case '/metrics':
        return () => this.#metrics();
      default:
        return null;
    }
  }

  async #health(): Promise<Page> {
    // Whoever asks while one is under way has its answer: so many who ask at once cost the authorities no more than one.
    this.#checking ??= this.#backend.health().finally(() => {
      this.#checking = null;
    });
    const report = await this.#checking;
    return { status: report.overall === 'unhealthy' ? 503 : 200, type: 'application/json', text: healthText(report) };
  }

  async #metrics(): Promise<Page> {
    return { status: 200, type: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}

/** JSON: bigints as decimal strings, maps as records, what is undefined left out. */
export function healthText(report: HealthReport): string {
  const plain = JSON.stringify(report, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Map ? Object.fromEntries(value) : value;
  });
  return `${JSON.stringify(withoutSecrets(JSON.parse(plain) as LogContext), null, 2)}\n`;
}
