/** What a backend does about one write, from the request to prepare it to the answer. */
import type { Label, Rule } from '../explore/spec.ts';
import { type Content, stepQdrant } from '../qdrant.ts';
import { isInTip, taken } from './chain.ts';
import { endAt, ended, isRunning, type Node, onNode, rowOf, stageOf, withDue, withText } from './node.ts';
import { slots, type UpdateSlots, type Wire, type Write } from './slots.ts';
import { endOf, isBusy, type Look, type Phase, type WriteDesign } from './write.ts';

export interface BackendFaults {
  /** Calls on the ledger and on Qdrant that fail, or whose answer is lost. */
  readonly calls: boolean;
  /** Nodes that answer from the past. */
  readonly lags: boolean;
}

/** What the client waits for, answered with this. */
const answered = (line: Wire, answer: Wire): Wire =>
  line === 'executing' || line === 'asking' || line === 'preparing' ? answer : line;

export function backendRules(
  write: Write,
  design: WriteDesign,
  options: { readonly faults: BackendFaults; readonly landing: 'atOnce' | 'later' },
): readonly Rule<UpdateSlots>[] {
  const { index, home, content } = write;
  const { faults, landing } = options;
  const [wire, handler, bytes, node] = [`wire#${index}`, `handler#${index}`, `bytes#${index}`, `node#${home}`] as const;
  const step = { actor: node as string, kind: 'step' as const };
  const fault = { actor: 'fault', kind: 'fault' as const };
  const label = (does: string, rest: object = {}): Label => ({ does, write: index, ...rest });

  const prepare = slots.rule({ name: `prepare ${index}`, ...step }, [wire, node, handler], (line, at, phase) => {
    if (line !== 'prepare' || !isRunning(at)) return [];
    const end = endAt(at, index);
    if (end !== undefined) return [{ label: label('repeat', { end }), to: [end, at, phase] }];
    if (stageOf(at, index) === 'signed') return [{ label: label('repeat', { end: 'unsettled' }), to: ['unsettled', at, phase] }];
    if (content === null) return [{ label: label('prepare'), to: ['ready', at, 'prepared'] }];
    const kept = withText(onNode(at, { kind: 'keepIntent', id: rowOf(index), client: `client#${index}` }), content.hash);
    return [{ label: label('keep', { anew: kept === at }), to: ['preparing', kept, 'keeping'] }];
  });
  const refusePrepare = slots.rule({ name: `refuse to prepare ${index}`, ...fault }, [wire, node], (line, at) =>
    line === 'prepare' && isRunning(at) && endAt(at, index) === undefined && stageOf(at, index) !== 'signed'
      ? [{ label: label('refuse to prepare', { fault: 'S8-refused' }), to: ['refused', at] }]
      : [],
  );
  // For a reason that will not pass, of a write that waited here: that is its end.
  const refuseForGood = slots.rule({ name: `refuse ${index} for good`, ...fault }, [wire, node, handler], (line, at, phase) =>
    line === 'prepare' && isRunning(at) && phase === 'idle' && stageOf(at, index) === null && endAt(at, index) === undefined
      ? [{ label: label('end', { fault: 'S8-refused' }), to: ['preparing', ended(at, index, 'refused'), 'ending'] }]
      : [],
  );
  const sign = slots.rule({ name: `sign ${index}`, ...step }, [wire, node, handler], (line, at, phase) => {
    if (line !== 'execute' || !isRunning(at)) return [];
    const end = endAt(at, index);
    if (end !== undefined) return [{ label: label('repeat', { end }), to: [end, at, phase] }];
    const stage = stageOf(at, index);
    // Prepared in memory that a crash has taken: nothing was begun here.
    if (stage === null && phase !== 'prepared') return [{ label: label('not prepared'), to: ['refused', at, phase] }];
    if (stage === 'signed') return phase === 'idle' ? [{ label: label('resume'), to: ['executing', at, 'again'] }] : [];
    const keep = { kind: 'keepIntent', id: rowOf(index), client: `client#${index}` } as const;
    const signed = onNode(at, keep, { kind: 'signIntent', id: rowOf(index) });
    return [{ label: label('sign'), to: ['executing', signed, 'signing'] }];
  });

  const submits = (phase: Phase, at: Node): boolean =>
    isRunning(at) && ((phase === 'signing' && design.maySend(at, index)) || phase === 'again');
  const submit = slots.rule({ name: `submit ${index}`, ...step }, ['chain', bytes, handler, node], (chain, state, phase, at) => {
    if (!submits(phase, at)) return [];
    return [{ label: label('submit', { outcome: 'taken' }), to: [...taken(chain, state, index, landing), 'sent', at] }];
  });
  const submitFails = slots.rule(
    { name: `submit ${index} fails`, ...fault },
    ['chain', bytes, handler, node],
    (chain, state, phase, at) => {
      if (!submits(phase, at)) return [];
      const gone = taken(chain, state, index, landing);
      return [
        { label: label('submit', { outcome: 'taken', fault: 'S1-dropped' }), to: [chain, state, 'sent', at] },
        { label: label('submit', { outcome: 'unknown', fault: 'S3-answerLost before' }), to: [chain, state, 'sent', at] },
        { label: label('submit', { outcome: 'unknown', fault: 'S3-answerLost after' }), to: [...gone, 'sent', at] },
        { label: label('submit', { outcome: 'notApplied', fault: 'S8-refused' }), to: [chain, state, 'sent', at] },
        // No node will ever take these: only said of bytes that were never sent before.
        ...(phase === 'signing'
          ? [
              {
                label: label('submit', { outcome: 'notApplied', fault: 'S10-preflight' }),
                to: [chain, state, 'dead', at] as const,
              },
            ]
          : []),
      ];
    },
  );

  /** Whoever only asks, of a write that is not its own, sends nothing. */
  const goesOn = (at: Node, next: Phase): Phase => (next === 'again' && stageOf(at, index) !== 'signed' ? 'idle' : next);
  const looks = (phase: Phase): boolean => phase === 'sent' || phase === 'seen' || phase === 'passed' || phase === 'resumed';
  const look = slots.rule({ name: `look ${index}`, ...step }, ['chain', bytes, handler, node], (chain, state, phase, at) => {
    if (!looks(phase) || !isRunning(at)) return [];
    const seen: Look = state === 'landed' || state === 'refused' ? state : isInTip(chain, index) ? 'processed' : 'notSeen';
    return [{ label: label('look', { at: phase, outcome: seen }), to: [chain, state, design.afterLook(phase, seen), at] }];
  });
  const lookFails = slots.rule({ name: `look ${index} fails`, ...fault }, [bytes, handler, node], (state, phase, at) => {
    if (!looks(phase) || !isRunning(at)) return [];
    const to = (seen: Look, why: string) => ({
      label: label('look', { at: phase, outcome: seen, fault: why }),
      to: [state, goesOn(at, design.afterLook(phase, seen)), at] as const,
    });
    // Who has only taken it up again leaves it to the next round.
    const left = {
      label: label('look', { at: phase, outcome: 'failed', fault: 'S8-refused' }),
      to: [state, 'idle', at] as const,
    };
    const isHidden = state === 'processed' || state === 'landed' || state === 'refused';
    return [
      ...(faults.calls ? [to('failed', 'S8-refused'), left] : []),
      ...(faults.lags && isHidden ? [to(design.lagging(phase), 'S7-lagging')] : []),
      ...(faults.lags && isHidden && state !== 'processed' ? [to('processed', 'S7-lagging')] : []),
    ];
  });
  const height = slots.rule({ name: `height ${index}`, ...step }, [bytes, handler, wire, node], (state, phase, line, at) => {
    if (phase !== 'asked' || !isRunning(at)) return [];
    const isLongAgo = state === 'landed' || state === 'refused';
    const answers = state === 'expired' ? (['over'] as const) : isLongAgo ? (['within', 'over'] as const) : (['within'] as const);
    return answers.map((answer) => {
      // Who only asks sends nothing.
      const isDone = answer === 'within' && line === 'asking';
      const next = isDone ? 'idle' : design.afterHeight(answer);
      return {
        label: label('height', { outcome: answer }),
        to: [state, next, isDone ? 'unsettled' : line, at] as const,
      };
    });
  });

  const heightFails = slots.rule({ name: `height ${index} fails`, ...fault }, [handler, node], (phase, at) =>
    phase === 'asked' && isRunning(at)
      ? [
          {
            label: label('height', { outcome: 'failed', fault: 'S8-refused' }),
            to: [goesOn(at, design.afterHeight('failed')), at],
          },
          { label: label('height', { outcome: 'failed', fault: 'S8-refused' }), to: ['idle', at] },
        ]
      : [],
  );
  // A request that comes a second time, after the first has been worked on.
  const repeated = slots.rule({ name: `request ${index} comes again`, ...fault }, [handler, node], (phase, at) => {
    if (!isRunning(at) || isBusy(phase)) return [];
    const stage = stageOf(at, index);
    if (stage === 'signed') return [{ label: label('execute again', { fault: 'F3-doubled' }), to: ['again', at] }];
    return stage === 'kept' ? [{ label: label('keep', { anew: true, fault: 'F3-doubled' }), to: ['keeping', at] }] : [];
  });
  const refuseSigned = slots.rule({ name: `refuse to take ${index}`, ...fault }, [wire, node], (line, at) =>
    line === 'execute' && isRunning(at) && stageOf(at, index) !== 'signed' && endAt(at, index) === undefined
      ? [{ label: label('refuse to take'), to: ['refused', at] }]
      : [],
  );

  return [
    prepare,
    ...(faults.calls ? [refusePrepare, refuseForGood, refuseSigned, heightFails, repeated] : []),
    sign,
    submit,
    ...(faults.calls ? [submitFails] : []),
    look,
    ...(faults.calls || faults.lags ? [lookFails] : []),
    height,
    ...endRules(write, design),
    ...(content === null ? [] : [closeRule(write, content), ...storeRules(write, content, design, faults)]),
  ];
}

/** How a write ends at its backend, and how it is taken up again. */
function endRules({ index, home, content }: Write, design: WriteDesign): readonly Rule<UpdateSlots>[] {
  const [wire, handler, node] = [`wire#${index}`, `handler#${index}`, `node#${home}`] as const;
  const step = { actor: node as string, kind: 'step' as const };
  const label = (does: string, rest: object = {}): Label => ({ does, write: index, ...rest });
  return [
    // The deadline has passed, or the ledger could not be asked: the outbox keeps it.
    slots.rule({ name: `leave ${index}`, ...step }, [wire, handler], (line, phase) => {
      const isLeft = phase === 'sent' || phase === 'seen';
      if (isLeft) return [{ label: label('leave'), to: [answered(line, 'unsettled'), 'idle'] }];
      return phase === 'idle' && (line === 'executing' || line === 'asking')
        ? [{ label: label('leave'), to: ['unsettled', 'idle'] }]
        : [];
    }),
    slots.rule({ name: `resume ${index}`, ...step }, [wire, handler, node], (line, phase, at) =>
      phase === 'idle' && isRunning(at) && stageOf(at, index) === 'signed' && line !== 'execute' && line !== 'status'
        ? [{ label: label('resume'), to: [line, 'resumed', at] }]
        : [],
    ),
    slots.rule({ name: `status ${index}`, ...step }, [wire, handler, node], (line, phase, at) => {
      if (line !== 'status' || !isRunning(at)) return [];
      const end = endAt(at, index);
      if (end !== undefined) return [{ label: label('tell', { end }), to: [end, phase, at] }];
      if (isBusy(phase)) return [{ label: label('tell', { end: 'unsettled' }), to: ['unsettled', phase, at] }];
      return [{ label: label('inquire'), to: ['asking', 'resumed', at] }];
    }),
    slots.rule({ name: `end ${index}`, ...step }, [wire, handler, node], (line, phase, at) => {
      if (endOf(phase) !== 'refused' || !isRunning(at)) return [];
      // Whoever never had it here writes nothing down.
      if (stageOf(at, index) === null)
        return [{ label: label('tell', { end: 'refused' }), to: [answered(line, 'refused'), 'idle', at] }];
      const written = ended(content === null || !design.looksAfterRefused ? at : withDue(at, content.hash), index, 'refused');
      return [{ label: label('end'), to: [line, 'ending', written] }];
    }),
    slots.rule({ name: `answer ${index}`, ...step }, [wire, handler, node], (line, phase, at) => {
      const end = phase === 'ending' ? 'refused' : phase === 'confirmed' ? 'confirmed' : null;
      if (end === null || !isRunning(at) || !design.mayTell(at, index)) return [];
      return [{ label: label('answer', { end }), to: [answered(line, end), 'idle', at] }];
    }),
  ];
}

/** A prepared write that nobody came back to sign can be closed once its blockhash has passed: nobody can sign it any more. */
function closeRule({ index, home }: Write, content: Content): Rule<UpdateSlots> {
  const [handler, node, bytes] = [`handler#${index}`, `node#${home}`, `bytes#${index}`] as const;
  return slots.rule({ name: `close ${index}`, actor: node, kind: 'step' }, [handler, node, bytes], (phase, at, state) => {
    const isOver = state === 'none' || state === 'expired';
    if (!isRunning(at) || stageOf(at, index) !== 'kept' || !isOver || isBusy(phase)) return [];
    const closed = ended(withDue(at, content.hash), index, 'refused');
    return [{ label: { does: 'close', write: index }, to: ['idle', closed, 'expired'] }];
  });
}

/** Content on its way to Qdrant, between the two halves of a content update. */
function storeRules(
  { index, home }: Write,
  content: Content,
  design: WriteDesign,
  faults: BackendFaults,
): readonly Rule<UpdateSlots>[] {
  const [wire, handler, node] = [`wire#${index}`, `handler#${index}`, `node#${home}`] as const;
  const label = (rest: object): Label => ({ does: 'store', write: index, ...rest });
  const put = { kind: 'putPending', content } as const;
  const stores = (phase: Phase, at: Node): boolean => isRunning(at) && phase === 'keeping' && design.mayStore(at, index);
  const store = slots.rule(
    { name: `store ${index}`, actor: node, kind: 'step' },
    [wire, handler, node, 'qdrant'],
    (line, phase, at, qdrant) =>
      stores(phase, at)
        ? [
            {
              label: label({ outcome: 'applied' }),
              to: [answered(line, 'ready'), 'stored', at, stepQdrant(qdrant, put).state],
            },
          ]
        : [],
  );
  const storeFails = slots.rule(
    { name: `store ${index} fails`, actor: 'fault', kind: 'fault' },
    [wire, handler, node, 'qdrant'],
    (line, phase, at, qdrant) => {
      if (!stores(phase, at)) return [];
      const refused = ended(withDue(at, content.hash), index, 'refused');
      return [
        { label: label({ outcome: 'unknown', fault: 'Q2-answerLost' }), to: [line, phase, at, stepQdrant(qdrant, put).state] },
        { label: label({ outcome: 'applied', fault: 'Q1-acknowledged' }), to: [answered(line, 'ready'), 'stored', at, qdrant] },
        { label: label({ outcome: 'notApplied', fault: 'Q3-refused' }), to: [line, phase, at, qdrant] },
        // Refused as often as it was tried.
        { label: { does: 'end', write: index, fault: 'Q3-refused' }, to: [line, 'ending', refused, qdrant] },
      ];
    },
  );
  return faults.calls ? [store, storeFails] : [store];
}
