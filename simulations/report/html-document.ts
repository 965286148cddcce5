/**
 * A page of ours as one HTML file that needs nothing else: style, and script and data where there is any, are in it, and its policy
 * forbids it any network. The same page is the same text.
 */
import { readFileSync } from 'node:fs';
import { html, jsonInScript, type Markup, sourceInElement } from './html.ts';

export interface PageScript {
  /** Of the element that holds the data. */
  readonly id: string;
  readonly data: object;
  /** One module. */
  readonly source: string;
}

export interface Page {
  readonly title: string;
  /** Files of `page/`, after the one that all pages have. */
  readonly styles: readonly string[];
  readonly body: Markup;
  /** A page without one may run none. */
  readonly script: PageScript | null;
}

/** A file of `page/`. */
export const pageSource = (name: string): string => readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');

const policyFor = (script: PageScript | null): Markup =>
  html`default-src 'none'; style-src 'unsafe-inline'${script === null ? null : html`; script-src 'unsafe-inline'`}`;

const scriptElements = ({ id, data, source }: PageScript): Markup => html`
<script type="application/json" id="${id}">${jsonInScript(data)}</script>
<script type="module">
${sourceInElement(source)}</script>`;

export function htmlDocument({ title, styles, body, script }: Page): string {
  const css = ['base.css', ...styles].map(pageSource).join('\n');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policyFor(script)}">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
${sourceInElement(css)}</style>
</head>
<body>
${body}${script === null ? null : scriptElements(script)}
</body>
</html>
`.text;
}
