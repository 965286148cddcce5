import { strykerOptions } from './stryker.mjs';

export default strykerOptions('protocols', ['model/protocols/*.ts', '!model/**/*.test.ts', '!model/protocols/counts.ts'], 95);
