import { describe, expect, it } from 'vitest';
import type { ThreadObservation } from '#model/observation.ts';
import { judgeCoAuthors } from './co-authors-agree.ts';
import { judgeContents } from './content-answers.ts';
import { judgeContent } from './content-converges.ts';
import { judgeDegraded } from './degraded-reads.ts';
import { judgeFrontend } from './frontend-within-backend.ts';
import type { ContentsAnswer, History, Look, OperationRecord, Showing } from './history.ts';
import { judgeLiveness } from './liveness.ts';
import { judgeForward } from './observers-forward.ts';
import { judgeQueued } from './queued-in-order.ts';
import { fullHistory, randomHistory } from './random-history.ts';
import { judgeTokens } from './tokens-conserved.ts';
import type { Oracle, OracleRule } from './verdict.ts';

const histories = Array.from({ length: 60 }, (_, seed) => randomHistory(seed + 1));

/** The rules that caught a mutation over many seeds, where it could be made. */
function caught(
  oracle: Oracle,
  mutate: (history: History) => History | null,
  among: readonly History[] = histories,
): ReadonlySet<OracleRule | string> {
  const rules = new Set<string>();
  let made = 0;
  for (const history of among) {
    const mutated = mutate(history);
    if (mutated === null) continue;
    made += 1;
    const verdict = oracle(mutated);
    rules.add(verdict.kind === 'violated' ? verdict.rule : verdict.kind);
    if (verdict.kind === 'violated') expect(verdict.explanation).toMatch(/\d/);
  }
  expect(made).toBeGreaterThan(20);
  return rules;
}

const accepts = (oracle: Oracle): void => {
  for (const history of histories) expect(oracle(history)).toEqual({ kind: 'holds', judged: expect.any(Number) });
};

const inserted = (history: History, showing: Showing): History => ({
  ...history,
  showings: [...history.showings, showing].sort((a, b) => a.at - b.at),
});

const lastLook = (history: History, change: (look: Look) => Look): History => {
  const look = history.looks.at(-1);
  return look === undefined ? history : { ...history, looks: history.looks.with(-1, change(look)) };
};

const seeing = (look: Look, change: Partial<Look['observation']>): Look => ({
  ...look,
  observation: { ...look.observation, ...change },
});

describe('observers go forward', () => {
  it('[OR8] accepts who lags, and refuses who goes back, over a crash too', () => {
    accepts(judgeForward);
    for (const kind of ['cache', 'client'] as const) {
      const back = (history: History): History | null => {
        const newer = history.showings.findLast((each) => each.kind === kind && each.view.version > 1);
        if (newer === undefined || !('view' in newer)) return null;
        return inserted(history, { ...newer, at: newer.at + 1, view: { ...newer.view, version: newer.view.version - 1 } });
      };
      expect(caught(judgeForward, back)).toEqual(new Set(['OR8']));
      const crashed = (history: History): History | null => {
        const gone = back(history);
        const newer = history.showings.findLast((each) => each.kind === 'cache' && each.view.version > 1);
        return gone === null || newer?.kind !== 'cache'
          ? null
          : { ...gone, crashes: [{ at: newer.at + 1, backend: newer.backend }] };
      };
      expect(caught(judgeForward, crashed)).toEqual(new Set(['OR8']));
    }
  });

  it('[OR8] lets metadata that a fault took come back older, and only then', () => {
    const older = (history: History, isLost: boolean): History | null => {
      const newer = history.showings.findLast((each) => each.kind === 'metadata' && each.version > 1);
      if (newer?.kind !== 'metadata') return null;
      const back: Showing = { ...newer, at: newer.at + 1, version: newer.version - 1 };
      const lost: Showing = { kind: 'metadataLost', at: newer.at + 1, thread: newer.thread };
      return inserted(isLost ? inserted(history, lost) : history, back);
    };
    expect(caught(judgeForward, (history) => older(history, false))).toEqual(new Set(['OR8']));
    expect(caught(judgeForward, (history) => older(history, true))).toEqual(new Set(['holds']));
  });
});

describe('co-authors agree', () => {
  const metadata = (history: History, change: (each: Showing & { kind: 'metadata' }) => Showing): History | null => {
    const at = history.showings.findIndex((each) => each.kind === 'metadata');
    const showing = history.showings[at];
    return showing?.kind === 'metadata' ? { ...history, showings: history.showings.with(at, change(showing)) } : null;
  };

  it('[OR9] refuses metadata that is mixed, or ahead of what is confirmed', () => {
    accepts(judgeCoAuthors);
    const mixed = (history: History): History | null =>
      metadata(history, (each) => ({ ...each, coAuthors: [...each.coAuthors, 'wallet#9'] }));
    expect(caught(judgeCoAuthors, mixed)).toEqual(new Set(['OR9']));
    expect(caught(judgeCoAuthors, (history) => metadata(history, (each) => ({ ...each, version: 99 })))).toEqual(
      new Set(['OR9']),
    );
    const early = (history: History): History | null => metadata(history, (each) => ({ ...each, at: 0 }));
    expect(caught(judgeCoAuthors, early)).toEqual(new Set(['OR9']));
  });

  it('[OR10] refuses a store that is behind, or says otherwise, at the end', () => {
    const end = (history: History, by: number, coAuthors: readonly string[] | null): History | null =>
      lastLook(history, (look) => {
        const { content } = look.observation;
        if (content === null) return look;
        const threads = content.threads.map((each) => ({
          ...each,
          version: each.version - by,
          coAuthors: coAuthors ?? each.coAuthors,
        }));
        return seeing(look, { content: { ...content, threads } });
      });
    expect(caught(judgeCoAuthors, (history) => end(history, 1, null))).toEqual(new Set(['OR10']));
    expect(caught(judgeCoAuthors, (history) => end(history, 0, ['wallet#9']))).toEqual(new Set(['OR10']));
    const blind = (history: History): History => lastLook(history, (look) => seeing(look, { content: null }));
    expect(caught(judgeCoAuthors, blind)).toEqual(new Set(['inconclusive']));
  });
});

describe('frontend within backend', () => {
  it('[OR15] refuses a view that no backend has held, and accepts it at the very step a backend caches it', () => {
    accepts(judgeFrontend);
    const ahead = (history: History): History | null => {
      const at = history.showings.findIndex((each) => each.kind === 'client');
      const showing = history.showings[at];
      if (showing?.kind !== 'client') return null;
      const first = history.showings.findIndex((each) => each.kind === 'cache' && each.view === showing.view);
      return first < 0 ? null : { ...history, showings: history.showings.filter((each) => each.kind !== 'cache') };
    };
    expect(caught(judgeFrontend, ahead)).toEqual(new Set(['OR15']));
    const readDirectly = (history: History): History | null => {
      const unheld = ahead(history);
      const showing = unheld?.showings.find((each) => each.kind === 'client');
      const operation = history.operations[0];
      if (unheld === null || showing?.kind !== 'client' || operation === undefined) return null;
      const { at, view, client } = showing;
      const end = { at, atMs: 0, answer: { kind: 'view', view }, ageMs: 0, source: 'direct' } as const;
      const read = { ...operation, client, end };
      return { ...history, operations: [read], showings: [showing], landings: [], healed: null };
    };
    expect(caught(judgeFrontend, readDirectly)).toEqual(new Set(['holds']));
    const atOnce = (history: History): History | null => {
      const first = history.showings.findIndex((each) => each.kind === 'cache');
      const showing = history.showings[first];
      if (showing?.kind !== 'cache' || showing.view.version !== 1) return null;
      const client: Showing = { kind: 'client', at: showing.at, client: 'wallet#9', view: showing.view };
      return { ...history, showings: history.showings.toSpliced(first, 0, client) };
    };
    expect(caught(judgeFrontend, atOnce)).toEqual(new Set(['holds']));
  });

  it('[OR16] refuses own writes that are unmarked, said to be confirmed too early, dropped too early, or never resolved', () => {
    const own = (history: History, from: string, to: 'unmarked' | 'confirmed' | 'optimistic' | 'gone'): History | null => {
      const answered = new Set(history.operations.flatMap(({ id, end }) => (end?.answer.kind === 'confirmed' ? [id] : [])));
      const at = history.showings.findIndex((each) => each.kind === 'own' && each.mark === from && answered.has(each.operation));
      const showing = history.showings[at];
      return showing?.kind === 'own' ? { ...history, showings: history.showings.with(at, { ...showing, mark: to }) } : null;
    };
    expect(caught(judgeFrontend, (history) => own(history, 'optimistic', 'unmarked'))).toEqual(new Set(['OR16']));
    expect(caught(judgeFrontend, (history) => own(history, 'optimistic', 'confirmed'))).toEqual(new Set(['OR16']));
    expect(caught(judgeFrontend, (history) => own(history, 'gone', 'optimistic'))).toEqual(new Set(['OR16']));
    const dropped = (history: History): History | null => {
      const changed = own(history, 'confirmed', 'gone');
      // Only where no view had brought it yet; a backend answers before its clients hear.
      return changed === null ? null : { ...changed, showings: changed.showings.filter((each) => each.kind !== 'client') };
    };
    expect(caught(judgeFrontend, dropped)).toEqual(new Set(['OR16']));
  });

  it('[OR16] refuses that what has ended is shown again, but not by a program that has not heard', () => {
    const again = (history: History, life: string): History | null => {
      const ended = new Map(
        history.operations.flatMap(({ id, end }) => (end?.answer.kind === 'refused' ? [[id, end.at] as const] : [])),
      );
      const gone = history.showings.findLast(
        (each) => each.kind === 'own' && each.mark === 'gone' && (ended.get(each.operation) ?? Infinity) <= each.at,
      );
      if (gone?.kind !== 'own') return null;
      const { client, operation } = gone;
      const shown = [['unsettled', 1] as const, ['gone', 2] as const].map(([mark, later]) => ({
        ...{ kind: 'own' as const, at: gone.at + later, client: `${client}${life}`, operation, mark },
      }));
      return { ...history, showings: [...history.showings, ...shown] };
    };
    expect(caught(judgeFrontend, (history) => again(history, ''))).toEqual(new Set(['OR16']));
    expect(caught(judgeFrontend, (history) => again(history, '.2'))).toEqual(new Set(['holds']));
  });
});

describe('tokens', () => {
  const landing = (history: History, change: (each: NonNullable<History['landings']>[number]) => object): History | null => {
    const at = (history.landings ?? []).findIndex(
      ({ tokens, outcome }) => tokens.wallets.length > 0 && outcome.kind === 'committed',
    );
    const each = history.landings?.[at];
    if (history.landings === null || each === undefined) return null;
    return { ...history, landings: history.landings.with(at, { ...each, ...change(each) }) };
  };

  it('[OR17] refuses tokens made, destroyed or owed, in a commit or in a look', () => {
    accepts(judgeTokens);
    for (const by of [1n, -1n]) {
      const minted = (history: History): History | null =>
        landing(history, ({ tokens }) => ({ tokens: { ...tokens, treasury: tokens.treasury + by } }));
      expect(caught(judgeTokens, minted)).toEqual(new Set(['OR17']));
    }
    const owed = (history: History): History | null =>
      landing(history, ({ tokens }) => ({ tokens: { ...tokens, wallets: tokens.wallets.map(([name]) => [name, -1n]) } }));
    expect(caught(judgeTokens, owed)).toEqual(new Set(['OR17']));
    const look = (history: History): History =>
      lastLook(history, (each) => {
        const { ledger } = each.observation;
        return ledger === null ? each : seeing(each, { ledger: { ...ledger, treasury: ledger.treasury + 1n } });
      });
    expect(caught(judgeTokens, look)).toEqual(new Set(['OR17']));
    const escrow = (history: History): History =>
      lastLook(history, (each) => {
        const { ledger } = each.observation;
        if (ledger === null) return each;
        const { escrowed, treasury } = ledger;
        return seeing(each, { ledger: { ...ledger, escrowed: escrowed + 1n, treasury: treasury - 1n } });
      });
    expect(caught(judgeTokens, escrow)).toEqual(new Set(['OR17']));
  });

  it('[OR18] refuses a wallet that has less without having signed', () => {
    const stolen = (history: History): History | null => {
      const spent = landing(history, () => ({}));
      return spent === null ? null : landing(history, () => ({ signer: 'wallet#9' }));
    };
    const rules = caught(judgeTokens, (history) => {
      const [first] = (history.landings ?? []).filter(({ tokens }) => tokens.wallets.length > 0);
      return first?.instruction.kind === 'submitSpec' ? stolen(history) : null;
    });
    expect(rules).toEqual(new Set(['OR18']));
  });
});

describe('queued writes', () => {
  it('[OR28] refuses what was left later and took effect earlier, at one backend, on one thread, and nothing else', () => {
    const left = (history: History, at: (record: OperationRecord, index: number) => object): History | null => {
      const made = new Map((history.landings ?? []).map(({ operation, outcome }) => [operation, outcome]));
      // The last thread's, as if one client had asked for them one after another, in the reverse of the order in which they took effect.
      const thread = [...made.values()].findLast(({ kind }) => kind === 'committed');
      if (thread?.kind !== 'committed') return null;
      const makers = history.operations.filter(({ id }) => {
        const outcome = made.get(id);
        return outcome?.kind === 'committed' && outcome.view.thread === thread.view.thread;
      });
      const versionOf = ({ id }: OperationRecord): number => {
        const outcome = made.get(id);
        return outcome?.kind === 'committed' ? outcome.view.version : 0;
      };
      const operations = makers.sort((a, b) => versionOf(b) - versionOf(a)).map((each, i) => ({ ...each, ...at(each, i) }));
      return operations.length < 2 ? null : { ...history, operations };
    };
    accepts(judgeQueued);
    const client = 'wallet#0';
    expect(caught(judgeQueued, (history) => left(history, () => ({ client, queuedAt: 'backend#0' })))).toEqual(new Set(['OR28']));
    const apart = (history: History): History | null => left(history, (_, i) => ({ client, queuedAt: `backend#${i}` }));
    expect(caught(judgeQueued, apart)).toEqual(new Set(['holds']));
    const others = (history: History): History | null => left(history, (_, i) => ({ client: `wallet#${i}`, queuedAt: 'b' }));
    expect(caught(judgeQueued, others)).toEqual(new Set(['holds']));
    expect(caught(judgeQueued, (history) => left(history, () => ({ client })))).toEqual(new Set(['holds']));
  });
});

describe('degraded reads', () => {
  const reading = (
    history: History,
    kind: 'readStrong' | 'readCached',
    change: (end: NonNullable<OperationRecord['end']>) => object,
    isFit: (record: OperationRecord) => boolean = () => true,
  ): History | null => {
    const at = history.operations.findIndex(
      (each) => each.operation.kind === kind && each.end?.answer.kind === 'view' && isFit(each),
    );
    const record = history.operations[at];
    if (record?.end == null) return null;
    return { ...history, operations: history.operations.with(at, { ...record, end: { ...record.end, ...change(record.end) } }) };
  };

  it('[OR19] accepts old answers that say so, and refuses those that do not', () => {
    accepts(judgeDegraded);
    for (const kind of ['readStrong', 'readCached'] as const) {
      const silent = (history: History): History | null => reading(history, kind, () => ({ ageMs: null }));
      expect(caught(judgeDegraded, silent)).toEqual(new Set(['OR19']));
    }
    expect(caught(judgeDegraded, (history) => reading(history, 'readStrong', () => ({ ageMs: 40 })))).toEqual(new Set(['OR19']));
  });

  it('[OR19] refuses an answer that is older than it says', () => {
    const younger = (history: History): History | null => {
      const isOld = ({ end, call, operation }: OperationRecord): boolean => {
        const seen = end?.answer.kind === 'view' ? end.answer.view.version : 0;
        const thread = 'thread' in operation ? operation.thread : '';
        // A newer version that had been answered to somebody well before this read was asked for.
        return (history.landings ?? []).some(
          ({ at, outcome }) =>
            outcome.kind === 'committed' &&
            outcome.view.thread === thread &&
            outcome.view.version > seen &&
            history.operations.some((other) => other.end !== null && other.end.at >= at && other.end.at < call),
        );
      };
      return reading(history, 'readCached', () => ({ ageMs: 0 }), isOld);
    };
    expect(caught(judgeDegraded, younger)).toEqual(new Set(['OR19']));
  });
});

describe('content answers', () => {
  /** Longer ones, so that threads have messages to be shown. */
  const talks = Array.from({ length: 60 }, (_, seed) => randomHistory(seed + 1, { ...fullHistory, operations: 150, threads: 2 }));
  const caughtIn = (mutate: (history: History) => History | null) => caught(judgeContents, mutate, talks);

  /** The first answer that is fit, changed. */
  const answering = (
    history: History,
    change: (answer: ContentsAnswer) => Partial<ContentsAnswer>,
    isFit: (answer: ContentsAnswer) => boolean = () => true,
    rest: Partial<OperationRecord['end']> = {},
  ): History | null => {
    const at = history.operations.findIndex(({ end }) => end?.answer.kind === 'contents' && isFit(end.answer));
    const record = history.operations[at];
    if (record?.end?.answer.kind !== 'contents') return null;
    const answer = { ...record.end.answer, ...change(record.end.answer) };
    return { ...history, operations: history.operations.with(at, { ...record, end: { ...record.end, answer, ...rest } }) };
  };
  const hasTexts = ({ texts }: ContentsAnswer): boolean => texts.length > 0;

  it('[OR25] refuses a text that is not what its hash says, and a message that is not there, or not in that version', () => {
    accepts(judgeContents);
    expect(caughtIn((history) => history)).toEqual(new Set(['holds']));
    const mutations: readonly ((answer: ContentsAnswer) => Partial<ContentsAnswer>)[] = [
      ({ texts }) => ({ texts: texts.map((each) => ({ ...each, text: 'another' })) }),
      ({ texts }) => ({
        texts: texts.map((each) => ({ ...each, text: 'another', content: { ...each.content, text: 'another' } })),
      }),
      ({ texts }) => ({ texts: texts.map((each) => ({ ...each, sequence: each.sequence + 40 })) }),
      () => ({ version: 99 }),
      ({ messageCount }) => ({ messageCount: messageCount + 1 }),
      () => ({ thread: 'thread#9' }),
    ];
    for (const change of mutations)
      expect(caughtIn((history) => answering(history, change, hasTexts))).toEqual(new Set(['OR25']));
    const early = (history: History): History | null => {
      const changed = answering(history, () => ({}));
      return changed === null ? null : { ...changed, landings: (history.landings ?? []).map((each) => ({ ...each, at: 1e9 })) };
    };
    expect(caughtIn(early)).toEqual(new Set(['OR25']));
  });

  it('[OR25] [OR27] judges what it can where the ledger is not known', () => {
    const blind = (history: History, change: Partial<ContentsAnswer>): History | null => {
      const changed = answering(history, () => change, hasTexts);
      return changed === null ? null : { ...changed, landings: null };
    };
    expect(caughtIn((history) => blind(history, {}))).toEqual(new Set(['holds']));
    expect(caughtIn((history) => blind(history, { texts: [] }))).toEqual(new Set(['OR27']));
  });

  it('[OR26] refuses an answer older than one that the same backend gave before, and takes one of another backend', () => {
    const older = (history: History, by: 'same' | 'other'): History | null => {
      const at = history.operations.findIndex(({ end }) => end?.answer.kind === 'contents' && end.answer.version > 1);
      const record = history.operations[at];
      if (record?.end?.answer.kind !== 'contents') return null;
      const { thread, version } = record.end.answer;
      const views = (history.landings ?? []).flatMap(({ outcome }) =>
        outcome.kind === 'committed' && outcome.view.thread === thread ? [outcome.view] : [],
      );
      const view = views[version - 1];
      const before = views[version - 2];
      if (view === undefined || before === undefined) return null;
      const shown: ContentsAnswer = {
        ...record.end.answer,
        version: before.version,
        messageCount: before.messages.length,
        texts: [],
        missing: before.messages.map((content, sequence) => ({ sequence, content, reason: 'absent' })),
        degraded: false,
      };
      const call = history.ended.at;
      const asked = { from: 0, limit: 64, kind: 'readContent', thread } as const;
      const later: OperationRecord = {
        ...record,
        id: 10_000,
        operation: asked,
        backend: by === 'same' ? record.backend : 'backend#9',
        call,
        end: { ...record.end, at: call + 1, answer: { ...shown, from: 0, next: null }, ageMs: 0 },
      };
      return { ...history, operations: [...history.operations, later] };
    };
    expect(caughtIn((history) => older(history, 'same'))).toEqual(new Set(['OR26']));
    // What it held counts without its being answered, and the other way round.
    const unheard = (history: History): History | null => {
      const changed = older(history, 'same');
      const last = changed?.operations.at(-1);
      return changed === null || last === undefined ? null : { ...changed, operations: [last], landings: null };
    };
    const unheld = (history: History): History | null => {
      const changed = older(history, 'same');
      return changed === null ? null : { ...changed, showings: [] };
    };
    for (const mutate of [unheard, unheld]) expect(caughtIn(mutate)).toEqual(new Set(['OR26']));
    expect(caughtIn((history) => older(history, 'other'))).toEqual(new Set(['holds']));
  });

  it('[OR27] refuses a message that is left out, or told of twice, and a place to go on that skips some', () => {
    const mutations: readonly ((answer: ContentsAnswer) => Partial<ContentsAnswer>)[] = [
      ({ texts }) => ({ texts: texts.slice(1) }),
      ({ texts }) => ({ texts: [...texts, ...texts] }),
      ({ from }) => ({ next: from }),
      ({ from, texts, missing }) => ({ next: from + texts.length + missing.length + 1 }),
    ];
    for (const change of mutations)
      expect(caughtIn((history) => answering(history, change, hasTexts))).toEqual(new Set(['OR27']));
  });

  it('[OR27] refuses an answer that does not say what is wanting, or how old it is', () => {
    const silent = (history: History): History | null =>
      answering(
        history,
        () => ({ degraded: false }),
        ({ missing }) => missing.some(({ reason }) => reason === 'unreachable'),
      );
    const loud = (history: History): History | null =>
      answering(
        history,
        () => ({ degraded: true }),
        ({ texts }) => hasTexts({ texts } as ContentsAnswer) && texts.some(({ source }) => source === 'qdrant'),
      );
    const empty = (history: History): History | null =>
      answering(
        history,
        () => ({ degraded: true }),
        ({ texts }) => texts.length === 0,
      );
    for (const mutate of [silent, loud, empty]) expect(caughtIn(mutate)).toEqual(new Set(['OR27']));
    for (const ageMs of [null, -1, Number.NaN]) {
      const ageless = (history: History): History | null => answering(history, () => ({}), hasTexts, { ageMs });
      expect(caughtIn(ageless)).toEqual(new Set(['OR27']));
    }
    const fresh = (history: History): History | null =>
      answering(
        history,
        () => ({}),
        ({ texts }) => texts.every(({ source }) => source === 'qdrant'),
        { ageMs: 5 },
      );
    expect(caughtIn(fresh)).toEqual(new Set(['OR27']));
    const mistaken = (history: History): History | null => {
      const at = history.operations.findIndex(({ end }) => end?.answer.kind === 'contents');
      const record = history.operations[at];
      if (record === undefined || !('thread' in record.operation)) return null;
      const { thread } = record.operation;
      return { ...history, operations: history.operations.with(at, { ...record, operation: { kind: 'readCached', thread } }) };
    };
    expect(caughtIn(mistaken)).toEqual(new Set(['OR27']));
  });
});

describe('content converges', () => {
  const stored = (history: History, keep: (index: number) => boolean): History | null => {
    const content = history.looks.at(-1)?.observation.content;
    if (content == null || content.recorded.length === 0) return null;
    const recorded = content.recorded.filter((_, index) => keep(index));
    return { ...lastLook(history, (look) => seeing(look, { content: { ...content, recorded } })) };
  };

  it('[OR13] refuses the loss of acknowledged content, unless a fault destroyed every copy', () => {
    accepts(judgeContent);
    expect(caught(judgeContent, (history) => stored(history, (index) => index > 0))).toEqual(new Set(['OR13']));
    const unacknowledged = (history: History): History | null => {
      const lost = stored(history, (index) => index > 0);
      return lost === null ? null : { ...lost, store: [] };
    };
    // Without the store's word the clients' confirmations still count; a joining author's text was confirmed as a spec, not as a post.
    expect([...caught(judgeContent, unacknowledged)].sort()).toEqual(['OR11', 'OR13']);
    const destroyed = (history: History): History | null => {
      const lost = stored(history, (index) => index > 0);
      const content = history.looks.at(-1)?.observation.content?.recorded[0];
      if (lost === null || content === undefined) return null;
      const last = history.store.at(-1)?.at ?? 0;
      return { ...lost, store: [...history.store, { kind: 'destroyed', at: last, content }] };
    };
    expect(caught(judgeContent, destroyed)).toEqual(new Set(['OR11']));
  });

  it('[OR11] refuses nodes that never agree, agree too late, or stop agreeing', () => {
    const behind = (look: Look): Look =>
      seeing(look, { clients: look.observation.clients.map((each) => ({ ...each, threads: [] })) });
    const never = (history: History): History => ({ ...history, looks: history.looks.map(behind) });
    expect(caught(judgeContent, never)).toEqual(new Set(['OR11']));
    expect(caught(judgeContent, (history) => lastLook(history, behind))).toEqual(new Set(['OR11']));
    const late = (history: History): History | null =>
      history.healed === null ? null : { ...history, healed: { ...history.healed, withinSteps: 1 } };
    expect(caught(judgeContent, (history) => late(never(history)))).toEqual(new Set(['OR11']));
    // Right in the end, but not by then.
    expect(caught(judgeContent, late)).toContain('OR11');
    const offline = (history: History): History =>
      lastLook(history, (look) =>
        seeing(look, { clients: look.observation.clients.map((each) => ({ ...each, backend: null, threads: [] })) }),
      );
    expect(caught(judgeContent, offline)).toEqual(new Set(['holds']));
  });

  it('[OR11] asks anew of a ledger that moved after all had agreed, and lets nobody stay behind it', () => {
    const looking = (at: number, version: number, followed: number): Look => {
      const thread = (known: number): ThreadObservation => ({
        thread: 'thread#0',
        version: known,
        coAuthors: ['wallet#0'],
        vault: 0n,
        messages: [],
        openSpecs: [],
      });
      return {
        at,
        atMs: at,
        mismatched: [],
        sequences: [],
        observation: {
          ledger: { threads: [thread(version)], wallets: [], escrowed: 0n, treasury: 0n },
          content: { threads: [], recorded: [], pending: [] },
          backends: [{ backend: 'backend#0', cache: [thread(followed)] }],
          clients: [],
        } as unknown as Look['observation'],
      };
    };
    const judged = (looks: readonly Look[], withinSteps: number): string => {
      const verdict = judgeContent({
        ...(histories[0] as History),
        operations: [],
        landings: [],
        store: [],
        looks,
        healed: { at: 0, withinSteps },
        ended: { at: looks.at(-1)?.at ?? 0, atMs: 0, pending: [] },
      });
      return verdict.kind === 'violated' ? `${verdict.rule} ${verdict.explanation}` : verdict.kind;
    };
    const moved = [looking(1, 1, 1), looking(2, 2, 1), looking(3, 2, 2), looking(4, 2, 2)];
    expect(judged(moved, 3)).toBe('holds');
    expect(judged(moved, 2)).toContain('OR11 all nodes should agree by step 2, and did only at step 3');
    expect(judged(moved.slice(0, 2), 3)).toContain('OR11 all nodes should agree by step 3, and did never; at step 2');
    expect(judged([...moved, looking(5, 2, 1)], 3)).toContain('OR11 agreed at step 3, and no longer at step 5');
  });

  it('[OR11] refuses content that stays at another sequence than the ledger has it at', () => {
    const placed =
      (shift: number) =>
      (history: History): History | null => {
        const content = history.looks.at(-1)?.observation.ledger?.threads[0]?.messages[0];
        return content === undefined
          ? null
          : lastLook(history, (look) => ({ ...look, sequences: [{ content, sequence: shift }] }));
      };
    expect(caught(judgeContent, placed(1))).toEqual(new Set(['OR11']));
    expect(caught(judgeContent, placed(0))).toEqual(new Set(['holds']));
  });

  it('[OR12] refuses stored text that is not what its id says', () => {
    const altered = (history: History): History | null => {
      const content = history.looks.at(-1)?.observation.content?.recorded[0];
      return content === undefined ? null : lastLook(history, (look) => ({ ...look, mismatched: [content] }));
    };
    expect(caught(judgeContent, altered)).toEqual(new Set(['OR12']));
  });

  it('[OR30] refuses that what is recorded ceases to be, and that it is told to be and is not', () => {
    const telling =
      (kind: 'unrecorded' | 'claimed' | 'discarded') =>
      (history: History): History | null => {
        const told = history.store.find((event) => event.kind === 'acknowledged' && event.state === 'recorded');
        if (told === undefined) return null;
        return { ...history, store: [...history.store, { kind, at: told.at + 1, content: told.content }] };
      };
    expect(caught(judgeContent, telling('unrecorded'))).toEqual(new Set(['OR30']));
    expect(caught(judgeContent, telling('claimed'))).toEqual(new Set(['OR30']));
    const unhealed = (history: History): History | null => {
      const changed = telling('unrecorded')(history);
      return changed === null ? null : { ...changed, healed: null };
    };
    expect(caught(judgeContent, unhealed)).toEqual(new Set(['OR30']));
    // What only leaves may have been pending.
    expect(caught(judgeContent, telling('discarded')).has('OR30')).toBe(false);
  });

  it('[OR14] refuses pending content that nothing needs, but not while its transaction can still land', () => {
    const orphan = (history: History, canLandUntilMs: number): History | null => {
      const at = history.operations.findIndex(
        ({ operation, end }) => operation.kind === 'submitSpec' && end?.answer.kind === 'refused',
      );
      const record = history.operations[at];
      if (record?.operation.kind !== 'submitSpec') return null;
      const content = { thread: record.operation.thread, author: record.client, text: 'never seen before' };
      const open = { ...record, operation: { ...record.operation, text: content.text }, end: null, canLandUntilMs };
      const look = lastLook(history, (each) => {
        const store = each.observation.content;
        return store === null ? each : seeing(each, { content: { ...store, pending: [...store.pending, content] } });
      });
      return { ...look, operations: history.operations.with(at, open) };
    };
    expect(caught(judgeContent, (history) => orphan(history, 0))).toEqual(new Set(['OR14']));
    expect(caught(judgeContent, (history) => orphan(history, Number.MAX_SAFE_INTEGER))).toEqual(new Set(['holds']));
  });
});

describe('liveness', () => {
  it('[OR20] refuses an operation that never ends after healing, unless its client is gone', () => {
    accepts(judgeLiveness);
    const open = (history: History, abandoned: boolean): History | null => ({
      ...history,
      operations: history.operations.with(0, {
        ...(history.operations[0] as OperationRecord),
        end: null,
        settled: null,
        abandoned,
      }),
    });
    expect(caught(judgeLiveness, (history) => open(history, false))).toEqual(new Set(['OR20']));
    expect(caught(judgeLiveness, (history) => open(history, true))).toEqual(new Set(['holds']));
    const short = (history: History): History | null => {
      const changed = open(history, false);
      return changed === null || history.healed === null ? null : { ...changed, healed: { ...history.healed, withinSteps: 1e6 } };
    };
    expect(caught(judgeLiveness, short)).toEqual(new Set(['inconclusive']));
  });

  it('[OR21] refuses a queue that stays full', () => {
    const full = (history: History): History => ({
      ...history,
      ended: { ...history.ended, pending: ['backend#0: outbox holds 1'] },
    });
    expect(caught(judgeLiveness, full)).toEqual(new Set(['OR21']));
  });
});
