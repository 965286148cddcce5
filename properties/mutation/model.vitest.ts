import { judgedBy } from './suites.ts';

/** Without what enumerates a small world for seconds. */
export default judgedBy(['model/*.test.ts', 'model/{solana,sequences}/*.test.ts'], ['model/behaviours.test.ts']);
