import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{app,db,worker,cli}/**/*.test.{ts,tsx}', 'tests/{lint,repository}/**/*.test.ts'],
          environment: 'node',
          // Property tests and fonts take seconds where a machine does other things as well.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/{integration,faults}/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['tests/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Some guarantees are milliseconds (a cancelled upstream, a frozen store), and machines are shared.
          retry: 2,
        },
      },
    ],
  },
});
