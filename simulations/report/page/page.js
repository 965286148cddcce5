/**
 * The report's page in a browser: shows what `stepping.js` decides, on keys, buttons and filters. The steps stand in the page already;
 * values, changes and versions are written for the step at hand, as text only, so that nothing in a scenario can be anything else.
 */
import { changesAt, moved, moveOf, nearest, positionText, shownSteps, valuesAt, versionsIn } from './stepping.js';

/** @param {string} id */
function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new RangeError(`the page has no #${id}`);
  return element;
}

/** @type {{ rows: import('./stepping.js').Row[], steps: import('./stepping.js').Step[], focus: number }} */
const report = JSON.parse(byId('report').textContent ?? '');
const { rows, steps } = report;
const items = [...byId('steps').children].filter((each) => each instanceof HTMLElement);

let filter = { thread: '', actor: '' };
let shown = shownSteps(steps, filter);
let current = report.focus;

/**
 * @param {string} tag
 * @param {string} text
 * @param {Readonly<Record<string, string>>} attributes
 */
function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** @param {import('./stepping.js').Row} row */
const nameOf = ({ thread, label }) => (thread === null ? label : `${thread} ${label}`);

/** @param {string | null} value */
const valueText = (value) => value ?? 'nothing';

/** @param {ReadonlyMap<number, import('./stepping.js').Change>} changes */
function showChanges(changes) {
  const lines = [...changes.values()].flatMap(({ row, before, after }) => {
    const named = rows[row];
    if (named === undefined) return [];
    return [element('li', `${named.authority}, ${nameOf(named)}: ${valueText(before)} → ${valueText(after)}`)];
  });
  const none = current === 0 ? 'Nothing has happened yet.' : 'Nothing that anybody shows.';
  byId('changes').replaceChildren(...(lines.length > 0 ? lines : [element('li', none)]));
}

/**
 * There are more observers than threads: each has a line.
 * @param {readonly (string | null)[]} values
 */
function showVersions(values) {
  const { observers, lines } = versionsIn(rows, values);
  const head = element('tr', '');
  head.append(element('th', 'shown by', { scope: 'col' }), ...lines.map(({ thread }) => element('th', thread, { scope: 'col' })));
  const body = observers.map((observer, at) => {
    const line = element('tr', '');
    const each = lines.flatMap(({ cells }) => cells[at] ?? []);
    const cells = each.map(({ version, note }) => element('td', `${version ?? '–'} ${note}`.trim(), { class: note }));
    line.append(element('th', observer, { scope: 'row' }), ...cells);
    return line;
  });
  byId('versions').replaceChildren(head, ...body);
}

/**
 * @param {readonly (string | null)[]} values
 * @param {ReadonlyMap<number, import('./stepping.js').Change>} changes
 */
function showState(values, changes) {
  const authorities = [...new Set(rows.map(({ authority }) => authority))];
  const tables = authorities.map((authority) => {
    const table = element('table', '');
    table.append(element('caption', authority));
    for (const [at, row] of rows.entries()) {
      const change = changes.get(at);
      const value = values[at] ?? null;
      if (row.authority !== authority || (value === null && change === undefined)) continue;
      table.append(stateLine(nameOf(row), value, change));
    }
    return table;
  });
  byId('state').replaceChildren(...tables);
}

/**
 * @param {string} name
 * @param {string | null} value
 * @param {import('./stepping.js').Change | undefined} change
 */
function stateLine(name, value, change) {
  const line = element('tr', '', change === undefined ? {} : { class: 'changed' });
  const cell = element('td', '');
  if (change === undefined) cell.textContent = valueText(value);
  else
    cell.append(
      element('mark', valueText(value)),
      element('span', ` changed, was ${valueText(change.before)}`, { class: 'was' }),
    );
  line.append(element('th', name, { scope: 'row' }), cell);
  return line;
}

/**
 * Within the list only: the rest of the page stays where it is.
 * @param {HTMLElement} item
 */
function reveal(item) {
  const list = byId('steps');
  const top = item.offsetTop;
  const isVisible = top >= list.scrollTop && top + item.offsetHeight <= list.scrollTop + list.clientHeight;
  if (!isVisible) list.scrollTop = top - list.clientHeight / 3;
}

/** @param {number} index */
function show(index) {
  for (const each of items) each.removeAttribute('aria-current');
  current = index;
  const item = items[index];
  item?.setAttribute('aria-current', 'step');
  if (item !== undefined) reveal(item);
  const changes = changesAt(steps, index);
  const values = valuesAt(rows.length, steps, index);
  const said = item?.querySelector('.sentence')?.textContent ?? '';
  const marks = [...(item?.querySelectorAll('.words') ?? [])].map((mark) => mark.textContent ?? '');
  byId('current').textContent = [positionText(steps, shown, index), said, ...marks].join('. ');
  showChanges(changes);
  showVersions(values);
  showState(values, changes);
}

/** @param {string} id */
function chosen(id) {
  const select = byId(id);
  return select instanceof HTMLSelectElement ? select.value : '';
}

function applyFilter() {
  filter = { thread: chosen('by-thread'), actor: chosen('by-actor') };
  shown = shownSteps(steps, filter);
  const set = new Set(shown);
  for (const [index, item] of items.entries()) item.hidden = !set.has(index);
  show(nearest(shown, current));
}

/**
 * @param {EventTarget | null} target
 * @returns {import('./stepping.js').Focus}
 */
function focusAt(target) {
  if (!(target instanceof Element) || target === document.body) return 'nowhere';
  if (target.matches('input, select, textarea')) return 'field';
  return target.closest('#steps, .controls') === null ? 'elsewhere' : 'run';
}

for (const where of /** @type {const} */ (['first', 'previous', 'next', 'last']))
  byId(where).addEventListener('click', () => show(moved(shown, current, where)));
document.getElementById('to-focus')?.addEventListener('click', () => {
  for (const id of ['by-thread', 'by-actor']) {
    const select = byId(id);
    if (select instanceof HTMLSelectElement) select.value = '';
  }
  current = report.focus;
  applyFilter();
  byId('steps').focus();
});
for (const id of ['by-thread', 'by-actor']) byId(id).addEventListener('change', applyFilter);
byId('steps').addEventListener('click', ({ target }) => {
  const item = target instanceof Element ? target.closest('[data-index]') : null;
  if (item instanceof HTMLElement) show(Number(item.dataset['index']));
});
document.addEventListener('keydown', (event) => {
  const where = moveOf(event.key, focusAt(event.target), event.ctrlKey || event.altKey || event.metaKey);
  if (where === null) return;
  event.preventDefault();
  show(moved(shown, current, where));
});

// A browser may have kept what was chosen before the page was loaded again.
applyFilter();
byId('steps').focus({ preventScroll: true });
