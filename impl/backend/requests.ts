/**
 * Which part answers which request, after the checks that come before all of them: a frame that parses, a session that is good.
 * Answers everything, except when the program itself is wrong: such an error is the channel's to see.
 */
import type { Answer, KnownThread, Request, RequestRefusal, ThreadSlice, UnsettledWrite, WriteEnd } from '../core/protocol.ts';
import { decodeRequest, encodeAnswer, encodedBytes } from '../core/protocol-codec.ts';
import { refusalOf } from '../core/refusal.ts';
import { MAX_FRAME_BYTES, type Peer } from '../ports/channel.ts';
import type { BackendId, IntentId, ThreadId, WalletId } from '../ports/ids.ts';
import { StoreError } from '../ports/store.ts';
import type { ContentOffers } from './contents/content-offers.ts';
import type { ContentReads } from './contents/content-reads.ts';
import type { Reads } from './reads.ts';
import type { InitialSync } from './reconcile/initial-sync.ts';
import { type Session, type Sessions, WRITE_GRACE_MS } from './sessions.ts';
import type { QueuedWrites } from './writing/queued-writes.ts';
import type { Writes } from './writing/writes.ts';

export interface Handlers {
  readonly id: BackendId;
  readonly sessions: Sessions;
  readonly writes: Writes;
  readonly queued: QueuedWrites;
  readonly reads: Reads;
  readonly contents: ContentReads;
  readonly offers: ContentOffers;
  readonly initialSync: InitialSync;
  /** Told what a client says that it holds, and what it is answered. */
  readonly onHello?: (peer: Peer, known: readonly KnownThread[], sent: readonly ThreadSlice[]) => void;
  /** Told of a write that has come to its deadline without an end. */
  readonly onUnsettled?: (wallet: WalletId, intent: IntentId) => void;
}

const refuse = (refusal: RequestRefusal): Answer => ({ kind: 'refused', refusal });
const refuseWith = (code: string, detail: string): Answer => refuse({ code, authority: 'backend', detail });
const unauthenticated: Answer = refuseWith(
  'Unauthenticated',
  'expected the token of a session of this backend, neither revoked nor expired',
);

export async function answerFrame(handlers: Handlers, peer: Peer, frame: string): Promise<string> {
  const request = decodeRequest(frame);
  if (!request.ok) return encodeAnswer(refuseWith(request.failure.code, request.failure.detail));
  try {
    return encodeAnswer(await dispatch(handlers, peer, request.value));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // The transaction may be on its way already, the queued write be kept: who handed them in is never told a certain no.
    if (request.value.kind === 'executeWrite' || request.value.kind === 'queueWrite')
      return encodeAnswer({ kind: 'written', result: { kind: 'unsettled' } });
    return encodeAnswer(refuseWith('BackendUnavailable', `${error.code}: ${error.message}`));
  }
}

function dispatch(handlers: Handlers, peer: Peer, request: Request): Answer | Promise<Answer> {
  const { sessions, writes, queued, reads, contents, offers, initialSync } = handlers;
  switch (request.kind) {
    case 'hello':
      return welcome(handlers, peer, request);
    case 'challenge':
      return { kind: 'challenge', ...sessions.challenge(request.wallet) };
    case 'signIn':
      return signIn(sessions, request);
    case 'signOut':
      return authenticated(sessions, request, async () => {
        await sessions.revoke(request.token);
        return { kind: 'signedOut' };
      });
    case 'session':
      return authenticated(sessions, request, (session) => ({ kind: 'session', ...session }));
    case 'prepareWrite':
      return authenticated(sessions, request, ({ wallet }) =>
        writes.prepare(wallet, request.intent, request.write, request.queued ?? null),
      );
    case 'queueWrite':
      return authenticated(sessions, request, ({ wallet }) => queued.accept(wallet, request));
    case 'dropQueued':
      return authenticated(sessions, request, ({ wallet }) => queued.drop(wallet, request.intent));
    case 'executeWrite':
      return executeWrite(handlers, request);
    case 'writeStatus':
      return authenticated(sessions, request, async ({ wallet }) => ({
        kind: 'written',
        result: await writes.status(wallet, request.write),
      }));
    case 'readStrong':
      return authenticated(sessions, request, () => reads.strong(request));
    case 'readCached':
      return authenticated(sessions, request, () => reads.cached(request));
    case 'readContent':
      return authenticated(sessions, request, () => contents.read(request.token, request));
    case 'offerContent':
      return authenticated(sessions, request, () => offers.take(request));
    case 'syncThread':
      return authenticated(sessions, request, () => synced(initialSync, request.thread));
    case 'search':
      return authenticated(sessions, request, () => reads.search(request));
  }
}

async function synced(initialSync: InitialSync, thread: ThreadId): Promise<Answer> {
  const report = await initialSync.run(thread);
  if (!report.ok) {
    const { code, authority, detail } = report.failure;
    // The ledger was reached; its events have not come as far as its account. Whoever asks again later may be answered.
    return refuse(code === 'CacheDiffers' ? { code: 'EventsBehind', authority, detail } : refusalOf(report.failure));
  }
  const { view, found, hashesContained, authorsEqual, quarantined } = report.value;
  const counts = { found: found.length, quarantined: quarantined.length };
  return { kind: 'synced', version: view.version, hashesContained, authorsEqual, ...counts };
}

function authenticated(
  sessions: Sessions,
  request: { readonly token: string },
  answer: (session: Session) => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  const session = sessions.check(request.token);
  return session === null ? unauthenticated : answer(session);
}

/** The second half of a write whose session was good when it began: only a revocation stops it. */
async function executeWrite(
  { sessions, writes, onUnsettled }: Handlers,
  request: Request & { readonly kind: 'executeWrite' },
): Promise<Answer> {
  const session = sessions.check(request.token, WRITE_GRACE_MS);
  if (session === null) return unauthenticated;
  const result = await writes.execute(session.wallet, request.intent, request.signed);
  if (result.kind === 'unsettled') onUnsettled?.(session.wallet, request.intent);
  return { kind: 'written', result };
}

async function signIn(sessions: Sessions, request: Request & { readonly kind: 'signIn' }): Promise<Answer> {
  const result = await sessions.signIn(request.wallet, request.nonce, request.signature);
  return 'token' in result ? { kind: 'signedIn', ...result } : refuse(result);
}

/** Ends first: settling may ingest, and the views should be as new as the ends. */
async function welcome(handlers: Handlers, peer: Peer, request: Request & { readonly kind: 'hello' }): Promise<Answer> {
  const session = request.token === null ? null : handlers.sessions.check(request.token);
  const ends = session === null ? [] : await endsOf(handlers, session.wallet, request);
  const { id, reads, onHello } = handlers;
  const [ageMs, newer] = [reads.ageMs(), reads.newerThan(request.known)];
  onHello?.(peer, request.known, newer.slices);
  const views: Answer = { kind: 'welcome', backend: id, ...newer, signedIn: session !== null, ageMs, ends };
  const wanted = session === null ? [] : handlers.offers.wanted(peer, threadsOf(request, newer));
  const answer = wanted.length === 0 || roomIn(views) < WANTED_ROOM ? views : { ...views, wanted };
  const queued = session === null ? [] : handlers.queued.toldTo(session.wallet, () => roomIn(answer));
  return queued.length === 0 ? answer : { ...answer, queued };
}

/** Those that the client has, or has now: of others it can hold nothing. */
const threadsOf = (
  { known }: { readonly known: readonly KnownThread[] },
  { slices }: { readonly slices: readonly ThreadSlice[] },
): ReadonlySet<ThreadId> => new Set([...known, ...slices].map(({ thread }) => thread));

/** Bytes of a frame that the longest list of wanted contents takes. */
const WANTED_ROOM = 4_096;

/** Bytes that a frame with this answer still takes. */
const roomIn = (answer: Answer): number => MAX_FRAME_BYTES - encodedBytes(answer) - 32;

async function endsOf(
  { writes, queued }: Handlers,
  wallet: WalletId,
  asked: { readonly unsettled: readonly UnsettledWrite[]; readonly queued?: readonly IntentId[] },
): Promise<{ readonly intent: IntentId; readonly end: WriteEnd }[]> {
  const ends: { readonly intent: IntentId; readonly end: WriteEnd }[] = [];
  for (const write of asked.unsettled) {
    const result = await writes.status(wallet, write);
    if (result.kind !== 'unsettled') ends.push({ intent: write.intent, end: result });
  }
  for (const intent of asked.queued ?? []) {
    const end = queued.endOf(wallet, intent);
    if (end !== null) ends.push({ intent, end });
  }
  return ends;
}
