import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    env: { RUST_LOG: '' },
    include: [
      'model/**/*.test.ts',
      'impl/core/**/*.test.ts',
      // What judges the core's histograms, errors, secrets and signatures stands beside who uses them.
      'impl/adapters/log/pino.test.ts',
      'impl/backend/monitor/{metrics,error-handler}.test.ts',
      'impl/backend/sessions.test.ts',
    ],
    exclude: ['model/protocols/protocols.test.ts'],
    testTimeout: 60_000,
  },
});
