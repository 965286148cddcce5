import { strykerOptions } from './stryker.mjs';

/** Without the designs that are there for tests only, drawn and exemplary. */
const forTests = ['!model/explore/**/*.test.ts', '!model/explore/random-spec.ts', '!model/explore/examples/**'];

export default strykerOptions('explore', ['model/explore/**/*.ts', ...forTests], 95);
