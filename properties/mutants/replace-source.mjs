/**
 * Loaded before everything else in a process that hunts a mutant (`--import .../replace-source.mjs?file=URL&by=URL`): whoever
 * imports `file` gets the text of `by` instead. The file itself stays as it is, and so does everybody else's process.
 */
import { register } from 'node:module';

const { searchParams } = new URL(import.meta.url);
register('./replace-source-hook.mjs', import.meta.url, {
  data: { file: searchParams.get('file'), by: searchParams.get('by') },
});
