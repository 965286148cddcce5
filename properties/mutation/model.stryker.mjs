import { strykerOptions } from './stryker.mjs';

/** Without what is there for tests only: a mutant of that judges tests, not the model. */
const notThese = ['!model/**/*.test.ts', '!model/stories.ts', '!model/behaviours.ts'];

/** The authorities, the sequences, and what says what must be true of them. */
export default strykerOptions('model', ['model/*.ts', 'model/{solana,sequences}/*.ts', ...notThese], 95);
