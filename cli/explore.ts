/** `choir explore`: every reachable state of the protocols' designs, at a small size; says what is violated by a shortest run. */
import { writeFileSync } from 'node:fs';
import type { AnySpec } from '#model/explore/spec.ts';
import type { Protocol, ScopeName } from '#model/protocols/protocol.ts';
import { UsageError } from './exit-codes.ts';
import { type Explored, exploreExitCode, jsonOf, savedFindings, summary, tellFindings } from './explore-report.ts';
import { propertiesOf, runsOf } from './explore-run.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';
import { tell } from './terminal/tell.ts';

export interface ExploreCommand {
  /** All when none is named. */
  readonly protocol: readonly string[];
  readonly scope: ScopeName;
  readonly property?: string;
  readonly symmetry: boolean;
  readonly keepGoing?: boolean;
  readonly maxStates?: number;
  readonly maxDepth?: number;
  /** Bytes. */
  readonly maxMemory: number;
  readonly plant?: string;
  readonly list?: boolean;
  readonly json?: string;
  readonly save?: string;
}

interface Design {
  readonly protocol: string;
  readonly scope: string;
  readonly spec: AnySpec;
}

/** @param protocols those there are */
export function explore(command: ExploreCommand, protocols: readonly Protocol[]): number {
  return exploreAll(command, protocols).code;
}

/** As `explore`, and gives what was found. */
export function exploreAll(
  command: ExploreCommand,
  protocols: readonly Protocol[],
): { readonly code: number; readonly all: readonly Explored[] } {
  const chosen = chosenOf(command, protocols);
  if (command.list === true) {
    tell(listOf(chosen));
    return { code: 0, all: [] };
  }
  const designs = designsOf(command, chosen);
  const all = designs.map((design, index): Explored => {
    const explored = { ...design, runs: runsFor(command, design, designs.length === 1 ? '' : `${index + 1}/${designs.length} `) };
    if (exploreExitCode([explored]) === 1) tell('', tellFindings(explored));
    return explored;
  });
  tell(summary(all));
  if (command.json !== undefined) writeFileSync(command.json, `${JSON.stringify(jsonOf(all), null, 2)}\n`);
  const code = exploreExitCode(all);
  if (command.save !== undefined && code === 1) {
    writeFileSync(command.save, savedFindings(all));
    tell(`saved ${command.save}`);
  }
  return { code, all };
}

function chosenOf({ protocol: wanted }: ExploreCommand, protocols: readonly Protocol[]): readonly Protocol[] {
  for (const name of wanted)
    if (!protocols.some((each) => each.name === name))
      throw new UsageError(`unknown protocol '${name}': known are ${protocols.map((each) => each.name).join(', ')}`);
  return wanted.length === 0 ? protocols : protocols.filter(({ name }) => wanted.includes(name));
}

function designsOf({ plant, scope, property }: ExploreCommand, protocols: readonly Protocol[]): readonly Design[] {
  const designs = protocols.flatMap(({ name, scope: specOf, planted }): readonly Design[] =>
    plant === undefined
      ? [{ protocol: name, scope, spec: specOf(scope) }]
      : planted.filter((each) => each.name === plant).map(({ spec }) => ({ protocol: name, scope: plant, spec: spec() })),
  );
  if (designs.length === 0) {
    const known = protocols.flatMap(({ planted }) => planted.map(({ name }) => name));
    throw new UsageError(`unknown mistake '${plant}': known are ${known.join(', ')}`);
  }
  if (property === undefined) return designs;
  const having = designs.filter(({ spec }) => propertiesOf(spec).includes(property));
  if (having.length > 0) return having;
  const known = new Set(designs.flatMap(({ spec }) => propertiesOf(spec)));
  throw new UsageError(`unknown property '${property}': known are ${[...known].join('; ')}`);
}

/** @param place which of how many, for progress: how many states a design has nobody knows before */
function runsFor(command: ExploreCommand, { protocol, scope, spec }: Design, place: string): Explored['runs'] {
  const { property = null, keepGoing = false, symmetry, maxMemory: maxBytes, maxStates, maxDepth } = command;
  const bounds = { ...(maxStates === undefined ? {} : { maxStates }), ...(maxDepth === undefined ? {} : { maxDepth }) };
  const progress = createProgress(`${place}${protocol}, ${scope}`, null, process.stderr, () => performance.now());
  try {
    return runsOf(spec, { property, symmetry, keepGoing, maxBytes, ...bounds }, ({ states, generated, queue, depth }) =>
      progress.report(states, `states, ${generated} generated, ${queue} in the queue, depth ${depth}`),
    );
  } finally {
    progress.end();
  }
}

function listOf(protocols: readonly Protocol[]): string {
  return protocols
    .map(({ name, title, scope, planted }) => {
      const mistakes = planted.map(({ name: mistake, breaks, caughtBy }) => [`  ${mistake}`, breaks, caughtBy]);
      return [
        `${name}: ${title}`,
        ...propertiesOf(scope('small')).map((property) => `  ${property}`),
        ...(mistakes.length === 0 ? [] : [table([['  planted', 'breaks', 'caught by'], ...mistakes])]),
        '',
      ].join('\n');
    })
    .join('\n');
}
