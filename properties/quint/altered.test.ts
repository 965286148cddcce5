/**
 * The comparison bites: with one rule of the Quint specification altered the counts differ, and a run of it leaves our design at a step
 * that is named.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { countedByQuint, countedByUs, differenceOf } from './counts.ts';
import { evaluated, simulated, specifications } from './quint.ts';
import { TraceJudge } from './traces.ts';
import { specOf } from './updates.ts';

const directory = mkdtempSync(join(tmpdir(), 'choir-altered-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Replaces a text that must be there, once. */
function alter(name: string, what: string | RegExp, by: string): void {
  const path = join(directory, name);
  const text = readFileSync(path, 'utf8');
  const altered = text.replace(what, by);
  expect(altered).not.toBe(text);
  writeFileSync(path, altered);
}

describe('[QN5] a Quint specification whose bytes go out before their row is durable', () => {
  cpSync(specifications, directory, { recursive: true });
  const file = join(directory, 'ownership_update.qnt');
  alter('write.qnt', '(s.phase == "signing" and s.node.durable.row == "signed")', 's.phase == "signing"');
  alter(
    'ownership_update.qnt',
    /(pure val SCOPES: List\[Scoped\] = \[)[^\]]*\]/,
    '$1{ scope: { on: Set("crashes"), atOnce: false }, depth: 12 }]',
  );

  it('has other states, and unsound ones', async () => {
    const [counted] = countedByQuint((await evaluated(file, 'ownership_update_counts'))['counted']);
    if (counted === undefined) throw new Error('nothing was counted');
    const ours = countedByUs(specOf('ownership_update', counted.scope), counted.depth);
    expect(differenceOf(counted.found, ours)).toMatch(/^\d+ steps from the start Quint has \d+ states, we have \d+$/);
    expect(counted.found.unsound).toBeGreaterThan(0);
  });

  it('leaves our design at a named step', async () => {
    const judge = new TraceJudge('ownership_update');
    const runs = await simulated({ file, main: 'ownership_update_run', traces: 30, steps: 12, seed: '0x5' });
    const [problem] = runs.flatMap((run) => judge.problemOf(run) ?? []);
    expect(problem).toMatch(
      /^step \d+ of \d+, 'submit 0': by 'submit 0' nothing happens, and yet there is another state: .*bytes#0/,
    );
  });
});

describe('[QN6] a file that Quint does not like', () => {
  it.each([
    [
      'a wrong type',
      'module odd {\n  var n: int\n  action init = n\' = "one"\n  action step = n\' = n\n}\n',
      /Couldn't unify int and str/,
    ],
    ['a wrong word', 'module odd {\n  var n int\n}\n', /parsing failed/],
  ])('is refused with what Quint says: %s', async (_, text, says) => {
    const file = join(directory, 'odd.qnt');
    writeFileSync(file, text);
    await expect(simulated({ file, main: 'odd' })).rejects.toThrow(says);
  });
});
