/** For tests: what something writes to standard output in this process, and lines as they were before they were wrapped. */
import { vi } from 'vitest';
import { columns } from './terminal/wrap.ts';

export async function printed<T>(run: () => T | Promise<T>): Promise<{ readonly value: T; readonly text: string }> {
  let text = '';
  // Test runners ask for colours of their own.
  vi.stubEnv('FORCE_COLOR', '');
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    const value = await run();
    return { value, text };
  } finally {
    spy.mockRestore();
    vi.unstubAllEnvs();
  }
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Undoes `wrap`: a line goes on where the next one is indented by four more and its first word had no room. */
export function unwrapped(text: string): string {
  const lines: string[] = [];
  let room = 0;
  for (const line of text.split('\n')) {
    const last = lines.at(-1);
    const [word = ''] = line.trimStart().split(' ');
    const goesOn = last !== undefined && word !== '' && indentOf(line) === indentOf(last) + 4 && word.length + 1 > room;
    if (goesOn) lines[lines.length - 1] = `${last} ${line.trimStart()}`;
    else lines.push(line);
    room = columns - line.length;
  }
  return lines.join('\n');
}
