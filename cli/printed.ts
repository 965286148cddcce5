/** For tests: what something writes to standard output in this process. */
import { vi } from 'vitest';

export async function printed<T>(run: () => T | Promise<T>): Promise<{ readonly value: T; readonly text: string }> {
  let text = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    const value = await run();
    return { value, text };
  } finally {
    spy.mockRestore();
  }
}
