/** What the shrinker must know of Choir's scenarios: how to run one, and what is plainer than what. */
import type { ContentName } from '#model/action.ts';
import type { Execution, Shape } from '#properties/shrink/shrinkable.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import type { PortFault, WorldOperation } from '#simulations/world/concurrent/command.ts';
import { setUpTask, taskOf } from '#simulations/world/concurrent/concurrent-world.ts';
import { execute } from './execute.ts';
import type { ConcurrentScenario } from './scenario.ts';

const plainText = 'hello';
const plainMs = 500;
/** More messages than scenarios post. */
const plainLimit = 64;

const less = (ms: number): readonly number[] => (ms > plainMs ? [plainMs] : []);

function plainerOps(op: WorldOperation): readonly WorldOperation[] {
  switch (op.kind) {
    case 'submitSpec':
      // A recorded message is had in one step by who may post, in several by a stranger.
      return [{ kind: 'post', thread: op.thread, text: op.text }, ...(op.stake === 1_000n ? [] : [{ ...op, stake: 1_000n }])];
    case 'search':
      return op.thread === undefined && op.author === undefined ? [] : [{ kind: 'search', text: op.text }];
    case 'readStrong':
      return [{ kind: 'readCached', thread: op.thread }];
    case 'damage':
      return [{ kind: 'crash', backend: op.backend, downMs: op.downMs }, ...less(op.downMs).map((downMs) => ({ ...op, downMs }))];
    case 'readContent': {
      const plain = { ...op, from: 0, limit: plainLimit };
      return [...(op.from === 0 && op.limit === plainLimit ? [] : [plain]), { kind: 'readCached', thread: op.thread }];
    }
    case 'crash':
      return less(op.downMs).map((downMs) => ({ ...op, downMs }));
    case 'cut':
      return less(op.forMs).map((forMs) => ({ ...op, forMs }));
    case 'pause':
    case 'clockJump':
      return less(op.ms).map((ms) => ({ ...op, ms }));
    case 'fork':
      return op.count > 1 ? [{ ...op, count: 1 }] : [];
    case 'createThread':
    case 'post':
    case 'vote':
    case 'settle':
    case 'divest':
    case 'readCached':
    case 'connect':
    case 'disconnect':
    case 'signIn':
    case 'signOut':
    case 'close':
    case 'giveUp':
    case 'alterContent':
    case 'loseContent':
    case 'misorderContent':
    case 'loseMetadata':
    case 'alterMetadata':
    case 'syncThread':
    case 'round':
    case 'clientRound':
    case 'barrier':
      return [];
  }
}

function weakerFaults(fault: PortFault): readonly PortFault[] {
  switch (fault.kind) {
    case 'S6-forked':
      return fault.count > 1 ? [{ ...fault, count: 1 }] : [];
    case 'S7-lagging':
    case 'S7-oldThread':
      return [1, 4, 8, 16].filter((slots) => slots < fault.slots).map((slots) => ({ ...fault, slots }));
    case 'S8-refused':
      return fault.as === 'unavailable' ? [] : [{ ...fault, as: 'unavailable' }];
    case 'S9-events':
      return fault.index > 0 ? [{ ...fault, index: 0 }] : [];
    case 'S11-forged':
      return fault.as === 'shape' ? [] : [{ ...fault, as: 'shape' }];
    case 'S3-answerLost':
      return fault.as === 'reset' ? [] : [{ ...fault, as: 'reset' }];
    case 'Q2-answerLost':
      return fault.as === 'lost' ? [] : [{ ...fault, as: 'lost' }];
    case 'Q3-refused':
      return fault.as === 'unavailable503' ? [] : [{ ...fault, as: 'unavailable503' }];
    case 'S2-nearly':
      return less(fault.leftMs).map((leftMs) => ({ ...fault, leftMs }));
    case 'Q4-delayed':
    case 'F3-again':
      return less(fault.afterMs).map((afterMs) => ({ ...fault, afterMs }));
    case 'Q4-again':
      return fault.back > 0 ? [{ ...fault, back: 0 }] : [];
    case 'Q5-stale':
      return less(fault.forMs).map((forMs) => ({ ...fault, forMs }));
    case 'B1-crash':
      return less(fault.downMs).map((downMs) => ({ ...fault, downMs }));
    case 'C2-slow':
      return less(fault.ms).map((ms) => ({ ...fault, ms }));
    case 'S1-dropped':
    case 'S2-expired':
    case 'S5-twice':
    case 'S10-preflight':
    case 'Q1-acknowledged':
    case 'Q6-partial':
    case 'Q9-altered':
    case 'Q9-lost':
    case 'F2-closed':
    case 'F3-lost':
    case 'F3-unheard':
    case 'F3-doubled':
      return [];
  }
}

/** Texts are ids too: the same text twice is the same content. */
const textId = (text: string): string => `text ${text}`;

const idsOfContent = ({ thread, author, text }: ContentName): readonly string[] => [thread, author, textId(text)];

function ids(op: WorldOperation): readonly string[] {
  if ('content' in op) return idsOfContent(op.content);
  const thread = 'thread' in op && op.thread !== undefined ? [op.thread] : [];
  const text = 'text' in op ? [textId(op.text)] : [];
  const backend = 'backend' in op ? [op.backend] : [];
  return [...thread, ...text, ...backend];
}

function rename(op: WorldOperation, from: string, to: string): WorldOperation {
  const put = (id: string): string => (id === from ? to : id);
  const putText = (text: string): string => (textId(text) === from && to.startsWith('text ') ? to.slice(5) : text);
  let renamed = op;
  if ('content' in renamed) {
    const { thread, author, text } = renamed.content;
    renamed = { ...renamed, content: { thread: put(thread), author: put(author), text: putText(text) } };
  }
  if ('thread' in renamed && renamed.thread !== undefined) renamed = { ...renamed, thread: put(renamed.thread) };
  if ('text' in renamed) renamed = { ...renamed, text: putText(renamed.text) };
  if ('backend' in renamed) renamed = { ...renamed, backend: put(renamed.backend) };
  return renamed;
}

function plainerIds(id: string): readonly string[] {
  if (id.startsWith('text ')) return id === textId(plainText) ? [] : [textId(plainText)];
  const [kind, number = '0'] = id.split('#');
  return Array.from({ length: Number(number) }, (_, index) => `${kind}#${index}`);
}

function plainerSetups(scenario: ConcurrentScenario): readonly ConcurrentScenario[] {
  const { setup } = scenario;
  const candidates = [
    without(setup, 'syncEveryMs'),
    without(setup, 'maxOpenWrites'),
    without(setup, 'directReads'),
    without(setup, 'maxQueued'),
    without(setup, 'clientRoundMs'),
    without(setup, 'beginsApart'),
    without(setup, 'raceMs'),
    without(without(setup, 'queueWrites'), 'maxQueued'),
    { ...setup, skewMs: [] },
    { ...setup, roundMs: 4_000 },
    { ...setup, backends: 1 },
    { ...setup, backends: 2 },
    { ...setup, wallets: 1 },
    { ...setup, wallets: 2 },
  ];
  const isPlainer = (each: typeof setup): boolean =>
    Object.keys(each).length < Object.keys(setup).length ||
    each.skewMs.length < setup.skewMs.length ||
    (each.roundMs === 4_000 && setup.roundMs !== 4_000) ||
    each.backends < setup.backends ||
    each.wallets < setup.wallets;
  const isPossible = (each: typeof setup): boolean => scenario.commands.every((command) => fits(command, each));
  const plainer = candidates.filter((each) => isPlainer(each) && isPossible(each)).map((each) => ({ ...scenario, setup: each }));
  return [...plainer, ...withoutWaits(scenario)];
}

/** One command at a time begins when its turn has come, or at least sooner. */
function withoutWaits(scenario: ConcurrentScenario): readonly ConcurrentScenario[] {
  const { commands } = scenario;
  return commands.flatMap(({ afterMs, ...rest }, index) =>
    afterMs === undefined
      ? []
      : [rest, ...less(afterMs).map((sooner) => ({ ...rest, afterMs: sooner }))].map((each) => ({
          ...scenario,
          commands: commands.with(index, each),
        })),
  );
}

/** Options are there or not. */
function without(
  setup: ConcurrentScenario['setup'],
  option:
    | 'syncEveryMs'
    | 'directReads'
    | 'maxOpenWrites'
    | 'queueWrites'
    | 'maxQueued'
    | 'clientRoundMs'
    | 'beginsApart'
    | 'raceMs',
): ConcurrentScenario['setup'] {
  const { [option]: _, ...rest } = setup;
  return rest;
}

/** Whether everybody whom the command names exists. */
function fits({ actor, op }: ConcurrentScenario['commands'][number], setup: ConcurrentScenario['setup']): boolean {
  return [actor, ...ids(op)].every((id) => {
    const [kind, number] = id.split('#');
    if (kind === 'wallet') return Number(number) < setup.wallets;
    return kind !== 'backend' || Number(number) < setup.backends;
  });
}

export function concurrentShape(tier: Tier): Shape<WorldOperation, PortFault, ConcurrentScenario> {
  return {
    run: async (scenario): Promise<Execution> => {
      const { violation, trace, healing } = await execute(tier, scenario, { keepTrace: true });
      const mendedAt = healing?.healed.at ?? Number.POSITIVE_INFINITY;
      const scheduled = trace.filter(({ step, task }) => task !== setUpTask && step <= mendedAt);
      return { failure: violation?.property ?? null, schedule: scheduled.map(({ task }) => task) };
    },
    plainerOps,
    weakerFaults,
    ids,
    rename,
    plainerIds,
    plainerSetups,
    taskOf,
  };
}
