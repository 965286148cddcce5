/** What a thread should look like elsewhere, in 32 hex digits: equal digests, equal views, however many messages there are. */
import { createHash } from 'node:crypto';
import { pack } from './json.ts';
import type { ThreadView } from './protocol.ts';

/** `chain` is the ledger's digest of the view's messages (`hash-chain.ts`): they are not gone through again. */
export function digestOf({ view, chain }: { readonly view: ThreadView; readonly chain: string }): string {
  const { messages, ...rest } = view;
  const text = JSON.stringify(pack({ ...rest, chain, messageCount: messages.length }));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
