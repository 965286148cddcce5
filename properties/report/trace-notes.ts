/**
 * What a trace does not say of its steps: what each call gave, which threads it was about, what the ledger made of it, who crashed. Read
 * off the effects and the history of the run, and told in symbolic names only. What nobody recorded is left out.
 */
import type { Executed } from '#properties/concurrent/execute.ts';
import type { TraceStep } from '#simulations/engine/trace.ts';
import { partsOf } from '#simulations/report/arrows.ts';
import type { Mark } from '#simulations/report/report-model.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import type { Landing } from '#simulations/world/history.ts';

export interface Notes {
  readonly result: string | null;
  readonly threads: readonly string[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** Longer words are ids, bytes or texts. */
const longestWord = 20;

/** The outcome's kind and its failure's code; values are left out, for they are full of addresses and bytes. */
export function outcomeText(value: unknown): string | null {
  if (!isRecord(value)) return null;
  const { ok, kind, value: inner, failure } = value;
  const told = isRecord(inner) ? [inner['kind'], inner['commitment']] : [inner];
  const words = [kind, ...(isRecord(failure) ? [failure['code']] : told)];
  const shown = words.filter((word) => typeof word === 'string' && word.length <= longestWord);
  if (ok === false) return ['failed', ...shown].join(' ');
  if (shown.length > 0) return shown.join(' ');
  return ok === true ? (inner === null ? 'nothing there' : 'done') : null;
}

/** What a client asks of its backend, where the step is that. */
function requestKind(effects: readonly Effect[]): string | null {
  const [text] = effects.find(({ label }) => label === 'channel.taken')?.inputs ?? [];
  return typeof text === 'string' ? (/^\{"kind":"(\w+)"/.exec(text)?.[1] ?? null) : null;
}

const asText = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? '';

/** @param threads names and the ids that effects know them by */
export function notesOf(
  effects: readonly Effect[],
  threads: readonly (readonly [name: string, id: string])[],
): (step: TraceStep) => Notes {
  const at = new Map<number, Effect[]>();
  for (const effect of effects) at.set(effect.step, [...(at.get(effect.step) ?? []), effect]);
  /** By the key of the call, for its answer. */
  const calls = new Map<string, { readonly call: Effect | undefined; readonly threads: readonly string[] }>();
  return (step) => {
    const { who, port, method } = partsOf(step.key, step.task);
    const own = (at.get(step.step) ?? []).filter(({ label }) => !label.endsWith(' begun'));
    const here = own.find(({ node, label }) => node === who && label === `${port}.${method}`);
    const said = own.map(({ inputs, real }) => asText([inputs, real])).join();
    const about = threads.flatMap(([name, id]) => (said.includes(id) ? [name] : []));
    if (step.kind === 'response') {
      const asked = calls.get(step.key.replace(/ reply$/, ''));
      return { result: outcomeText((asked?.call ?? here)?.told), threads: [...new Set([...about, ...(asked?.threads ?? [])])] };
    }
    calls.set(step.key, { call: here, threads: about });
    return { result: here === undefined ? requestKind(own) : outcomeText(here.real), threads: about };
  };
}

function landingMark({ operation, signer, instruction, outcome }: Landing): Mark {
  const what = `${operation === null ? '' : `#${operation} `}${instruction.kind} by ${signer}`;
  if (outcome.kind === 'refused') return { kind: 'refusal', text: `Solana refuses ${what}: ${outcome.code}` };
  const { thread, version } = outcome.view;
  return { kind: 'commit', text: `Solana commits ${what}: ${thread} version ${version}` };
}

const happenings: Readonly<Record<string, string>> = {
  'node.crash': 'crashes',
  'node.restart': 'restarts',
  'chain.fork': 'a fork takes out what was not confirmed',
};

/** Marks and the step at which each belongs, but for faults, which the trace has. */
export function marksOf({ history, effects, violation, healing }: Executed): readonly (readonly [at: number, mark: Mark])[] {
  const landed = (history.landings ?? []).map((landing) => [landing.at, landingMark(landing)] as const);
  const happened = effects.flatMap(({ step, node, label }) => {
    const what = happenings[label];
    return what === undefined
      ? []
      : [[step, { kind: 'world', text: label === 'chain.fork' ? what : `${node} ${what}` }] as const];
  });
  const mended =
    healing === null ? [] : [[healing.healed.at, { kind: 'mended', text: 'mended: from here on nothing fails' }] as const];
  const violated =
    violation === null
      ? []
      : [[violation.at, { kind: 'violation', text: `VIOLATION of ${violation.property} becomes visible` }] as const];
  return [...landed, ...happened, ...mended, ...violated];
}
