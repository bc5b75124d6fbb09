import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FastQueue, type FastQueueOptions, startFastQueue } from '../../src/index.ts';
import type { Log } from '../../src/log.ts';

export type StoreName = 'memory' | 'embedded';

/** The stores that behaviour tests run on. */
export const STORES: StoreName[] = ['memory', 'embedded'];

const quiet = () => {};
/** A log that keeps nothing. */
export const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet } as unknown as Log;

export interface TestServer extends FastQueue {
  dataDir: string;
  /** Closes, and starts again on the same data. */
  restart(): Promise<TestServer>;
  /** Closes and removes the data. */
  stop(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1 with a data directory of its own. */
export async function startServer(
  store: StoreName,
  options: Omit<FastQueueOptions, 'env'> & { env?: Record<string, string>; dataDir?: string } = {},
): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'fastqueue-'));
  const env = {
    FASTQUEUE_STORE: store,
    FASTQUEUE_DATA_DIR: dataDir,
    FASTQUEUE_PORT: '0',
    FASTQUEUE_DISK_RESERVE_MB: '8',
  };
  const server = await startFastQueue({ log: silent, ...options, env: { ...env, ...options.env } });
  return {
    ...server,
    dataDir,
    async restart() {
      await server.close();
      return startServer(store, { ...options, dataDir });
    },
    async stop() {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
