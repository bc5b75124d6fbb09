/** Redis changes under a running server: it is emptied, or set to promise less than was asked for; or it is full. */
import { CreateQueueCommand, DeleteQueueCommand, PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { built } from '../helpers/process.ts';
import { hasRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { nameOf, sqsOf, urlAt } from './load.ts';
import { ALWAYS, aRedis, aServer, isReady, UNAVAILABLE } from './onRedis.ts';

beforeAll(built, 120_000);

describe.runIf(hasRedis)('a Redis that changes', () => {
  it('ends the server when it has lost everything', async () => {
    const redis = await aRedis();
    const server = await aServer(redis.url);
    await redis.client.flushall();
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect(await server.ended).toBe(70);
    expect(server.errors()).toContain('Redis has lost everything');
  });

  it('gets no more messages when it promises less than was asked for, until it does again', async () => {
    const redis = await aRedis(ALWAYS);
    const server = await aServer(redis.url, { FASTQUEUE_REQUIRE_DURABILITY: 'always' });
    const sqs = sqsOf(server.endpoint, 1);
    const QueueUrl = urlAt(server.endpoint, 'durable');
    await sqs.send(new CreateQueueCommand({ QueueName: 'durable' }));
    const send = () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })).then(() => 'sent', nameOf);
    const reconnect = () => redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect(await send()).toBe('sent');
    await redis.client.config('SET', 'appendfsync', 'everysec');
    await reconnect();
    await until('it is not ready', async () => !(await isReady(server)));
    expect(await send()).toBe(UNAVAILABLE);
    await redis.client.config('SET', 'appendfsync', 'always');
    await reconnect();
    await until('it is ready', () => isReady(server));
    expect(await send()).toBe('sent');
    sqs.destroy();
  });

  it('is emptied by a purge when it is full', async () => {
    const redis = await aRedis();
    const server = await aServer(redis.url);
    const sqs = sqsOf(server.endpoint, 1);
    const QueueUrl = urlAt(server.endpoint, 'full');
    await sqs.send(new CreateQueueCommand({ QueueName: 'full' }));
    const send = () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(30_000) }));
    for (let i = 0; i < 60; i += 1) await send();
    await redis.client.config('SET', 'maxmemory', '1mb');
    expect(await send().then(() => 'sent', nameOf)).toBe(UNAVAILABLE);
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    const bodies = async () => (await redis.client.keys('*:a1.*')).length;
    await until('what was purged is gone', async () => (await bodies()) === 0, 15_000);
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    sqs.destroy();
  });
});
