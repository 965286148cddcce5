/** A campaign's page as its reader meets it, in a real browser. */
import { beforeAll, describe, expect, it } from 'vitest';
import { handMadeCampaign } from '#simulations/report/hand-made-campaign.ts';
import { lowContrast, overlapping, smallTexts, stickingOut } from '#simulations/report/page/measures.js';
import { renderCampaign } from '#simulations/report/render-campaign.ts';
import { expectTold, noChromium, withChromium } from './browser.ts';
import { checkPage } from './campaign-page.ts';
import { runCampaign } from './concurrent.ts';
import { foundCanary } from './found-canary.ts';
import { scratch } from './scratch.ts';

const { written } = scratch();
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;

const openAll = '[...document.querySelectorAll("details")].forEach((each) => { each.open = true; })';

describe.skipIf(noChromium !== null)(`in Chromium${noChromium === null ? '' : ` (${noChromium})`}`, () => {
  const { open } = withChromium();
  let real: string;
  let violated: string;
  beforeAll(async () => {
    const campaign = await runCampaign({ ground: 'memory', runs: 20, seed: 8, jobs: 1 });
    const results = { seed: 8, grounds: [], campaigns: [campaign], corpus: [], canary: foundCanary };
    real = written('real.html', checkPage(results, 'npm run check -- --tier memory --only concurrent --seed 8'));
    violated = written('violated.html', renderCampaign(handMadeCampaign));
  });

  describe('[CP5] the page of a campaign', () => {
    it('opens without an error, without asking for anything, and runs no script', async () => {
      for (const file of [real, violated]) {
        const { page, complaints, requests } = await open(file);
        await page.locator('summary').first().click();
        expect({ complaints, requests, scripts: await page.locator('script').count() }).toEqual({
          complaints: [],
          requests: [],
          scripts: 0,
        });
      }
    });

    it.each(['light', 'dark'] as const)('is legible in %s: every text has a contrast of 4.5 and more', async (colorScheme) => {
      for (const file of [real, violated]) {
        const { page } = await open(file, { colorScheme });
        const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        expect(paper).toBe({ light: 'rgb(255, 255, 255)', dark: 'rgb(15, 18, 22)' }[colorScheme]);
        await page.evaluate(openAll);
        expect(await page.evaluate(lowContrast, 4.5)).toEqual([]);
      }
    });

    it.each(['light', 'dark'] as const)('has bars behind its numbers in %s that leave them legible', async (colorScheme) => {
      const { page } = await open(violated, { colorScheme });
      // A bar is a gradient, which is not measured: the page is, with every such cell as dark or as light as its bar.
      await page.addStyleTag({ content: '.share { background: var(--bar) !important; }' });
      expect(await page.evaluate(lowContrast, 4.5)).toEqual([]);
      expect(await page.locator('.share').count()).toBeGreaterThan(20);
    });

    it('fits a phone, where wide tables are moved under the names of their rows', async () => {
      for (const file of [real, violated]) {
        const { page } = await open(file, phone);
        await page.evaluate(openAll);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
        expect(await page.evaluate(stickingOut)).toEqual([]);
        expect(await page.evaluate(smallTexts, 14)).toEqual([]);
        const commands = page.getByRole('group', { name: 'Commands with everybody at once' });
        const name = commands.getByRole('rowheader', { name: 'submitSpec' });
        const before = await name.boundingBox();
        await commands.evaluate((region) => region.scrollBy(500, 0));
        expect((await name.boundingBox())?.x).toBe(before?.x);
        expect((await name.boundingBox())?.height).toBeLessThan(40);
      }
    });

    it('has no text over another, nor beside the page', async () => {
      const { page } = await open(real, { viewport: { width: 1_000, height: 800 } });
      await page.evaluate(openAll);
      expect(await page.evaluate(overlapping, { within: 'table', each: 'th, td' })).toEqual([]);
      expect(await page.evaluate(overlapping, { within: 'body', each: 'h2, h3, p, summary, dd, dt' })).toEqual([]);
      expect(await page.evaluate(stickingOut)).toEqual([]);
    });

    it('is told to whoever listens', async () => {
      const { page } = await open(violated);
      await expectTold(page, [
        '- banner:',
        '- main:',
        '- region "Violation of OR14":',
        '- heading "OR14 on litesvm" [level=3]',
        'img "Sync delay: memory 1 to 4 s; litesvm 3 s"',
        '- figure "Sync delay how late versions are":',
        'img "Steps until all agree: Half of 312 scenarios agree within 18 steps',
        '- group "Commands in lockstep":',
        '- columnheader "faults by place"',
        '- rowheader "hashPriority"',
      ]);
    });
  });

  describe('[CP3] the page of a campaign begins', () => {
    it('with its verdict, larger than anything else, and what is violated in the first view, on a phone too', async () => {
      for (const options of [{}, phone]) {
        const { page } = await open(violated, options);
        const boxes = await Promise.all(
          ['#verdict-title', '.failure .rule', '.failure .again'].map((each) => page.locator(each).boundingBox()),
        );
        const tops = boxes.map((box) => box?.y ?? 9_999);
        expect(tops.toSorted((a, b) => a - b)).toEqual(tops);
        expect((boxes[2]?.y ?? 9_999) + (boxes[2]?.height ?? 0)).toBeLessThan(844);
        const sizes: number[] = await page.evaluate(
          '[...document.querySelectorAll("body *:not(#verdict-title)")].map((each) => parseFloat(getComputedStyle(each).fontSize))',
        );
        const title: number = await page.evaluate(
          'parseFloat(getComputedStyle(document.getElementById("verdict-title")).fontSize)',
        );
        expect(Math.max(...sizes)).toBeLessThan(title);
      }
    });
  });

  describe('[CP4] a chart', () => {
    it('is drawn in its place: levels, bars and lines, distinct without their colour, and its table opens', async () => {
      const { page } = await open(violated);
      const plots = await page.locator('.plot svg').all();
      expect(plots).toHaveLength(3);
      for (const plot of plots) {
        const box = await plot.boundingBox();
        expect(box?.height).toBeGreaterThan(100);
        expect(box?.width).toBeGreaterThan(250);
      }
      const tall = await page
        .locator('rect')
        .evaluateAll((bars) => bars.map((bar) => Math.round(bar.getBoundingClientRect().height)));
      const most = Math.max(...tall);
      expect(tall.map((height) => Math.round((240 * height) / most / 10))).toEqual([1, 24, 0, 5, 1]);
      const dashes: string[] = await page.evaluate(
        '[...document.querySelectorAll(".keys path")].map((each) => getComputedStyle(each).strokeDasharray)',
      );
      expect(new Set(dashes).size).toBe(2);
      const first = page.locator('figure').first();
      expect(await first.locator('table').isVisible()).toBe(false);
      await first.locator('summary').focus();
      await page.keyboard.press('Enter');
      expect(await first.locator('table').isVisible()).toBe(true);
      expect(await first.locator('tbody tr').count()).toBe(4);
    });
  });
});
