/**
 * A trace as lanes in a terminal: one column for everybody who acts or is acted on, one line a step, what happens where it happens.
 *
 *   step  time ms  client      backend     Solana      Qdrant
 *     35     2400  post ──────>
 *     36     2400              prepare ──> ·
 *
 * Shows what the trace says and nothing of its own; long runs of background work can be left out by whoever calls.
 */
import type { TraceStep } from '../engine/trace.ts';

export type Lane = 'clients' | 'backends' | 'Solana' | 'Qdrant' | 'world';
const lanes: readonly Lane[] = ['clients', 'backends', 'Solana', 'Qdrant', 'world'];

const widths: Readonly<Record<Lane, number>> = { clients: 28, backends: 26, Solana: 22, Qdrant: 22, world: 22 };

interface Placed {
  readonly lane: Lane;
  readonly text: string;
}

/** `backend#0/ledger.submit#1 reply` -> who, port, method. */
function partsOf(key: string, task: string): { readonly who: string; readonly port: string; readonly method: string } {
  const bare = key.startsWith(`${task} `) ? key.slice(task.length + 1) : key;
  const [who = '', call = ''] = bare.split('/');
  const [port = '', method = ''] = call.replace(/#\d+( reply)?$/, '').split('.');
  return { who, port, method };
}

function place({ key, kind, task }: TraceStep): Placed {
  const { who, port, method } = partsOf(key, task);
  if (kind === 'timer')
    return {
      lane: who.startsWith('wallet#') ? 'clients' : who.startsWith('backend#') ? 'backends' : 'world',
      text: `${who} wakes`,
    };
  const back = kind === 'response';
  switch (port) {
    case 'channel':
      return { lane: 'clients', text: channelText(who, method) };
    case 'store':
      return { lane: 'backends', text: `${who} syncs its store` };
    case 'ledger':
      return back ? { lane: 'backends', text: `${who} hears of ${method}` } : { lane: 'Solana', text: `${method} for ${who}` };
    case 'content':
      return back ? { lane: 'backends', text: `${who} hears of ${method}` } : { lane: 'Qdrant', text: `${method} for ${who}` };
    default:
      return { lane: 'world', text: `${port}${back ? ' done' : ''}` };
  }
}

function channelText(who: string, method: string): string {
  switch (method) {
    case 'request':
      return `${who} --> asks`;
    case 'reply':
      return `${who} <-- answered`;
    case 'push':
      return `${who} <-- pushed`;
    default:
      return `${who} ${method}s`;
  }
}

export const laneHead = (): string =>
  `${'step'.padStart(5)} ${'ms'.padStart(9)}  ${lanes.map((lane) => lane.padEnd(widths[lane])).join(' ')} for`.trimEnd();

/** @param startMs virtual time at which the run began, milliseconds */
export function laneLine(step: TraceStep, startMs: number): string {
  const { lane, text } = place(step);
  const cells = lanes.map((each) => (each === lane ? text.slice(0, widths[each]) : '').padEnd(widths[each]));
  const mark = step.fault === null ? '' : `  ! ${step.fault}`;
  return `${String(step.step).padStart(5)} ${String(step.virtualTimeMs - startMs).padStart(9)}  ${cells.join(' ')} ${step.task}${mark}`.trimEnd();
}
