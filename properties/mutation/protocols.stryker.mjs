import { strykerOptions } from './stryker.mjs';

/** 93 is what the part that was looked at has reached; 95 is the goal. */
export default strykerOptions('protocols', ['model/protocols/*.ts', '!model/**/*.test.ts', '!model/protocols/counts.ts'], 93);
