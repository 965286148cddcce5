/**
 * A trace as lanes in a terminal: one column for everybody who acts or is acted on, one line a step, what happens where it happens.
 * An arrow says which way a call goes; what it asks for stands with whom it asks. A fault stands with the world, whose doing it is.
 *
 *   step        ms  clients                backends        Solana            Qdrant            world                    for
 *     37         0  wallet#0 --> asks                                                                                   #0 wallet#0
 *     38         0                         backend#0 -->   prepare                             ! C2-slow after          #0 wallet#0
 *     39       900                         backend#0 <--   prepare                                                      #0 wallet#0
 *
 * Plain text, no colour. Shows what the trace says and nothing of its own; long runs of background work can be left out by whoever
 * calls.
 */
import type { TraceStep } from '../engine/trace.ts';
import { actorIn, isBackend, partsOf } from './arrows.ts';

type Lane = 'clients' | 'backends' | 'Solana' | 'Qdrant' | 'world';
type Cells = Readonly<Partial<Record<Lane, string>>>;

/** Together with step, time and the task of a command no more than 130 columns. */
const widths: Readonly<Record<Lane, number>> = { clients: 22, backends: 15, Solana: 17, Qdrant: 17, world: 24 };
const lanes = Object.keys(widths) as readonly Lane[];

function place({ key, kind, task }: TraceStep): Cells {
  const { who, port, method } = partsOf(key, task);
  if (kind === 'timer') {
    const sleeper = /#\d/.test(who) ? who : actorIn(task);
    const lane = isBackend(sleeper) ? 'backends' : sleeper.startsWith('wallet#') ? 'clients' : 'world';
    return { [lane]: `${sleeper} wakes` };
  }
  const isBack = kind === 'response';
  if (who === 'person') return { clients: `${actorIn(task)} ${isBack ? 'is closed' : 'closes'}` };
  switch (port) {
    case 'channel':
      return { clients: `${who} ${channelText[method] ?? method}` };
    case 'store':
      return { backends: `${who} ${method}s` };
    case 'ledger':
      return { backends: `${who} ${isBack ? '<--' : '-->'}`, Solana: method };
    case 'content':
      return { backends: `${who} ${isBack ? '<--' : '-->'}`, Qdrant: method };
    default:
      return { world: isBack ? `done: ${port}` : port };
  }
}

const channelText: Readonly<Record<string, string>> = {
  request: '--> asks',
  reply: '<-- answer',
  push: '<-- push',
  connect: 'connects',
};

/** No longer than the column; what was cut off shows. */
const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`);

/** A fault is never cut: what happens beside it is. */
function marked(text: string, fault: string | null): string {
  if (fault === null) return cut(text, widths.world);
  const mark = `! ${fault}`;
  return text === '' ? mark : `${cut(text, widths.world - mark.length - 1)} ${mark}`.trimStart();
}

const line = (step: string, ms: string, cells: Cells, task: string): string =>
  `${step.padStart(5)} ${ms.padStart(9)}  ${lanes.map((lane) => (cells[lane] ?? '').padEnd(widths[lane])).join(' ')} ${task}`.trimEnd();

export const laneHead = (): string => line('step', 'ms', Object.fromEntries(lanes.map((lane) => [lane, lane])), 'for');

/** @param startMs virtual time at which the run began, milliseconds */
export function laneLine(step: TraceStep, startMs: number): string {
  const placed = place(step);
  const cells: Partial<Record<Lane, string>> = {};
  for (const lane of lanes) cells[lane] = cut(placed[lane] ?? '', widths[lane]);
  cells.world = marked(placed.world ?? '', step.fault);
  return line(String(step.step), String(step.virtualTimeMs - startMs), cells, step.task);
}
