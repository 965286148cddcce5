/** The one place where a campaign's seed comes from outside; it is always printed, so that the run can be had again. */
import { randomInt } from 'node:crypto';

/** A whole number from 0 to 2,147,483,647. */
export const freshSeed = (): number => randomInt(2_147_483_648);
