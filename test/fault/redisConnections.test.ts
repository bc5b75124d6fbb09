/** Redis stays, and what belongs to the server in it is taken away: its functions, its connections, its answers. */
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { built } from '../helpers/process.ts';
import { hasRedis, type RedisProcess } from '../helpers/redis.ts';
import { everyMs, failed, faultMs, judge, openLoad, otherErrors } from './load.ts';
import { aCluster, aProxy, aRedis, aServer } from './onRedis.ts';

beforeAll(built, 120_000);

const redisOf = {
  async 'one Redis'() {
    const redis = await aRedis();
    return { url: redis.url, nodes: [redis] };
  },
  'a cluster': aCluster,
};

/** Load for a while, with `fault` done to every node again and again. */
async function loadWith(
  url: string,
  nodes: RedisProcess[],
  ms: number,
  fault: (node: RedisProcess) => Promise<unknown>,
) {
  const server = await aServer(url);
  const load = await openLoad([server.endpoint], 3);
  load.produce();
  load.consume();
  const end = everyMs(ms, () => Promise.all(nodes.map(fault)));
  await pause(faultMs(8000));
  await end();
  await load.drain();
  return load;
}

describe.runIf(hasRedis).each(Object.keys(redisOf) as (keyof typeof redisOf)[])('on %s', (kind) => {
  it('T10: functions and scripts are flushed every 100 ms', async () => {
    const { url, nodes } = await redisOf[kind]();
    const load = await loadWith(url, nodes, 100, async ({ client }) => {
      await client.call('FUNCTION', 'FLUSH');
      await client.call('SCRIPT', 'FLUSH');
    });
    judge(`T10 flush, ${kind}`, load);
    expect(otherErrors(load.calls)).toEqual([]);
  });

  it('T10: every connection is killed every 200 ms', async () => {
    const { url, nodes } = await redisOf[kind]();
    const load = await loadWith(url, nodes, 200, async ({ client }) => {
      await client.call('CLIENT', 'KILL', 'TYPE', 'normal');
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    });
    judge(`T10 kill, ${kind}`, load);
    expect(failed(load.calls).length / load.calls.length).toBeLessThanOrEqual(0.005);
  });
});

describe.runIf(hasRedis)('T11', () => {
  it('one of twenty answers is lost after the command has run', async () => {
    const redis = await aRedis();
    const proxy = await aProxy(redis);
    const server = await aServer(proxy.url);
    const load = await openLoad([server.endpoint], 3);
    load.produce();
    load.consume();
    proxy.cutEvery(20);
    await pause(faultMs(10_000));
    proxy.cutEvery(0);
    await load.drain();
    judge('T11', load, `${proxy.cuts} answers lost`);
    expect(proxy.cuts).toBeGreaterThan(20);
    expect(otherErrors(load.calls)).toEqual([]);
  });
});
