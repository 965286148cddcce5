/** Ways to make another scenario of one that was run: something more that happens at a moment of it, something less, something else. */
import { type ConcurrentCommand, type ConcurrentScenario, plainCommand } from '#properties/concurrent/scenario.ts';
import { formsOf } from '#properties/exhaustive/placements.ts';
import type { SeededRandom } from '#simulations/engine/seeded-random.ts';
import { mergeSegments, type Segment, segmentsOf } from '#simulations/engine/strategies/segments.ts';
import type { FaultKind, PortFault, WorldOperation } from '#simulations/world/concurrent/command.ts';
import { callerOf, taskOf } from '#simulations/world/concurrent/concurrent-world.ts';
import { faultKinds, faultRules } from '#simulations/world/concurrent/fault-rules.ts';
import type { Run } from './run.ts';
import { thread } from './seeds.ts';

export const anyOf = <T>(random: SeededRandom, from: readonly T[]): T => from[random.below(from.length)] as T;

/** How long things last, milliseconds: a block, a confirmation, a deadline, longer than a blockhash lives. */
const times = [400, 800, 1_600, 4_000, 10_000, 20_000, 30_000, 55_000, 62_000] as const;
const downs = [100, 500, 4_000, 70_000] as const;

type Change = (run: Run, at: number, random: SeededRandom) => ConcurrentScenario | null;

const nextId = ({ commands }: ConcurrentScenario): number => 1 + Math.max(-1, ...commands.map(({ id }) => id));

/** The schedule of a run up to its event `at` and from it on, as segments. */
function scheduleOf({ events }: Run, at: number): readonly [readonly Segment[], readonly Segment[]] {
  const tasks = events.map(({ task }) => task);
  return [segmentsOf(tasks.slice(0, at)), segmentsOf(tasks.slice(at))];
}

/**
 * Where in the list of commands something belongs that is to happen after so many events, before the barrier that comes next; and how
 * long after what comes right after the barrier before. Who had its turn all along would keep time from passing.
 */
function placeAt({ scenario: { commands }, events }: Run, at: number): { readonly index: number; readonly afterMs: number } {
  const indexOf = new Map(
    commands.flatMap((each, index) => [taskOf(each), callerOf(each)].map((task) => [task, index] as const)),
  );
  const indices = events.slice(0, at).map(({ task }) => indexOf.get(task) ?? -1);
  const last = Math.max(-1, ...indices);
  const next = commands.findIndex(({ op }, index) => index > last && op.kind === 'barrier');
  const barrier = commands.findLastIndex(({ op }, index) => index < last && op.kind === 'barrier');
  const first = indices.findIndex((index) => index > barrier);
  const nowMs = events[at - 1]?.atMs ?? 0;
  // What has begun is told by its first event; a pause has passed by then.
  const sinceMs = first <= 0 ? (events[0]?.atMs ?? nowMs) : (events[first - 1]?.atMs ?? nowMs);
  return { index: next === -1 ? commands.length : next, afterMs: Math.max(0, nowMs - sinceMs) };
}

/** The scenario with what is to happen between two events of the run; the rest of its schedule is kept or left open. */
function inserted(
  run: Run,
  at: number,
  random: SeededRandom,
  more: { readonly command: ConcurrentCommand; readonly segments: readonly Segment[] },
): ConcurrentScenario {
  const [before, after] = scheduleOf(run, at);
  const { index, afterMs } = placeAt(run, at);
  const begins = afterMs === 0 ? [] : [{ task: taskOf(more.command), events: 1 }];
  const segments = mergeSegments([...before, ...begins, ...more.segments, ...(random.below(2) === 0 ? after : [])]);
  const { scenario } = run;
  const made = afterMs === 0 ? more.command : { ...more.command, afterMs };
  const commands = scenario.commands.toSpliced(index, 0, made);
  return { ...scenario, commands, strategy: { kind: 'segments', segments } };
}

/** The world does it, at once. */
export const doing =
  (op: (random: SeededRandom, run: Run) => WorldOperation): Change =>
  (run, at, random) => {
    const id = nextId(run.scenario);
    const made = plainCommand(id, `world#${id}`, op(random, run));
    return inserted(run, at, random, { command: made, segments: [{ task: taskOf(made), events: 1 }] });
  };

const backendIn = ({ scenario }: Run, random: SeededRandom): string => `backend#${random.below(scenario.setup.backends)}`;

export const crashing = doing((random, run) => ({
  kind: 'crash',
  backend: backendIn(run, random),
  downMs: anyOf(random, downs),
}));
export const forking = doing((random) => ({ kind: 'fork', count: 1 + random.below(2) }));
export const waiting = (among: readonly number[] = times): Change =>
  doing((random) => ({ kind: 'pause', ms: anyOf(random, among) }));
export const cutting = doing((random) => ({
  kind: 'cut',
  authority: anyOf(random, ['solana', 'qdrant'] as const),
  forMs: anyOf(random, times),
}));
const jumping = doing((random, run) => ({
  kind: 'clockJump',
  backend: backendIn(run, random),
  ms: anyOf(random, [62_000, 604_800_000]),
}));

/** Somebody works the beginning of a round, of so many events at most, and goes on later. */
const workingAs =
  (op: (random: SeededRandom, run: Run) => WorldOperation, most: number): Change =>
  (run, at, random) => {
    const id = nextId(run.scenario);
    const made = plainCommand(id, `world#${id}`, op(random, run));
    const segments = [
      { task: taskOf(made), events: 2 },
      { task: callerOf(made), events: 1 + random.below(most) },
    ];
    return inserted(run, at, random, { command: made, segments });
  };
const backendRound = (random: SeededRandom, run: Run): WorldOperation => ({ kind: 'round', backend: backendIn(run, random) });

export const working = workingAs(backendRound, 14);
/** A backend takes over from the ledger what it has not yet, and perhaps makes it durable: no more than that. */
export const ingesting = workingAs(backendRound, 3);
const clientWorking = workingAs((random) => ({ kind: 'clientRound', client: `wallet#${random.below(2)}` }), 14);

/** A client does something more, some of it here. */
export const asking =
  (ops: readonly WorldOperation[], actors: readonly string[] = ['wallet#0', 'wallet#1']): Change =>
  (run, at, random) => {
    const made = plainCommand(nextId(run.scenario), anyOf(random, actors), anyOf(random, ops));
    return inserted(run, at, random, {
      command: made,
      segments: [{ task: taskOf(made), events: 1 + random.below(30) }],
    });
  };

const content = { thread, author: 'wallet#0', text: 'hello' };
export const harming = doing((random) => ({
  kind: anyOf(random, ['loseContent', 'alterContent', 'misorderContent'] as const),
  content,
}));

export const rivalling = asking([{ kind: 'createThread', thread }], ['wallet#1']);
const others = asking([
  { kind: 'post', thread, text: 'hello' },
  { kind: 'post', thread, text: 'and more' },
  { kind: 'divest', thread },
  { kind: 'createThread', thread },
  { kind: 'close' },
  { kind: 'giveUp' },
  { kind: 'disconnect' },
  { kind: 'signOut' },
]);

/** A port call of that kind fails, the first one from here on or one soon after it. */
export const failing =
  (kinds: readonly FaultKind[], fits: (label: string) => boolean = () => true): Change =>
  (run, at, random) => {
    const { scenario, events } = run;
    const kind = anyOf(random, kinds);
    const position = anyOf(random, faultRules[kind].positions);
    const strikes = (label: string | null): boolean => label !== null && fits(label) && faultRules[kind].strikes(label, position);
    const callers = new Map(scenario.commands.map((each) => [callerOf(each), each]));
    const coming = events.slice(at).filter(({ task, call }) => callers.has(task) && strikes(call));
    const chosen = coming[Math.min(coming.length - 1, [0, 0, 0, 1, 2][random.below(5)] as number)];
    if (chosen === undefined) return null;
    const before = events.filter(
      ({ step, task, call }) =>
        step < chosen.step && task === chosen.task && call !== null && faultRules[kind].strikes(call, position),
    );
    const struck = callers.get(chosen.task) as ConcurrentCommand;
    const times = [1, 1, 1, 2, 3][random.below(5)] as number;
    const fault = anyForm(kind, random);
    const faults = Array.from({ length: times }, (_, more) => ({ at: before.length + 1 + more, position, fault }));
    const commands = scenario.commands.map((each) => (each === struck ? { ...each, faults: [...each.faults, ...faults] } : each));
    // Up to the call everything stays as it is; what follows from the fault finds its own way.
    const [kept] = scheduleOf(run, events.indexOf(chosen));
    return { ...scenario, commands, strategy: { kind: 'segments', segments: kept } };
  };

function anyForm(kind: FaultKind, random: SeededRandom): PortFault {
  const fault = anyOf(random, formsOf(kind));
  switch (fault.kind) {
    case 'S7-lagging':
    case 'S7-oldThread':
      return { ...fault, slots: anyOf(random, [1, 2, 3, 4, 5, 6, 8, 16, 32]) };
    case 'C2-slow':
      return { ...fault, ms: anyOf(random, times) };
    case 'B1-crash':
      return { ...fault, downMs: anyOf(random, downs) };
    case 'S6-forked':
      return { ...fault, count: 1 + random.below(2) };
    default:
      return fault;
  }
}

/** Somebody else goes on from here. */
export const switching: Change = (run, at, random) => {
  const tasks = [...new Set(run.events.slice(at).map(({ task }) => task))];
  if (tasks.length < 2) return null;
  const [before, after] = scheduleOf(run, at);
  const segment = { task: anyOf(random, tasks), events: 1 + random.below(8) };
  const segments = mergeSegments([...before, segment, ...(random.below(2) === 0 ? after : [])]);
  return { ...run.scenario, strategy: { kind: 'segments', segments } };
};

/** One command less, or one fault. */
export const removing: Change = ({ scenario }, _at, random) => {
  const { commands } = scenario;
  if (commands.length < 2) return null;
  const chosen = anyOf(random, commands);
  if (chosen.faults.length === 0) {
    const left = commands.filter((each) => each !== chosen);
    const task = taskOf(chosen);
    const segments = scenario.strategy.kind === 'segments' ? scenario.strategy.segments.filter((each) => each.task !== task) : [];
    return { ...scenario, commands: left, strategy: { kind: 'segments', segments } };
  }
  const faults = chosen.faults.filter((_, index) => index !== random.below(chosen.faults.length));
  return { ...scenario, commands: commands.map((each) => (each === chosen ? { ...chosen, faults } : each)) };
};

/** Anything at all. */
export const anything: Change = (run, at, random) => {
  const changes: readonly Change[] = [
    crashing,
    forking,
    waiting(),
    waiting([62_000]),
    cutting,
    jumping,
    working,
    clientWorking,
    others,
    harming,
    switching,
    removing,
    failing(faultKinds),
    failing(faultKinds),
    failing(faultKinds),
  ];
  return anyOf(random, changes)(run, at, random);
};

const onLedger =
  (method: string): ((label: string) => boolean) =>
  (label) =>
    label === `ledger.${method}`;

/** What may bring the wanted step about, by how the design tells it; the first that fits. */
const menu: readonly (readonly [RegExp, readonly Change[]])[] = [
  [/^crash/, [crashing, crashing, failing(['B1-crash'])]],
  [/^restart/, [crashing, waiting()]],
  [/^fork/, [forking]],
  [/^confirm landed/, [waiting([400, 800, 1_200, 1_600])]],
  [/^confirm/, [waiting([400, 800, 1_200, 1_600]), rivalling, asking([{ kind: 'divest', thread }])]],
  [/^ingest|^sync|^bring|^end|^keep/, [working, working, others, failing(['Q2-answerLost', 'Q3-refused'])]],
  [/^look.*S8/, [failing(['S8-refused'], onLedger('transactionStatus'))]],
  [/^look.*S7/, [failing(['S7-lagging'], onLedger('transactionStatus'))]],
  [/^look/, [waiting(), working]],
  [/^height.*S8/, [failing(['S8-refused'], onLedger('blockHeight'))]],
  [/^height/, [waiting([62_000]), working]],
  [/^submit.*S1/, [failing(['S1-dropped'])]],
  [/^submit.*S3/, [failing(['S3-answerLost'])]],
  [/^submit.*S8/, [failing(['S8-refused'], onLedger('submit'))]],
  [/^submit.*S10/, [failing(['S10-preflight'])]],
  [/^expire/, [waiting([50_000, 62_000])]],
  [/^others/, [rivalling, asking([{ kind: 'divest', thread }])]],
  [/^lose/, [failing(['F3-lost', 'F3-unheard', 'F2-closed'])]],
  [/^resume/, [working]],
  [/^leave/, [waiting([20_000, 30_000, 62_000])]],
  [/^store/, [failing(['Q1-acknowledged', 'Q2-answerLost', 'Q3-refused'])]],
  [/^refuse to prepare/, [failing(['S8-refused'], onLedger('prepare'))]],
  [/^(prepare|repeat|refuse to take)/, [failing(['F3-lost', 'F3-unheard', 'F3-doubled', 'F3-again', 'F2-closed']), jumping]],
  [/F3/, [failing(['F3-doubled', 'F3-again', 'F3-lost'])]],
  [/^close/, [failing(['F2-closed', 'F3-lost']), waiting([62_000]), working]],
];

/** @param does how the wanted step is told */
export function changeFor(does: string, random: SeededRandom): Change {
  const found = menu.find(([pattern]) => pattern.test(does));
  return found === undefined || random.below(4) === 0 ? anything : anyOf(random, found[1]);
}
