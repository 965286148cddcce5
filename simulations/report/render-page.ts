/**
 * A report as one HTML file that needs nothing else: style, script and data are in it, and its policy forbids it any network. The same
 * report is the same text. What a step looks like is `render-steps.ts`'s, what happens on keys and buttons is `page/`'s.
 */
import { html, type Markup } from './html.ts';
import { htmlDocument, pageSource } from './html-document.ts';
import { laneHeads, stepItem } from './render-steps.ts';
import type { Report, Verdict } from './report-model.ts';

/** One module out of two: what the first exports, the second uses by name. */
const script = (): string => `${pageSource('stepping.js')}\n${pageSource('page.js').replace(/^import [^;]*;\n/gm, '')}`;

/** All that the script needs beside what stands in the page. */
export function pageData({ rows, steps, verdict }: Report): object {
  return {
    rows,
    focus: verdict.focus,
    steps: steps.map(({ step, atMs, changes, threads, actors }) => ({ step, atMs, changes, threads, actors })),
  };
}

const titles: Readonly<Record<Verdict['kind'], string>> = {
  violation: 'Violation',
  inconclusive: 'Inconclusive',
  none: 'No violation',
};

export function renderPage(report: Report): string {
  const title = `${titles[report.verdict.kind]}${report.verdict.property === '' ? '' : ` of ${report.verdict.property}`}`;
  const body = html`<a class="skip" href="#steps">Skip to the steps</a>
<header><h1>${report.name}</h1><p>A ${report.kind} scenario, run on ${report.ground}</p></header>
<main>
${verdictSection(report, title)}
${runSection(report)}
${scenarioSection(report)}
</main>`;
  return htmlDocument({
    title: `${title}: ${report.name}`,
    styles: ['steps.css'],
    body,
    script: { id: 'report', data: pageData(report), source: script() },
  });
}

function verdictSection({ verdict, steps, remarks, found }: Report, title: string): Markup {
  const { kind, rule, message, focus } = verdict;
  const words = rule === null ? null : html`<p id="rule" class="rule"><strong>${rule.id}</strong> ${rule.text}</p>`;
  const where =
    kind === 'violation'
      ? html`<p class="where">It becomes visible at step ${steps[focus]?.step ?? 0}. <button type="button" id="to-focus">Go to the violation</button></p>`
      : html`<p>There is no step to look at first: the page begins with the first one.</p>`;
  const all = found === null ? remarks : [...remarks, `when it was found: ${found}`];
  return html`<section id="verdict" class="${kind}" aria-labelledby="verdict-title">
<h2 id="verdict-title">${title}</h2>
${words}<pre id="message">${message}</pre>
${where}
${all.length === 0 ? null : html`<ul id="remarks" class="remarks">${all.map((line) => html`<li>${line}</li>`)}</ul>`}
</section>`;
}

const options = (all: string, names: readonly string[]): Markup =>
  html`<option value="">${all}</option>${names.map((name) => html`<option value="${name}">${name}</option>`)}`;

function runSection({ steps, threads, actors }: Report): Markup {
  return html`<section id="run" aria-labelledby="run-title">
<div class="controls">
<div class="bar">
<h2 id="run-title">Step by step</h2>
<div role="group" aria-label="Stepping" class="buttons">
<button type="button" id="first">First</button>
<button type="button" id="previous">Previous</button>
<button type="button" id="next">Next</button>
<button type="button" id="last">Last</button>
</div>
<div role="group" aria-label="Filter" class="filters">
<label for="by-thread">Thread <select id="by-thread">${options('every thread', threads)}</select></label>
<label for="by-actor">Actor <select id="by-actor">${options('everybody', actors)}</select></label>
</div>
<details class="keys"><summary>Keys</summary><p><kbd>→</kbd> <kbd>↓</kbd> <kbd>j</kbd> next, <kbd>←</kbd> <kbd>↑</kbd> <kbd>k</kbd> previous, <kbd>Home</kbd> first, <kbd>End</kbd> last; while the steps or these controls have the focus.</p></details>
</div>
<p id="current" role="status" aria-live="polite"></p>
</div>
<noscript><p>Stepping and states need the script of this page; the steps below are complete without it.</p></noscript>
<div class="panes">
<div class="steps-pane">
<h3 id="steps-title">Steps</h3>
${laneHeads()}
<ol id="steps" tabindex="0" aria-labelledby="steps-title">
${steps.map(stepItem)}</ol>
</div>
<div class="state-pane" tabindex="0" role="region" aria-label="State at this step">
<h3>Changed by this step</h3>
<ul id="changes"></ul>
<h3 id="versions-title">Versions that everybody shows</h3>
<div class="scroll" tabindex="0" role="region" aria-labelledby="versions-title"><table id="versions"></table></div>
<h3>What everybody shows</h3>
<div id="state"></div>
</div>
</div>
</section>`;
}

const listOf = (id: string, lines: readonly Markup[]): Markup =>
  html`<ol id="${id}" class="plain">${lines.map((line) => html`<li>${line}</li>`)}</ol>`;

/** `#3 wallet#0 posts ...` -> `#3`; empty for what has no name. */
const commandIn = (line: string): string => /^#\d+ /.exec(line)?.[0] ?? '';

function scenarioSection({ scenario, original }: Report): Markup {
  const kept = new Set(scenario.map(commandIn));
  const before =
    original === null
      ? html`<p id="original">The file does not keep the scenario that this one was made from.</p>`
      : listOf(
          'original',
          original.map((line) => (kept.has(commandIn(line)) ? html`${line}` : html`${line} <em class="removed">taken away</em>`)),
        );
  return html`<section id="scenario" aria-labelledby="scenario-title">
<h2 id="scenario-title">Scenario</h2>
<div class="beside">
<div><h3>As it was run</h3>${listOf(
    'minimal',
    scenario.map((line) => html`${line}`),
  )}</div>
<div><h3>Before it was shrunk</h3>${before}</div>
</div>
</section>`;
}
