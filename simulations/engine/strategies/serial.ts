/** Always the event that parked first: no interleaving beyond what the code itself asks for. */
import { best, type Strategy } from '../strategy.ts';

export const serial = (): Strategy => ({
  name: 'serial',
  pick: (enabled) => best(enabled, (candidate, champion) => candidate.arrival < champion.arrival),
});
