import { describe, expect, it } from 'vitest';
import { scriptedWallet } from '../backend/scripted-program.ts';
import { backendId, contentHash, intentId, threadId } from '../ports/ids.ts';
import type { WriteCommand } from './protocol.ts';
import { attemptIntent, isAskedBy, isAway, isPassing, queuedText } from './queued-write.ts';

const [wallet, other] = [scriptedWallet(1), scriptedWallet(2)];
const backend = backendId('b0');
const thread = threadId('01'.repeat(32));
const intent = intentId('mine');
const write: WriteCommand = { kind: 'submitSpec', thread, text: 'let me in', stake: 5n };

describe('a queued write', () => {
  it('[QU1] is signed as a text that names backend, wallet, intent and action, and that can be no transaction', () => {
    const text = queuedText({ backend, wallet: wallet.id, intent, write });
    const head = `Choir queued write\nBackend: b0\nWallet: ${wallet.id}\nIntent: mine\nWrite: {"hash":"`;
    expect(text.startsWith(head)).toBe(true);
    expect(text).toContain(`"kind":"submitSpec","stake":{"$bigint":"5"},"thread":"${thread}"`);
    expect(text.charCodeAt(0)).toBeGreaterThan(32);
  });

  it.each<[string, { intent?: typeof intent; write?: WriteCommand }]>([
    ['another intent', { intent: intentId('other') }],
    ['another text', { write: { ...write, text: 'let me out' } }],
    ['another stake', { write: { ...write, stake: 6n } }],
    ['another thread', { write: { ...write, thread: threadId('02'.repeat(32)) } }],
    ['another kind', { write: { kind: 'post', thread, text: write.text } }],
  ])('[QU1] is not known again with %s, nor by another wallet or for another backend', (_, change) => {
    const proof = wallet.signText(queuedText({ backend, wallet: wallet.id, intent, write }));
    expect(isAskedBy(wallet, backend, { intent, write, proof })).toBe(true);
    expect(isAskedBy(wallet, backend, { intent, write, proof, ...change })).toBe(false);
    expect(isAskedBy(other, backend, { intent, write, proof })).toBe(false);
    expect(isAskedBy(wallet, backendId('b1'), { intent, write, proof })).toBe(false);
  });

  it('[QU2] has one intent an attempt, always a good one, and never that of another', () => {
    const long = intentId('a'.repeat(64));
    const same = intentId(`${'a'.repeat(63)}b`);
    const all = [intent, long, same].flatMap((each) => [1, 2, 1_000_000].map((attempt) => attemptIntent(each, attempt)));
    expect(new Set(all).size).toBe(9);
    expect(all[0]).toBe('mine.q1');
    for (const each of all) expect(intentId(`${each}.2`)).toHaveLength(each.length + 2);
    expect(attemptIntent(intentId('a'.repeat(48)), 1)).toBe(`${'a'.repeat(48)}.q1`);
    expect(attemptIntent(intentId('a'.repeat(49)), 1)).toMatch(/^[0-9a-f]{40}\.q1$/);
  });

  it('[QU3] is still queued after a refusal for a passing reason, and is put into the queue only where an authority is away', () => {
    const away = ['SolanaUnavailable', 'QdrantUnavailable'];
    const own = ['BackendUnavailable', 'Disconnected', 'Unauthenticated', 'TooManyIntents', 'QueueFull'];
    const again = ['AttemptOver', 'IntentNotPrepared', 'InvalidRequest', 'InvalidAnswer'];
    const ends = ['NotCoAuthor', 'Expired', 'ContentEmpty', ''];
    const all = [...away, ...own, ...again, ...ends];
    expect(all.filter(isAway)).toEqual(away);
    expect(all.filter(isPassing)).toEqual([...away, ...own, ...again]);
  });

  it('[QU1] signs votes and settlements by what they are about', () => {
    const hash = contentHash('0a'.repeat(32));
    const vote = { kind: 'vote', thread, hash, author: other.id, choice: 'deny' } as const;
    const text = queuedText({ backend, wallet: wallet.id, intent, write: vote });
    expect(text).toContain('"choice":"deny"');
    expect(text).not.toBe(queuedText({ backend, wallet: wallet.id, intent, write: { ...vote, choice: 'approve' } }));
  });
});
