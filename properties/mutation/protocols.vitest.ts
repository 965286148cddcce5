import { judgedBy } from './suites.ts';

/** The small scopes alone, for the large ones take a minute for each mutant; and what holds runs against the designs of one backend's part. */
export default judgedBy(
  ['model/protocols/*.test.ts', 'properties/conformance/{queued,syncs,threads}.test.ts'],
  ['model/protocols/large-scopes.test.ts'],
);
