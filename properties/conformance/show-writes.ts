/** How steps of the design of one write show in a run as `read-writes.ts` reads it. */
import type { Label } from '#model/explore/spec.ts';
import { durableStageOf, endAt, isRunning, isSynced, type Node, stageOf } from '#model/protocols/node.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { isBusy, type Phase } from '#model/protocols/write.ts';
import type { Reading } from './acceptor.ts';
import { asksLedger } from './read-writes.ts';

type Detail = Readonly<Record<string, string | number | boolean | null>>;

/** How steps of the design show in a run. */
export const writeReading: Reading<UpdateSlots> = {
  observed: (label, from, to) => {
    const { does, outcome, end, ends, fault } = label as Detail;
    switch (does) {
      case 'keep':
        return fault === undefined ? does : 'keep doubled';
      case 'sign':
      case 'sync':
      case 'crash':
      case 'restart':
      case 'fork':
        return does;
      case 'prepare':
        return 'answer prepared';
      case 'store':
        return `store ${fault === 'Q1-acknowledged' ? 'acknowledged' : outcome}`;
      case 'submit': {
        if (outcome === 'notApplied') return `submit notApplied${fault === 'S10-preflight' ? ' for good' : ''}`;
        const place = isInBlock(to) ? 'in' : 'out';
        if (outcome === 'unknown') return `submit unknown ${place} ${String(fault).split(' ')[1]}`;
        return `submit taken ${place}${fault === 'S1-dropped' ? ' dropped' : ''}`;
      }
      // Those on behalf of a client that only asks are nobody's to tell apart.
      case 'look':
        if (from['wire#0'] === 'asking') return null;
        return `look ${outcome}${isLeft(label, from, to) ? ', left' : ''}`;
      case 'height':
        if (from['wire#0'] === 'asking') return null;
        return `height ${outcome}${isLeft(label, from, to) ? ', left' : ''}`;
      case 'end':
      case 'close':
        return 'end refused';
      case 'ingest':
        return ends === true ? 'end confirmed' : null;
      case 'confirm':
        return `confirm ${end}`;
      case 'refuse to prepare':
        return 'answer refused to prepare';
      case 'refuse to take':
      case 'not prepared':
        return 'answer refused';
      case 'answer':
        if (from['wire#0'] === 'preparing') return `answer ${end} to prepare`;
        return from['wire#0'] === 'executing' ? `answer ${end}` : null;
      case 'leave':
        return from['wire#0'] === 'executing' ? 'answer unsettled' : null;
      case 'repeat':
        return `answer ${end}${from['wire#0'] === 'prepare' ? ' to prepare' : ''}`;
      default:
        return null;
    }
  },
  stutters: (observation, state) => {
    const node = state['node#0'] as Node;
    const phase = state['handler#0'] as Phase;
    // The ledger's events may end it while its bytes are still in somebody's hands: what those do then changes nothing.
    if (endAt(node, 0) === 'confirmed' && asksLedger.test(observation)) return true;
    switch (observation) {
      case 'sync':
        return isSynced(node);
      case 'crash':
        return !isRunning(node);
      case 'restart':
        return isRunning(node);
      // A request that comes a second time is answered as the first was.
      case 'end confirmed':
        return endAt(node, 0) === 'confirmed';
      case 'answer confirmed':
        return endAt(node, 0) === 'confirmed' && !isBusy(phase);
      case 'answer refused':
        return endAt(node, 0) === 'refused' && !isBusy(phase);
      case 'answer unsettled':
        // It claims nothing, whatever has become of the write meanwhile.
        return (stageOf(node, 0) === 'signed' || endAt(node, 0) !== undefined) && !isBusy(phase);
      case 'left':
        return !isBusy(phase);
      case 'signed':
        return state['bytes#0'] !== 'none';
      case 'late':
        return state['bytes#0'] !== 'signed' && state['bytes#0'] !== 'out';
      case 'ready submit':
        return phase === 'again' || (phase === 'signing' && durableStageOf(node, 0) === 'signed');
      case 'ready resumed':
        return phase === 'resumed' && state['wire#0'] !== 'asking';
      case 'ready look':
        return phase === 'sent' || phase === 'seen' || phase === 'passed';
      default:
        return false;
    }
  },
};

/** Who has only taken it up again leaves it to the next round. */
const isLeft = (label: Label, from: UpdateSlots, to: UpdateSlots): boolean =>
  (label as Detail)['outcome'] === 'failed' &&
  (stageOf(from['node#0'] as Node, 0) === 'signed' || from['handler#0'] === 'resumed') &&
  to['handler#0'] === 'idle';

const isInBlock = (state: UpdateSlots): boolean => {
  const bytes = state['bytes#0'];
  return bytes === 'processed' || bytes === 'landed' || bytes === 'refused';
};
