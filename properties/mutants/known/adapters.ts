/**
 * One mistake each in the adapters of Solana, Qdrant and SQLite: hunted on LiteSVM and the emulator, which they speak to as to real ones.
 * None of what another layer makes good: an event that is passed over, or comes out of order, is a gap that versions show and a backend
 * fills. The contract suites hold adapters to that.
 */
import type { Mutant } from '../mutant.ts';

export const adapterMutants: readonly Mutant[] = [
  {
    id: 'processed-told-as-confirmed',
    file: 'impl/adapters/solana/ledger.ts',
    find: 'const commitment = commitmentOf(status);',
    replace: "const commitment = commitmentOf(status) === 'finalized' ? 'finalized' : 'confirmed';",
    breaks: 'Whatever a node has seen counts as confirmed, and a fork takes it back.',
  },
  {
    id: 'refusal-of-a-transaction-dropped',
    file: 'impl/adapters/solana/ledger.ts',
    find: 'const refusal = status.err === null ? null : refusalFromRpc(status.err);',
    replace: 'const refusal = null;',
    breaks: 'A transaction that failed is looked for among the events for ever.',
  },
  {
    id: 'no-version-condition-on-upsert',
    file: 'impl/adapters/qdrant/thread-points.ts',
    find: 'return { must_not: [newer, same] };',
    replace: 'return { must_not: [same] };',
    breaks: 'Metadata that comes late replaces what is newer: a lost update.',
  },
  {
    id: 'pending-over-recorded',
    file: 'impl/adapters/qdrant/message-points.ts',
    find: "put(context, { ...message, state: 'pending', sequence: null }, vector, 'insert_only'),",
    replace: "put(context, { ...message, state: 'pending', sequence: null }, vector, 'upsert'),",
    breaks: 'A request that comes once more makes recorded content pending again.',
  },
  {
    id: 'discards-what-is-recorded',
    file: 'impl/adapters/qdrant/message-points.ts',
    find: "const filter = { must: [{ has_id: [pointIdOf(hash)] }], must_not: [equals('state', 'recorded')] };",
    replace: 'const filter = { must: [{ has_id: [pointIdOf(hash)] }] };',
    breaks: 'A discard that comes late deletes what was recorded meanwhile.',
  },
  {
    id: 'missing-point-taken-for-marked',
    file: 'impl/adapters/qdrant/message-points.ts',
    find: "if (state.value === 'absent') return applied('missing');",
    replace: "if (state.value === 'absent') return applied('recorded');",
    breaks: 'Content that Qdrant does not have counts as recorded there.',
  },
  {
    id: 'searches-what-is-pending',
    file: 'impl/adapters/qdrant/message-points.ts',
    find: "const must = [equals('state', 'recorded')];",
    replace: "const must: Schemas['FieldCondition'][] = [];",
    breaks: 'A search shows what was never accepted.',
  },
  {
    id: 'written-without-waiting',
    file: 'impl/adapters/qdrant/context.ts',
    find: "export const durably = { wait: true, ordering: 'strong' } as const;",
    replace: "export const durably = { wait: false, ordering: 'strong' } as const;",
    breaks: 'No write is ever known to be there.',
  },
  {
    id: 'acknowledged-taken-for-applied',
    file: 'impl/adapters/qdrant/failures.ts',
    find: "if (status === 'completed') return applied(undefined);",
    replace: "if (status === 'completed' || status === 'acknowledged') return applied(undefined);",
    breaks: 'A write that Qdrant has only logged counts as being there, and is lost.',
  },
  {
    id: 'sync-keeps-nothing',
    file: 'impl/adapters/store/libsql.ts',
    find: '    if (this.#unsynced.size === 0) return;',
    replace: '    if (this.#unsynced.size >= 0) return;',
    breaks: 'A crash takes everything that was called durable.',
  },
  {
    id: 'deletion-not-seen',
    file: 'impl/adapters/store/libsql.ts',
    find: '            if (text === null) this.#statements.delete.run(table, key);\n            else this.#statements.put.run(table, key, text);',
    replace: '            if (text !== null) this.#statements.put.run(table, key, text);',
    breaks: 'What was deleted is back after a restart: signed out is signed in, queued is queued once more.',
  },
];
