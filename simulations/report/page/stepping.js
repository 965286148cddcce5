/**
 * What a report's page decides, without the page: which steps are shown, where a key leads, what everybody shows at a step, and how far
 * the versions are apart. Pure, so that it can be tested; `page.js` shows what it says. Both are put into the page as they stand.
 */

/**
 * @typedef {{ readonly authority: string, readonly thread: string | null, readonly label: string }} Row
 * @typedef {{ readonly row: number, readonly before: string | null, readonly after: string | null }} Change
 * @typedef {{ readonly step: number, readonly atMs: number, readonly changes: readonly Change[], readonly threads: readonly string[], readonly actors: readonly string[] }} Step
 * @typedef {{ readonly thread: string, readonly actor: string }} Filter an empty name lets everything through
 * @typedef {'first' | 'previous' | 'next' | 'last'} Move
 * @typedef {'run' | 'nowhere' | 'field' | 'elsewhere'} Focus where the keyboard is: among steps and controls, nowhere, in a field
 */

/**
 * The start is always shown, and so is what is about no single thread, whatever the thread.
 * @param {Step} step
 * @param {number} index
 * @param {Filter} filter
 */
export function isShown(step, index, { thread, actor }) {
  if (index === 0) return true;
  const ofThread = thread === '' || step.threads.length === 0 || step.threads.includes(thread);
  return ofThread && (actor === '' || step.actors.includes(actor));
}

/**
 * Indexes of the steps that a filter lets through.
 * @param {readonly Step[]} steps
 * @param {Filter} filter
 */
export function shownSteps(steps, filter) {
  return steps.flatMap((step, index) => (isShown(step, index, filter) ? [index] : []));
}

/**
 * Where a move leads from a step among those shown; at either end it leads nowhere else.
 * @param {readonly number[]} shown in order, never empty
 * @param {number} current
 * @param {Move} where
 */
export function moved(shown, current, where) {
  const [first = 0] = shown;
  const last = shown.at(-1) ?? first;
  switch (where) {
    case 'first':
      return first;
    case 'last':
      return last;
    case 'previous':
      return shown.findLast((index) => index < current) ?? first;
    case 'next':
      return shown.find((index) => index > current) ?? last;
  }
}

/**
 * The step itself where it is shown, else the next one that is, else the last.
 * @param {readonly number[]} shown
 * @param {number} current
 */
export function nearest(shown, current) {
  return shown.find((index) => index >= current) ?? shown.at(-1) ?? 0;
}

/** @type {Readonly<Record<string, Move>>} */
const keys = {
  ...{ ArrowRight: 'next', ArrowDown: 'next', j: 'next', ArrowLeft: 'previous', ArrowUp: 'previous', k: 'previous' },
  ...{ Home: 'first', End: 'last' },
};

/**
 * What a key asks for; null: nothing of ours. Away from the steps only the keys that would otherwise do nothing are taken.
 * @param {string} key
 * @param {Focus} focus
 * @param {boolean} isChord with Ctrl, Alt or Meta
 * @returns {Move | null}
 */
export function moveOf(key, focus, isChord) {
  if (isChord || focus === 'field' || focus === 'elsewhere') return null;
  if (focus === 'nowhere' && key !== 'ArrowLeft' && key !== 'ArrowRight') return null;
  return Object.hasOwn(keys, key) ? (keys[key] ?? null) : null;
}

/**
 * The value of every row after a step.
 * @param {number} rows how many there are
 * @param {readonly Step[]} steps
 * @param {number} index
 * @returns {readonly (string | null)[]}
 */
export function valuesAt(rows, steps, index) {
  /** @type {(string | null)[]} */
  const values = Array.from({ length: rows }, () => null);
  for (const { changes } of steps.slice(0, index + 1)) for (const { row, after } of changes) values[row] = after;
  return values;
}

/**
 * What a step changed, by row. The start changes nothing: it is what there is.
 * @param {readonly Step[]} steps
 * @param {number} index
 * @returns {ReadonlyMap<number, Change>}
 */
export function changesAt(steps, index) {
  return new Map(index === 0 ? [] : (steps[index]?.changes ?? []).map((change) => [change.row, change]));
}

/**
 * A line for each thread, a cell for each observer: its version, and in a word where that is not the ledger's.
 * @param {readonly Row[]} rows
 * @param {readonly (string | null)[]} values
 */
export function versionsIn(rows, values) {
  const observers = [...new Set(rows.map(({ authority }) => authority))];
  const threads = [...new Set(rows.flatMap(({ thread }) => thread ?? []))].sort();
  /** @param {string} authority @param {string} thread */
  const versionOf = (authority, thread) => {
    const at = rows.findIndex((row) => row.authority === authority && row.thread === thread && row.label === 'version');
    return values[at] ?? null;
  };
  const lines = threads.map((thread) => {
    const ledger = versionOf('Solana', thread);
    const cells = observers.map((observer) => {
      const version = versionOf(observer, thread);
      return { version, note: version === null ? '' : comparison(Number(version), Number(ledger ?? 0)) };
    });
    return { thread, cells };
  });
  return { observers, lines };
}

/** @param {number} version @param {number} ledger */
const comparison = (version, ledger) => (version === ledger ? '' : version < ledger ? 'behind' : 'ahead');

/**
 * Where one is, in words.
 * @param {readonly Step[]} steps
 * @param {readonly number[]} shown
 * @param {number} index
 */
export function positionText(steps, shown, index) {
  const step = steps[index];
  const place = shown.indexOf(index) + 1;
  return `Step ${step?.step ?? 0} at ${step?.atMs ?? 0} ms, ${place} of ${shown.length} shown`;
}
