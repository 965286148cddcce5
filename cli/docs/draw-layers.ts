/**
 * A graph of folders in layers as SVG: who uses stands above whom it uses, and within a layer, too. What leads up,
 * or to a folder in the same row, is dashed: folders that use each other. The same graph is the same text. Knows nothing of this project.
 */

export interface Layer {
  /** First part of the name of each of its folders. */
  readonly name: string;
  readonly title: string;
}

export type Graph = ReadonlyMap<string, readonly string[]>;

const box = { height: 30, gapX: 16, gapY: 46, letter: 7.4, padding: 22 } as const;
const band = { top: 30, bottom: 16, left: 16, gap: 14 } as const;
const width = 1_120;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Everything that can be reached from a folder over one arrow or more. */
function reachable(graph: Graph, from: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...(graph.get(from) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(graph.get(next) ?? []));
  }
  return seen;
}

/** Without arrows that follow from two others; those within a cycle stay. */
export function withoutImplied(graph: Graph): Graph {
  const reach = new Map([...graph.keys()].map((name) => [name, reachable(graph, name)]));
  const leads = (from: string, to: string): boolean => reach.get(from)?.has(to) === true;
  return new Map(
    [...graph].map(([from, to]) => [
      from,
      to.filter(
        (each) => !to.some((other) => other !== each && leads(other, each) && !leads(each, other) && !leads(other, from)),
      ),
    ]),
  );
}

/** How far above the lowest of its layer: the longest way down within it. A way that comes back to where it was counts as none. */
function rankIn(graph: Graph, names: ReadonlySet<string>, name: string, above: readonly string[] = []): number {
  const below = (graph.get(name) ?? []).filter((each) => names.has(each) && !above.includes(each));
  return below.reduce((most, each) => Math.max(most, 1 + rankIn(graph, names, each, [...above, name])), 0);
}

const labelOf = (name: string): string => name.split('/').at(-1) ?? name;
const widthOf = (name: string): number => Math.round(labelOf(name).length * box.letter + box.padding);

interface Placed {
  readonly places: ReadonlyMap<string, Place>;
  readonly bands: readonly { readonly title: string; readonly y: number; readonly height: number }[];
  readonly height: number;
}

function place(layers: readonly Layer[], graph: Graph): Placed {
  const places = new Map<string, Place>();
  const bands: { title: string; y: number; height: number }[] = [];
  let y = 10;
  for (const { name, title } of layers) {
    const names = new Set([...graph.keys()].filter((each) => each === name || each.startsWith(`${name}/`)));
    const rows: string[][] = [];
    for (const each of names) {
      const rank = rankIn(graph, names, each);
      rows[rank] = [...(rows[rank] ?? []), each];
    }
    const top = y;
    y += band.top;
    for (const row of rows.reverse().flatMap(wrapped)) {
      const free = width - 2 * band.left - row.reduce((sum, each) => sum + widthOf(each), 0);
      const gap = free / (row.length + 1);
      let x = band.left + gap;
      for (const each of ordered(row, graph, places)) {
        places.set(each, { x: Math.round(x), y, width: widthOf(each) });
        x += widthOf(each) + gap;
      }
      y += box.height + box.gapY;
    }
    y += band.bottom - box.gapY;
    bands.push({ title, y: top, height: y - top });
    y += band.gap;
  }
  return { places, bands, height: y };
}

/** Rows that are too wide are several. */
function wrapped(row: readonly string[]): readonly (readonly string[])[] {
  const most = 9;
  const parts = Math.ceil(row.length / most);
  return Array.from({ length: parts }, (_, part) => row.filter((_each, index) => index % parts === part));
}

/** Below those that use it, as far as they are placed. */
function ordered(row: readonly string[], graph: Graph, places: ReadonlyMap<string, Place>): readonly string[] {
  const middle = (name: string): number => {
    const users = [...graph].flatMap(([from, to]) => (to.includes(name) ? [places.get(from)] : []));
    const at = users.flatMap((each) => (each === undefined ? [] : [each.x + each.width / 2]));
    return at.length === 0 ? width / 2 : at.reduce((sum, each) => sum + each, 0) / at.length;
  };
  return [...row].sort((a, b) => middle(a) - middle(b) || (a < b ? -1 : 1));
}

const hues: readonly number[] = [262, 212, 172, 28, 338];

export function drawLayers(layers: readonly Layer[], whole: Graph): string {
  const graph = withoutImplied(whole);
  const { places, bands, height } = place(layers, graph);
  const hueOf = (name: string): number => hues[layers.findIndex((layer) => name.split('/')[0] === layer.name)] ?? 0;
  const arrows = [...graph].flatMap(([from, to]) =>
    to
      .map((each) => ({ from, to: each, a: places.get(from), b: places.get(each) }))
      .filter(({ a, b }) => a !== undefined && b !== undefined),
  );
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Folders and which uses which" font-family="system-ui, sans-serif" font-size="13">`,
    '<style>',
    '.band { fill: hsl(var(--h) 50% 97%); stroke: hsl(var(--h) 30% 82%); } .title { fill: hsl(var(--h) 45% 32%); font-weight: 600; }',
    '.box { fill: #fff; stroke: hsl(var(--h) 45% 50%); } .name { fill: #1b1f24; text-anchor: middle; }',
    '.arrow { fill: none; stroke: hsl(var(--h) 40% 50%); stroke-opacity: 0.7; } .back { stroke-dasharray: 4 3; }',
    '@media (prefers-color-scheme: dark) { .band { fill: hsl(var(--h) 22% 13%); stroke: hsl(var(--h) 22% 28%); } .title { fill: hsl(var(--h) 50% 78%); } .box { fill: #14171b; } .name { fill: #e6e8eb; } .arrow { stroke: hsl(var(--h) 45% 65%); } }',
    '</style>',
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,1 L7,4 L0,7 Z" fill="context-stroke"/></marker></defs>',
    ...bands.flatMap(({ title, y, height: tall }, index) => [
      `<rect class="band" style="--h: ${hues[index] ?? 0}" x="4" y="${y}" width="${width - 8}" height="${tall}" rx="8"/>`,
      `<text class="title" style="--h: ${hues[index] ?? 0}" x="16" y="${y + 19}">${title}</text>`,
    ]),
    ...arrows.map(({ from, to, a, b }) => arrow(hueOf(from), `${from} uses ${to}`, a as Place, b as Place)),
    ...[...places].flatMap(([name, { x, y, width: wide }]) => [
      `<rect class="box" style="--h: ${hueOf(name)}" x="${x}" y="${y}" width="${wide}" height="${box.height}" rx="5"/>`,
      `<text class="name" x="${x + Math.round(wide / 2)}" y="${y + 20}">${labelOf(name)}</text>`,
    ]),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

function arrow(hue: number, title: string, a: Place, b: Place): string {
  const isDown = b.y > a.y;
  const back = isDown ? '' : ' back';
  return `<path class="arrow${back}" style="--h: ${hue}" marker-end="url(#tip)" d="${a.y === b.y ? across(a, b) : along(a, b)}"><title>${title}</title></path>`;
}

function along(a: Place, b: Place): string {
  const isDown = b.y > a.y;
  const from = { x: Math.round(a.x + a.width / 2), y: isDown ? a.y + box.height : a.y };
  const to = { x: Math.round(b.x + b.width / 2), y: isDown ? b.y : b.y + box.height };
  const bend = Math.round((to.y - from.y) / 2);
  return `M${from.x},${from.y} C${from.x},${from.y + bend} ${to.x},${to.y - bend} ${to.x},${to.y}`;
}

/** Two of one row: to the right above the middle, to the left below it. */
function across(a: Place, b: Place): string {
  const isRight = b.x > a.x;
  const y = a.y + box.height / 2 + (isRight ? -5 : 5);
  return isRight ? `M${a.x + a.width},${y} L${b.x},${y}` : `M${a.x},${y} L${b.x + b.width},${y}`;
}
