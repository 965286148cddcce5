/**
 * One write in a backend's hands, as a step machine: it says what the handler knows and so what it may do next; what the ledger, Qdrant
 * and the store answer is theirs. It lives in memory: a crash ends it, and what goes on is what the outbox kept.
 *
 *   prepared            the client signs           resumed (from the outbox)
 *   keeping -> stored         |                       |
 *                             v                       v
 *                          signing --> sent --look--> asked --height--> passed --look--> dead --> ending
 *                                       ^ \             |                  |               ^
 *                                       |  seen <-look--|--- landed -------+-> confirmed   |
 *                                     again <-----------'    refused ------+-> failed -----'
 */
import { durableStageOf, type End, type Node, rowOf } from './node.ts';

export type Phase =
  /** Nobody works on it. */
  | 'idle'
  /** Prepared in memory; the client is to sign. */
  | 'prepared'
  /** The intent with its text is written, and not yet durable. */
  | 'keeping'
  /** Qdrant has acknowledged the content; the client is to sign. */
  | 'stored'
  /** The signed bytes are written, and go out once they are durable. */
  | 'signing'
  /** Not seen anywhere, and not too late: the same bytes go out again. */
  | 'again'
  /** Sent: look. */
  | 'sent'
  /** Taken up from the outbox, or asked about: look before anything is sent. */
  | 'resumed'
  /** In a block that is not confirmed: look again, send nothing. */
  | 'seen'
  /** Not seen anywhere: ask how high the ledger is. */
  | 'asked'
  /** Too high for these bytes: look once more, everywhere. */
  | 'passed'
  /** Confirmed, with success. */
  | 'confirmed'
  /** Confirmed, and it changed nothing. */
  | 'failed'
  /** It can never land. */
  | 'dead'
  /** Its end is written, and not yet durable. */
  | 'ending';

/** What a look at the ledger tells. `older`: from a node that lags, and says so. */
export type Look = 'notSeen' | 'processed' | 'landed' | 'refused' | 'failed' | 'older';

/** The decisions of the design, each of which a planted mistake may take the place of. */
export interface WriteDesign {
  /** After a look in this phase. */
  readonly afterLook: (phase: Phase, look: Look) => Phase;
  /** After asking how high the ledger is; `within`: the bytes could still land. */
  readonly afterHeight: (height: 'within' | 'over' | 'failed') => Phase;
  /** Whether the bytes may go out: once their row is durable. */
  readonly maySend: (node: Node, write: number) => boolean;
  /** Whether the content may go to Qdrant: once its intent is durable. */
  readonly mayStore: (node: Node, write: number) => boolean;
  /** Whether the end may be told: once it is durable. */
  readonly mayTell: (node: Node, write: number) => boolean;
  /** Whether the content of a write that ended refused is to be looked after. */
  readonly looksAfterRefused: boolean;
  /** What to make of an answer of a node that lags: in the last look it proves nothing. */
  readonly lagging: (phase: Phase) => Look;
}

export const writeDesign: WriteDesign = {
  afterLook: (phase, look) => {
    switch (look) {
      case 'landed':
        return 'confirmed';
      case 'refused':
        return 'failed';
      case 'processed':
        return 'seen';
      case 'notSeen':
        return phase === 'passed' ? 'dead' : 'asked';
      case 'older':
      case 'failed':
        return phase === 'resumed' ? 'idle' : 'again';
    }
  },
  afterHeight: (height) => (height === 'over' ? 'passed' : 'again'),
  maySend: (node, write) => durableStageOf(node, write) === 'signed',
  mayStore: (node, write) => durableStageOf(node, write) === 'kept',
  mayTell: ({ durable }, write) => durable.ends.has(rowOf(write)),
  looksAfterRefused: true,
  lagging: (phase) => (phase === 'passed' ? 'older' : 'notSeen'),
};

/** Somebody has it in hands: not only waits for the client to sign. */
export const isBusy = (phase: Phase): boolean => phase !== 'idle' && phase !== 'prepared' && phase !== 'stored';

export const endOf = (phase: Phase): End | null =>
  phase === 'failed' || phase === 'dead' ? 'refused' : phase === 'confirmed' ? 'confirmed' : null;
