/**
 * The folders of this project and which uses which, as a picture made of the code: `docs/architecture.svg`. Arrows that follow from others
 * (a uses b, b uses c, so a may use c) are left out, since with them nothing could be seen; so are tests.
 *
 * Run as a program it writes the file; a test holds that it is what the code says now.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import { projectRoot } from '#properties/tidy/planted-tree.ts';
import { drawLayers, type Layer } from './draw-layers.ts';

export const pictureFile: string = join(projectRoot, 'docs', 'architecture.svg');

const layers: readonly Layer[] = [
  { name: 'cli', title: 'cli/: how people use it' },
  { name: 'properties', title: 'properties/: how it is judged' },
  { name: 'simulations', title: 'simulations/: how it is run' },
  { name: 'impl', title: 'impl/: what is built' },
  { name: 'model', title: 'model/: what must be true' },
];
const own = new RegExp(`^(?:${layers.map(({ name }) => name).join('|')})/`);

/** The folder a file is shown in: two levels, but for the command line and the model's few files, which are one thing each. */
function folderOf(file: string): string {
  const [layer = '', second = '', ...deeper] = file.split('/');
  if (layer === 'cli') return layer;
  if (layer === 'model' && !['explore', 'protocols'].includes(second)) return layer;
  return deeper.length === 0 ? layer : `${layer}/${second}`;
}

/** Each folder with those that it uses, both in the order of the alphabet. */
export async function folderGraph(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { options: ICruiseOptions };
  const { output } = await cruise(
    layers.map(({ name }) => name),
    { ...options, baseDir: projectRoot, exclude: { path: '\\.(test|contract)\\.ts$|^cli/docs/' } },
  );
  const used = new Map<string, Set<string>>();
  for (const { source, dependencies } of (output as ICruiseResult).modules) {
    if (!own.test(source)) continue;
    const from = folderOf(source);
    const to = used.get(from) ?? new Set();
    used.set(from, to);
    for (const { resolved } of dependencies) if (own.test(resolved) && folderOf(resolved) !== from) to.add(folderOf(resolved));
  }
  return new Map([...used].sort(([a], [b]) => (a < b ? -1 : 1)).map(([from, to]) => [from, [...to].sort()]));
}

export const picture = async (): Promise<string> => drawLayers(layers, await folderGraph());

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(pictureFile, await picture());
