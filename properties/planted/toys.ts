/** The planted bugs, smallest first. Their minima are read off the code below and checked by nothing but reading. */
import type { Toy, ToyOp, ToySystem } from './toy.ts';

/** Makes a system whose commands do numbered steps and which remembers when each was. */
function timed(
  steps: (op: ToyOp) => number,
  hasFailed: (at: (kind: string) => readonly (readonly number[])[]) => boolean,
): () => ToySystem {
  return () => {
    const begun: { readonly kind: string; readonly times: number[] }[] = [];
    let now = 0;
    return {
      perform: async (op, step) => {
        const mine = { kind: op.kind, times: [] as number[] };
        begun.push(mine);
        for (let each = 1; each <= steps(op); each += 1)
          await step(`${op.kind}${each}`, () => {
            now += 1;
            mine.times.push(now);
          });
      },
      hasFailed: () => hasFailed((kind) => begun.filter((each) => each.kind === kind).map(({ times }) => times)),
    };
  };
}

const before = (a: number | undefined, b: number | undefined): boolean => a !== undefined && b !== undefined && a < b;

const none: readonly string[] = [];
const alone = { ids: 1, faults: none };

const ordering: Toy = {
  name: 'ordering',
  bug: 'all of B happens between the first and the second step of A, among five tasks',
  minimum: { commands: 2, switches: 1, faults: 0 },
  kinds: ['A', 'B', 'C'],
  ...alone,
  commands: { least: 5, most: 5 },
  actorEach: true,
  create: timed(
    () => 4,
    (at) => at('A').some((a) => at('B').some((b) => before(a[0], b[0]) && before(b[3], a[1]))),
  ),
};

const atomicity: Toy = {
  name: 'atomicity',
  bug: "the middle step of Y falls into the one gap between X's fifth and sixth of eight steps",
  minimum: { commands: 2, switches: 1, faults: 0 },
  kinds: ['X', 'Y', 'C'],
  ...alone,
  commands: { least: 0, most: 5 },
  actorEach: true,
  create: timed(
    () => 8,
    (at) => at('X').some((x) => at('Y').some((y) => before(x[4], y[3]) && before(y[4], x[5]))),
  ),
};

const lostUpdate: Toy = {
  name: 'lost update',
  bug: 'two clients read a counter, add one, and write it back',
  minimum: { commands: 2, switches: 1, faults: 0 },
  kinds: ['add', 'look'],
  ...alone,
  commands: { least: 0, most: 6 },
  actorEach: true,
  create: () => {
    let counter = 0;
    let added = 0;
    return {
      perform: async ({ kind }, step) => {
        let seen = 0;
        await step('read', () => {
          seen = counter;
        });
        if (kind === 'look') return;
        await step('write', () => {
          counter = seen + 1;
          added += 1;
        });
      },
      hasFailed: () => counter < added,
    };
  },
};

const sharedId: Toy = {
  name: 'shared id',
  bug: 'a key is deleted after it was put, among forty keys',
  minimum: { commands: 2, switches: 0, faults: 0 },
  kinds: ['put', 'del', 'get'],
  ids: 40,
  faults: none,
  commands: { least: 0, most: 14 },
  actorEach: false,
  create: () => {
    const keys = new Set<number>();
    let failed = false;
    return {
      perform: ({ kind, id }, step) =>
        step(kind, () => {
          if (kind === 'put') keys.add(id);
          if (kind === 'del' && keys.delete(id)) failed = true;
        }),
      hasFailed: () => failed,
    };
  },
};

const notAdjacent: Toy = {
  name: 'not adjacent',
  bug: 'a fuse is lit after it was laid, with two other steps at least between them',
  minimum: { commands: 4, switches: 0, faults: 0 },
  kinds: ['lay', 'light', 'walk', 'wait', 'look'],
  ...alone,
  commands: { least: 0, most: 14 },
  actorEach: false,
  create: () => {
    let walked = -1;
    let failed = false;
    return {
      perform: ({ kind }, step) =>
        step(kind, () => {
          if (kind === 'lay' && walked < 0) walked = 0;
          else if (kind === 'light') failed ||= walked >= 2;
          else if (kind === 'walk' && walked >= 0) walked += 1;
        }),
      hasFailed: () => failed,
    };
  },
};

const oneFault: Toy = {
  name: 'one fault',
  bug: 'only the fourteenth of twenty kinds of fault matters, and only at the third call',
  minimum: { commands: 1, switches: 0, faults: 1 },
  kinds: ['work', 'rest'],
  ids: 1,
  faults: Array.from({ length: 20 }, (_, index) => `fault ${index}`),
  commands: { least: 0, most: 12 },
  actorEach: false,
  create: () => {
    let failed = false;
    let third = false;
    return {
      perform: async ({ kind }, step) => {
        for (const call of [1, 2, 3, 4])
          await step(`${kind}${call}`, () => {
            third = kind === 'work' && call === 3;
          });
      },
      strike: (fault) => {
        failed ||= fault === 'fault 13' && third;
      },
      hasFailed: () => failed,
    };
  },
};

const forkAndCrash: Toy = {
  name: 'fork and crash',
  bug: 'a fork takes a transaction out that its sender, having crashed since, no longer remembers',
  minimum: { commands: 2, switches: 1, faults: 1 },
  kinds: ['send', 'fork', 'read'],
  ids: 1,
  faults: ['crash', 'delay', 'duplicate'],
  commands: { least: 0, most: 6 },
  actorEach: true,
  create: () => {
    const processed: number[] = [];
    const confirmed = new Set<number>();
    const remembered = new Set<number>();
    const sent = new Set<number>();
    let sender = -1;
    return {
      perform: async ({ kind }, step, command) => {
        if (kind === 'fork')
          await step('fork', () => {
            sender = -1;
            processed.pop();
          });
        if (kind !== 'send') return;
        const submit = (): void => {
          sender = command;
          processed.push(command);
          sent.add(command);
        };
        await step('remember', () => {
          sender = -1;
          remembered.add(command);
        });
        await step('submit', submit);
        await step('look', () => {
          sender = -1;
          if (!processed.includes(command) && remembered.has(command)) submit();
        });
        await step('confirm', () => {
          sender = -1;
          if (processed.includes(command)) confirmed.add(command);
        });
      },
      strike: (fault) => {
        if (fault === 'crash' && sender >= 0) remembered.delete(sender);
      },
      hasFailed: () => [...sent].some((each) => !confirmed.has(each) && !remembered.has(each)),
    };
  },
};

export const toys: readonly Toy[] = [ordering, atomicity, lostUpdate, sharedId, notAdjacent, oneFault, forkAndCrash];
