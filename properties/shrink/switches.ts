/** How restless a schedule is: the one definition by which schedules are compared. */

/**
 * Changes of task beyond those that running the same tasks to their ends, one after another, needs: 0 means that nothing is
 * left before it is over, in whatever order. A task without events counts for nothing.
 * @param schedule the name of a task a step
 */
export function switchesIn(schedule: readonly string[]): number {
  const changes = schedule.filter((task, index) => index > 0 && task !== schedule[index - 1]).length;
  const needed = new Set(schedule).size - 1;
  return changes === 0 ? 0 : changes - needed;
}
