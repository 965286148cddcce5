/**
 * A violated property's rule, in the words of SPEC.md. Properties that are named otherwise than their rule, and those that have none, are
 * listed here. Finds rows by their id only; whether the rule was judged rightly is for whoever judged.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '#simulations/report/report-model.ts';

/** Properties whose rule has another name. */
const ruleOf: Readonly<Record<string, string>> = { design: 'DC2', stuck: 'OR20', 'two-ends': 'OR24' };

/** What is demanded without a row that says so. */
const inOtherWords: Readonly<Record<string, string>> = {
  answer: 'Every answer is one that the model gives in a world that fits all that was seen before (docs/behaviour.md).',
  observation:
    'What every authority shows is what the model shows in a world that fits all that was seen before (docs/behaviour.md).',
  threw: 'Background work throws nothing: what can fail there is an error that is counted and told.',
};

/** Text of the property's row; null when nobody knows any. */
export function ruleIn(spec: string, property: string): Verdict['rule'] {
  const id = ruleOf[property] ?? property;
  for (const line of spec.split('\n')) {
    const [, first, text] = line.split('|').map((cell) => cell.trim());
    if (first === id && text !== undefined && text !== '') return { id, text: text.replaceAll('`', '') };
  }
  const words = inOtherWords[property];
  return words === undefined ? null : { id: property, text: words };
}

/** The same, of this checkout's SPEC.md. */
export const ruleText = (property: string): Verdict['rule'] =>
  ruleIn(readFileSync(join(import.meta.dirname, '..', '..', 'SPEC.md'), 'utf8'), property);
