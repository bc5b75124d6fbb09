/** For the project redis: one Redis and one cluster for all its tests, which keep apart by their key prefixes. */
import type { TestProject } from 'vitest/node';
import { hasRedis, startCluster, startRedis } from './helpers/redis.ts';
import buildLibrary from './setup.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Undefined on a machine without Redis. */
    redis: string | undefined;
    redisCluster: string | undefined;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  buildLibrary();
  const servers = hasRedis ? await Promise.all([startRedis(), startCluster()]) : [];
  project.provide('redis', servers[0]?.url);
  project.provide('redisCluster', servers[1]?.url);
  return async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
}
