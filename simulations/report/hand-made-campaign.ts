/** For tests: a campaign of few numbers, in which everything happens that its page shows once. */
import type { CampaignReport } from './campaign-model.ts';

export const handMadeCampaign: CampaignReport = {
  ...{ command: 'npm run check -- --seed 8', seed: 8, conflictRate: 0.154 },
  verdict: {
    kind: 'violation',
    title: 'Violation of OR14',
    messages: ['1 scenarios without a verdict: an oracle could not decide'],
  },
  failures: [
    {
      ...{ property: 'OR14', on: 'litesvm', message: 'thread#0 is still pending' },
      rule: { id: 'OR14', text: 'No pending content is left.' },
      scenario: ['2 wallets', '#0 wallet#0 creates thread#0'],
      again: [
        'saved  or14.json',
        'report npm run report -- or14.json --ledger litesvm',
        'replay npm run replay -- or14.json --ledger litesvm',
      ],
    },
  ],
  runs: [
    { ground: 'memory', way: 'in lockstep', scenarios: 60, steps: 9_407, seconds: 12.5, verdict: 'no violation' },
    { ground: 'memory', way: 'everybody at once', scenarios: 300, steps: 74_216, seconds: 30, verdict: 'undecided' },
    { ground: 'litesvm', way: 'everybody at once', scenarios: 15, steps: 2_000, seconds: 5, verdict: 'violation' },
  ],
  marks: [
    { name: 'S1-dropped before', count: 4 },
    { name: 'Q7 payload raced vector', count: 0 },
    { name: 'F3 push overtaken', count: 1 },
  ],
  strategies: [
    { name: 'pct', scenarios: 148, states: [106, 216], steps: [136, 843], faults: [29, 430] },
    { name: 'hashPriority', scenarios: 167, states: [87, 216], steps: [108, 843], faults: [15, 430] },
    { name: 'all together', scenarios: null, states: [124, 216], steps: [171, 843], faults: [36, 430] },
  ],
  convergence: {
    ...{ p50: 18, p99: 44, max: 46, agreed: 312 },
    bins: [
      { from: 0, to: 9, count: 12 },
      { from: 10, to: 19, count: 240 },
      { from: 20, to: 29, count: 0 },
      { from: 30, to: 39, count: 50 },
      { from: 40, to: 49, count: 10 },
    ],
  },
  commands: [
    { name: 'post', drawn: 311, ran: 307, refused: 82, unsettled: 6 },
    { name: 'submitSpec', drawn: 389, ran: 384, refused: 122, unsettled: 17 },
  ],
  lockstepCommands: [{ name: 'divest', drawn: 57, ran: 44, refused: 35, unsettled: 1 }],
  faults: [{ name: 'Q9-lost after', planned: 34, fired: 6, effective: 5 }],
  gates: [
    { what: 'post: ran, of those drawn', seen: 307, of: 311, atLeast: 0.1, atMost: 1, state: 'reached' },
    {
      what: 'Q7 payload raced vector: reached, of all scenarios',
      seen: 0,
      of: 315,
      atLeast: 0.0005,
      atMost: 0.03,
      state: 'open',
    },
    { what: 'OR6: had something to compare, of all scenarios', seen: 0, of: 315, atLeast: 0.02, atMost: 0.019, state: 'tripped' },
  ],
  health: [
    { name: 'sync delay', unit: 's', p50: 0, p99: 2.4, max: 64.6, count: 1_513 },
    { name: 'resolution time of HashMismatch', unit: 's', p50: null, p99: null, max: null, count: 0 },
    { name: 'state drift', unit: 'threads', p50: 0, p99: 0, max: 1, count: null },
  ],
  courses: [
    {
      ...{ name: 'Sync delay', unit: 's', meaning: 'how late versions are' },
      series: [
        { ground: 'memory', values: [2, 4, null, 1] },
        { ground: 'litesvm', values: [null, 3] },
      ],
    },
    {
      ...{ name: 'Conflict rate', unit: '', meaning: 'conflicts met' },
      series: [
        { ground: 'memory', values: [0, 0, 0, 0] },
        { ground: 'litesvm', values: [null, null] },
      ],
    },
  ],
  stretches: [
    { ground: 'memory', scenarios: [100, 100, 99, 1] },
    { ground: 'litesvm', scenarios: [8, 7] },
  ],
};
