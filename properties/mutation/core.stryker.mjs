import { strykerOptions } from './stryker.mjs';

/** Without what stands beside the core for tests only (`scripted-*.ts`): a mutant of that judges tests, not the core. */
export default strykerOptions('core', ['impl/core/**/*.ts', '!impl/core/**/*.test.ts', '!impl/core/scripted-*.ts'], 85);
