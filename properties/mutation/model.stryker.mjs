import { strykerOptions } from './stryker.mjs';

export default strykerOptions('model', ['model/**/*.ts', '!model/**/*.test.ts'], 95);
