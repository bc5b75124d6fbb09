/** T19: a Redis whose memory is full takes nothing more, and gives what it has. */
import { setTimeout as pause } from 'node:timers/promises';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { built } from '../helpers/process.ts';
import { hasRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { failed, faultMs, judge, nameOf, openLoad, otherErrors, sqsOf, urlAt } from './load.ts';
import { ALWAYS, aRedis, aServer, UNAVAILABLE } from './onRedis.ts';

const ROOM_BYTES = 2 * 1024 * 1024;

beforeAll(built, 120_000);

describe.runIf(hasRedis)('T19: the memory of Redis is full', () => {
  it('sends answer 503, receives and deletes go on, and sends are possible again without a restart', async () => {
    const redis = await aRedis(ALWAYS);
    const server = await aServer(redis.url);
    const load = await openLoad([server.endpoint], 3);
    load.produce();
    await pause(1000);
    const [, used] = /used_memory:(\d+)/.exec(await redis.client.info('memory'))!;
    await redis.client.config('SET', 'maxmemory', Number(used) + ROOM_BYTES);
    await until('sends are refused', () => failed(load.calls.slice(-16)).length > 8, 20_000);

    const sqs = sqsOf(server.endpoint, 1);
    const QueueUrl = urlAt(server.endpoint, 'load-0');
    const asked = performance.now();
    const refusal = await sqs
      .send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(100_000) }))
      .catch((e) => e);
    const refusedAfter = performance.now() - asked;
    expect(nameOf(refusal)).toBe(UNAVAILABLE);
    expect(refusal.message).toMatch(/^The storage is full/);
    expect(refusedAfter).toBeLessThan(500);
    await pause(1000);
    load.consume();
    await pause(faultMs(4000));
    await load.drain();

    const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'there is room' }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages).toMatchObject([{ MessageId, Body: 'there is room' }]);
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages![0]!.ReceiptHandle }));
    sqs.destroy();
    judge('T19', load);
    expect(otherErrors(load.calls, [UNAVAILABLE])).toEqual([]);
    expect(failed(load.calls).filter(({ action }) => action !== 'SendMessage')).toEqual([]);
  });
});
