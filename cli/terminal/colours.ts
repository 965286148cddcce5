/**
 * Whether a stream is painted, and what of a line is. Lines are made plain everywhere and painted where they leave, so that tests, files
 * and JSON never see an escape sequence.
 */
import picocolors from 'picocolors';

type Environment = Readonly<Record<string, string | undefined>>;
type Colours = ReturnType<typeof picocolors.createColors>;

/**
 * `NO_COLOR` (https://no-color.org) wins over all; then `FORCE_COLOR`, whose `0` and `false` mean none and anything else means colours
 * on whatever stream, as logs of CI want them; then whether it is a terminal that can.
 */
export function wantsColour(stream: { readonly isTTY?: boolean }, environment: Environment): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  const forced = environment['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}

export const coloursFor = (stream: { readonly isTTY?: boolean }, environment: Environment): Colours =>
  picocolors.createColors(wantsColour(stream, environment));

const isBad = /\bVIOLATION(?: of [^\s,:;]+)?|\b(?:NONDETERMINISM|SURVIVED|BROKEN)\b/g;
const isDoubtful =
  /^(?:VACUOUS|CANARY|WALKED|skipped|inconclusive|walked, though)\b|\b[1-9]\d* inconclusive\b|\bMISSED\b|\bmissing\b|\bNOT REACHED\b/g;

/** One line: what is violated red, what is doubtful yellow, a good verdict green, a command bold. */
export function paint(line: string, colours: Colours): string {
  const [, label, blanks = '', command = ''] = /^(saved|report|replay)( +)(\S.*)$/.exec(line) ?? [];
  if (label !== undefined) return `${colours.dim(label)}${blanks}${label === 'saved' ? command : colours.bold(command)}`;
  return line
    .replace(isBad, (text) => colours.bold(colours.red(text)))
    .replace(isDoubtful, (text) => colours.yellow(text))
    .replace(/\bno violation\b/g, (text) => colours.green(text));
}
