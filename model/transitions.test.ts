/**
 * The total table held against the reducers: on every well-formed state of a small scope each action ends as its entry says, and
 * every ending an entry lists is met. What it does not show: that the endings are the right ones; the rules' own tests do.
 */
import { describe, expect, it } from 'vitest';
import { type BackendAction, type BackendState, freshBackend, sessionLifetimeMs, stepBackend } from './backend.ts';
import { exploreWithin } from './explore/within-depth.ts';
import { type FrontendAction, type FrontendState, freshFrontend, stepFrontend } from './frontend.ts';
import { endingOf } from './outcome.ts';
import { emptyQdrant, type Metadata, type QdrantAction, type QdrantState, stepQdrant } from './qdrant.ts';
import type { Instruction } from './solana/action.ts';
import type { SolanaState, Spec } from './solana/state.ts';
import { specKey } from './solana/state.ts';
import { stepSolana } from './solana/step.ts';
import {
  backendClass,
  backendTransitions,
  contentClass,
  contentTransitions,
  frontendClass,
  frontendTransitions,
  metadataClass,
  metadataTransitions,
  solanaClass,
  solanaTransitions,
} from './transitions.ts';

type Entries = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Collects what was met; `unmet` and `unlisted` are then compared with nothing. */
function ledgerOf(table: Entries) {
  const met = new Set<string>();
  const listed = new Set(
    Object.entries(table).flatMap(([each, row]) =>
      Object.entries(row).flatMap(([kind, endings]) => endings.map((ending) => `${each} ${kind}: ${ending}`)),
    ),
  );
  return {
    meet: (each: string, kind: string, ending: string): void => {
      met.add(`${each} ${kind}: ${ending}`);
    },
    unlisted: () => [...met].filter((each) => !listed.has(each)),
    unmet: () => [...listed].filter((each) => !met.has(each)),
  };
}

function checked(table: Entries, run: (meet: (each: string, kind: string, ending: string) => void) => void): void {
  const { meet, unlisted, unmet } = ledgerOf(table);
  run(meet);
  expect(unlisted()).toEqual([]);
  expect(unmet()).toEqual([]);
}

const subsets = <Member>(of: readonly Member[]): readonly (readonly Member[])[] =>
  of.reduce<readonly (readonly Member[])[]>((sets, each) => sets.concat(sets.map((set) => set.concat(each))), [[]]);

const wallets = ['a', 'b', 'c', 'd'];

/** Every thread with up to three co-authors of four, and every spec of `d` for the hash `h` in it, voted on in every way. */
function* solanaStates(): Generator<SolanaState> {
  const state = {
    rules: { minimumStake: 5n, maxCoAuthors: 3, specLifetimeS: 10 },
    threads: new Map(),
    wallets: new Map(wallets.map((wallet, index) => [wallet, BigInt(10 * index)])),
    treasury: 0n,
  };
  yield state;
  const groups = subsets(wallets).filter(({ length }) => length > 0 && length <= 3);
  for (const coAuthors of groups) {
    for (const spec of specsFor(groups)) {
      for (const messages of [[], [{ hash: 'h', author: 'd', sequence: 0 }]]) {
        const openSpecs = spec?.status === 'open' ? [spec] : [];
        const specs = new Map(spec === null ? [] : [[specKey(spec.hash, spec.author), spec] as const]);
        const now = { version: 1, coAuthors, vault: 3n, messageCount: messages.length, openSpecs };
        yield { ...state, threads: new Map([['t', { id: 't', now, history: [now], messages, specs }]]) };
      }
    }
  }
}

function* specsFor(groups: readonly (readonly string[])[]): Generator<Spec | null> {
  yield null;
  for (const voters of groups) {
    for (const approvals of subsets(voters)) {
      for (const denials of subsets(voters.filter((voter) => !approvals.includes(voter)))) {
        for (const status of ['open', 'denied'] as const) {
          yield { hash: 'h', author: 'd', stake: 7n, expiresAtS: 10, voters, approvals, denials, status };
        }
      }
    }
  }
}

describe('the total transition table', () => {
  it('[MT1] Solana: every state class and instruction', () => {
    const ofSubject: readonly Instruction[] = [
      { kind: 'submitSpec', thread: 't', hash: 'h', stake: 4n },
      { kind: 'submitSpec', thread: 't', hash: 'h', stake: 5n },
      { kind: 'submitSpec', thread: 't', hash: 'h', stake: 31n },
    ];
    const ofAnybody: readonly Instruction[] = [
      { kind: 'createThread', thread: 't' },
      { kind: 'postMessage', thread: 't', hash: 'h' },
      { kind: 'vote', thread: 't', hash: 'h', author: 'd', choice: 'approve' },
      { kind: 'vote', thread: 't', hash: 'h', author: 'd', choice: 'deny' },
      { kind: 'settle', thread: 't', hash: 'h', author: 'd' },
      { kind: 'divest', thread: 't' },
    ];
    const asked = [
      ...ofSubject.map((instruction) => ({ ...instruction, signer: 'd' })),
      ...ofAnybody.flatMap((instruction) => wallets.map((signer) => ({ ...instruction, signer }))),
    ];
    checked(solanaTransitions, (meet) => {
      for (const state of solanaStates()) {
        for (const nowS of [9, 10]) {
          const of = solanaClass(state, { thread: 't', hash: 'h', author: 'd' }, nowS);
          for (const each of asked) meet(of, each.kind, endingOf(stepSolana(state, { ...each, nowS }).outcome));
        }
      }
    });
  });

  const content = { hash: 'h', thread: 't', author: 'a', text: 'hello' };
  const metadata = (version: number): Metadata => ({ thread: 't', version, coAuthors: ['a'], messageCount: 0 });
  const onContent: readonly QdrantAction[] = [
    { kind: 'putPending', content },
    { kind: 'putRecorded', content, sequence: 0 },
    { kind: 'markRecorded', hash: 'h', sequence: 0 },
    { kind: 'discardPending', hash: 'h' },
    { kind: 'loseMessage', hash: 'h' },
    { kind: 'alterText', hash: 'h', text: 'bye' },
  ];
  const onMetadata: readonly QdrantAction[] = [
    { kind: 'putThread', metadata: metadata(1) },
    { kind: 'putThread', metadata: metadata(2) },
    { kind: 'loseThread', thread: 't' },
  ];

  const exploreQdrant = (
    actions: readonly QdrantAction[],
    visit: (from: QdrantState, action: QdrantAction, ending: string) => void,
  ) =>
    exploreWithin(
      emptyQdrant,
      4,
      (from) => actions.map((action) => ({ label: action, state: stepQdrant(from, action).state })),
      (from, action) => {
        const { outcome } = stepQdrant(from, action);
        visit(from, action, outcome.kind === 'ok' ? outcome.value : outcome.kind);
      },
    );

  it('[MT1] Qdrant: every content state and action, reaching 5 states', () => {
    checked(contentTransitions, (meet) => {
      const { states } = exploreQdrant(onContent, (from, action, ending) => meet(contentClass(from, 'h'), action.kind, ending));
      expect(states).toBe(5);
    });
  });

  it('[MT1] Qdrant: every metadata state and action, reaching 3 states', () => {
    checked(metadataTransitions, (meet) => {
      const { states } = exploreQdrant(onMetadata, (from, action, ending) => {
        for (const version of action.kind === 'putThread' ? [action.metadata.version] : [1, 2]) {
          meet(metadataClass(from, metadata(version)), action.kind, ending);
        }
      });
      expect(states).toBe(3);
    });
  });

  it('[MT1] backend: every state class and action', () => {
    const wallet = 'a';
    const actions: readonly BackendAction[] = [
      { kind: 'attach', client: 'a' },
      { kind: 'detach', client: 'a' },
      { kind: 'issueNonce', wallet, nowMs: 0 },
      { kind: 'signIn', wallet, nonce: 'nonce#0', nowMs: 0 },
      { kind: 'authorize', token: 'token#0', wallet, nowMs: 0 },
      { kind: 'authorize', token: 'token#0', wallet, nowMs: sessionLifetimeMs },
      { kind: 'signOut', token: 'token#0', wallet, nowMs: 0 },
      { kind: 'ingest', thread: 't', version: 1 },
      { kind: 'evict', thread: 't' },
      { kind: 'keepIntent', id: 'i', client: 'a' },
      { kind: 'signIntent', id: 'i' },
      { kind: 'dropIntent', id: 'i' },
      { kind: 'sync' },
      { kind: 'crash' },
      { kind: 'restart' },
    ];
    checked(backendTransitions, (meet) => {
      const next = (from: BackendState) => actions.map((action) => ({ label: action, state: stepBackend(from, action).state }));
      const explored = exploreWithin(freshBackend, 4, next, (from, action) => {
        meet(backendClass(from), action.kind, endingOf(stepBackend(from, action).outcome));
      });
      expect(explored).toEqual({ states: 123, transitions: 750 });
    });
  });

  it('[MT1] frontend: every state class and action', () => {
    const actions: readonly FrontendAction[] = [
      { kind: 'connect', backend: 'x' },
      { kind: 'connect', backend: 'y' },
      { kind: 'disconnect' },
      { kind: 'keepToken', token: 'token' },
      { kind: 'forgetToken' },
      { kind: 'show', thread: 't', version: 1 },
      { kind: 'show', thread: 't', version: 2 },
      { kind: 'beginWrite', id: 'w' },
      { kind: 'endWrite', id: 'w', known: true },
      { kind: 'endWrite', id: 'w', known: false },
    ];
    checked(frontendTransitions, (meet) => {
      const next = (from: FrontendState) => actions.map((action) => ({ label: action, state: stepFrontend(from, action).state }));
      const explored = exploreWithin(freshFrontend, 20, next, (from, action) => {
        meet(frontendClass(from), action.kind, endingOf(stepFrontend(from, action).outcome));
      });
      // 3 connections, 2 tokens held or not, 3 views, and no write or one of 2 backends in 2 stages: 3 * 4 * 3 * 5.
      expect(explored).toEqual({ states: 180, transitions: 1_800 });
    });
  });
});
