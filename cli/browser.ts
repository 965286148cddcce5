/** For tests: our pages in this machine's Chromium. What a page asks of the network, and what it complains of, is kept. */
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { headingLevels } from '#simulations/report/page/measures.js';
import { chromiumPath } from './chromium.ts';

const path = chromiumPath();

/** Why there is no Chromium; null where there is one. One that was named and is not there fails its tests: it was meant to be used. */
export const noChromium: string | null =
  path === null && process.env['CHROMIUM'] === undefined
    ? 'skipped: no Chromium on this machine (apt-get install chromium, or CHROMIUM=/path/to/it)'
    : null;

export interface OpenedPage {
  readonly page: Page;
  /** Errors and warnings of its console, and what its script threw. */
  readonly complaints: readonly string[];
  /** Addresses it asked for, but for its own. */
  readonly requests: readonly string[];
}

export interface Opener {
  /** @param file an HTML file */
  open(file: string, options?: BrowserContextOptions): Promise<OpenedPage>;
}

/** One browser for the tests of a suite, a fresh profile for each page. */
export function withChromium(): Opener {
  let browser: Browser;
  beforeAll(async () => {
    if (path === null) throw new RangeError(`CHROMIUM is ${process.env['CHROMIUM']}, where there is no program`);
    // Without its sandbox, which wants what containers seldom allow: it opens nothing but pages of ours.
    browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  return {
    open: async (file, options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1_440, height: 900 }, ...options });
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      const address = pathToFileURL(file).href;
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('request', (request) => {
        if (request.url() !== address) requests.push(request.url());
      });
      await page.goto(address);
      return { page, complaints, requests };
    },
  };
}

/** What a screen reader is told: a language, headings in order under one of the first level, and these lines. @returns all of it */
export async function expectTold(page: Page, lines: readonly string[]): Promise<string> {
  expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  const levels = await page.evaluate(headingLevels);
  expect(levels.filter((level) => level === 1)).toHaveLength(1);
  expect(levels.every((level, at) => level <= (levels[at - 1] ?? 0) + 1)).toBe(true);
  const told = await page.locator('body').ariaSnapshot();
  for (const line of lines) expect(told).toContain(line);
  return told;
}
