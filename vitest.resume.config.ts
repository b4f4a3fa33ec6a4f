import { defineConfig } from 'vitest/config';

/** The test of killed trainings with as many kills as nobody waits for in between. */
export default defineConfig({
  test: {
    include: ['test/resume.test.ts'],
    globalSetup: ['test/support/build.ts'],
    env: { PICTOR_KILLS: '20' },
  },
});
