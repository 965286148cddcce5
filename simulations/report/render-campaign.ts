/**
 * A campaign as one HTML file without network and without a script: the verdict first, then what ran, how it went over its course, and what
 * of everything was reached. The same report is the same text.
 */
import type { CampaignFailure, CampaignReport, Convergence } from './campaign-model.ts';
import { commandsSection, faultsSection, gatesSection, marksSection, strategySection } from './campaign-reached.ts';
import { courseChart, histogram, numberText } from './charts.ts';
import { html, type Markup } from './html.ts';
import { htmlDocument } from './html-document.ts';
import { type Column, listOf, section, tableOf } from './page-parts.ts';

export function renderCampaign(report: CampaignReport): string {
  const { command, verdict } = report;
  const body = html`<a class="skip" href="#run">Skip to the figures</a>
<header><h1>Campaign</h1><p><code>${command}</code></p></header>
<main>
${verdictSection(report)}
${runSection(report)}
${courseSection(report)}
${convergenceSection(report.convergence)}
${strategySection(report.strategies)}
${marksSection(report)}
${gatesSection(report.gates)}
${commandsSection(report)}
${faultsSection(report.faults)}
</main>`;
  return htmlDocument({ title: `${verdict.title}: ${command}`, styles: ['campaign.css'], body, script: null });
}

const sum = <T>(rows: readonly T[], of: (row: T) => number): number => rows.reduce((total, row) => total + of(row), 0);

function verdictSection(report: CampaignReport): Markup {
  const { failures } = report;
  const { kind, title, messages } = report.verdict;
  return html`<section id="verdict" class="${kind}" aria-labelledby="verdict-title">
<h2 id="verdict-title">${title}</h2>
${failures.map(failureItem)}
${listOf(messages, 'messages')}
</section>
${facts(report)}`;
}

/** The campaign in a few numbers. */
function facts({ runs, marks, gates, strategies }: CampaignReport): Markup {
  const [scenarios, steps, seconds] = [
    sum(runs, (run) => run.scenarios),
    sum(runs, (run) => run.steps),
    sum(runs, (run) => run.seconds),
  ];
  const reachedMarks = marks.filter(({ count }) => count > 0);
  const reachedShares = gates.filter(({ state }) => state === 'reached');
  const all = strategies.find((strategy) => strategy.scenarios === null);
  const lines: readonly (readonly [name: string, value: string] | null)[] = [
    ['scenarios', numberText(scenarios)],
    ['steps', numberText(steps)],
    ['scenarios a second', seconds === 0 ? '–' : numberText(scenarios / seconds)],
    marks.length === 0 ? null : ['marks reached', `${reachedMarks.length} of ${marks.length}`],
    gates.length === 0 ? null : ['shares reached', `${reachedShares.length} of ${gates.length}`],
    all === undefined ? null : ['steps of the small scope walked', `${all.steps[0]} of ${all.steps[1]}`],
  ];
  const told = lines.filter((line) => line !== null);
  return html`<dl class="facts">${told.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function failureItem({ property, rule, on, message, scenario, again }: CampaignFailure): Markup {
  return html`<article class="failure">
<h3>${property}${on === null ? ', a regression' : ` on ${on}`}</h3>
${rule === null ? null : html`<p class="rule">${rule.id === property ? null : html`<strong>${rule.id}</strong> `}${rule.text}</p>`}
<pre>${message}</pre>
${scenario.length === 0 ? null : html`<details><summary>The scenario, ${scenario.length} lines<span class="unseen"> of ${property}</span></summary><ol class="plain">${scenario.map((line) => html`<li>${line}</li>`)}</ol></details>`}
<pre class="again">${again.join('\n')}</pre>
</article>`;
}

function runSection({ runs }: CampaignReport): Markup {
  const rows = tableOf(
    'What ran',
    [
      { head: 'ground', cell: ({ ground }) => ground },
      { head: 'way', isText: true, cell: ({ way }) => way },
      { head: 'scenarios', cell: ({ scenarios }) => scenarios },
      { head: 'steps', cell: ({ steps }) => steps },
      { head: 'seconds', cell: ({ seconds }) => seconds.toFixed(1) },
      { head: 'scenarios a second', cell: ({ scenarios, seconds }) => (seconds === 0 ? '–' : (scenarios / seconds).toFixed(1)) },
      { head: 'verdict', isText: true, cell: ({ verdict }) => verdict },
    ],
    runs,
  );
  return section('run', 'What ran', rows);
}

function courseSection({ courses, stretches, health, conflictRate }: CampaignReport): Markup | null {
  if (courses.length === 0) return null;
  const keys = stretches.map(({ ground, scenarios }, at) => {
    const [first = 0] = scenarios;
    const what = `${scenarios.length} stretches, up to ${numberText(first)} scenarios each`;
    return html`<li><svg viewBox="0 0 40 10" aria-hidden="true"><path class="line line-${at}" d="M0 5H40"/></svg> ${ground}: ${what}</li>`;
  });
  return section(
    'course',
    'Health over the course of the campaign',
    html`<p class="note">Measured by the backends themselves on virtual time, from the first stretch of scenarios to the last. Scenarios are drawn independently, each in a world of its own: stretches differ by chance, and a trend would mean that one scenario leaves something to the next.</p>
<ul class="keys">${keys}</ul>
<div class="charts">${courses.map(courseChart)}</div>
<h3>In the whole campaign</h3>
${healthTable(health)}
<p>Conflicts met for each thread compared: <strong>${numberText(conflictRate)}</strong></p>`,
  );
}

function healthTable(health: CampaignReport['health']): Markup {
  type Row = CampaignReport['health'][number];
  const column = (head: string, of: (row: Row) => number | null): Column<Row> => ({
    head,
    cell: (row) => `${numberText(of(row))}${of(row) === null ? '' : ` ${row.unit}`}`,
  });
  return tableOf(
    'Health in the whole campaign',
    [
      { head: 'measured', cell: ({ name }) => name },
      column('half, no more than', ({ p50 }) => p50),
      column('99 of 100', ({ p99 }) => p99),
      column('all', ({ max }) => max),
      { head: 'how many', cell: ({ count }) => (count === null ? 'over time' : count) },
    ],
    health,
  );
}

function convergenceSection(convergence: Convergence | null): Markup | null {
  if (convergence === null) return null;
  const { bins, p50, p99, max, agreed } = convergence;
  const says = `Half of ${numberText(agreed)} scenarios agree within ${numberText(p50)} steps, 99 of 100 within ${numberText(p99)}, the last after ${numberText(max)}.`;
  return section(
    'convergence',
    'Steps until all agree',
    html`<p class="note">From the moment at which nothing fails any more. The lines stand at half and at 99 of 100.</p>
${histogram(
  bins,
  [
    ['p50', p50],
    ['p99', p99],
  ],
  says,
)}`,
  );
}
