/**
 * From whom to whom each step of a trace goes: a call from its caller to whom it asks, an answer back, a wake-up to whoever slept, what
 * the world does to whom it is done. Reads keys only, as the gate names them. Who a client is connected to no key says; who knows may.
 */
import type { TraceStep } from '../engine/trace.ts';
import type { Arrow, Place } from './report-model.ts';

/** `backend#0/ledger.submit#1 reply` -> who, port, method. Some calls are one word: `world/fork#1` -> who, word, nothing. */
export function partsOf(key: string, task: string): { readonly who: string; readonly port: string; readonly method: string } {
  const bare = key.startsWith(`${task} `) ? key.slice(task.length + 1) : key;
  const slash = bare.indexOf('/');
  const [port = '', method = ''] = bare
    .slice(slash + 1)
    .replace(/#\d+( reply)?$/, '')
    .split('.');
  return { who: bare.slice(0, Math.max(0, slash)), port, method };
}

/** The client or backend that a text names: `#3 wallet#0`, `wallet#0 rounds`, `backend#0 restarts`. */
export const namedIn = (text: string): string | null => /(?:wallet|backend)#\d+/.exec(text)?.[0] ?? null;

/** The client or backend whose task it is. */
export const actorIn = (task: string): string => namedIn(task) ?? task;

export const isBackend = (name: string): boolean => name.startsWith('backend#');

/** A client's program, opened again so often (`wallet#0.2`), and its timer (`wallet#0 timer`) are that client's. */
const actorOf = (node: string): string => /^(?:wallet|backend)#\d+/.exec(node)?.[0] ?? node;

/** Stands for a backend that nobody knows. */
export const someBackend = 'a backend';

const world: Place = { lane: 'world', actor: 'world' };
const solana: Place = { lane: 'Solana', actor: 'Solana' };
const qdrant: Place = { lane: 'Qdrant', actor: 'Qdrant' };

/** Where somebody with a name lives; without a name that says so, in the world. */
export function placeOf(node: string): Place {
  if (isBackend(node)) return { lane: 'backends', actor: actorOf(node) };
  return node.startsWith('wallet#') ? { lane: 'frontends', actor: actorOf(node) } : world;
}

/** Whom the world's own call is done to, as far as its word says: `cut solana`, `backend#0 restarts`, `fork`. */
function struckBy(word: string): Place {
  if (/solana|fork/i.test(word)) return solana;
  if (/qdrant|content|metadata|replica/i.test(word)) return qdrant;
  return placeOf(namedIn(word) ?? 'world');
}

/**
 * @param connectedTo the backend that a client was connected to, null where it was to none or nobody knows
 */
export function arrowOf(step: Pick<TraceStep, 'key' | 'kind' | 'task'>, connectedTo: (client: string) => string | null): Arrow {
  const { key, kind, task } = step;
  const { who, port, method } = partsOf(key, task);
  if (kind === 'timer') {
    const sleeper = placeOf(/#\d/.test(who) ? who : actorIn(task));
    return { from: sleeper, to: sleeper, kind: 'timer', label: sleeper.lane === 'world' ? `${task} wakes` : 'wakes' };
  }
  const isBack = kind === 'response';
  const between = (asks: Place, asked: Place, label: string): Arrow =>
    isBack ? { from: asked, to: asks, kind: 'answer', label } : { from: asks, to: asked, kind: 'call', label };
  if (who === 'person') {
    const actor = actorIn(task);
    return between({ lane: 'clients', actor }, { lane: 'frontends', actor }, isBack ? 'closed' : 'closes');
  }
  switch (port) {
    case 'channel':
      return channelArrow(placeOf(who), method, connectedTo);
    case 'store':
      return { from: placeOf(who), to: placeOf(who), kind: 'own', label: `store.${method}` };
    case 'ledger':
      return between(placeOf(who), solana, method);
    case 'content':
      return between(placeOf(who), qdrant, method);
    case 'begin':
      return { from: placeOf(who), to: placeOf(who), kind: 'own', label: 'begins' };
    default:
      return between(world, struckBy(port), isBack ? `done: ${port}` : port);
  }
}

function channelArrow(frontend: Place, method: string, connectedTo: (client: string) => string | null): Arrow {
  const backend: Place = { lane: 'backends', actor: connectedTo(frontend.actor) ?? someBackend };
  if (method === 'reply') return { from: backend, to: frontend, kind: 'answer', label: 'reply' };
  if (method === 'push') return { from: backend, to: frontend, kind: 'call', label: 'push' };
  return { from: frontend, to: backend, kind: 'call', label: method };
}
