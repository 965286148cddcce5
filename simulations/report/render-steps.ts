/**
 * Steps as a list: of each its number, its time, its arrows across the lanes, and what is marked. The lanes are for eyes and wide screens;
 * each step's sentence says the same to everybody else.
 */
import { html, type Markup } from './html.ts';
import { type Arrow, type Lane, lanes, type Mark, type ReportStep } from './report-model.ts';
import { sentenceOf } from './sentences.ts';

/** Columns of a row before the lanes: step, time. */
const lanesBegin = 3;

const columnOf = (lane: Lane): number => lanesBegin + lanes.indexOf(lane);

/** Beside its text: nothing is told by colour alone. */
const symbols: Readonly<Record<Mark['kind'], string>> = {
  fault: '⚡',
  commit: '◆',
  refusal: '⊘',
  stored: '◇',
  world: '✱',
  violation: '✖',
  mended: '✚',
};

/** Somebody who is the only one in the lane has no name there. */
const isAlone = (lane: Lane): boolean => lane === 'Solana' || lane === 'Qdrant' || lane === 'world';

function laneCells({ from, to, kind, label }: Arrow, result: string | null, row: number): Markup {
  const [start, end] = [columnOf(from.lane), columnOf(to.lane)];
  const told = result === null ? label : `${label} = ${result}`;
  const at = (column: number, text: string): Markup =>
    html`<span class="cell" style="grid-area: ${row} / ${column}">${text}</span>`;
  if (start === end) return at(start, isAlone(from.lane) ? told : `${from.actor} ${told}`);
  const [left, right] = start < end ? [start, end] : [end, start];
  const way = start < end ? 'rightwards' : 'leftwards';
  // An answer's method stands with whom was asked, as the call's does.
  const labelledEnd = kind === 'answer' && isAlone(from.lane) ? start : end;
  const named = ({ lane, actor }: Arrow['from'], column: number): string => {
    const text = column === labelledEnd ? told : '';
    return isAlone(lane) || text.includes(actor) ? text : `${actor} ${text}`.trim();
  };
  return html`${at(start, named(from, start))}<span class="arrow ${kind} ${way}" style="grid-area: ${row} / ${left} / ${row} / ${right + 1}; --lanes: ${right - left + 1}"></span>${at(end, named(to, end))}`;
}

const markItem = ({ kind, text }: Mark): Markup =>
  html`<li class="mark ${kind}"><span aria-hidden="true">${symbols[kind]}</span> <span class="words">${text}</span></li>`;

/** The step's own arrow, then what people asked and were told by it. */
export function stepSentence({ arrows, result, task }: ReportStep): string {
  if (arrows.length === 0) return task;
  const [own, ...rest] = arrows.map(sentenceOf);
  const gave = result === null ? '' : ` (${result})`;
  return [`${own ?? ''}${gave}`, ...rest].join('; ');
}

export function stepItem(step: ReportStep, index: number): Markup {
  const { arrows, marks, task, atMs } = step;
  const kinds = ['step', ...new Set(marks.map(({ kind }) => `has-${kind}`))].join(' ');
  const cells = arrows.map((arrow, row) => laneCells(arrow, row === 0 ? step.result : null, row + 1));
  const marked = marks.length === 0 ? null : html`<ul class="marks" aria-label="marks">${marks.map(markItem)}</ul>`;
  return html`<li class="${kinds}" id="step-${step.step}" data-index="${index}"><span class="number">${step.step}</span><span class="ms">${atMs}<span class="unit"> ms</span></span><span class="lanes" aria-hidden="true">${cells}</span><span class="task">${task}</span><span class="sentence">${stepSentence(step)}</span>${marked}</li>
`;
}

/** The lanes' names above their columns. */
export function laneHeads(): Markup {
  const heads = lanes.map((lane) => html`<span style="grid-column: ${columnOf(lane)}">${lane}</span>`);
  return html`<div class="lane-heads" aria-hidden="true"><span class="number">step</span><span class="ms">ms</span>${heads}<span class="task">for</span></div>`;
}
