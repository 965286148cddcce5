/**
 * Progress of a long run: one line rewritten on a terminal, a plain line now and then elsewhere. Never writes to stdout, and writes no
 * escape sequence anywhere: a line is rewritten with a carriage return and blanks.
 */
import { humanRate, humanTime } from './terminal/human-time.ts';

export interface Progress {
  /**
   * @param done units finished so far
   * @param note what is going on, a few words
   * @param total where it came to be known, or is another than was thought; null when nobody knows
   */
  report(done: number, note: string, total?: number | null): void;
  /** A line that stays, above the one that is rewritten. */
  say(line: string): void;
  /** Clears the line. */
  end(): void;
}

const everyMs = { terminal: 100, plain: 10_000 };

/**
 * @param total units in all, or null when nobody knows; `nowMs` any monotone clock
 * @param budgetMs wall time after which nothing new is begun, or null
 */
export function createProgress(
  label: string,
  total: number | null,
  stream: NodeJS.WriteStream,
  nowMs: () => number,
  budgetMs: number | null = null,
): Progress {
  const startedMs = nowMs();
  let lastMs = startedMs;
  let shown = '';
  const rewrite = (text: string): void => {
    stream.write(`\r${text.padEnd(shown.length)}${text === '' ? '\r' : ''}`);
    shown = text;
  };
  const clear = (): void => {
    if (shown !== '') rewrite('');
  };
  return {
    report(done, note, of = total) {
      const now = nowMs();
      if (now - lastMs < (stream.isTTY ? everyMs.terminal : everyMs.plain)) return;
      lastMs = now;
      const passedMs = now - startedMs;
      const head = `${label}: ${done}${of === null ? '' : `/${of}`}`;
      const tail = `(${humanRate(done / Math.max(0.001, passedMs / 1000))}${timeLeft(done, of, passedMs, budgetMs)})`;
      if (stream.isTTY) rewrite(fitted(head, note, tail, (stream.columns ?? 80) - 1));
      else stream.write(`${head} ${note} ${tail}\n`);
    },
    say(line) {
      clear();
      stream.write(`${line}\n`);
    },
    end: clear,
  };
}

/** Until all is done at the pace so far, or the budget is spent, whichever comes first; nothing where neither can be told. */
function timeLeft(done: number, total: number | null, passedMs: number, budgetMs: number | null): string {
  const byPace = total === null || done === 0 ? Number.POSITIVE_INFINITY : ((total - done) / done) * passedMs;
  const leftMs = Math.min(byPace, budgetMs === null ? Number.POSITIVE_INFINITY : budgetMs - passedMs);
  return Number.isFinite(leftMs) ? `, ${humanTime(leftMs)} left` : '';
}

/** On one line of a terminal: what is cut is the note, not how long it will take. */
function fitted(head: string, note: string, tail: string, width: number): string {
  const room = width - head.length - tail.length - 2;
  const short = note.length <= room ? note : room < 4 ? '' : `${note.slice(0, room - 3)}...`;
  return [head, short, tail]
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, Math.max(0, width));
}
