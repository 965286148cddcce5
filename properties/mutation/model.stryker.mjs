import { strykerOptions } from './stryker.mjs';

/** Stories, counts, drawn and exemplary designs are there for tests only: a mutant of them judges tests, not the model. */
const forTests = ['model/stories.ts', 'model/protocols/counts.ts', 'model/explore/random-spec.ts', 'model/explore/examples/**'];

export default strykerOptions('model', ['model/**/*.ts', '!model/**/*.test.ts', ...forTests.map((each) => `!${each}`)], 95);
