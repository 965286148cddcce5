/**
 * Does what a page tells its reader to do, in a copy of this checkout, block by block:
 *
 * - ```` ```diff ```` that begins with `--- FILE`: what stands there without a sign or with `-` is in FILE once, and is replaced by what has
 *   no sign or `+`;
 * - ```` ```ts ```` that begins with `// FILE`: a new file;
 * - ```` ```console ````: after `$ ` a command, which is run; below it lines of its output, in order. Where `...` is among them others may be
 *   anywhere, and where nothing is shown, nothing is compared.
 *   The number after `console` is the exit code where it is not 0.
 *
 * Times and counts of executions are the machine's doing and are not compared. Does not show that the text between the blocks is right.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { projectRoot } from '#properties/tidy/planted-tree.ts';
import { type CodeBlock, readMarkdown } from './markdown.ts';

export interface Copy {
  readonly directory: string;
  remove(): void;
}

/** This checkout as it is now, files that git would not ignore only, with the same packages. */
export function copyOfTree(): Copy {
  const directory = mkdtempSync(join(tmpdir(), 'choir-walkthrough-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: projectRoot });
  for (const file of listed.toString().split('\0')) {
    if (file === '' || file === 'node_modules' || !existsSync(join(projectRoot, file))) continue;
    cpSync(join(projectRoot, file), join(directory, file));
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(directory, 'node_modules'));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export interface Step {
  /** `line 12: npm run check ...` */
  readonly title: string;
  run(directory: string): void;
}

/**
 * What a page has its reader do, in order.
 * @param instead what is typed in place of the beginning of a command, where that takes too long
 */
export function stepsOf(page: string, instead: Readonly<Record<string, string>> = {}): readonly Step[] {
  const { blocks } = readMarkdown(readFileSync(join(projectRoot, page), 'utf8'));
  return blocks.flatMap((block): readonly Step[] => {
    const [first = ''] = block.lines;
    const title = (what: string): string => `line ${block.line}: ${what}`;
    switch (block.info[0]) {
      case 'diff':
        return [{ title: title(`change ${first.slice(4)}`), run: (directory) => change(directory, block) }];
      case 'ts':
        return first.startsWith('// ')
          ? [{ title: title(`write ${first.slice(3)}`), run: (directory) => write(directory, block) }]
          : [];
      case 'console':
        return [{ title: title(first.slice(2)), run: (directory) => type(directory, block, instead) }];
      default:
        return [];
    }
  });
}

/** A page's own word for a place in a file: its lines, all of them, once. */
function change(directory: string, { lines }: CodeBlock): void {
  const hunks = lines.join('\n').split(/^(?=--- )/m);
  for (const hunk of hunks.filter((each) => each !== '')) {
    const [head = '', ...body] = hunk.replace(/\n$/, '').split('\n');
    const file = join(directory, head.slice(4));
    const side = (sign: '-' | '+'): string =>
      body
        .filter((line) => line[0] !== (sign === '-' ? '+' : '-'))
        .map((line) => line.slice(1))
        .join('\n');
    const before = readFileSync(file, 'utf8');
    expect(before.split(side('-')).length - 1, `${head}: how often what is to be changed is there:\n${side('-')}`).toBe(1);
    writeFileSync(
      file,
      before.replace(side('-'), () => side('+')),
    );
  }
}

function write(directory: string, { lines: [head = '', ...body] }: CodeBlock): void {
  const file = join(directory, head.slice(3));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${body.join('\n')}\n`);
}

/** Without wall time, and what depends on it. */
const stable = (line: string): string =>
  line
    .replace(/\d+(\.\d+)? ?m?s\b/g, '# s')
    .replace(/\d+ executions/, '# executions')
    .replace(/(\d+(\.\d+)?)\/s/g, '#/s')
    .trimEnd();

/** As a person's shell, not as the test that this is. */
export function personsEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV|NODE_OPTIONS|FORCE_COLOR|TEST$|npm_)/.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}

function type(
  directory: string,
  { info, lines: [prompt = '', ...shown] }: CodeBlock,
  instead: Readonly<Record<string, string>>,
): void {
  expect(prompt.slice(0, 2), 'a console block begins with a command').toBe('$ ');
  const long = Object.keys(instead).find((each) => prompt.startsWith(`$ ${each}`)) ?? '';
  const command = `${instead[long] ?? ''}${prompt.slice(2 + long.length)}`;
  const { status, stdout: output } = spawnSync('bash', ['-c', `exec 2>&1\n${command}`], {
    cwd: directory,
    encoding: 'utf8',
    env: personsEnvironment(),
    timeout: 200_000,
    maxBuffer: 2 ** 28,
  });
  const said = output.split('\n').map(stable);
  let from = 0;
  for (const line of shown) {
    if (line === '' || line === '...') continue;
    const at = said.indexOf(stable(line), from);
    if (at < 0) expect.fail(`the page shows a line that did not come (in this order): ${line}\n\n${prompt}\n${output}`);
    from = at + 1;
  }
  const isWhole = shown.length > 0 && !shown.includes('...');
  if (isWhole)
    expect(
      said.filter((line) => line !== ''),
      prompt,
    ).toEqual(shown.map(stable));
  expect(status, `${prompt}\n${output}`).toBe(Number(info[1] ?? 0));
}
