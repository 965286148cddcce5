/** Whether two ledger actions are the same one, whoever wrote their fields down. */
import { pack } from '../../core/json.ts';
import type { ContentHash } from '../../ports/ids.ts';
import type { LedgerAction } from '../../ports/ledger.ts';

export function isSameAction(a: LedgerAction, b: LedgerAction): boolean {
  return canonical(a) === canonical(b);
}

/** Key order is the writer's: the wire and the store may give fields back in another one. */
const canonical = (action: LedgerAction): string =>
  JSON.stringify(Object.entries(pack(action) as object).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The content it records or proposes, by hash; null where it carries none. */
export function contentOf(action: LedgerAction): ContentHash | null {
  switch (action.kind) {
    case 'postMessage':
    case 'submitSpec':
      return action.hash;
    case 'createThread':
    case 'vote':
    case 'settle':
    case 'divest':
      return null;
  }
}
