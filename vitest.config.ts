import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'studio/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/interop/**', '**/node_modules/**'],
    globalSetup: ['test/support/build.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Servers that are stopped here have nobody who would have to look elsewhere.
    env: { PICTOR_DRAIN_DELAY_MS: '0' },
  },
});
