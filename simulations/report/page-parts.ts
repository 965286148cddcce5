/** What pages are put together from: sections with a heading, lists, tables with bars behind their numbers. */
import { numberText } from './charts.ts';
import { html, type Markup } from './html.ts';

/** Nothing where nothing is to be listed. */
export const listOf = (lines: readonly string[], kind: string): Markup | null =>
  lines.length === 0 ? null : html`<ul class="${kind}">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;

export interface Column<Row> {
  readonly head: string;
  /** Stands to the left. */
  readonly isText?: true;
  readonly cell: (row: Row) => string | number;
  /** From 0 to 1: shown as a bar behind the cell. */
  readonly share?: (row: Row) => number;
}

/** The first column names the row. Numbers stand to the right. */
export function tableOf<Row>(name: string, columns: readonly Column<Row>[], rows: readonly Row[]): Markup {
  const heads = columns.map(
    ({ head, isText }, at) => html`<th scope="col"${at === 0 || isText ? null : html` class="number"`}>${head}</th>`,
  );
  const cellOf = ({ cell, share, isText }: Column<Row>, row: Row, at: number): Markup => {
    const value = cell(row);
    const text = typeof value === 'number' ? numberText(value) : value;
    if (at === 0) return html`<th scope="row">${text}</th>`;
    if (isText) return html`<td>${text}</td>`;
    if (share === undefined) return html`<td class="number">${text}</td>`;
    return html`<td class="number share" style="--share: ${Math.round(100 * Math.min(1, share(row)))}%">${text}</td>`;
  };
  const lines = rows.map((row) => html`<tr>${columns.map((column, at) => cellOf(column, row, at))}</tr>`);
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${name}"><table><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

export const section = (
  id: string,
  title: string,
  content: Markup,
): Markup => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>`;
