import { judgedBy } from './suites.ts';

export default judgedBy(['model/explore/**/*.test.ts']);
