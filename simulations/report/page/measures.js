/**
 * For tests: what a browser makes of a page, measured in it: contrast, sizes, what lies over what. Each function is sent there alone, so it
 * uses nothing outside itself.
 */

/**
 * Texts whose contrast with what is behind them is less than `least`, by WCAG 2.2 (relative luminance, 1.4.3). Looks at text on plain
 * colours, opaque or not; not at gradients and pictures.
 * @param {number} least
 * @returns {{ readonly text: string, readonly ratio: number }[]}
 */
export function lowContrast(least) {
  /** @param {string} colour as computed: `rgb(1, 2, 3)` or `rgba(1, 2, 3, 0.5)` */
  const parts = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  /** @param {number[]} over @param {number[]} under */
  const blended = ([r = 0, g = 0, b = 0, alpha = 1], under) =>
    [r, g, b].map((value, at) => value * alpha + (under[at] ?? 0) * (1 - alpha));
  /** @param {Element} element @returns {number[]} */
  const behind = (element) => {
    const above = element.parentElement;
    const page = [255, 255, 255];
    return blended(parts(getComputedStyle(element).backgroundColor), above === null ? page : behind(above));
  };
  /** @param {number[]} colour */
  const luminance = (colour) => {
    const [r = 0, g = 0, b = 0] = colour.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...document.querySelectorAll('body *')].flatMap((element) => {
    const text = [...element.childNodes].map((node) => (node.nodeType === 3 ? (node.textContent ?? '').trim() : '')).join('');
    if (
      text === '' ||
      !element.checkVisibility() ||
      ['SCRIPT', 'STYLE', 'OPTION', 'TITLE', 'DESC'].includes(element.tagName.toUpperCase())
    )
      return [];
    const under = behind(element);
    const style = getComputedStyle(element);
    const paint = element instanceof SVGElement ? style.fill : style.color;
    const [lighter = 0, darker = 0] = [luminance(blended(parts(paint), under)), luminance(under)].sort((a, b) => b - a);
    const ratio = (lighter + 0.05) / (darker + 0.05);
    return ratio < least ? [{ text, ratio }] : [];
  });
}

/**
 * Texts that are shown smaller than so many pixels.
 * @param {number} least
 * @returns {string[]}
 */
export function smallTexts(least) {
  return [...document.querySelectorAll('body *')].flatMap((element) => {
    const text = [...element.childNodes].map((node) => (node.nodeType === 3 ? (node.textContent ?? '').trim() : '')).join('');
    if (text === '' || !element.checkVisibility() || ['SCRIPT', 'STYLE', 'TITLE', 'DESC'].includes(element.tagName.toUpperCase()))
      return [];
    // A drawing is scaled to its place: its own units are not pixels.
    const scale = element instanceof SVGGraphicsElement ? (element.getScreenCTM()?.a ?? 1) : 1;
    return Number.parseFloat(getComputedStyle(element).fontSize) * scale < least ? [text] : [];
  });
}

/**
 * Of elements that stand in one place, pairs that lie over each other by more than a pixel.
 * @param {{ readonly within: string, readonly each: string }} selectors
 * @returns {string[]}
 */
export function overlapping({ within, each }) {
  return [...document.querySelectorAll(within)].flatMap((place) => {
    const boxes = [...place.querySelectorAll(each)].map((element) => ({
      text: element.textContent ?? '',
      box: element.getBoundingClientRect(),
    }));
    const shown = boxes.filter(({ text, box }) => text.trim() !== '' && box.width > 1);
    return shown.flatMap(({ text, box }, at) =>
      shown
        .slice(at + 1)
        .filter(({ box: other }) => {
          const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
          const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
          return across > 1 && down > 1;
        })
        .map((other) => `${text} | ${other.text}`),
    );
  });
}

/**
 * Elements that stick out of the page to the right, and what is cut off in places that cannot be scrolled.
 * @returns {string[]}
 */
export function stickingOut() {
  const width = document.documentElement.clientWidth;
  /** @param {Element} element */
  const isScrolled = (element) => {
    for (let at = element.parentElement; at !== null && at !== document.body; at = at.parentElement)
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(at).overflowX)) return true;
    return false;
  };
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > width + 1 && !isScrolled(element))
    .map((element) => `${element.tagName} ${element.textContent?.slice(0, 40)}`);
}

/**
 * Levels of the headings, in order.
 * @returns {number[]}
 */
export function headingLevels() {
  return [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(({ tagName }) => Number(tagName.slice(1)));
}
