import { defineConfig } from 'vitest/config';

/** `npm test` runs everything but the project fault; `make test` runs that too. */
const project = (name: string, include: string[], testTimeout = 10_000) => ({
  test: { name, include, root: '.', testTimeout, hookTimeout: 30_000 },
});

export default defineConfig({
  test: {
    // Vitest leaves a core to others by default, which is half of a small machine.
    maxWorkers: 3,
    globalSetup: 'test/setup.ts',
    projects: [
      project('unit', ['test/{contract,wire,auth,unit}/**/*.test.ts']),
      project('store', ['test/store/**/*.test.ts'], 60_000),
      project('lua', ['test/lua/**/*.test.ts'], 60_000),
      project('behaviour', ['test/behaviour/**/*.test.ts'], 30_000),
      project('fault', ['test/fault/**/*.test.ts'], 180_000),
    ],
  },
});
