/** The hook of `replace-source.mjs`. It comes before the loader of TypeScript, which then gets the other text. */
import { readFile } from 'node:fs/promises';

let replaced = { file: null, by: null };

export function initialize(data) {
  replaced = data;
}

export async function load(url, context, nextLoad) {
  if (url.split('?')[0] !== replaced.file) return nextLoad(url, context);
  return { format: 'module', source: await readFile(new URL(replaced.by), 'utf8'), shortCircuit: true };
}
