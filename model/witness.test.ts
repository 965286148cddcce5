import { describe, expect, it } from 'vitest';
import { observe } from './observe.ts';
import { creates, play, posts, rounds, smallWorld, submits } from './stories.ts';
import { testify, type Witness, witness } from './witness.ts';

const open = play(smallWorld(), creates(0), posts(0, 'hi'), submits(1, 'x'), rounds);

describe('witness', () => {
  const seen = observe(open);
  const sworn = (): Witness => testify(witness(open.supply, 2), seen).witness;
  const accused = (change: Partial<typeof seen>, by: Witness = sworn()) =>
    testify(by, { ...seen, ...change }).violations.map(({ id, path }) => `${id} ${path}`);
  const ledger = seen.ledger as NonNullable<typeof seen.ledger>;
  const content = seen.content as NonNullable<typeof seen.content>;
  const view = ledger.threads[0] as (typeof ledger.threads)[number];
  const [first, second] = seen.backends as [(typeof seen.backends)[number], (typeof seen.backends)[number]];
  const client = seen.clients[0] as (typeof seen.clients)[number];

  it('[I-1] [I-2] [I-3] [I-4] [I-5] [I-6] finds nothing wrong with what a sound world shows', () => {
    expect(accused({})).toEqual([]);
    expect(accused({ ledger: null })).toEqual([]);
    expect(accused({ content: null })).toEqual([]);
    expect(accused({ backends: [], clients: [] })).toEqual([]);
  });

  it('[I-1] accuses Qdrant of other co-authors, of being ahead, and of staying behind', () => {
    const metadata = (change: object) => ({ content: { ...content, threads: [{ ...content.threads[0], ...change }] as never } });
    expect(accused(metadata({ coAuthors: ['wallet#1'] }))).toEqual(['I-1 content.threads[thread#0].coAuthors']);
    expect(accused(metadata({ version: 4 }))).toEqual(['I-1 content.threads[thread#0].version']);
    expect(accused(metadata({ thread: 'thread#9' }))).toEqual([
      'I-1 content.threads[thread#9].version',
      'I-1 content.threads[thread#0].version',
    ]);
    expect(accused(metadata({ version: 2 }))).toEqual(['I-1 content.threads[thread#0].version', 'I-6 content.threads[thread#0]']);
    expect(accused({ ...metadata({ version: 2 }), backends: [] })).toEqual(['I-6 content.threads[thread#0]']);
    expect(accused({ ...metadata({ coAuthors: [] }), ledger: null })).toEqual(['I-1 content.threads[thread#0].coAuthors']);
  });

  it('[I-2] accuses Qdrant of recorded content that is not on the ledger, of missing it, and of losing pending content', () => {
    const stored = (change: Partial<typeof content>) => ({ content: { ...content, ...change } });
    expect(accused(stored({ recorded: [...content.recorded, ...content.pending] }))).toEqual(['I-2 content.recorded']);
    expect(accused(stored({ recorded: [] }))).toEqual(['I-2 content.recorded']);
    expect(accused({ ...stored({ recorded: [] }), backends: [] })).toEqual([]);
    expect(accused(stored({ pending: [] }))).toEqual(['I-2 content.pending']);
  });

  it('[I-3] accuses a client of a view that no backend holds, when all backends can be seen', () => {
    const without = [first, { ...second, cache: [] }].map((backend) => ({ ...backend, cache: [] }));
    expect(accused({ backends: without })).toEqual(
      seen.clients.map((each) => `I-3 clients[${each.client}].threads[thread#0].version`),
    );
    expect(accused({ backends: without.slice(1) })).toEqual([]);
  });

  it('[I-4] accuses the ledger of tokens made or lost', () => {
    expect(accused({ ledger: { ...ledger, treasury: 1n } })).toEqual(['I-4 ledger: wallets + escrowed + vaults + treasury']);
    expect(accused({ ledger: { ...ledger, treasury: 1n, escrowed: ledger.escrowed - 1n } })).toEqual(['I-4 ledger.escrowed']);
  });

  it('[I-5] accuses whoever shows another tuple for a version than was shown before', () => {
    const other = { ...view, vault: view.vault + 1n };
    expect(accused({ backends: [{ ...first, cache: [other] }, second] })).toEqual([
      'I-5 backends[backend#0].cache[thread#0]@3.vault',
    ]);
    expect(accused({ clients: [{ ...client, threads: [other] }] })).toEqual(['I-5 clients[wallet#0].threads[thread#0]@3.vault']);
    const never = { ...view, version: 2, coAuthors: ['wallet#2'] };
    expect(accused({ clients: [{ ...client, threads: [never] }] }, witness(open.supply, 2))).toEqual([]);
    expect(
      accused({
        clients: [
          { ...client, threads: [never] },
          { ...client, client: 'wallet#9', threads: [{ ...never, vault: 1n }] },
        ],
      }),
    ).toContain('I-5 clients[wallet#9].threads[thread#0]@2.vault');
  });

  it('[I-1] [I-2] [I-3] says what is shown and what should be', () => {
    const said = (change: Partial<typeof seen>): unknown =>
      testify(sworn(), { ...seen, ...change }).violations.map(({ id, expected, observed }) => [id, expected, observed]);
    const metadata = (change: object) => ({ content: { ...content, threads: [{ ...content.threads[0], ...change }] as never } });
    expect(said(metadata({ version: 4 }))).toEqual([['I-1', 'at most 3', '4']]);
    expect(said(metadata({ thread: 'thread#9' }))).toEqual([
      ['I-1', 'at most 0', '3'],
      ['I-1', '3', 'nothing'],
    ]);
    expect(said(metadata({ version: 2 }))).toEqual([
      ['I-1', '3', '2'],
      ['I-6', 'at least 3', '2'],
    ]);
    const x = 'thread#0/wallet#1/"x"';
    expect(said({ content: { ...content, recorded: [...content.recorded, ...content.pending] } })).toEqual([
      ['I-2', 'nothing', x],
    ]);
    expect(said({ content: { ...content, recorded: [] } })).toEqual([['I-2', 'thread#0/wallet#0/"hi"', 'nothing']]);
    expect(said({ content: { ...content, pending: [] } })).toEqual([['I-2', x, 'nothing']]);
    const clients = [client];
    expect(said({ clients, backends: seen.backends.map((each) => ({ ...each, cache: [] })) })).toEqual([
      ['I-3', 'at most 0', '3'],
    ]);
  });

  it('[I-3] holds a client against the newest view that any backend has, in whichever order they are', () => {
    const old = observe(play(smallWorld(), creates(0))).backends[0]?.cache ?? [];
    for (const backends of [
      [{ ...first, cache: old }, second],
      [first, { ...second, cache: old }],
    ])
      expect(testify(witness(open.supply, 2), { ...seen, backends }).violations).toEqual([]);
    const backends = seen.backends.map((each) => ({ ...each, cache: old }));
    const ahead = testify(witness(open.supply, 2), { ...seen, backends, clients: [client] }).violations;
    expect(ahead.map(({ id, expected }) => [id, expected])).toEqual([['I-3', 'at most 1']]);
  });

  it('[I-6] accuses whoever shows an older version than before', () => {
    const older = observe(play(smallWorld(), creates(0), posts(0, 'hi'), rounds));
    const back = testify(sworn(), { ...seen, clients: [{ ...client, threads: older.clients[0]?.threads ?? [] }] });
    expect(back.violations).toEqual([
      { id: 'I-6', path: 'clients[wallet#0].threads[thread#0]', expected: 'at least 3', observed: '2' },
    ]);
  });
});
