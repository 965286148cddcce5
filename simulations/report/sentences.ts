/** Arrows in words: what a screen reader says and what a narrow screen shows. Says the same as the lanes, and no more. */
import type { Arrow, Place } from './report-model.ts';

function nameOf({ lane, actor }: Place): string {
  if (lane === 'clients') return `the person at ${actor}`;
  return lane === 'world' ? 'the world' : actor;
}

export function sentenceOf({ from, to, kind, label }: Arrow): string {
  const [who, whom] = [nameOf(from), nameOf(to)];
  switch (kind) {
    case 'own':
    case 'timer':
      return `${who}: ${label}`;
    case 'call':
      if (who === whom) return `${who}: ${label}`;
      return `${who} ${label === 'push' || from.lane === 'world' ? 'to' : 'asks'} ${whom}: ${label}`;
    case 'answer':
      return who === whom ? `${who}: ${label}` : `${who} answers ${whom}: ${label}`;
  }
}
