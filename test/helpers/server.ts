import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type FastQueue, type FastQueueOptions, startFastQueue } from '../../src/index.ts';
import type { Log } from '../../src/log.ts';

export type StoreName = 'memory' | 'embedded' | 'redis' | 'redis-cluster';

/** The stores that behaviour tests run on: those that need nothing, and in the project redis the two that need Redis. */
export const STORES = (process.env.FASTQUEUE_TEST_STORES ?? 'memory,embedded').split(',') as StoreName[];

/** Where the Redis of the tests is, under a prefix that nobody else has. */
function redisSettings(store: StoreName): Record<string, string> {
  const url = inject(store === 'redis' ? 'redis' : 'redisCluster');
  if (url === undefined) throw new Error('this test needs redis-server');
  return { FASTQUEUE_REDIS_URL: url, FASTQUEUE_REDIS_PREFIX: `test-${randomBytes(6).toString('hex')}` };
}

const quiet = () => {};
/** A log that keeps nothing. */
export const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet } as unknown as Log;

export interface TestServer extends FastQueue {
  dataDir: string;
  /** Closes, and starts again on the same data. */
  restart(): Promise<TestServer>;
  /** One more server on the same data; on Redis only. */
  another(): Promise<TestServer>;
  /** Closes and removes the data. */
  stop(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1 with a data directory of its own. */
export async function startServer(
  store: StoreName,
  options: Omit<FastQueueOptions, 'env'> & { env?: Record<string, string>; dataDir?: string } = {},
): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'fastqueue-'));
  const onRedis = store.startsWith('redis');
  const env = {
    FASTQUEUE_STORE: onRedis ? 'redis' : store,
    FASTQUEUE_DATA_DIR: dataDir,
    FASTQUEUE_PORT: '0',
    FASTQUEUE_DISK_RESERVE_MB: '8',
    ...(onRedis ? redisSettings(store) : {}),
    ...options.env,
  };
  const server = await startFastQueue({ log: silent, ...options, env });
  return {
    ...server,
    dataDir,
    async restart() {
      await server.close();
      return startServer(store, { ...options, env, dataDir });
    },
    another: () => startServer(store, { ...options, env, dataDir }),
    async stop() {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
