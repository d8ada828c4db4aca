import { defineConfig } from 'vitest/config';

/** Minutes a test of a tier may take, and whether its files may run side by side. */
const tiers = {
  unit: { minutes: 0.5, parallel: true, setup: ['test/support/fail-on-console.ts'] },
  workflow: { minutes: 2, parallel: false, setup: [] },
  replay: { minutes: 2, parallel: false, setup: [] },
  invariant: { minutes: 10, parallel: false, setup: [] },
  integration: { minutes: 10, parallel: false, setup: [] },
  chaos: { minutes: 30, parallel: false, setup: [] },
};

export default defineConfig({
  test: {
    // Native code does not survive worker threads.
    pool: 'forks',
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
    projects: Object.entries(tiers).map(([name, { minutes, parallel, setup }], groupOrder) => ({
      extends: true as const,
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        setupFiles: setup,
        testTimeout: minutes * 60_000,
        hookTimeout: minutes * 60_000,
        maxWorkers: parallel ? 2 : 1,
        // One tier after the other, cheapest first.
        sequence: { groupOrder },
      },
    })),
  },
});
