import { judgedBy } from './suites.ts';

/** With one in twenty of the random designs. */
export default judgedBy(['model/explore/**/*.test.ts'], [], { randomDesigns: 0.05 });
