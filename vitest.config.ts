import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], order: number, extra: object = {}): object => ({
  test: { name, include, sequence: { groupOrder: order }, ...extra },
});

const whole = { branches: 100, functions: 100, lines: 100, statements: 100 };

/** In the order a reader should care: boundaries, the model alone, units, port contracts, then everything together. */
export default defineConfig({
  test: {
    env: { RUST_LOG: '' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // By default one core is left idle, which of two is half.
    maxWorkers: '100%',
    projects: [
      project('model', ['model/**/*.test.ts'], 1),
      project('impl', ['impl/**/*.test.ts'], 2),
      project('simulations', ['simulations/**/*.test.ts'], 2),
      project('contracts', ['properties/contracts/**/*.test.ts'], 3),
      project('properties', ['properties/**/*.test.ts', 'cli/**/*.test.ts'], 4, {
        exclude: ['properties/contracts/**', 'cli/docs/**'],
      }),
      project('docs', ['cli/docs/**/*.test.ts'], 5),
    ].map((each) => ({ extends: true, ...each })) as never,
    coverage: {
      provider: 'v8',
      include: ['model/**/*.ts'],
      // What tests share is not the model.
      exclude: ['model/**/*.test.ts', 'model/behaviours.ts'],
      reporter: ['text-summary'],
      thresholds: {
        'model/*.ts': whole,
        'model/{explore,sequences,solana}/**/*.ts': whole,
        // Designs are enumerated, so what no state of a scope reaches in them is what a right design never does: what a check would say.
        'model/protocols/*.ts': { branches: 94, functions: 100, lines: 99, statements: 98 },
      },
    },
  },
});
