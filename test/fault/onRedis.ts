/** What the fault tests on Redis start: each is ended with the test that started it. */
import { onTestFinished } from 'vitest';
import { type ServerProcess, spawnServer } from '../helpers/process.ts';
import { type FaultProxy, startProxy } from '../helpers/proxy.ts';
import { type RedisCluster, type RedisProcess, startCluster, startRedis } from '../helpers/redis.ts';

/** A Redis that has everything on disk that it answered for. */
export const ALWAYS = ['--appendonly', 'yes', '--appendfsync', 'always'];

export const UNAVAILABLE = '503 ServiceUnavailable';

export async function aRedis(args: string[] = []): Promise<RedisProcess> {
  const redis = await startRedis(args);
  onTestFinished(() => redis.stop());
  return redis;
}

export async function aCluster(): Promise<RedisCluster> {
  const cluster = await startCluster();
  onTestFinished(() => cluster.stop());
  return cluster;
}

export async function aProxy({ port }: RedisProcess): Promise<FaultProxy> {
  const proxy = await startProxy(port);
  onTestFinished(() => proxy.stop());
  return proxy;
}

/** A server of its own process on the Redis at that URL. */
export async function aServer(FASTQUEUE_REDIS_URL: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await spawnServer({ FASTQUEUE_STORE: 'redis', FASTQUEUE_REDIS_URL, ...env });
  onTestFinished(async () => {
    await server.kill('SIGKILL');
  });
  return server;
}

/** Whether the server says that it is ready. */
export const isReady = async ({ endpoint }: ServerProcess): Promise<boolean> =>
  (await fetch(`${endpoint}/health/ready`)).status === 200;
