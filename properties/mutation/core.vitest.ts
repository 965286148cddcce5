import { judgedBy } from './suites.ts';

export default judgedBy([
  'impl/core/**/*.test.ts',
  // What judges the core's histograms, errors, secrets and signatures stands beside who uses them.
  'impl/adapters/log/pino.test.ts',
  'impl/backend/monitor/{metrics,error-handler}.test.ts',
  'impl/backend/sessions.test.ts',
]);
