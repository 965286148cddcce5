/** What of everything a campaign has reached: strategies and the small scope, marks, gates, commands, faults. Nothing of what did not run. */
import type { CampaignReport, CommandRow, FaultRow, GateRow, StrategyRow } from './campaign-model.ts';
import { numberText } from './charts.ts';
import { html, type Markup } from './html.ts';
import { type Column, listOf, section, tableOf } from './page-parts.ts';

/** 0 of 0 is 0. */
const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

export function strategySection(strategies: readonly StrategyRow[]): Markup | null {
  if (strategies.length === 0) return null;
  const most = Math.max(...strategies.map(({ scenarios }) => scenarios ?? 0), 1);
  const covered = (head: string, of: (row: StrategyRow) => readonly [number, number]): Column<StrategyRow> => ({
    head,
    cell: (row) => `${numberText(of(row)[0])} of ${numberText(of(row)[1])}`,
    share: (row) => shareOf(...of(row)),
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

export function marksSection({ marks }: CampaignReport): Markup | null {
  if (marks.length === 0) return null;
  const never = marks.filter(({ count }) => count === 0).map(({ name }) => name);
  const reached = marks.filter(({ count }) => count > 0);
  return section(
    'marks',
    'Marks of faults and races',
    html`<p><strong>${reached.length} of ${marks.length}</strong> were reached${never.length === 0 ? '.' : html`; never reached, <strong>${never.length}</strong>:`}</p>
${listOf(never, 'names')}
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

/** To two digits. */
const percent = (share: number): string => `${Number((100 * share).toPrecision(2))}%`;

export function gatesSection(gates: readonly GateRow[]): Markup | null {
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
      { head: 'ran', cell: ({ ran }) => ran, share: ({ drawn, ran }) => shareOf(ran, drawn) },
      { head: 'refused', cell: ({ refused }) => refused, share: ({ refused, ran }) => shareOf(refused, ran) },
      { head: 'unsettled', cell: ({ unsettled }) => unsettled, share: ({ unsettled, ran }) => shareOf(unsettled, ran) },
    ],
    rows,
  );
}

export function commandsSection({ commands, lockstepCommands }: CampaignReport): Markup | null {
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

export function faultsSection(faults: readonly FaultRow[]): Markup | null {
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
    { head: 'fired', cell: ({ fired }) => fired, share: ({ planned, fired }) => shareOf(fired, planned) },
    {
      head: 'effective',
      cell: ({ effective }) => effective,
      share: ({ fired, effective }) => shareOf(effective, fired),
    },
  ],
  faults,
)}`,
  );
}
