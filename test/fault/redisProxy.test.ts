/** The faults of the proxy, on a Redis without a server before it: they must be what the other tests say they are. */
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { aProxy, aRedis } from './onRedis.ts';

/** A client that tries everything once. */
function plainClient(port: number): Redis {
  const client = new Redis({ port, maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

describe.runIf(hasRedis)('the proxy', () => {
  it('lets a command run whose answer it does not deliver', async () => {
    const redis = await aRedis();
    const proxy = await aProxy(redis);
    const client = plainClient(proxy.port);
    await client.ping();
    proxy.cutEvery(5);
    let delivered = 0;
    for (let i = 0; i < 40; i += 1) {
      await until('the client is connected', () => client.status === 'ready');
      await client.incr('count').then(
        () => (delivered += 1),
        () => {},
      );
    }
    expect(proxy.cuts).toBeGreaterThan(4);
    expect(delivered).toBeLessThan(40);
    expect(await redis.client.get('count')).toBe('40');
  });

  it('says what it held, also for a client that has gone', async () => {
    const redis = await aRedis();
    const proxy = await aProxy(redis);
    const client = plainClient(proxy.port);
    await client.ping();
    proxy.hold();
    client.set('late', 'yes').catch(() => {});
    await pause(100);
    client.disconnect();
    await pause(100);
    expect(await redis.client.get('late')).toBeNull();
    proxy.release();
    await until('it is said', async () => (await redis.client.get('late')) === 'yes');
  });

  it('loses what is said into a black hole, on those connections for ever', async () => {
    const redis = await aRedis();
    const proxy = await aProxy(redis);
    const client = plainClient(proxy.port);
    await client.ping();
    proxy.blackHole(true);
    const answered = async () => {
      await client.incr('count').catch(() => {});
      return true;
    };
    expect(await Promise.race([answered(), pause(200)])).toBeUndefined();
    proxy.blackHole(false);
    expect(await Promise.race([answered(), pause(200)])).toBeUndefined();
    expect(await plainClient(proxy.port).incr('count')).toBe(1);
  });

  it('rewrites answers, and drops connections', async () => {
    const redis = await aRedis();
    const proxy = await aProxy(redis);
    await redis.client.set('word', 'before');
    proxy.rewrite('before', 'after!');
    const client = plainClient(proxy.port);
    expect(await client.get('word')).toBe('after!');
    let ends = 0;
    client.on('close', () => (ends += 1));
    proxy.drop();
    await until('the connection ends', () => ends > 0);
    await until('the client is connected', () => client.status === 'ready');
  });
});
