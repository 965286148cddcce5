/** A campaign's page as text. That a browser shows it: `cli/campaign-browser.test.ts`. */
import { describe, expect, it } from 'vitest';
import type { CampaignReport } from './campaign-model.ts';
import { courseChart, histogram, numberText } from './charts.ts';
import { handMadeCampaign } from './hand-made-campaign.ts';
import { renderCampaign } from './render-campaign.ts';

const page = renderCampaign(handMadeCampaign);

/** The part of a page from an element with an id to its section's end. */
const sectionIn = (text: string, id: string): string =>
  new RegExp(`<section id="${id}".*?</section>`, 's').exec(text)?.[0] ?? expect.unreachable(`no #${id}`);

const quiet: CampaignReport = {
  ...handMadeCampaign,
  verdict: { kind: 'none', title: 'No violation', messages: [] },
  failures: [],
};

describe('[CP3] the verdict comes first', () => {
  it('with each violation, its rule and the commands that show it', () => {
    const verdict = sectionIn(page, 'verdict');
    expect(verdict).toContain('<h2 id="verdict-title">Violation of OR14</h2>');
    expect(verdict).toContain('<h3>OR14 on litesvm</h3>');
    expect(verdict).toContain('<p class="rule">No pending content is left.</p>');
    expect(verdict).toContain(
      '\nreport npm run report -- or14.json --ledger litesvm\nreplay npm run replay -- or14.json --ledger litesvm</pre>',
    );
    expect(verdict).toContain('1 scenarios without a verdict');
    expect(page.indexOf(verdict)).toBeLessThan(page.indexOf('<section id="run"'));
    expect(page).toContain('<title>Violation of OR14: npm run check -- --seed 8</title>');
  });

  it('with the rule by its own name where the property has another, and without one where nobody knows any', () => {
    const [failure = expect.unreachable()] = handMadeCampaign.failures;
    const named = (property: string, rule: typeof failure.rule): string =>
      sectionIn(
        renderCampaign({ ...handMadeCampaign, failures: [{ ...failure, property, rule, on: null, scenario: [] }] }),
        'verdict',
      );
    expect(named('design', { id: 'DC2', text: 'As designed.' })).toMatch(
      /<h3>design, a regression<\/h3>\n<p class="rule"><strong>DC2<\/strong> As designed\.<\/p>/,
    );
    expect(named('OR99', null)).toMatch(/<h3>OR99, a regression<\/h3>\n\n<pre>/);
    expect(named('OR99', null)).not.toContain('<details>');
  });

  it('or that nothing is violated', () => {
    const verdict = sectionIn(renderCampaign(quiet), 'verdict');
    expect(verdict).toMatch(/^<section id="verdict" class="none".*\n<h2 id="verdict-title">No violation<\/h2>\n\s*<\/section>$/);
  });

  it('and the campaign in a few numbers', () => {
    const [facts = ''] = /<dl class="facts">.*?<\/dl>/s.exec(page) ?? [];
    expect([...facts.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, value]) => `${name}: ${value}`)).toEqual([
      ...['scenarios: 375', 'steps: 85,623', 'scenarios a second: 7.89', 'marks reached: 2 of 3', 'shares reached: 1 of 3'],
      'steps of the small scope walked: 171 of 843',
    ]);
  });
});

describe('[CP1] the page of a campaign shows', () => {
  const cells = (id: string): readonly string[] =>
    [...sectionIn(page, id).matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, line = '']) =>
      [...line.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell).join(' | '),
    );

  it('what ran, strategies, commands and faults as tables', () => {
    expect(cells('run')).toContain('memory | everybody at once | 300 | 74,216 | 30.0 | 10.0 | undecided');
    expect(cells('strategies')).toContain('pct | 148 | 106 of 216 | 136 of 843 | 29 of 430');
    expect(cells('strategies').at(-1)).toBe('all together |  | 124 of 216 | 171 of 843 | 36 of 430');
    expect(cells('commands')).toEqual(expect.arrayContaining(['post | 311 | 307 | 82 | 6', 'divest | 57 | 44 | 35 | 1']));
    expect(cells('faults')).toContain('Q9-lost after | 34 | 6 | 5');
    expect(sectionIn(page, 'faults')).toContain('style="--share: 18%">6</td>');
  });

  it('which marks were never reached, and of which shares a green campaign shows nothing', () => {
    expect(sectionIn(page, 'marks')).toMatch(/<strong>2 of 3<\/strong> were reached; never reached, <strong>1<\/strong>:/);
    expect(sectionIn(page, 'marks')).toContain('<ul class="names"><li>Q7 payload raced vector</li></ul>');
    expect(cells('gates')[1]).toBe('OR6: had something to compare, of all scenarios | 0 of 315 | 2% | 1.9% | VACUOUS');
    expect(cells('gates')).toContain(
      'Q7 payload raced vector: reached, of all scenarios | 0 of 315 | 0.05% | 3% | too few to tell',
    );
  });

  it('the health of the whole, and of nothing measured that it was not', () => {
    expect(cells('course')).toEqual(
      expect.arrayContaining([
        ...['sync delay | 0 s | 2.4 s | 64.6 s | 1,513', 'resolution time of HashMismatch | – | – | – | 0'],
        'state drift | 0 threads | 0 threads | 1 threads | over time',
      ]),
    );
  });

  it('nothing of what did not run', () => {
    const nothing = renderCampaign({
      ...quiet,
      ...{ marks: [], strategies: [], convergence: null, commands: [], lockstepCommands: [], faults: [], gates: [] },
      ...{ health: [], courses: [], stretches: [] },
    });
    expect([...nothing.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id)).toEqual(['verdict', 'run']);
  });
});

describe('[CP4] a chart', () => {
  it('of a course has a level for each stretch, a gap where nothing was measured, and a line for each ground', () => {
    const [course = expect.unreachable()] = handMadeCampaign.courses;
    const { text } = courseChart(course);
    expect([...text.matchAll(/<path class="(line line-\d)" d="([^"]*)"/g)].map(([, name, path]) => `${name}: ${path}`)).toEqual([
      'line line-0: M0 100H250V0H500M750 150H1000',
      'line line-1: M500 50H1000',
    ]);
    expect(text).toContain('role="img" aria-label="Sync delay: memory 1 to 4 s; litesvm 3 s"');
    expect(text).toContain('<tr><th scope="row">2</th><td>4</td><td>3</td></tr>');
    expect(text).toContain('<tr><th scope="row">3</th><td>–</td><td>–</td></tr>');
  });

  it('of nothing but 0, or of nothing, is drawn all the same', () => {
    const { text } = courseChart(handMadeCampaign.courses[1] ?? expect.unreachable());
    expect(text).toContain('d="M0 200H250V200H500V200H750V200H1000"');
    expect(text).toContain('aria-label="Conflict rate: memory 0; litesvm nothing measured"');
    expect(text).not.toMatch(/NaN|Infinity/);
    expect(courseChart({ name: 'a', unit: '', meaning: '', series: [] }).text).not.toMatch(/NaN|Infinity/);
  });

  it('of steps until all agree has a bar for each bin, as tall as it counts, and lines at half and at 99 of 100', () => {
    const { text } = histogram(handMadeCampaign.convergence?.bins ?? [], [['p50', 18]], 'Half agree.');
    const bars = [...text.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)];
    expect(bars.map(([, , , , height]) => Number(height))).toEqual([10, 200, 0, 41.67, 8.33]);
    expect(text).toContain('<line class="p50" x1="370" x2="370" y1="0" y2="200"/>');
    expect(text).toContain('aria-label="Steps until all agree: Half agree."');
    expect(text).toContain('<tr><th scope="row">10 to 19</th><td>240</td></tr>');
    expect(text).not.toContain('20 to 29');
  });

  it('and its numbers are told as people read them', () => {
    expect([12_345, 0.071_234, 64.6, 0, null].map(numberText)).toEqual(['12,345', '0.0712', '64.6', '0', '–']);
  });
});

describe('[CP6] what stands in a campaign is text in its page', () => {
  it('whatever it is', () => {
    const nasty = '</style><script>alert(1)</script><img src=x onerror=alert(1)>"\'&';
    const infected = JSON.parse(
      JSON.stringify(handMadeCampaign, (key, value: unknown) =>
        typeof value !== 'string' || ['kind', 'state', 'way'].includes(key) ? value : `${value}${nasty}`,
      ),
    ) as CampaignReport;
    const text = renderCampaign(infected);
    expect(text.match(/alert\(1\)/g)?.length).toBeGreaterThan(50);
    expect(text).not.toMatch(/<(script|img)/);
    expect(text.match(/<\/?style>/g)).toEqual(['<style>', '</style>']);
    expect(text).not.toMatch(/="[^"]*<img/);
  });
});

describe('[CP5] the page of a campaign', () => {
  it('runs no script, and may load nothing', () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|https?:|\b(src|srcset)=|@import|url\(|<link/);
  });

  it('is the same text for the same report', () => {
    expect(renderCampaign(JSON.parse(JSON.stringify(handMadeCampaign)) as CampaignReport)).toBe(page);
  });
});
