/**
 * Steps of the small scope that the implementation never takes, though the design would let it: each class with what is stricter in the
 * implementation. The table can be wrong, and is then found out: `check` names a run's steps that are among
 * these, `aim` exits 1 for them, and what is on the ground no more is no exception either.
 */

/** A step as the ground tells it, in its parts. */
interface Told {
  readonly design: string;
  /** Of a write: how far the work on it is; of a content: what is about to be brought. Null where the backend is down. */
  readonly phase: string | null;
  /** As it is, `over` what is durable, where that is something else. */
  readonly row: string;
  /** Of a write its bytes; of a content what is cached. */
  readonly rest: string;
  readonly does: string;
  readonly to: string;
}

export interface Exception {
  readonly name: string;
  /** One sentence. */
  readonly reason: string;
  readonly holds: (step: Told) => boolean;
}

function toldIn(step: string): Told {
  const [from = '', does = '', to = ''] = step.split(' | ');
  const [design = '', place = ''] = from.split(': ');
  const parts = place.split(', ');
  const isDown = parts[0] === 'down';
  const [phase = '', row = '', rest = ''] = isDown ? parts.slice(1) : parts;
  return { design, phase: isDown ? null : phase, row, rest, does, to: to.split(': ')[1] ?? '' };
}

const isWrite = ({ design }: Told): boolean => design !== 'projection';
const among = (...values: readonly string[]): ((value: string | null) => boolean) => {
  const set = new Set<string | null>(values);
  return (value) => set.has(value);
};

export const exceptions: readonly Exception[] = [
  {
    name: 'a crash between what is learned and what is written',
    reason:
      'What a backend learns of the fate of a transaction it writes down before it calls anybody again, so no crash comes between.',
    holds: (step) => isWrite(step) && step.does === 'crash B1-crash' && among('dead', 'failed')(step.phase),
  },
  {
    name: 'bytes that no node will ever take',
    reason:
      'A node that refuses bytes before it sends them is believed only where they are malformed, which what a wallet signed never is.',
    holds: ({ design, phase, row, rest, does }) =>
      does.endsWith('S10-preflight') ||
      (rest === 'signed' &&
        (phase === 'dead' || row === 'refused over signed' || (design === 'ownership' && row.startsWith('refused')))),
  },
  {
    name: 'content that is only acknowledged',
    reason: 'What Qdrant says it has got and not yet stored counts as unknown, and is sent again.',
    holds: ({ does }) => does === 'store applied Q1-acknowledged',
  },
  {
    name: 'a doubled request that is late',
    reason:
      'The second of two equal requests is worked on right after the first, in the same life and before its client has heard.',
    holds: ({ design, phase, rest, does }) =>
      design === 'content' && does === 'keep true F3-doubled' && (phase === 'idle' || (phase === 'stored' && rest !== 'none')),
  },
  {
    name: 'a second look for a client that waits, at what is still only in a block',
    reason:
      'Whoever works for a client looks 0.8 s after sending and again 1.6 s later, when three slots have passed since any block it saw.',
    holds: ({ phase, rest, does, to }) =>
      phase === 'seen' && rest === 'processed' && does === 'look seen failed S8-refused' && to.startsWith('again'),
  },
  {
    name: 'a text without a write and without a record',
    reason:
      'A text that no write has brought here is taken only where a record that is cached lacks it, so before that there is none to restore.',
    holds: ({ design, phase, row, rest }) =>
      design === 'projection' &&
      phase === 'restore' &&
      ((row === 'no row' && rest === 'not cached') || row === 'confirmed over no row'),
  },
  {
    name: 'two requests about one write at a time',
    reason:
      'What a backend does about one write it does one after another, so nothing is begun while a request or a round is at it.',
    holds: (step) =>
      isWrite(step) &&
      (step.phase === 'keeping' || (among('ending', 'idle')(step.phase) && step.row.startsWith('refused over '))) &&
      /^(prepare|keep|sign|repeat)/.test(step.does),
  },
  {
    name: 'a content that is taken up before its end is durable',
    reason:
      'What a batch makes due for Qdrant is adopted once the batch is durable, so nothing is under way about a content whose own row is not.',
    holds: ({ design, phase, row }) =>
      design === 'projection' &&
      among('record', 'restore', 'discard')(phase) &&
      among('confirmed over kept', 'refused over kept')(row),
  },
  {
    name: 'a write that begins while its content is being brought',
    reason:
      'A content that one write alone carries is nowhere before that write has begun, so nobody brings it to Qdrant by then.',
    holds: ({ design, phase, row, does }) =>
      design === 'projection' &&
      among('record', 'restore', 'discard')(phase) &&
      (does === 'keep' || among('kept', 'kept over no row', 'refused over no row')(row) || (does === 'end' && row === 'no row')),
  },
  {
    name: 'a refused content that is found recorded',
    reason: 'What was told refused never lands, so no backend records its content and no discarding finds it recorded.',
    holds: ({ design, row, does }) => design === 'projection' && row.startsWith('refused') && does === 'bring discard kept',
  },
  {
    name: 'a content that is refused while its bytes can land',
    reason:
      'It takes the second of two equal requests, whose answer goes to nobody: no run shows that it is over before a crash, and after one nobody hands those bytes in.',
    holds: ({ design, phase, row, rest, does }) =>
      design === 'content' &&
      row === 'refused' &&
      rest === 'signed' &&
      ((phase === 'ending' && does === 'answer refused') || (phase === 'idle' && does === 'repeat refused')),
  },
  {
    name: 'a request that is left while nobody works on it',
    reason: 'Whoever works for a client that waits stays with its write until the deadline, whatever call fails meanwhile.',
    holds: (step) => isWrite(step) && step.does === 'leave' && step.phase === 'idle' && step.row === 'signed',
  },
];

/** The class that a step of the ground belongs to; null: nothing keeps a run from taking it. */
export function exceptionOf(step: string): Exception | null {
  const told = toldIn(step);
  return exceptions.find(({ holds }) => holds(told)) ?? null;
}
