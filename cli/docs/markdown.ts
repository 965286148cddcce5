/** Markdown as far as the tests of the documentation need it: blocks of code, fenced or indented, rows of tables, and code within a line. */

export interface CodeBlock {
  readonly kind: 'fenced' | 'indented';
  /** The words after the fence; none of an indented block. */
  readonly info: readonly string[];
  readonly lines: readonly string[];
  /** Of its first line of code, from 1. */
  readonly line: number;
}

export interface CodeSpan {
  readonly text: string;
  readonly line: number;
}

export interface Markdown {
  readonly blocks: readonly CodeBlock[];
  /** Outside of blocks, in the order of the page; a table's cells included. */
  readonly spans: readonly CodeSpan[];
  readonly links: readonly { readonly text: string; readonly target: string; readonly line: number }[];
}

const isIndented = (line: string): boolean => /^ {4}/.test(line);

export function readMarkdown(text: string): Markdown {
  const lines = text.split('\n');
  const blocks: CodeBlock[] = [];
  const prose: { text: string; line: number }[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const fence = /^```(.*)$/.exec(line);
    const isCode = isIndented(line) && (at === 0 || lines[at - 1] === '');
    if (fence === null && !isCode) {
      prose.push({ text: line, line: at + 1 });
      at += 1;
      continue;
    }
    const from = fence === null ? at : at + 1;
    let to = from;
    if (fence !== null) while (to < lines.length && lines[to] !== '```') to += 1;
    else
      while (to < lines.length && (isIndented(lines[to] ?? '') || (lines[to] === '' && isIndented(lines[to + 1] ?? '')))) to += 1;
    blocks.push({
      kind: fence === null ? 'indented' : 'fenced',
      info: fence === null ? [] : (fence[1] ?? '').split(' ').filter((word) => word !== ''),
      lines: lines.slice(from, to).map((each) => (fence === null ? each.slice(4) : each)),
      line: from + 1,
    });
    at = fence === null ? to : to + 1;
  }
  return {
    blocks,
    spans: prose.flatMap(({ text: each, line }) =>
      [...each.matchAll(/`([^`]+)`/g)].map(([, code = '']) => ({ text: code, line })),
    ),
    links: prose.flatMap(({ text: each, line }) =>
      [...each.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].map(([, shown = '', target = '']) => ({ text: shown, target, line })),
    ),
  };
}
