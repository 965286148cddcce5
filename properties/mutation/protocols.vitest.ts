import { judgedBy } from './suites.ts';

/** The small scopes alone: the large ones take a minute for each mutant. */
export default judgedBy(['model/protocols/*.test.ts'], ['model/protocols/large-scopes.test.ts']);
