/** The smallest scenarios that walk the small scope at all: one write, with whom else it takes. Everything else is made of them. */
import { type ConcurrentCommand, type ConcurrentScenario, plainCommand } from '#properties/concurrent/scenario.ts';
import type { WorldOperation } from '#simulations/world/concurrent/command.ts';

export const thread = 'thread#0';
/** Nobody works in the background unless it is told to. */
const quietMs = 10_000_000;

type Step = readonly [actor: string, op: WorldOperation];

const scenario = (steps: readonly Step[], setup: Partial<ConcurrentScenario['setup']> = {}): ConcurrentScenario => ({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 2, backends: 1, balance: 100_000n, skewMs: [], roundMs: quietMs, clientRoundMs: quietMs, ...setup },
  strategy: { kind: 'segments', segments: [] },
  commands: steps.map(([actor, op], id) => plainCommand(id, actor, op)),
});

const created: Step = ['wallet#0', { kind: 'createThread', thread }];
const rival: Step = ['wallet#1', { kind: 'createThread', thread }];
const said: Step = ['wallet#0', { kind: 'post', thread, text: 'hello' }];
const left: Step = ['wallet#0', { kind: 'divest', thread }];
const barrier: Step = ['world#0', { kind: 'barrier' }];
const crash: Step = ['world#0', { kind: 'crash', backend: 'backend#0', downMs: 500 }];
const soon: Step = ['world#0', { kind: 'crash', backend: 'backend#0', downMs: 100 }];
const round: Step = ['world#0', { kind: 'round', backend: 'backend#0' }];
const pause = (ms: number): Step => ['world#0', { kind: 'pause', ms }];

/** Afterwards there is time for everybody to go on: to come back, to work, to find that it is too late. */
const tail = [500, 1_600, 62_000, 4_000].flatMap((ms) => [barrier, pause(ms), barrier, round]);

/** With faults of its operation's calls. */
const struck = (given: ConcurrentScenario, [, op]: Step, faults: ConcurrentCommand['faults']): ConcurrentScenario => ({
  ...given,
  commands: given.commands.map((each) => (each.op.kind === op.kind ? { ...each, faults } : each)),
});

const nearlyTooLate = (given: ConcurrentScenario, last: Step): ConcurrentScenario =>
  struck(given, last, [
    { at: last === said ? 5 : 4, position: 'before', fault: { kind: 'C2-slow', ms: 59_000 } },
    { at: 1, position: 'before', fault: { kind: 'S7-lagging', slots: 32 } },
    { at: last === said ? 8 : 7, position: 'before', fault: { kind: 'C2-slow', ms: 1_000 } },
    { at: 3, position: 'before', fault: { kind: 'S7-lagging', slots: 3 } },
  ]);

/** What these do begins so many milliseconds late. */
const late = (given: ConcurrentScenario, by: Readonly<Record<string, number>>): ConcurrentScenario => ({
  ...given,
  commands: given.commands.map((each) => {
    const afterMs = by[each.actor];
    return afterMs === undefined ? each : { ...each, afterMs };
  }),
});

export const seeds: readonly ConcurrentScenario[] = [
  scenario([created, ...tail]),
  scenario([created, crash, ...tail]),
  // Taken up again so soon that it is still only in a block.
  ...[created, said].map((last) =>
    scenario([...(last === said ? [created, barrier, said] : [created]), soon, barrier, pause(100), barrier, round, ...tail]),
  ),
  scenario([rival, created, ...tail]),
  scenario([created, said, ...tail]),
  scenario([created, said, crash, ...tail]),
  scenario([created, left, said, ...tail]),
  scenario([created, said, ...tail], { backends: 2, syncEveryMs: 1_000 }),
  // In a block only when it is nearly too late, and its blockhash has passed when somebody looks.
  ...[created, said].map((last) =>
    struck(scenario(last === said ? [created, said, ...tail] : [created, ...tail]), last, [
      { at: last === said ? 5 : 4, position: 'before', fault: { kind: 'C2-slow', ms: 57_000 } },
      { at: 1, position: 'before', fault: { kind: 'S7-lagging', slots: 32 } },
      { at: last === said ? 8 : 7, position: 'before', fault: { kind: 'C2-slow', ms: 5_000 } },
    ]),
  ),
  // In the very last block that could take it, and who is asked last lags by as much as is still told.
  ...[created, said].flatMap((last) =>
    [
      [created, said],
      [created, left, said],
      [rival, created],
    ].flatMap((steps) =>
      steps.includes(last) && (last === said || steps.includes(rival))
        ? [nearlyTooLate(scenario([...steps, ...tail]), last)]
        : [],
    ),
  ),
  nearlyTooLate(scenario([created, ...tail]), created),
  // While the ledger is away; its thread is there when it is back.
  scenario([['world#0', { kind: 'cut', authority: 'solana', forMs: 1_000 }], created, ...tail, rival, ...tail], {
    queueWrites: true,
    clientRoundMs: 1_500,
  }),
  scenario([created, barrier, ['world#0', { kind: 'cut', authority: 'solana', forMs: 1_000 }], said, ...tail, ...tail], {
    queueWrites: true,
    clientRoundMs: 1_500,
  }),
  // Left while the ledger is away, and when it is back there is nothing that they could be about.
  ...[left, said].map((last) =>
    scenario([['world#0', { kind: 'cut', authority: 'solana', forMs: 1_000 }], last, ...tail, ...tail], {
      queueWrites: true,
      clientRoundMs: 1_500,
    }),
  ),
  // To another backend, whose clock runs ahead, the content has looked unneeded for long enough.
  late(
    scenario(
      [
        created,
        barrier,
        said,
        ['world#1', { kind: 'round', backend: 'backend#1' }],
        ['world#2', { kind: 'clockJump', backend: 'backend#1', ms: 70_000 }],
        ['world#3', { kind: 'round', backend: 'backend#1' }],
        ...tail,
        barrier,
        ['world#1', { kind: 'round', backend: 'backend#1' }],
      ],
      { backends: 2, syncEveryMs: 1 },
    ),
    { 'world#1': 100, 'world#2': 200, 'world#3': 300 },
  ),
  // Another backend compares while the write is under way.
  scenario(
    [
      created,
      said,
      ['world#1', { kind: 'round', backend: 'backend#1' }],
      ['world#1', { kind: 'round', backend: 'backend#1' }],
      ...tail,
    ],
    {
      backends: 2,
      syncEveryMs: 1,
    },
  ),
  // With rounds and questions of their own.
  scenario([created, said, ...tail], { roundMs: 4_000, clientRoundMs: 8_000 }),
  scenario([created, said, ...tail], { roundMs: 4_000, syncEveryMs: 4_000, backends: 2 }),
  scenario([created, said, ...tail], { roundMs: 4_000, queueWrites: true }),
];
