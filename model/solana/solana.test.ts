import { describe, expect, it } from 'vitest';
import { exploreWithin } from '../explore/within-depth.ts';
import { endingOf } from '../outcome.ts';
import type { Instruction, SolanaAction } from './action.ts';
import { genesis, type Rules, rulesOf, type SolanaState, specKey, type Thread } from './state.ts';
import { stepSolana } from './step.ts';
import { balanceOf, credit, supply } from './tokens.ts';

const rules: Rules = { minimumStake: 10n, maxCoAuthors: 3, specLifetimeS: 100 };
const start = genesis(
  rules,
  new Map([
    ['a', 100n],
    ['b', 100n],
    ['c', 100n],
    ['d', 100n],
  ]),
);

const by = (signer: string, instruction: Instruction, nowS = 0): SolanaAction => ({ ...instruction, signer, nowS });
const create = by('a', { kind: 'createThread', thread: 't' });
const post = (signer: string, hash: string) => by(signer, { kind: 'postMessage', thread: 't', hash });
const submit = (signer: string, hash: string, stake = 50n) => by(signer, { kind: 'submitSpec', thread: 't', hash, stake });
const vote = (signer: string, hash: string, author: string, choice: 'approve' | 'deny' = 'approve', nowS = 0) =>
  by(signer, { kind: 'vote', thread: 't', hash, author, choice }, nowS);
const settle = (hash: string, author: string, nowS = 0) => by('z', { kind: 'settle', thread: 't', hash, author }, nowS);
const leave = (signer: string) => by(signer, { kind: 'divest', thread: 't' });
/** `author` joins by a spec that all of `voters` approve. */
const join = (author: string, ...voters: readonly string[]) => [
  submit(author, `join ${author}`, 10n),
  ...voters.map((voter) => vote(voter, `join ${author}`, author)),
  settle(`join ${author}`, author),
];

/** The state after actions that must all succeed. */
function stateAfter(...actions: readonly SolanaAction[]): SolanaState {
  return actions.reduce((state, action) => {
    const step = stepSolana(state, action);
    expect([action, endingOf(step.outcome)]).toEqual([action, 'ok']);
    return step.state;
  }, start);
}

const ending = (state: SolanaState, action: SolanaAction): string => {
  const step = stepSolana(state, action);
  if (step.outcome.kind === 'refused') expect(step.state).toBe(state);
  return endingOf(step.outcome);
};
const event = (state: SolanaState, action: SolanaAction) => stepSolana(state, action).outcome;
const thread = (state: SolanaState): Thread => state.threads.get('t') as Thread;
const status = (state: SolanaState, hash: string, author: string) => thread(state).specs.get(specKey(hash, author))?.status;

describe('ledger rules', () => {
  it('[MS1] refuses in the order of the behaviour page, changing nothing', () => {
    const full = stateAfter(create, ...join('b', 'a'), ...join('c', 'a', 'b'));
    expect(ending(full, create)).toBe('ThreadAlreadyExists');
    expect(ending(start, post('a', 'h'))).toBe('ThreadNotFound');
    expect(ending(full, post('d', 'join b'))).toBe('NotCoAuthor');
    expect(ending(full, post('a', 'join b'))).toBe('HashAlreadyRecorded');
    expect(ending(full, submit('a', 'join b', 1n))).toBe('AuthorIsCoAuthor');
    expect(ending(full, submit('d', 'join b', 1n))).toBe('ThreadFull');
    const half = stateAfter(create, post('a', 'h'), submit('d', 'open'));
    expect(ending(half, submit('d', 'h', 1n))).toBe('HashAlreadyRecorded');
    expect(ending(half, submit('d', 'open', 1n))).toBe('SpecAlreadyOpen');
    expect(
      ending(stateAfter(create, submit('d', 'x'), vote('a', 'x', 'd', 'deny'), settle('x', 'd')), submit('d', 'x', 1n)),
    ).toBe('SpecAlreadySettled');
    expect(ending(half, submit('c', 'new', 9n))).toBe('StakeBelowMinimum');
    expect(ending(half, submit('c', 'new', 101n))).toBe('InsufficientFunds');
    expect(ending(half, submit('c', 'new', 100n))).toBe('ok');
    expect(ending(half, submit('nobody', 'new', 10n))).toBe('InsufficientFunds');
    expect(ending(full, leave('d'))).toBe('NotCoAuthor');
    expect(ending(half, leave('a'))).toBe('LastCoAuthor');
  });

  it('[MS1] refuses votes and settlements in order', () => {
    const open = stateAfter(create, ...join('b', 'a'), submit('d', 'x'));
    expect(ending(start, vote('a', 'x', 'd'))).toBe('ThreadNotFound');
    expect(ending(open, vote('a', 'y', 'd'))).toBe('SpecNotFound');
    expect(ending(open, vote('c', 'x', 'd', 'deny', 100))).toBe('NotAVoter');
    const left = [leave('b'), vote('a', 'x', 'd')].reduce((state, action) => stepSolana(state, action).state, open);
    expect(ending(left, vote('b', 'x', 'd', 'deny', 100))).toBe('NotCoAuthor');
    expect(ending(left, vote('a', 'x', 'd', 'deny', 100))).toBe('AlreadyVoted');
    const denied = stepSolana(open, vote('a', 'x', 'd', 'deny')).state;
    expect(ending(denied, vote('a', 'x', 'd', 'deny', 100))).toBe('AlreadyVoted');
    expect(ending(open, vote('a', 'x', 'd', 'deny', 100))).toBe('SpecExpired');
    expect(ending(open, vote('a', 'x', 'd', 'deny', 99))).toBe('ok');
    expect(ending(start, settle('x', 'd'))).toBe('ThreadNotFound');
    expect(ending(open, settle('y', 'd'))).toBe('SpecNotFound');
    expect(ending(open, settle('x', 'd', 99))).toBe('NotDecided');
    expect(ending(open, settle('x', 'd', 100))).toBe('ok');
    expect(ending(stateAfter(create, ...join('b', 'a')), settle('join b', 'b'))).toBe('SpecAlreadySettled');
    expect(ending(stateAfter(create, ...join('b', 'a')), vote('a', 'join b', 'b'))).toBe('SpecAlreadySettled');
  });

  it('[MS4] tells of every step that is taken what it was, of which version, with what is in the vault', () => {
    const told = (action: SolanaAction, ...before: readonly SolanaAction[]): unknown => {
      const { outcome } = stepSolana(stateAfter(...before), action);
      return outcome.kind === 'ok' ? outcome.value : outcome;
    };
    const of = (version: number) => ({ thread: 't', version, vault: 0n });
    expect(told(create)).toEqual({ kind: 'threadCreated', ...of(1), creator: 'a' });
    expect(told(post('a', 'h'), create)).toEqual({ kind: 'messagePosted', ...of(2), hash: 'h', author: 'a', sequence: 0 });
    const spec = { hash: 'x', author: 'd' };
    const open = [create, submit('d', 'x')];
    expect(told(submit('d', 'x'), create)).toEqual({ kind: 'specSubmitted', ...of(2), ...spec, stake: 50n, expiresAtS: 100 });
    expect(told(vote('a', 'x', 'd'), ...open)).toEqual({ kind: 'voted', ...of(3), ...spec, voter: 'a', choice: 'approve' });
    const left = [create, ...join('b', 'a')];
    expect(told(leave('a'), ...left)).toEqual({ kind: 'divested', ...of(5), wallet: 'a', payout: 0n });
  });

  it('[MS1] lasts a week for specs, takes 16 co-authors, and the least stake that it is told', () => {
    expect(rulesOf(7n)).toEqual({ minimumStake: 7n, maxCoAuthors: 16, specLifetimeS: 604_800 });
  });

  it('[MS3] opens no account of zero', () => {
    const wallets = new Map([['a', 5n]]);
    expect(credit(wallets, 'b', 0n)).toBe(wallets);
    expect([...credit(wallets, 'b', 2n)]).toEqual([
      ['a', 5n],
      ['b', 2n],
    ]);
  });

  it('[MS2] approved: equal shares, the remainder to the vault, the author joins, the hash is recorded', () => {
    const decided = stateAfter(create, ...join('b', 'a'), submit('c', 'x', 51n), vote('b', 'x', 'c'), vote('a', 'x', 'c'));
    const { state, outcome } = stepSolana(decided, settle('x', 'c'));
    expect(outcome).toEqual({
      kind: 'ok',
      value: {
        kind: 'settled',
        thread: 't',
        version: 8,
        vault: 1n,
        hash: 'x',
        author: 'c',
        status: 'approved',
        sequence: 1,
        joined: true,
      },
    });
    expect(['a', 'b', 'c'].map((wallet) => balanceOf(state, wallet))).toEqual([135n, 115n, 49n]);
    expect(thread(state).now.coAuthors).toEqual(['a', 'b', 'c']);
    expect(thread(state).messages.at(-1)).toEqual({ hash: 'x', author: 'c', sequence: 1 });
    expect(thread(decided).now.openSpecs[0]?.approvals).toEqual(['a', 'b']);
  });

  it('[MS2] approved: an author who joined meanwhile does not join twice, a hash recorded meanwhile is not recorded twice', () => {
    const state = stateAfter(create, submit('b', 'x'), ...join('b', 'a'), post('b', 'x'), vote('a', 'x', 'b'), settle('x', 'b'));
    expect(thread(state).now.coAuthors).toEqual(['a', 'b']);
    expect(thread(state).messages.map(({ hash }) => hash)).toEqual(['join b', 'x']);
    expect(
      event(stateAfter(create, submit('b', 'x'), ...join('b', 'a'), post('b', 'x'), vote('a', 'x', 'b')), settle('x', 'b')),
    ).toMatchObject({
      value: { sequence: null, joined: false },
    });
  });

  it('[MS2] approved, but no room: the stake goes back, unless the author is one of the co-authors already', () => {
    const common = [create, submit('d', 'x'), submit('b', 'y'), vote('a', 'x', 'd'), vote('a', 'y', 'b')];
    const full = stateAfter(...common, ...join('b', 'a'), ...join('c', 'a', 'b'));
    const returned = stepSolana(full, settle('x', 'd')).state;
    expect([status(returned, 'x', 'd'), balanceOf(returned, 'd'), thread(returned).messages.length]).toEqual([
      'returned',
      100n,
      2,
    ]);
    const approved = stepSolana(full, settle('y', 'b')).state;
    expect([status(approved, 'y', 'b'), thread(approved).now.coAuthors, thread(approved).messages.length]).toEqual([
      'approved',
      ['a', 'b', 'c'],
      3,
    ]);
  });

  it('[MS2] denied, split, expired and returned move the stake and nothing else', () => {
    const two = [create, ...join('b', 'a'), submit('c', 'x', 51n)];
    const denied = stateAfter(...two, vote('a', 'x', 'c', 'deny'), vote('b', 'x', 'c', 'deny'), settle('x', 'c'));
    const split = stateAfter(...two, vote('a', 'x', 'c'), vote('b', 'x', 'c', 'deny'), settle('x', 'c'));
    const expired = stateAfter(...two, vote('a', 'x', 'c'), settle('x', 'c', 100));
    const returned = stateAfter(
      create,
      ...join('b', 'a'),
      leave('a'),
      submit('c', 'x', 51n),
      ...join('d', 'b'),
      leave('b'),
      settle('x', 'c'),
    );
    const shown = (state: SolanaState) => [
      status(state, 'x', 'c'),
      thread(state).now.vault,
      state.treasury,
      balanceOf(state, 'c'),
      thread(state).messages.length,
    ];
    expect(shown(denied)).toEqual(['denied', 51n, 0n, 49n, 1]);
    expect(shown(split)).toEqual(['split', 26n, 25n, 49n, 1]);
    expect(shown(expired)).toEqual(['expired', 0n, 51n, 49n, 1]);
    expect(shown(returned)).toEqual(['returned', 0n, 0n, 100n, 2]);
  });

  it('[MS2] one who left and joined again is awaited again; a vote stands when its voter leaves', () => {
    const gone = [create, ...join('b', 'a'), submit('c', 'x'), leave('b')];
    expect(ending(stateAfter(...gone, vote('a', 'x', 'c')), settle('x', 'c'))).toBe('ok');
    const again = [submit('b', 'again'), vote('a', 'again', 'b'), settle('again', 'b')];
    expect(ending(stateAfter(...gone, vote('a', 'x', 'c'), ...again), settle('x', 'c'))).toBe('NotDecided');
    const stands = stateAfter(
      create,
      ...join('b', 'a'),
      submit('c', 'x'),
      vote('b', 'x', 'c', 'deny'),
      leave('b'),
      vote('a', 'x', 'c'),
      settle('x', 'c'),
    );
    expect(status(stands, 'x', 'c')).toBe('split');
  });

  it('[MS3] who leaves takes an equal share of the vault, rounded down, before leaving', () => {
    const rich = stateAfter(
      create,
      ...join('b', 'a'),
      submit('c', 'x', 51n),
      vote('a', 'x', 'c', 'deny'),
      vote('b', 'x', 'c', 'deny'),
      settle('x', 'c'),
    );
    const { state, outcome } = stepSolana(rich, leave('a'));
    expect(outcome).toMatchObject({ value: { kind: 'divested', wallet: 'a', payout: 25n, vault: 26n } });
    expect([thread(state).now.coAuthors, balanceOf(state, 'a')]).toEqual([['b'], 135n]);
  });

  it('[MS3] who had no tokens may be paid some', () => {
    const paid = stateAfter(
      by('z', { kind: 'createThread', thread: 't' }),
      submit('b', 'x'),
      vote('z', 'x', 'b'),
      settle('x', 'b'),
    );
    expect([balanceOf(paid, 'z'), supply(paid)]).toEqual([50n, 400n]);
  });

  it('[MS4] keeps the tuple of every version, and versions are 1, 2, 3 ...', () => {
    const state = stateAfter(create, post('a', 'h'), submit('b', 'x'), vote('a', 'x', 'b'), settle('x', 'b'), leave('a'));
    const { history, now } = thread(state);
    expect(history.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(history.map(({ coAuthors }) => coAuthors.join())).toEqual(['a', 'a', 'a', 'a', 'a,b', 'b']);
    expect(history.map(({ messageCount }) => messageCount)).toEqual([0, 1, 1, 1, 2, 2]);
    expect(history.map(({ openSpecs }) => openSpecs.length)).toEqual([0, 0, 1, 1, 0, 0]);
    expect(history.at(-1)).toBe(now);
  });
});

describe('every sequence of ledger actions in a small scope', () => {
  const small = genesis(
    { ...rules, maxCoAuthors: 2 },
    new Map([
      ['a', 20n],
      ['b', 31n],
    ]),
  );
  const actions: readonly SolanaAction[] = [
    create,
    ...['a', 'b'].flatMap((signer) => [post(signer, 'h'), leave(signer), submit(signer, 'x', 15n), submit(signer, 'y', 10n)]),
    ...['a', 'b'].flatMap((signer) => [vote(signer, 'x', 'b'), vote(signer, 'x', 'b', 'deny'), vote(signer, 'y', 'b')]),
    settle('x', 'b'),
    settle('x', 'b', 100),
    settle('y', 'b'),
  ];

  it('[MS3] [I-4] neither creates nor destroys a token and owes nobody, in exactly this many states', () => {
    const next = (state: SolanaState) => actions.map((action) => ({ label: action, state: stepSolana(state, action).state }));
    const explored = exploreWithin(small, 8, next, (from, action, to) => {
      if (supply(to) !== 51n || [...to.wallets.values()].some((balance) => balance < 0n)) throw new Error(action.kind);
      const [before, now] = [from.threads.get('t')?.now.version ?? 0, to.threads.get('t')?.now.version ?? 0];
      if (to !== from && now !== before + 1) throw new Error(`${action.kind}: version ${before} to ${now}`);
    });
    expect(explored).toEqual({ states: 2_291, transitions: 17_046 });
  });
});
