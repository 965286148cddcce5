/**
 * Carries out one port fault: arms the authority under the call, moves the world, or answers in its place. Armed faults are met by
 * the very call they were armed for, since effects run one at a time; `settleFault` then takes back what was not met and says
 * whether anybody could have noticed.
 */
import { failed } from '#impl/ports/outcome.ts';
import type { FaultDecision, FaultPosition, FaultSite } from '../../engine/fault-plan.ts';
import type { Refused, Unanswered, WriteFault } from '../../qdrant/emulator-faults.ts';
import type { CallRefusal } from '../../solana/gateway-faults.ts';
import type { ContentFaults, LedgerSide } from '../authorities.ts';
import type { Forgery, PortFault } from './command.ts';
import type { Delivered } from './gated-channel.ts';

/** A fault and the side of the authority's effect on which it is to happen. */
export interface Placed {
  readonly fault: PortFault;
  readonly position: FaultPosition;
}

/** What faults may do to the world. */
export interface FaultControls {
  readonly ledger: LedgerSide;
  /** null on a real content store: its faults then pass. */
  readonly content: ContentFaults | null;
  /** Moves virtual time; whether anybody's timer has come due by it. */
  readonly forkOut: (count: number) => Promise<readonly string[]>;
  passTime(ms: number): boolean;
  /** Does something later, unless the run is over first. */
  later(ms: number, what: string, action: () => unknown): void;
  /** A request that has arrived does so once more, as `later`. */
  repeat(ms: number, request: () => unknown): void;
  /** The next answer of events has one that the ledger never told; `forged` says how many times that has been so. */
  forge(as: Forgery): void;
  forged(): number;
  /** A backend, or a client's program, which is opened again at once. */
  crash(node: string, downMs: number): void;
  closeClient(client: string): void;
  /** A content write of before arrives once more; false when there is none so far back. */
  redeliver(back: number): Promise<boolean>;
  /** Alters or loses what the last content write wrote; false when there is nothing of the kind. */
  harm(how: 'alter' | 'lose'): boolean;
}

/** How long a blockhash lives: 150 slots of 400 ms. */
const LIFE_MS = 60_000;
/** Longer than that. */
const EXPIRY_MS = LIFE_MS + 1_000;

const pass: FaultDecision = { kind: 'pass' };
const act: FaultDecision = { kind: 'act' };
const actIf = (happened: boolean): FaultDecision => (happened ? act : pass);

const lostMessage = failed({
  kind: 'timeout',
  authority: 'backend',
  code: 'AnswerLost',
  detail: 'no answer came; the request may have been carried out',
});

/** What a client has that waits no longer. */
const unanswered = (): Delivered => ({ answer: Promise.resolve(lostMessage) });

const refusals: Readonly<Record<'rateLimited' | 'unavailable' | 'behind', CallRefusal>> = {
  rateLimited: { kind: 'rateLimited', retryAfterS: 1 },
  unavailable: { kind: 'unavailable' },
  behind: { kind: 'behind', slots: 10 },
};

const lostAnswers = {
  lost: { kind: 'lost' },
  silent: { kind: 'silent' },
  waitTimeout: { kind: 'waitTimeout' },
  timeout408: { kind: 'refused', status: 408 },
} as const satisfies Readonly<Record<string, WriteFault['answer']>>;

const refusedAnswers = {
  unavailable503: { kind: 'refused', status: 503 },
  error500: { kind: 'refused', status: 500 },
  limited429: { kind: 'refused', status: 429, retryAfterS: 1 },
  timeout408: { kind: 'refused', status: 408 },
} as const satisfies Readonly<Record<string, Refused | Unanswered>>;

const isRead = (label: string): boolean => /^content\.(messages|threadMessages|thread|search)$/.test(label);

/** @param position the side of the authority's effect on which it is to happen */
export function enactFault(
  { fault, position }: Placed,
  site: FaultSite,
  controls: FaultControls,
): FaultDecision | Promise<FaultDecision> {
  const { ledger, content } = controls;
  const { event } = site;
  switch (fault.kind) {
    case 'S1-dropped':
      ledger.faults.arm({ kind: 'dropSubmit' });
      return act;
    case 'S2-expired':
      controls.passTime(EXPIRY_MS);
      return act;
    case 'S2-nearly':
      controls.passTime(LIFE_MS - fault.leftMs);
      return act;
    case 'S3-answerLost':
      ledger.faults.arm({ kind: 'loseSubmit', position, as: fault.as });
      return act;
    case 'S5-twice':
      return once(site.run(), () => act);
    case 'S6-forked':
      return controls.forkOut(fault.count).then((gone) => actIf(gone.length > 0));
    case 'S7-lagging':
    case 'S7-oldThread':
      ledger.faults.lag(fault.slots);
      return act;
    case 'S8-refused':
      ledger.faults.arm({ kind: 'failCall', call: 1, refusal: refusals[fault.as] });
      return act;
    case 'S9-events':
      ledger.faults.arm(
        fault.change === 'hide'
          ? { kind: 'hideTransaction', index: fault.index }
          : { kind: 'disturbEvents', change: fault.change, index: fault.index },
      );
      return act;
    case 'S10-preflight':
      ledger.faults.arm({ kind: 'failPreflight', error: 'BlockhashNotFound' });
      return act;
    case 'S11-forged':
      controls.forge(fault.as);
      return act;
    case 'B1-crash':
      controls.crash(event.node, fault.downMs);
      return { kind: 'drop' };
    case 'F2-closed':
      controls.closeClient(event.node);
      return { kind: 'drop' };
    case 'F3-lost':
      if (event.label === 'channel.push') return { kind: 'answer', value: undefined };
      return {
        kind: 'answer',
        value: event.label === 'channel.request' ? unanswered() : lostMessage,
      };
    case 'F3-unheard':
      return { kind: 'answer', value: unanswered() };
    case 'F3-again':
      controls.repeat(fault.afterMs, site.run);
      return act;
    case 'F3-doubled':
      site.run();
      return act;
    case 'C2-slow':
      return actIf(controls.passTime(fault.ms));
    case 'Q9-altered':
      return actIf(controls.harm('alter'));
    case 'Q9-lost':
      return actIf(controls.harm('lose'));
    case 'Q1-acknowledged':
    case 'Q2-answerLost':
    case 'Q3-refused':
    case 'Q4-delayed':
    case 'Q4-again':
    case 'Q5-stale':
    case 'Q6-partial':
      return content === null ? pass : enactOnContent(fault, position, site, content, controls);
  }
}

type ContentFault = Extract<PortFault, { kind: `Q${1 | 2 | 3 | 4 | 5 | 6}-${string}` }>;

function enactOnContent(
  fault: ContentFault,
  position: FaultPosition,
  site: FaultSite,
  content: ContentFaults,
  controls: FaultControls,
): FaultDecision | Promise<FaultDecision> {
  const arm = (effect: WriteFault['effect'], answer: WriteFault['answer']): FaultDecision => {
    content.arm({ on: 'write', effect, answer });
    return act;
  };
  switch (fault.kind) {
    case 'Q1-acknowledged':
      return arm({ kind: position === 'before' ? 'never' : 'queued' }, { kind: 'acknowledged' });
    case 'Q2-answerLost':
      return arm({ kind: 'now' }, lostAnswers[fault.as]);
    case 'Q3-refused':
      if (!isRead(site.event.label)) return arm({ kind: 'never' }, refusedAnswers[fault.as]);
      content.arm({ on: 'read', answer: refusedAnswers[fault.as] });
      return act;
    case 'Q4-delayed':
      controls.later(fault.afterMs, 'a delayed write arrives', () => content.deliverDelayed());
      return arm({ kind: 'delayed' }, { kind: 'lost' });
    case 'Q4-again':
      return controls.redeliver(fault.back).then(actIf);
    case 'Q5-stale':
      content.freezeReads();
      controls.later(fault.forMs, 'a stale replica catches up', () => content.thawReads());
      return act;
    case 'Q6-partial':
      return arm({ kind: 'firstPoints', count: 0 }, { kind: 'refused', status: 500 });
  }
}

/** Takes back what was armed for a call that is over; whether anybody could have noticed what was met. */
export function settleFault({ fault }: Placed, before: FaultTally, { ledger, content, forged }: FaultControls): boolean {
  if (fault.kind === 'S11-forged') return forged() > before.forged;
  switch (fault.kind[0]) {
    case 'S': {
      const met = ledger.faults.fired.slice(before.ledger);
      ledger.faults.heal();
      return isMoved(fault) || met.some(({ noticeable }) => noticeable);
    }
    case 'Q': {
      if (content === null) return false;
      const { count, changed } = content.fired();
      content.disarm();
      return count > before.content && (fault.kind !== 'Q2-answerLost' || changed);
    }
    default:
      return true;
  }
}

/** How many faults each authority had met. */
export interface FaultTally {
  readonly ledger: number;
  readonly content: number;
  readonly forged: number;
}

export const tallyOf = ({ ledger, content, forged }: FaultControls): FaultTally => ({
  forged: forged(),
  ledger: ledger.faults.fired.length,
  content: content?.fired().count ?? 0,
});

/** The world was moved, which is an effect by itself. */
const isMoved = ({ kind }: PortFault): boolean => kind === 'S2-expired' || kind === 'S2-nearly' || kind === 'S6-forked';

const once = <T>(value: unknown, then: () => T): Promise<T> => Promise.resolve(value).then(then);
