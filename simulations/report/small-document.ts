/**
 * For tests: as much of a browser's document as a report's page uses, read off its HTML: elements with ids, the steps and what stands in
 * them. Shows what the script does to elements; nothing of layout, styles, focus order or what a screen reader says.
 */

type Listener = (event: object) => void;

export class SmallElement {
  readonly tag: string;
  readonly attributes: Record<string, string>;
  parent: SmallElement | null = null;
  hidden = false;
  value = '';
  scrollTop = 0;
  readonly clientHeight = 100;
  readonly offsetHeight = 20;
  offsetTop = 0;
  readonly #listeners = new Map<string, Listener[]>();
  #content: (SmallElement | string)[] = [];

  constructor(tag: string, attributes: Record<string, string> = {}) {
    this.tag = tag;
    this.attributes = attributes;
  }

  get children(): readonly SmallElement[] {
    return this.#content.filter((each) => typeof each !== 'string');
  }
  get textContent(): string {
    return this.#content.map((each) => (typeof each === 'string' ? each : each.textContent)).join('');
  }
  set textContent(text: string) {
    this.#content = text === '' ? [] : [text];
  }
  get dataset(): Readonly<Record<string, string | undefined>> {
    return { index: this.attributes['data-index'] };
  }

  setAttribute(name: string, value: string): void {
    this.attributes[name] = value;
  }
  removeAttribute(name: string): void {
    delete this.attributes[name];
  }
  append(...made: readonly (SmallElement | string)[]): void {
    for (const each of made) if (typeof each !== 'string') each.parent = this;
    this.#content.push(...made);
  }
  replaceChildren(...made: readonly (SmallElement | string)[]): void {
    this.textContent = '';
    this.append(...made);
  }

  addEventListener(kind: string, listener: Listener): void {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener]);
  }
  /** Tells the listeners of this element only. */
  dispatch(kind: string, event: object = {}): void {
    for (const listener of this.#listeners.get(kind) ?? []) listener({ target: this, ...event });
  }

  /** `.class`, `[data-index]`, `#id` and tags, and lists of them. */
  matches(selectors: string): boolean {
    return selectors.split(', ').some((one) => {
      if (one.startsWith('.')) return (this.attributes['class'] ?? '').split(' ').includes(one.slice(1));
      if (one.startsWith('#')) return this.attributes['id'] === one.slice(1);
      return one.startsWith('[') ? one.slice(1, -1) in this.attributes : this.tag === one;
    });
  }
  closest(selectors: string): SmallElement | null {
    return this.matches(selectors) ? this : (this.parent?.closest(selectors) ?? null);
  }
  querySelectorAll(selectors: string): SmallElement[] {
    return this.children.flatMap((child) => [...(child.matches(selectors) ? [child] : []), ...child.querySelectorAll(selectors)]);
  }
  querySelector(selectors: string): SmallElement | null {
    return this.querySelectorAll(selectors)[0] ?? null;
  }
}

export class SmallSelect extends SmallElement {}

const unescaped = (text: string): string =>
  text.replace(/&(lt|gt|quot|amp|#39);/g, (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name] ?? "'");

const attributesIn = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, unescaped(value)]));

const voids = new Set(['meta', 'link', '!doctype']);

export class SmallDocument {
  readonly body = new SmallElement('body');
  /** Which element has the focus; null: none was given it. */
  focused: SmallElement | null = null;
  readonly #events = new SmallElement('document');

  /** @param page HTML as our templates write it: quoted attributes, every element closed */
  constructor(page: string) {
    const open = [this.body];
    for (const [, raw, script, tag = '', attributes = '', text = ''] of page.matchAll(
      /(<script([^>]*)>.*?<\/script>)|<(\/?[!\w]+)([^>]*)>|([^<]+)/gs,
    )) {
      const parent = open.at(-1) ?? this.body;
      if (raw !== undefined) {
        const made = new SmallElement('script', attributesIn(script ?? ''));
        made.textContent = raw.slice(raw.indexOf('>') + 1, raw.lastIndexOf('<'));
        parent.append(made);
      } else if (tag.startsWith('/')) open.pop();
      else if (tag === '') parent.append(unescaped(text));
      else if (!voids.has(tag)) {
        const made = new (tag === 'select' ? SmallSelect : SmallElement)(tag, attributesIn(attributes));
        parent.append(made);
        open.push(made);
      }
    }
    for (const [index, item] of this.body.querySelectorAll('[data-index]').entries()) item.offsetTop = 20 * index;
  }

  getElementById(id: string): (SmallElement & { focus: () => void }) | null {
    const found = this.body.querySelector(`#${id}`);
    if (found === null) return null;
    return Object.assign(found, {
      focus: () => {
        this.focused = found;
      },
    });
  }
  createElement(tag: string): SmallElement {
    return new SmallElement(tag);
  }
  addEventListener(kind: string, listener: Listener): void {
    this.#events.addEventListener(kind, listener);
  }
  /** A key on an element; whether the page has taken it. */
  press(key: string, target: SmallElement | null, chord: object = {}): boolean {
    let isTaken = false;
    const preventDefault = (): void => {
      isTaken = true;
    };
    this.#events.dispatch('keydown', { key, target, ctrlKey: false, altKey: false, metaKey: false, preventDefault, ...chord });
    return isTaken;
  }
}
