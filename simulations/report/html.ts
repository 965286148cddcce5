/**
 * Text to HTML: whatever stands in a template's holes is escaped, unless a template made it. So nothing that comes out of a scenario can
 * be anything but text. Makes no document; knows no page.
 */

/** Text that is HTML already. Only `html` makes it. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Hole = string | number | null | Markup | readonly Markup[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (each) => entities[each] ?? each);

function filled(hole: Hole): string {
  if (hole === null) return '';
  if (hole instanceof Markup) return hole.text;
  return typeof hole === 'object' ? hole.map(({ text }) => text).join('') : escaped(String(hole));
}

/** A list is put there one after another, null not at all. Attributes stand in double quotes. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Markup {
  return new Markup(parts.map((part, index) => part + filled(holes[index] ?? null)).join(''));
}

/** JSON for a script element: no `<` that could end it, and no line ends that only JSON allows. */
export function jsonInScript(value: unknown): Markup {
  const codes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };
  const text = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (each) => codes[each] ?? `\\u${each.charCodeAt(0).toString(16)}`,
  );
  return new Markup(text);
}

/** A source file of ours for a style or script element. Throws where it would end that element. */
export function sourceInElement(source: string): Markup {
  if (/<\/(script|style)|<!--/i.test(source)) throw new RangeError('a source file holds what would end its element');
  return new Markup(source);
}
