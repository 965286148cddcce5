/**
 * Every command that the documentation shows: lines of its blocks of code, and code within its lines, tables included. Decides what is
 * a command, not how it is run (`bounds.ts`, `run-command.ts`). Output that is shown, and mentions a command in it, is none.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#properties/tidy/planted-tree.ts';
import { readMarkdown } from './markdown.ts';

export interface Command {
  /** As it stands there, without its comment; one of several that are joined by `&&`. */
  readonly text: string;
  /** `README.md:29`, wherever it stands. */
  readonly places: readonly string[];
}

/** What a walk through does itself: its blocks are not looked at here. */
export const walkedThrough: ReadonlySet<string> = new Set(['docs/tutorial.md', 'docs/extending.md']);

/** The pages at the top, everything in `docs/`, and what stands beside the code. */
export function pages(): readonly string[] {
  const under = ['docs', 'simulations', 'model', 'impl', 'properties', 'cli'].flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  return ['README.md', 'CONTRIBUTING.md', ...under.filter((name) => name.endsWith('.md')).sort()];
}

/** What begins a command: perhaps a prompt, or a step of a workflow; perhaps settings of its environment; then one of these. */
const beginning = /^(?:\$ |(?:- )?run: )?((?:[A-Z_]+=\S+ )*(?:npm|npx|curl|bash|node) .*)$/;

const isWhole = (text: string): boolean => /^(?:[A-Z_]+=\S+ )*(?:npm (?:run|ci|test|install)|npx|curl|bash|node)\b/.test(text);

export function commandsShown(): readonly Command[] {
  const places = new Map<string, string[]>();
  for (const page of pages()) {
    for (const { text, line } of commandsIn(page, readFileSync(join(projectRoot, page), 'utf8'))) {
      places.set(text, [...(places.get(text) ?? []), `${page}:${line}`]);
    }
  }
  return [...places].map(([text, at]) => ({ text, places: at }));
}

interface Shown {
  readonly text: string;
  readonly line: number;
}

/** In the order of the page but for those within lines, which come last. */
export function commandsIn(page: string, text: string): readonly Shown[] {
  const { blocks, spans } = readMarkdown(text);
  const lines = walkedThrough.has(page) ? [] : blocks.flatMap(({ lines: code, line }) => joined(code, line));
  return [...lines, ...spans].flatMap(({ text: each, line }) => {
    const [, found] = beginning.exec(each) ?? [];
    if (found === undefined) return [];
    return found
      .replace(/ +#(?: .*)?$/, '')
      .split(/ && /)
      .flatMap((part) => variants(part.trim()))
      .filter(isWhole)
      .map((part) => ({ text: part, line }));
  });
}

/** A line that ends with a backslash goes on in the next. */
function joined(code: readonly string[], first: number): readonly Shown[] {
  const found: Shown[] = [];
  let open = '';
  code.forEach((each, index) => {
    const goesOn = each.endsWith('\\');
    open += goesOn ? `${each.slice(0, -1).trim()} ` : each.trim();
    if (goesOn) return;
    found.push({ text: open, line: first + index });
    open = '';
  });
  return found;
}

/** `a [b]`: without what is optional, and with it. */
function variants(text: string): readonly string[] {
  const [, before = '', optional = ''] = /^(.*) \[(-- .*)\]$/.exec(text) ?? [];
  return before === '' ? [text] : [before, `${before} ${optional}`];
}

/** Words as a shell would make them of it: quotes are taken away, what is in them stays together. */
export function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}
