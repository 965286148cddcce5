/** Costs against the table in the docs. A green run says nothing of unlucky keys: each further attempt at an address is 1,500 units. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { createBank } from '#simulations/solana/create-bank.ts';
import { type Costs, measureCosts, readTable, writeTable } from './compute-units.ts';

const file = new URL('../../docs/compute-units.md', import.meta.url);
const INSTRUCTION_LIMIT = 200_000;
const PACKET_BYTES = 1_232;
/** Instruction, key and signature bytes that asking for a compute limit adds to a transaction. */
const COMPUTE_BUDGET_BYTES = 40;

let litesvm: Costs;
let bankrun: Costs;
beforeAll(async () => {
  litesvm = await measureCosts(await createBank('litesvm'));
  bankrun = await measureCosts(await createBank('bankrun'));
  if (process.env['UPDATE_COMPUTE_UNITS'] !== undefined) writeFileSync(file, writeTable(litesvm, bankrun));
});

it('[PG7] no instruction costs a tenth more than the table in docs/compute-units.md says', () => {
  const table = readTable(readFileSync(file, 'utf8'));
  expect([...table.keys()]).toEqual([...litesvm.keys()]);
  const exceeded = [...table].flatMap(([name, documented]) => {
    const [onLiteSvm, onBankrun] = [litesvm.get(name)?.units ?? Infinity, bankrun.get(name)?.units ?? Infinity];
    const dearer = onLiteSvm > documented.litesvm * 1.1 || onBankrun > documented.bankrun * 1.1;
    return dearer ? [`${name}: ${onLiteSvm} and ${onBankrun}, documented ${documented.litesvm} and ${documented.bankrun}`] : [];
  });
  expect(exceeded).toEqual([]);
});

it('[PG7] every instruction, a settlement of 16 approvers included, fits the default limit and one packet', () => {
  for (const costs of [litesvm, bankrun]) {
    for (const [name, { units, bytes }] of costs) {
      expect([name, units < INSTRUCTION_LIMIT, bytes + COMPUTE_BUDGET_BYTES <= PACKET_BYTES]).toEqual([name, true, true]);
    }
  }
  expect(litesvm.get('settle, 16 approve')?.bytes).toBeGreaterThan(1_100);
});
