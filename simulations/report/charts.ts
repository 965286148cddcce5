/**
 * Charts as inline SVG without a script. A drawing is stretched to its place, so it holds lines and areas only; what is to be read stands
 * beside it as text, and all of it again in a table, for whoever does not see it or wants the numbers.
 */
import type { Bin, Course, Series } from './campaign-model.ts';
import { html, type Markup } from './html.ts';

/** Units of a drawing; lines keep their width however it is stretched. */
const [wide, high] = [1_000, 200] as const;

/** As a person reads it: `12,345`, `0.0712`. */
export function numberText(value: number | null): string {
  if (value === null) return '–';
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

interface Chart {
  /** Its name, for whoever hears it. */
  readonly label: string;
  /** What is to be seen in it, in a sentence. */
  readonly says: string;
  readonly top: string;
  readonly ends: readonly [string, string];
  readonly marks: Markup;
  readonly table: Markup;
}

const chart = ({ label, says, top, ends, marks, table }: Chart): Markup => html`<div class="chart">
<div class="plot"><span class="top" aria-hidden="true">${top}</span><svg viewBox="0 0 ${wide} ${high}" preserveAspectRatio="none" role="img" aria-label="${label}: ${says}">${marks}</svg><span class="ends" aria-hidden="true"><span>${ends[0]}</span><span>${ends[1]}</span></span></div>
<p class="says">${says}</p>
<details><summary>As a table<span class="unseen">: ${label}</span></summary><div class="scroll" tabindex="0" role="group" aria-label="Table: ${label}">${table}</div></details>
</div>`;

const shortest = (value: number): number => Math.round(value * 100) / 100;

/** Bars from left to right. @param at numbers of steps at which a line stands, with what it is called */
export function histogram(bins: readonly Bin[], at: readonly (readonly [name: string, steps: number])[], says: string): Markup {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const width = wide / Math.max(1, bins.length);
  const end = (bins.at(-1)?.to ?? 0) + 1;
  const bars = bins.map(({ count }, index) => {
    const tall = (high * count) / most;
    return html`<rect x="${shortest(index * width + width * 0.06)}" y="${shortest(high - tall)}" width="${shortest(width * 0.88)}" height="${shortest(tall)}"/>`;
  });
  const lines = at.map(([name, steps]) => {
    const x = shortest((wide * (steps + 0.5)) / end);
    return html`<line class="${name}" x1="${x}" x2="${x}" y1="0" y2="${high}"/>`;
  });
  const rows = bins
    .filter(({ count }) => count > 0)
    .map(
      ({ from, to, count }) =>
        html`<tr><th scope="row">${from === to ? from : `${from} to ${to}`}</th><td>${numberText(count)}</td></tr>`,
    );
  return chart({
    ...{
      label: 'Steps until all agree',
      says,
      top: `${numberText(most)} scenarios`,
      ends: ['0 steps', `${numberText(end - 1)} steps`],
    },
    marks: html`${bars}${lines}`,
    table: html`<table><thead><tr><th scope="col">steps</th><th scope="col">scenarios</th></tr></thead><tbody>${rows}</tbody></table>`,
  });
}

/** A level for each stretch, joined to its neighbours; a gap where there is none. */
function steppedPath(values: readonly (number | null)[], most: number): string {
  const width = wide / Math.max(1, values.length);
  const parts = values.map((value, at) => {
    if (value === null) return '';
    const y = shortest(high - (high * value) / most);
    const isJoined = at > 0 && values[at - 1] !== null;
    return `${isJoined ? 'V' : `M${shortest(at * width)} `}${y}H${shortest((at + 1) * width)}`;
  });
  return parts.join('');
}

const rangeText = (values: readonly (number | null)[], unit: string): string => {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return 'nothing measured';
  const [least, most] = [Math.min(...known), Math.max(...known)].map(numberText);
  return `${least === most ? least : `${least} to ${most}`}${unit === '' ? '' : ` ${unit}`}`;
};

/** A number over a campaign, a line for each ground. */
export function courseChart({ name, unit, meaning, series }: Course): Markup {
  const most = Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const lines = series.map(
    ({ values }, at) => html`<path class="line line-${at}" d="${steppedPath(values, most === 0 ? 1 : most)}"/>`,
  );
  const ranges = series.map(({ ground, values }) => `${ground} ${rangeText(values, unit)}`).join('; ');
  return html`<figure><figcaption><h3>${name}</h3><p class="note">${meaning}</p></figcaption>
${chart({
  ...{ label: name, says: ranges, top: most === 0 ? '' : `${numberText(most)} ${unit}`, ends: ['first', 'last'] },
  marks: html`${lines}`,
  table: courseTable(series, unit),
})}</figure>`;
}

function courseTable(series: readonly Series[], unit: string): Markup {
  const length = Math.max(0, ...series.map(({ values }) => values.length));
  const heads = series.map(({ ground }) => html`<th scope="col">${ground}${unit === '' ? '' : `, ${unit}`}</th>`);
  const rows = Array.from({ length }, (_, at) => {
    const cells = series.map(({ values }) => html`<td>${numberText(values[at] ?? null)}</td>`);
    return html`<tr><th scope="row">${at + 1}</th>${cells}</tr>`;
  });
  return html`<table><thead><tr><th scope="col">stretch</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}
