/**
 * Runs a toy's commands over the engine's gate: those of one actor one after another, actors side by side, faults where they
 * are placed.
 */
import type { Execution } from '#properties/shrink/shrinkable.ts';
import { FaultPlan } from '#simulations/engine/fault-plan.ts';
import { Gate } from '#simulations/engine/gate.ts';
import { createStrategy } from '#simulations/engine/portfolio.ts';
import type { Strategy } from '#simulations/engine/strategy.ts';
import { VirtualClock } from '#simulations/engine/virtual-clock.ts';
import type { Step, Toy, ToyCommand, ToyScenario } from './toy.ts';

export const taskOf = ({ id }: { readonly id: number }): string => `#${id}`;

export const runToy = (toy: Toy, { strategy, commands }: ToyScenario): Promise<Execution> =>
  runCommands(toy, commands, createStrategy(strategy));

export async function runCommands(toy: Toy, commands: readonly ToyCommand[], strategy: Strategy): Promise<Execution> {
  const system = toy.create();
  const ids = new Map(commands.map((command) => [taskOf(command), command.id]));
  const faults = new FaultPlan<string>({
    planned: commands.flatMap((command) =>
      command.faults.map(({ at, position, fault }) => ({ task: taskOf(command), call: at, position, fault })),
    ),
    name: (fault, position) => `${fault} ${position}`,
    enact: (fault, { event }) => {
      system.strike?.(fault, event.label, ids.get(event.task.name) ?? -1);
      return { kind: 'act' };
    },
  });
  const clock = new VirtualClock(0);
  const gate = new Gate({ clock, strategy, responses: toy.responses, leaks: 'atOnce', keepTrace: true, faults });
  const begin = (queue: readonly ToyCommand[]): void => {
    const [command, ...later] = queue;
    if (command === undefined) return;
    const task = taskOf(command);
    const step: Step = (label, effect) => gate.call(task, label, effect);
    const main = async (): Promise<void> => {
      await system.perform(command.op, step, command.id);
      begin(later);
    };
    gate.spawn(task, main, { priority: command.priority, demotions: command.demotions });
  };
  for (const actor of new Set(commands.map((command) => command.actor)))
    begin(commands.filter((command) => command.actor === actor));
  await gate.drain();
  return { failure: system.hasFailed() ? toy.name : null, schedule: gate.trace.steps.map(({ task }) => task) };
}
