/**
 * All schedules of one scene within a bound on preemptions, each run on the implementation, healed and judged. What a backend sends to
 * its clients goes on by itself, so that it can be late; everything else as its command does.
 */
import { type Executed, execute, type Violation } from '#properties/concurrent/execute.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { type Exploration, explore } from '#simulations/engine/strategies/exhaustive.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import type { Calls, Placement } from './placements.ts';
import type { Scene } from './scenes.ts';
import { Watch } from './watch.ts';

export interface SceneOptions {
  readonly tier: Tier;
  /** Most in a schedule. */
  readonly preemptions: number;
  /** The one fault; null: nothing fails. */
  readonly placement: Placement | null;
  /** Told of every run that was followed to its end. False: that is enough. */
  readonly onRun?: (executed: Executed) => unknown;
}

/** Something is wrong, and which way it came about. */
export interface FoundViolation {
  readonly violation: Violation;
  readonly scenario: ConcurrentScenario;
  /** Events after the last barrier, by key, in order. */
  readonly keys: readonly string[];
}

export interface SceneReport extends Exploration {
  readonly steps: number;
  /** Runs of which an oracle could not decide. */
  readonly inconclusive: number;
  /** Whether the fault's call came, and whether the fault changed anything, in any schedule. */
  readonly fired: boolean;
  readonly effective: boolean;
  /** What each scheduled command called, once for every different list. */
  readonly calls: ReadonlyMap<number, readonly Calls[]>;
  /** The first violation; nothing was explored after it. */
  readonly found: FoundViolation | null;
}

/** The scene with the fault. */
export function placedIn({ scenario }: Scene, placement: Placement | null): ConcurrentScenario {
  if (placement === null) return scenario;
  const { command, ...fault } = placement;
  const commands = scenario.commands.map((each) => (each.id === command ? { ...each, faults: [...each.faults, fault] } : each));
  return { ...scenario, commands };
}

export async function exploreScene(scene: Scene, options: SceneOptions): Promise<SceneReport> {
  const { tier, preemptions, placement, onRun } = options;
  const scenario = placedIn(scene, placement);
  const watch = new Watch(scenario, scene.scheduled, placement);
  const sum = { steps: 0, inconclusive: 0, fired: false, effective: false };
  let found: FoundViolation | null = null;
  const exploration = await explore({
    preemptions,
    strandOf: (event) => watch.strandOf(event),
    independent: (a, b) => watch.commute(a, b),
    run: (strategy) => execute(tier, scenario, { lastPhase: (world) => watch.watched(world, strategy) }),
    onRun: (executed) => {
      sum.steps += executed.steps;
      sum.inconclusive += executed.inconclusive.length > 0 ? 1 : 0;
      sum.fired ||= executed.faults.some(({ fired }) => fired);
      sum.effective ||= executed.faults.some(({ effective }) => effective);
      watch.keepCalls();
      if (executed.violation !== null) found = { violation: executed.violation, scenario, keys: watch.keys };
      return onRun?.(executed) !== false && found === null;
    },
  });
  return { ...exploration, ...sum, calls: watch.calls, found };
}
