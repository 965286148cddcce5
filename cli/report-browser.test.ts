/** A report's page as its reader meets it, in a real browser. What its script decides, without one: `simulations/report/`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { plainCommand } from '#properties/concurrent/scenario.ts';
import { printAny } from '#properties/corpus/corpus.ts';
import { ruleText } from '#properties/report/rule-text.ts';
import { handMade } from '#simulations/report/hand-made.ts';
import { lowContrast, overlapping, smallTexts, stickingOut } from '#simulations/report/page/measures.js';
import { renderPage } from '#simulations/report/render-page.ts';
import type { Report } from '#simulations/report/report-model.ts';
import { ConcurrentWorld } from '#simulations/world/concurrent/concurrent-world.ts';
import { expectTold, noChromium, withChromium } from './browser.ts';
import { regressionsDirectory } from './paths.ts';
import { printed } from './printed.ts';
import { report } from './report.ts';
import { scratch } from './scratch.ts';

const { directory, written } = scratch();
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;

/** Two people, two threads, a lost answer and a crash; as if it had been shrunk from more. */
const scenario = printAny({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 2, backends: 2, balance: 100_000n, skewMs: [], roundMs: 4_000 },
  strategy: { kind: 'segments', segments: [] },
  commands: [
    {
      ...plainCommand(0, 'wallet#0', { kind: 'createThread', thread: 'thread#0' }),
      faults: [{ at: 1, position: 'after', fault: { kind: 'S3-answerLost', as: 'reset' } }],
    },
    plainCommand(1, 'wallet#1', { kind: 'createThread', thread: 'thread#1' }),
    plainCommand(7, 'world#0', { kind: 'crash', backend: 'backend#1', downMs: 100 }),
  ],
  found: {
    ...{ property: 'OR21', ledger: 'memory', seed: 5, message: 'still to do at the end' },
    original: ['2 wallets', '#0 wallet#0 creates thread#0', '#1 wallet#1 creates thread#1', '#3 wallet#1 posts "hi" in thread#0'],
  },
});

/** The page of a file, written by the command itself. */
async function pageOf(file: string, name: string, code: number): Promise<string> {
  const out = join(directory, name);
  const { value } = await printed(() => report(file, { tier: 'memory', out }));
  expect(value).toBe(code);
  return out;
}

/** A world that is never mended: the run ends in a violation. */
async function violated(): Promise<string> {
  const unmended = vi.spyOn(ConcurrentWorld.prototype, 'fairRound').mockResolvedValue();
  try {
    return await pageOf(written('or21-browser.json', scenario), 'violated.html', 1);
  } finally {
    unmended.mockRestore();
  }
}

const held = (): Promise<string> => pageOf(join(regressionsDirectory, 'or14-754ac09f.json'), 'held.html', 0);

/** What the page was given to show, read off the file. */
function dataIn(file: string): Pick<Report, 'rows' | 'steps'> & { readonly focus: number } {
  const [, data = ''] = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(readFileSync(file, 'utf8')) ?? [];
  return JSON.parse(data) as ReturnType<typeof dataIn>;
}

/** What everybody shows after a step, as lines `authority | label | value`, added up here and not by the page. */
function valuesAfter({ rows, steps }: Pick<Report, 'rows' | 'steps'>, index: number): readonly string[] {
  const values = new Map<number, string | null>();
  for (const { changes } of steps.slice(0, index + 1)) for (const { row, after } of changes) values.set(row, after);
  return rows.flatMap(({ authority, thread, label }, row) => {
    const value = values.get(row) ?? null;
    return value === null ? [] : [`${authority} | ${thread === null ? label : `${thread} ${label}`} | ${value}`];
  });
}

/** The same, as it is to be seen. What a step takes away is shown once more, as nothing. */
const shownValues = (page: Page): Promise<string[]> =>
  page.locator('#state table').evaluateAll((tables) =>
    tables.flatMap((table) => {
      const lines = [...table.querySelectorAll('tr')];
      return lines.map((line) => {
        const value = line.querySelector('mark') ?? line.querySelector('td');
        return [table.querySelector('caption'), line.querySelector('th'), value].map((each) => each?.textContent).join(' | ');
      });
    }),
  );

const currentIndex = async (page: Page): Promise<number> =>
  Number(await page.locator('#steps [aria-current="step"]').getAttribute('data-index'));

const shownSteps = (page: Page): Promise<number[]> =>
  page.locator('#steps > li:visible').evaluateAll((items) => items.map((item) => Number(item.getAttribute('data-index'))));

describe.skipIf(noChromium !== null)(`in Chromium${noChromium === null ? '' : ` (${noChromium})`}`, () => {
  const { open } = withChromium();
  let bad: string;
  let good: string;
  beforeAll(async () => {
    bad = await violated();
    good = await held();
  });

  describe('[RP7] a report', () => {
    it('opens without an error and without asking for anything', async () => {
      for (const file of [bad, good]) {
        const { page, complaints, requests } = await open(file);
        await page.keyboard.press('j');
        await page.selectOption('#by-thread', 'thread#0');
        expect({ complaints, requests }).toEqual({ complaints: [], requests: [] });
        expect(await page.locator('#steps > li').count()).toBeGreaterThan(40);
      }
    });

    it('may not reach the network, though a script of its own would', async () => {
      const { page, requests } = await open(bad);
      const answer = await page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', ({ name }) => name)");
      expect([answer, requests]).toEqual(['TypeError', []]);
    });

    it.each(['light', 'dark'] as const)('is legible in %s: every text has a contrast of 4.5 and more', async (colorScheme) => {
      const { page } = await open(bad, { colorScheme });
      const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(paper).toBe({ light: 'rgb(255, 255, 255)', dark: 'rgb(15, 18, 22)' }[colorScheme]);
      await page.locator('.keys').evaluate((keys) => keys.setAttribute('open', ''));
      for (const key of ['Home', 'j', 'j', 'j', 'j', 'j', 'End']) {
        await page.keyboard.press(key);
        expect(await page.evaluate(lowContrast, 4.5), key).toEqual([]);
      }
      expect((await page.evaluate(lowContrast, 21.1)).length).toBeGreaterThan(200);
    });

    it('fits a phone: nothing sticks out, texts of 14 pixels and more, sentences in place of lanes, buttons at the thumb', async () => {
      const { page } = await open(bad, phone);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      expect(await page.evaluate(stickingOut)).toEqual([]);
      expect(await page.evaluate(smallTexts, 14)).toEqual([]);
      expect(await page.locator('#steps .cell:visible, #steps .arrow:visible').count()).toBe(0);
      const sentence = await page.locator('[aria-current] .sentence').boundingBox();
      expect(sentence?.width).toBeGreaterThan(250);
      for (const button of await page.locator('.buttons button').all()) {
        const box = await button.boundingBox();
        expect(box?.height).toBeGreaterThanOrEqual(44);
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(844);
      }
      await page.getByRole('button', { name: 'Previous' }).tap();
      expect(await currentIndex(page)).toBe(dataIn(bad).focus - 1);
    });

    it.each([1_000, 1_440])('%i pixels wide, has no text over another, nor beside the page', async (width) => {
      for (const file of [bad, good]) {
        const { page } = await open(file, { viewport: { width, height: 900 } });
        expect(await page.locator('.lanes .cell:visible').count()).toBeGreaterThan(50);
        expect(await page.evaluate(overlapping, { within: '.step', each: '.cell, .number, .ms, .task, .mark' })).toEqual([]);
        expect(await page.evaluate(overlapping, { within: '.bar', each: 'h2, button, label, summary' })).toEqual([]);
        expect(await page.evaluate(stickingOut)).toEqual([]);
        expect(await page.evaluate(smallTexts, 13.9)).toEqual([]);
      }
    });

    it('has arrows from lane to lane: each begins and ends in the middle of one', async () => {
      const { page } = await open(bad);
      const middles = await page.locator('.lane-heads > span').evaluateAll((heads) =>
        heads
          .slice(2, 8)
          .map((head) => head.getBoundingClientRect())
          .map(({ left, width }) => left + width / 2),
      );
      const ends = await page
        .locator('.arrow')
        .evaluateAll((arrows) =>
          arrows.map((arrow) => arrow.getBoundingClientRect()).flatMap(({ left, right }) => [left, right]),
        );
      expect(middles).toHaveLength(6);
      expect(ends.length).toBeGreaterThan(60);
      expect(ends.filter((end) => middles.every((middle) => Math.abs(middle - end) > 2))).toEqual([]);
    });

    it('is told to whoever listens', async () => {
      const { page } = await open(bad);
      const told = await expectTold(page, [
        '- banner:',
        '- main:',
        '- heading "or21-browser.json" [level=1]',
        '- region "Violation of OR21":',
        '- heading "Violation of OR21" [level=2]',
        '- region "Step by step":',
        '- group "Stepping":',
        '- combobox "Thread":',
        '- combobox "Actor":',
        '- status: "Step ',
        '- list "Steps":',
        '- region "State at this step":',
        '- table "Solana":',
        '- rowheader "thread#0 version"',
        '- columnheader "thread#1"',
        '- region "Scenario":',
      ]);
      // The lanes say nothing that the sentences do not: nobody hears them.
      expect(told).toMatch(/- listitem: "34 0 ms #0 wallet#0 Solana answers backend#0: submit \(unknown ConnectionLost\)"/);
      expect(told).not.toContain('submit = unknown ConnectionLost');
    });

    it('shows where the keyboard is, from the first stop to the last', async () => {
      const { page } = await open(bad);
      await page.keyboard.press('Shift+Tab');
      await page.locator('.skip').focus();
      const stops: string[] = [];
      for (let stop = 0; stop < 12; stop += 1) {
        const at = page.locator(':focus-visible');
        const { name, outline, isSeen } = await at.evaluate((element) => {
          const view = element.ownerDocument.defaultView as unknown as {
            readonly getComputedStyle: (of: unknown) => { readonly outlineStyle: string; readonly outlineWidth: string };
          };
          const { outlineStyle, outlineWidth } = view.getComputedStyle(element);
          return {
            name: element.id || element.tagName,
            outline: `${outlineStyle} ${outlineWidth}`,
            isSeen: element.getBoundingClientRect().right > 0,
          };
        });
        expect({ name, outline, isSeen }).toEqual({ name, outline: expect.stringMatching(/^solid [23]px$/), isSeen: true });
        stops.push(name);
        await page.keyboard.press('Tab');
      }
      expect(stops).toEqual(
        expect.arrayContaining([
          'A',
          'to-focus',
          'first',
          'previous',
          'next',
          'last',
          'by-thread',
          'by-actor',
          'SUMMARY',
          'steps',
        ]),
      );
    });
  });

  describe('[RP4] a report begins', () => {
    it('at the violated step, in sight, and its rule is what one sees first', async () => {
      const { page } = await open(bad);
      const { focus } = dataIn(bad);
      expect(await currentIndex(page)).toBe(focus);
      const current = page.locator('[aria-current="step"]');
      expect(await current.locator('.words').allTextContents()).toContain('VIOLATION of OR21 becomes visible');
      const [title, rule, step] = await Promise.all(
        [page.locator('#verdict-title'), page.locator('#rule'), current].map((each) => each.boundingBox()),
      );
      expect((step?.y ?? 900) + (step?.height ?? 0)).toBeLessThan(900);
      expect((rule?.y ?? 900) + (rule?.height ?? 0)).toBeLessThan(200);
      expect(title?.y).toBeLessThan(rule?.y ?? 0);
      expect(await page.locator('#rule').textContent()).toBe(`OR21 ${ruleText('OR21')?.text}`);
      const sizes = await page
        .locator('body *:visible')
        .evaluateAll((all) =>
          all.map(
            (each) =>
              [
                Number.parseFloat(
                  (each as unknown as { computedStyleMap: () => Map<string, unknown> })
                    .computedStyleMap()
                    .get('font-size') as string,
                ),
                each.id,
              ] as const,
          ),
        );
      const [[, largest] = []] = [...sizes].sort(([a], [b]) => b - a);
      expect(largest).toBe('verdict-title');
    });

    it('at the start where nothing is violated, and says so', async () => {
      const { page } = await open(good);
      expect(await currentIndex(page)).toBe(0);
      expect(await page.locator('#verdict-title').textContent()).toBe('No violation');
      expect(await page.locator('#to-focus').count()).toBe(0);
      expect(await page.locator('.has-violation').count()).toBe(0);
    });
  });

  describe('[RP5] a report is stepped through', () => {
    it('by keys; the step, what everybody shows and what is marked as changed follow', async () => {
      const { page } = await open(bad);
      const data = dataIn(bad);
      const last = data.steps.length - 1;
      let expected = data.focus;
      let marked = 0;
      const moves = { ArrowLeft: -1, ArrowUp: -1, k: -1, ArrowRight: 1, ArrowDown: 1, j: 1, Home: -last, End: last } as const;
      const keys = [
        'Home',
        ...Array.from({ length: 7 }, () => ['j', 'ArrowDown', 'ArrowRight'] as const).flat(),
        'k',
        'ArrowUp',
        'ArrowLeft',
        'End',
      ] as const;
      for (const key of keys) {
        await page.keyboard.press(key);
        expected = Math.min(last, Math.max(0, expected + moves[key]));
        expect(await currentIndex(page), key).toBe(expected);
        const step = data.steps[expected] ?? expect.unreachable();
        expect(await page.getByRole('status').textContent()).toContain(
          `Step ${step.step} at ${step.atMs} ms, ${expected + 1} of`,
        );
        const gone = (await shownValues(page)).filter((line) => !line.endsWith(' | nothing'));
        expect(gone.sort()).toEqual([...valuesAfter(data, expected)].sort());
        const changes = expected === 0 ? 0 : step.changes.length;
        expect([await page.locator('#state .changed').count(), await page.locator('#state mark').count()]).toEqual([
          changes,
          changes,
        ]);
        marked += changes;
        const box = await page.locator('[aria-current="step"]').boundingBox();
        const list = await page.locator('#steps').boundingBox();
        expect(box?.y).toBeGreaterThanOrEqual((list?.y ?? 0) - 1);
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual((list?.y ?? 0) + (list?.height ?? 0) + 1);
      }
      expect(marked).toBeGreaterThan(3);
    });

    it('among what a filter shows, and back to the violation', async () => {
      const { page } = await open(bad);
      const { steps, focus } = dataIn(bad);
      const kept = (holds: (step: Report['steps'][number]) => boolean): readonly number[] =>
        steps.flatMap((step, index) => (index === 0 || holds(step) ? [index] : []));
      for (const thread of ['thread#0', 'thread#1']) {
        await page.selectOption('#by-thread', thread);
        const shown = await shownSteps(page);
        expect(shown).toEqual(kept(({ threads }) => threads.length === 0 || threads.includes(thread)));
        expect(shown.length).toBeLessThan(steps.length);
      }
      await page.selectOption('#by-thread', '');
      for (const actor of ['wallet#0', 'Qdrant']) {
        await page.selectOption('#by-actor', actor);
        expect(await shownSteps(page)).toEqual(kept(({ actors }) => actors.includes(actor)));
      }
      await page.locator('#steps').focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('j');
      expect(await currentIndex(page)).toBe((await shownSteps(page))[1]);
      await page.locator('#to-focus').click();
      expect([await currentIndex(page), (await shownSteps(page)).length]).toEqual([focus, steps.length]);
    });

    it('through thousands of steps as fast as one presses', async () => {
      const steps = Array.from({ length: 3_000 }, (_, index) => ({
        ...(handMade.steps[index % 4] ?? expect.unreachable()),
        step: index,
      }));
      const file = join(directory, 'long.html');
      writeFileSync(file, renderPage({ ...handMade, steps, verdict: { ...handMade.verdict, focus: 1_500 } }));
      const { page } = await open(file);
      expect(await currentIndex(page)).toBe(1_500);
      const tookMs: number = await page.evaluate(`{
        const began = performance.now();
        const list = document.getElementById('steps');
        for (let press = 0; press < 20; press += 1) {
          list.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }));
          list.getBoundingClientRect();
        }
        (performance.now() - began) / 20;
      }`);
      expect(await currentIndex(page)).toBe(1_520);
      expect(tookMs).toBeLessThan(100);
    });
  });

  describe('[RP9] a report', () => {
    it('has the scenario as it was run and as it was before beside each other, and says what was taken away', async () => {
      const { page } = await open(bad);
      const [run, before] = await Promise.all(['#minimal', '#original'].map((id) => page.locator(id).boundingBox()));
      expect(run?.y).toBe(before?.y);
      expect((run?.x ?? 0) + (run?.width ?? 0)).toBeLessThan(before?.x ?? 0);
      const removed = page.locator('#original li', { hasText: 'taken away' });
      expect(await removed.allTextContents()).toEqual(['#3 wallet#1 posts "hi" in thread#0 taken away']);
      expect(await page.locator('#minimal li').allTextContents()).toContain('#1 wallet#1 creates thread#1');
    });
  });
});
