/** Contents as a client takes them: each message of what it asked for is told of exactly once, and each text is what its hash says. */
import { isGenuine } from '../core/content.ts';
import type { ContentSlice, ContentText } from '../core/protocol.ts';
import type { ThreadId } from '../ports/ids.ts';

/** Whether nothing of the range is left out, told twice, or of another thread or place. */
export function isWholeAnswer(
  answer: ContentSlice,
  { thread, from, limit }: { readonly thread: ThreadId; readonly from: number; readonly limit: number },
): boolean {
  const end = Math.max(from, Math.min(from + limit, answer.messageCount));
  const until = answer.next ?? end;
  if (answer.thread !== thread || answer.from !== from) return false;
  if (answer.next !== null && (until <= from || until >= end)) return false;
  const told = [...answer.texts, ...answer.missing].map(({ sequence }) => sequence).sort((a, b) => a - b);
  return told.length === until - from && told.every((sequence, index) => sequence === from + index);
}

/** Not even a backend's word is taken for a text: one that is not what its hash says is missing, `altered`. */
export function verifiedOnly<Answer extends ContentSlice>(answer: Answer): Answer {
  const isTrue = ({ hash, author, text }: ContentText): boolean => isGenuine({ hash, thread: answer.thread, author, text });
  const altered = answer.texts.filter((each) => !isTrue(each));
  if (altered.length === 0) return answer;
  const missing = altered.map(({ hash, author, sequence }) => ({ hash, author, sequence, reason: 'altered' as const }));
  return {
    ...answer,
    texts: answer.texts.filter(isTrue),
    missing: [...answer.missing, ...missing].sort((a, b) => a.sequence - b.sequence),
  };
}
