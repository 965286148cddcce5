/** The page as text: what stands in it, and what can never. How it behaves: `page.test.ts`. */
import { describe, expect, it } from 'vitest';
import { handMade } from './hand-made.ts';
import { html, jsonInScript, sourceInElement } from './html.ts';
import { renderPage } from './render-page.ts';
import type { Report } from './report-model.ts';

const page = renderPage(handMade);

const without = (text: string, tag: string): string => text.replace(new RegExp(`<${tag}[ >].*?</${tag}>`, 'gs'), '');
const body = (text: string): string => without(without(text, 'script'), 'style');

describe('[RP6] what stands in a scenario is text in the page', () => {
  const nasty = '</script><script>alert(1)</script><!-- "\'& \u2028';
  const infected = JSON.parse(
    JSON.stringify(handMade, (key, value: unknown) =>
      typeof value !== 'string' || ['kind', 'lane'].includes(key) ? value : `${value}${nasty}`,
    ),
  ) as Report;
  const text = renderPage({ ...infected, found: nasty, original: [nasty] });

  it('whatever it is: no element and no comment more', () => {
    const elements = (of: string): readonly string[] => of.match(/<\/?script|<!--/g) ?? [];
    expect(elements(text)).toEqual(['<script', '</script', '<script', '</script']);
    expect(text.match(/alert\(1\)/g)?.length).toBeGreaterThan(30);
    expect(body(text)).not.toMatch(/<(script|img|iframe|!--)/);
  });

  it('in data too, which is read back as it was', () => {
    const [, data = ''] = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(text) ?? [];
    const read = JSON.parse(data) as { rows: Report['rows'] };
    expect(read.rows).toEqual(infected.rows);
    expect(data).not.toMatch(/[<>\u2028]/);
  });

  it('in every hole of a template, but for what a template made', () => {
    expect(html`<a title="${'"><b>'}">${html`<i>${"'&"}</i>`}${null}${[html`<u>${1}</u>`]}</a>`.text).toBe(
      '<a title="&quot;&gt;&lt;b&gt;"><i>&#39;&amp;</i><u>1</u></a>',
    );
    expect(jsonInScript(['</script>', '\u2028']).text).toBe('["\\u003c/script\\u003e","\\u2028"]');
  });

  it('and a source file that would end its element is refused', () => {
    for (const source of ['"</script>"', '/* </STYLE> */', '<!--'])
      expect(() => sourceInElement(source), source).toThrow(RangeError);
  });
});

describe('[RP7] the page', () => {
  it('needs nothing else and may not ask for it', () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`);
    const code = page.replace(/\/\*\*.*?\*\//gs, '');
    expect(code).not.toMatch(/https?:|\b(src|srcset|data-src)=|@import|url\(|<link|import\(|^import /m);
    expect(body(page).match(/href="[^"]*"/g)).toEqual(['href="#steps"']);
  });

  it('has a language, landmarks, one title, and headings without a gap', () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    for (const tag of ['header', 'main', 'h1', 'title']) expect(page.match(new RegExp(`<${tag}>`, 'g')), tag).toHaveLength(1);
    const levels = [...body(page).matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
    expect(levels.every((level, index) => index === 0 || level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
    for (const [, label] of page.matchAll(/aria-labelledby="([^"]+)"/g)) expect(page).toContain(`id="${label}"`);
  });

  it('has a name for every control, a live region for the step, and each id once', () => {
    for (const [, name] of page.matchAll(/<button[^>]*>([^<]*)<\/button>/g)) expect(name).toMatch(/^[A-Z]/);
    for (const [, id] of page.matchAll(/<select id="([^"]+)"/g)) expect(page).toContain(`<label for="${id}">`);
    expect(page).toContain('<p id="current" role="status" aria-live="polite"></p>');
    const ids = [...body(page).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('is light or dark as its reader is, shows the focus, and has a form for narrow screens', () => {
    expect(page).toContain('@media (prefers-color-scheme: dark)');
    expect(page).toMatch(/:focus-visible \{\n {2}outline: 3px/);
    expect(page).toMatch(/@container \(max-width: .*\n.*\n.*\.lanes \{\n {4}display: none/);
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
  });

  it('has each step in words, and marks with words beside their symbols', () => {
    const items = page.split('<li class="step').slice(1);
    expect(items).toHaveLength(4);
    expect(items[1]).toContain('<span class="sentence">backend#0 asks Solana: submit (applied)</span>');
    expect(items[1]).toContain('<span aria-hidden="true">⚡</span> <span class="words">fault S3-answerLost after</span></li>');
    expect(items[1]).toContain(
      '<span aria-hidden="true">◆</span> <span class="words">Solana commits #0: thread#0 version 1</span></li>',
    );
    expect(items[2]).toContain('<span class="sentence">Solana answers backend#0: submit (unknown TimedOut)</span>');
    for (const lanes of page.match(/<span class="lanes"[^>]*>/g) ?? []) expect(lanes).toContain('aria-hidden="true"');
  });

  it('has each arrow between its lanes, an answer back', () => {
    expect(page).toContain('<span class="arrow call rightwards" style="grid-area: 1 / 5 / 1 / 7; --lanes: 2"></span>');
    expect(page).toContain('<span class="arrow answer leftwards" style="grid-area: 1 / 5 / 1 / 7; --lanes: 2"></span>');
    expect(page).toContain('<span class="cell" style="grid-area: 1 / 5">backend#0 store.sync</span>');
    expect(page).toMatch(/<span style="grid-column: 5">backends<\/span><span style="grid-column: 6">Solana<\/span>/);
  });
});

describe('[RP4] the verdict comes first', () => {
  it('with the rule and its text, what was observed, and where', () => {
    const [, verdict = ''] = /(<section id="verdict".*?<\/section>)/s.exec(page) ?? [];
    expect(verdict).toContain('<h2 id="verdict-title">Violation of OR5</h2>');
    expect(verdict).toContain('<strong>OR5</strong> Real time is respected.');
    expect(verdict).toContain('a strong read is old');
    expect(verdict).toMatch(/visible at step 9\. <button type="button" id="to-focus">/);
    expect(page.indexOf(verdict)).toBeLessThan(page.indexOf('<section id="run"'));
    expect(page).toContain('<title>Violation of OR5: or5-1.json</title>');
  });

  it('or that nothing is violated', () => {
    const verdict = { kind: 'none', property: '', message: 'No violation in 4 steps.', rule: null, focus: 0 } as const;
    const text = renderPage({ ...handMade, verdict, found: 'OR5 on memory: once' });
    expect(text).toContain('<h2 id="verdict-title">No violation</h2>');
    expect(text).toContain('the page begins with the first one');
    expect(text).toContain('when it was found: OR5 on memory: once');
    expect(body(text)).not.toContain('id="to-focus"');
  });
});

describe('[RP9] the original stands beside the minimum', () => {
  it('with what shrinking took away', () => {
    const original = ['2 wallets', '#0 wallet#0 posts "hi" in thread#0', '#4 wallet#1 reads'];
    const text = renderPage({ ...handMade, scenario: ['1 wallets', '#0 wallet#0 posts "" in thread#0'], original });
    const [, before = ''] = /<ol id="original"[^>]*>(.*?)<\/ol>/s.exec(text) ?? [];
    expect(before.match(/<li>/g)).toHaveLength(3);
    expect(before.match(/<em class="removed">taken away<\/em>/g)).toHaveLength(1);
    expect(before).toContain('#4 wallet#1 reads <em class="removed">');
    expect(text).toMatch(/<ol id="minimal" class="plain"><li>1 wallets<\/li><li>#0 /);
  });

  it('or that the file does not keep it', () => {
    expect(page).toContain('<p id="original">The file does not keep the scenario');
  });
});
