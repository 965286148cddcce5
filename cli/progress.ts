/** Progress of a long run: one line rewritten on a terminal, a plain line now and then elsewhere. Never writes to stdout. */

export interface Progress {
  /** @param done units finished so far; @param note what is going on, a few words */
  report(done: number, note: string): void;
  /** Clears the line. */
  end(): void;
}

const everyMs = { terminal: 100, plain: 10_000 };

/** @param total units in all, or null when only time bounds the run; `nowMs` any monotone clock */
export function createProgress(label: string, total: number | null, stream: NodeJS.WriteStream, nowMs: () => number): Progress {
  const startedMs = nowMs();
  let lastMs = startedMs;
  return {
    report(done, note) {
      const now = nowMs();
      const due = stream.isTTY ? everyMs.terminal : everyMs.plain;
      if (now - lastMs < due) return;
      lastMs = now;
      const rate = done / Math.max(0.001, (now - startedMs) / 1000);
      const left = total === null || rate === 0 ? '' : `, ${Math.ceil((total - done) / rate)} s left`;
      const text = `${label}: ${done}${total === null ? '' : `/${total}`} ${note} (${rate.toFixed(1)}/s${left})`;
      if (stream.isTTY) stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`);
      else stream.write(`${text}\n`);
    },
    end() {
      if (stream.isTTY) stream.write('\r\u001b[2K');
    },
  };
}
