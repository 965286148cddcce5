/**
 * A campaign as one HTML file without network and without a script: the verdict first, then what ran, how it went over its course, and what
 * of everything was reached. The same report is the same text.
 */
import type {
  CampaignFailure,
  CampaignReport,
  CommandRow,
  Convergence,
  FaultRow,
  GateRow,
  StrategyRow,
} from './campaign-model.ts';
import { courseChart, histogram, numberText } from './charts.ts';
import { html, type Markup } from './html.ts';
import { htmlDocument } from './html-document.ts';

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

const list = (lines: readonly string[], kind: string): Markup | null =>
  lines.length === 0 ? null : html`<ul class="${kind}">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;

const sum = <T>(rows: readonly T[], of: (row: T) => number): number => rows.reduce((total, row) => total + of(row), 0);

function verdictSection(report: CampaignReport): Markup {
  const { failures } = report;
  const { kind, title, messages } = report.verdict;
  return html`<section id="verdict" class="${kind}" aria-labelledby="verdict-title">
<h2 id="verdict-title">${title}</h2>
${list(messages, 'messages')}
${failures.map(failureItem)}
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
  const reached = (of: readonly unknown[], those: readonly unknown[]): string => `${those.length} of ${of.length}`;
  const all = strategies.find((strategy) => strategy.scenarios === null);
  const lines: readonly (readonly [string, string])[] = [
    ['scenarios', numberText(scenarios)],
    ['steps', numberText(steps)],
    ['scenarios a second', seconds === 0 ? '–' : numberText(scenarios / seconds)],
    ...(marks.length === 0
      ? []
      : [
          [
            'marks reached',
            reached(
              marks,
              marks.filter(({ count }) => count > 0),
            ),
          ] as const,
        ]),
    [
      'shares reached',
      reached(
        gates,
        gates.filter(({ state }) => state === 'reached'),
      ),
    ],
    ...(all === undefined ? [] : [['steps of the small scope walked', `${all.steps[0]} of ${all.steps[1]}`] as const]),
  ];
  return html`<dl class="facts">${lines.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
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

interface Column<Row> {
  readonly head: string;
  /** Stands to the left. */
  readonly isText?: true;
  readonly cell: (row: Row) => string | number;
  /** From 0 to 1: shown as a bar behind the cell. */
  readonly share?: (row: Row) => number;
}

/** The first column names the row. Numbers stand to the right. */
function tableOf<Row>(name: string, columns: readonly Column<Row>[], rows: readonly Row[]): Markup {
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

const section = (id: string, title: string, content: Markup): Markup => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>`;

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

function strategySection(strategies: readonly StrategyRow[]): Markup | null {
  if (strategies.length === 0) return null;
  const most = Math.max(...strategies.map(({ scenarios }) => scenarios ?? 0), 1);
  const covered = (head: string, of: (row: StrategyRow) => readonly [number, number]): Column<StrategyRow> => ({
    head,
    cell: (row) => `${numberText(of(row)[0])} of ${numberText(of(row)[1])}`,
    share: (row) => (of(row)[1] === 0 ? 0 : of(row)[0] / of(row)[1]),
  });
  return section(
    'strategies',
    'Strategies, and how much of the small scope each has walked',
    tableOf(
      'Strategies',
      [
        { head: 'strategy', cell: ({ name }) => name },
        { head: 'scenarios', cell: ({ scenarios }) => scenarios ?? '', share: ({ scenarios }) => (scenarios ?? 0) / most },
        covered('states', ({ states }) => states),
        covered('steps', ({ steps }) => steps),
        covered('faults by place', ({ faults }) => faults),
      ],
      strategies,
    ),
  );
}

function marksSection({ marks }: CampaignReport): Markup | null {
  if (marks.length === 0) return null;
  const never = marks.filter(({ count }) => count === 0).map(({ name }) => name);
  const reached = marks.filter(({ count }) => count > 0);
  return section(
    'marks',
    'Marks of faults and races',
    html`<p><strong>${reached.length} of ${marks.length}</strong> were reached${never.length === 0 ? '.' : html`; never reached, <strong>${never.length}</strong>:`}</p>
${list(never, 'names')}
<details><summary>How often each was reached</summary>${tableOf(
      'Marks',
      [
        { head: 'mark', cell: ({ name }) => name },
        { head: 'times', cell: ({ count }) => count },
      ],
      marks,
    )}</details>`,
  );
}

const percent = (share: number): string => `${(100 * share).toPrecision(2)}%`;

function gatesSection(gates: readonly GateRow[]): Markup | null {
  if (gates.length === 0) return null;
  const of = (state: GateRow['state']): readonly GateRow[] => gates.filter((gate) => gate.state === state);
  const columns: readonly Column<GateRow>[] = [
    { head: 'gate', cell: ({ what }) => what },
    { head: 'seen', cell: ({ seen, of: all }) => `${numberText(seen)} of ${numberText(all)}` },
    { head: 'at least', cell: ({ atLeast }) => percent(atLeast) },
    { head: 'at most', cell: ({ atMost }) => percent(atMost) },
    { head: 'is', cell: ({ state }) => ({ reached: 'reached', open: 'too few to tell', tripped: 'VACUOUS' })[state] },
  ];
  const tripped = of('tripped');
  return section(
    'gates',
    'Does a green campaign show anything?',
    html`<p><strong>${of('reached').length} of ${gates.length}</strong> shares are as large as they must be, ${of('open').length} are of too few to tell, <strong>${tripped.length}</strong> are smaller than chance explains${tripped.length === 0 ? '.' : ':'}</p>
${tripped.length === 0 ? null : tableOf('Vacuous', columns, tripped)}
<details><summary>Every share that is asked for</summary>${tableOf('Shares', columns, gates)}</details>`,
  );
}

function commandTable(name: string, rows: readonly CommandRow[]): Markup {
  const most = Math.max(1, ...rows.map(({ drawn }) => drawn));
  return tableOf(
    name,
    [
      { head: 'command', cell: (row) => row.name },
      { head: 'drawn', cell: ({ drawn }) => drawn, share: ({ drawn }) => drawn / most },
      { head: 'ran', cell: ({ ran }) => ran, share: ({ drawn, ran }) => (drawn === 0 ? 0 : ran / drawn) },
      { head: 'refused', cell: ({ refused }) => refused, share: ({ refused, ran }) => (ran === 0 ? 0 : refused / ran) },
      { head: 'unsettled', cell: ({ unsettled }) => unsettled, share: ({ unsettled, ran }) => (ran === 0 ? 0 : unsettled / ran) },
    ],
    rows,
  );
}

function commandsSection({ commands, lockstepCommands }: CampaignReport): Markup | null {
  const tables = [
    ...(commands.length === 0
      ? []
      : [html`<div><h3>Everybody at once</h3>${commandTable('Commands with everybody at once', commands)}</div>`]),
    ...(lockstepCommands.length === 0
      ? []
      : [html`<div><h3>In lockstep</h3>${commandTable('Commands in lockstep', lockstepCommands)}</div>`]),
  ];
  if (tables.length === 0) return null;
  return section(
    'commands',
    'Commands',
    html`<p class="note">Bars: of the commonest, those that ran of those drawn, then those refused and left unsettled of those that ran.</p>
<div class="beside">${tables}</div>`,
  );
}

function faultsSection(faults: readonly FaultRow[]): Markup | null {
  if (faults.length === 0) return null;
  const most = Math.max(1, ...faults.map(({ planned }) => planned));
  return section(
    'faults',
    'Faults',
    html`<p class="note">Planned, then fired: the call it was placed at came, then effective: it changed what happened or what anybody was told.</p>
${tableOf(
  'Faults',
  [
    { head: 'fault', cell: ({ name }) => name },
    { head: 'planned', cell: ({ planned }) => planned, share: ({ planned }) => planned / most },
    { head: 'fired', cell: ({ fired }) => fired, share: ({ planned, fired }) => (planned === 0 ? 0 : fired / planned) },
    {
      head: 'effective',
      cell: ({ effective }) => effective,
      share: ({ fired, effective }) => (fired === 0 ? 0 : effective / fired),
    },
  ],
  faults,
)}`,
  );
}
