import { randomBytes } from 'node:crypto';
import type { Clock } from '../../src/model/clock.ts';
import { openEmbedded } from '../../src/store/embedded/store.ts';
import { openRedis, type RedisStore } from '../../src/store/redis/store.ts';
import type { Store } from '../../src/store/store.ts';

/** A failure of the storage fails the test run. */
export function fatal(_: number, reason: string): void {
  throw new Error(reason);
}

/** Opens the embedded store in `dataDir`, the same data each time. */
export function opener(where: { dataDir: string; durable: boolean; clock: Clock }): () => Promise<Store> {
  return () =>
    openEmbedded({
      ...where,
      diskReserveBytes: 0,
      fatal,
    });
}

/** Opens a store on the Redis at `url`, the same data each time and nobody else's, over a clock of its own. */
export function redisOpener(url: string, clock: Clock, under = ''): () => Promise<RedisStore> {
  const prefix = `${under}test-${randomBytes(6).toString('hex')}`;
  return () => openRedis({ url, prefix, clock, virtual: true, requireDurability: 'none', waitReplicas: 0, fatal });
}
