import { defineConfig } from 'vitest/config';

const ON_REDIS = ['test/store/{redis,redisParts,breaks,copy,acl}.test.ts'];

/** What only several servers can show. */
const SHARED = 'test/behaviour/twoServers.test.ts';

/** `npm test` runs everything but the projects redis and fault; `make test` runs them too. */
const project = (name: string, include: string[], more: object = {}) => ({
  test: {
    name,
    include,
    root: '.',
    globalSetup: 'test/setup.ts',
    testTimeout: 10_000,
    hookTimeout: 30_000,
    ...more,
  },
});

export default defineConfig({
  test: {
    // Vitest leaves a core to others by default, which is half of a small machine.
    maxWorkers: 3,
    projects: [
      project('unit', ['test/{contract,wire,auth,unit}/**/*.test.ts']),
      project('store', ['test/store/**/*.test.ts'], { exclude: ON_REDIS, testTimeout: 60_000 }),
      project('lua', ['test/lua/**/*.test.ts'], { testTimeout: 60_000 }),
      project('behaviour', ['test/behaviour/**/*.test.ts'], { exclude: [SHARED], testTimeout: 30_000 }),
      project('redis', [...ON_REDIS, 'test/behaviour/**/*.test.ts'], {
        globalSetup: 'test/redisSetup.ts',
        env: { FASTQUEUE_TEST_STORES: 'redis,redis-cluster' },
        testTimeout: 120_000,
      }),
      project('fault', ['test/fault/**/*.test.ts'], { testTimeout: 180_000 }),
    ],
  },
});
