/**
 * The page's own script, run on a small document: where it begins, where keys, buttons and filters lead, and what it says. Not shown here:
 * that a browser lays it out, and moves its focus, as the page wants.
 */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { handMade } from './hand-made.ts';
import { renderPage } from './render-page.ts';
import type { Report } from './report-model.ts';
import { SmallDocument, SmallElement, SmallSelect } from './small-document.ts';

class Opened {
  readonly document: SmallDocument;

  constructor(report: Report) {
    const page = renderPage(report);
    this.document = new SmallDocument(page);
    const [, script = ''] = /<script type="module">(.*?)<\/script>/s.exec(page) ?? [];
    const known = { document: this.document, Element: SmallElement, HTMLElement: SmallElement, HTMLSelectElement: SmallSelect };
    runInNewContext(script.replace(/^export /gm, ''), known);
  }

  get(id: string): SmallElement {
    return this.document.getElementById(id) ?? expect.unreachable(`no #${id}`);
  }
  get said(): string {
    return this.get('current').textContent;
  }
  /** Ids of the steps that are current, and of those that are hidden. */
  get current(): readonly string[] {
    return this.#ids((item) => item.attributes['aria-current'] === 'step');
  }
  get hidden(): readonly string[] {
    return this.#ids((item) => item.hidden);
  }
  choose(id: string, value: string): void {
    const select = this.get(id);
    select.value = value;
    select.dispatch('change');
  }
  press(key: string, id = 'steps'): string {
    this.document.press(key, this.get(id));
    return this.current.join();
  }

  #ids(keep: (item: SmallElement) => boolean): readonly string[] {
    return this.get('steps')
      .children.filter(keep)
      .map(({ attributes }) => attributes['id'] ?? '');
  }
}

describe('[RP4] the page begins', () => {
  it('at the step at which the violation is visible, with the focus on the steps, and says so', () => {
    const page = new Opened(handMade);
    expect(page.current).toEqual(['step-9']);
    expect(page.said).toBe(
      'Step 9 at 800 ms, 3 of 4 shown. Solana answers backend#0: submit (unknown TimedOut). VIOLATION of OR5 becomes visible',
    );
    expect(page.document.focused?.attributes['id']).toBe('steps');
  });

  it('at the start where nothing is violated', () => {
    const page = new Opened({ ...handMade, verdict: { ...handMade.verdict, kind: 'none', rule: null, focus: 0 } });
    expect(page.current).toEqual(['step-7']);
    expect(page.get('changes').textContent).toBe('Nothing has happened yet.');
  });
});

describe('[RP5] the page steps', () => {
  it('by keys, forwards and backwards, no further than the ends', () => {
    const page = new Opened(handMade);
    expect(['ArrowRight', 'j', 'ArrowUp', 'k', 'Home', 'ArrowLeft', 'ArrowDown', 'End'].map((key) => page.press(key))).toEqual([
      ...['step-10', 'step-10', 'step-9', 'step-8', 'step-7', 'step-7', 'step-8', 'step-10'],
    ]);
  });

  it('by buttons, by a click on a step, and back to the violation', () => {
    const page = new Opened(handMade);
    const after = (id: string): string => {
      page.get(id).dispatch('click');
      return page.current.join();
    };
    expect(['first', 'next', 'last', 'previous'].map(after)).toEqual(['step-7', 'step-8', 'step-10', 'step-9']);
    page.get('steps').dispatch('click', { target: page.get('step-8').querySelector('.sentence') });
    expect(page.current).toEqual(['step-8']);
    page.choose('by-thread', 'thread#1');
    expect(page.current).not.toEqual(['step-9']);
    expect(after('to-focus')).toBe('step-9');
    expect(page.hidden).toEqual([]);
  });

  it('and takes no key that is somebody else’s', () => {
    const page = new Opened(handMade);
    expect(page.document.press('ArrowDown', page.get('by-actor'))).toBe(false);
    expect(page.document.press('Home', page.get('verdict'))).toBe(false);
    expect(page.document.press('ArrowLeft', page.get('steps'), { altKey: true })).toBe(false);
    expect(page.current).toEqual(['step-9']);
    expect(page.document.press('k', page.get('next'))).toBe(true);
    expect(page.current).toEqual(['step-8']);
  });

  it('among what a filter shows, and leaves a step that it does not', () => {
    const page = new Opened(handMade);
    page.choose('by-thread', 'thread#1');
    expect(page.hidden).toEqual(['step-8', 'step-9']);
    expect(page.current).toEqual(['step-10']);
    expect(page.press('ArrowLeft')).toBe('step-7');
    page.choose('by-thread', '');
    page.choose('by-actor', 'wallet#0');
    expect(page.hidden).toEqual(['step-10']);
    expect(page.said).toMatch(/^Step 7 at 0 ms, 1 of 3 shown\. /);
  });

  it('and shows what everybody shows then, what the step changed, and the versions apart', () => {
    const page = new Opened(handMade);
    page.press('Home');
    expect(page.get('state').textContent).toBe('Solanabackend#0wallet#0unsettled writes0');
    expect(page.press('j')).toBe('step-8');
    expect(page.get('changes').textContent).toBe('Solana, thread#0 version: nothing → 1');
    const [changed] = page.get('state').querySelectorAll('.changed');
    expect(changed?.textContent).toBe('thread#0 version1 changed, was nothing');
    expect(changed?.querySelector('mark')?.textContent).toBe('1');
    page.press('End');
    expect(page.get('versions').children.map(({ textContent }) => textContent)).toEqual([
      ...['shown bythread#0', 'Solana1', 'backend#00 behind', 'wallet#0–'],
    ]);
    expect(page.press('k')).toBe('step-9');
    expect(page.get('changes').textContent).toBe('Nothing that anybody shows.');
    expect(page.get('state').querySelectorAll('.changed')).toEqual([]);
  });

  it('and keeps the current step in sight, without moving the rest of the page', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ ...(handMade.steps[3] ?? expect.unreachable()), step: 20 + index }));
    const page = new Opened({ ...handMade, steps: [...handMade.steps, ...many] });
    page.press('End');
    const last = page.get('step-49').offsetTop;
    expect(page.get('steps').scrollTop).toBeGreaterThan(last - 100);
    expect(page.get('steps').scrollTop).toBeLessThanOrEqual(last);
    page.press('Home');
    expect(page.get('steps').scrollTop).toBeLessThanOrEqual(0);
  });
});

describe('[RP6] the script writes text', () => {
  it('whatever a value holds', () => {
    const nasty = '<img src=x onerror=alert(1)></script>';
    const [first, second, ...rest] = handMade.steps;
    if (first === undefined || second === undefined) return expect.unreachable();
    const changes = [{ row: 0, before: null, after: nasty }];
    const page = new Opened({ ...handMade, steps: [first, { ...second, changes }, ...rest] });
    page.press('k');
    expect(page.get('changes').textContent).toContain(nasty);
    expect(page.get('state').querySelectorAll('img')).toEqual([]);
    expect(page.get('state').querySelector('mark')?.textContent).toBe(nasty);
  });
});
