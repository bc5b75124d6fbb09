/** FASTQUEUE_WAIT_REPLICAS with a replica that stands still: what is not on it is not answered, and the rest goes on. */
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { built } from '../helpers/process.ts';
import { hasRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { nameOf, sqsOf, urlAt } from './load.ts';
import { aRedis, aServer, isReady, UNAVAILABLE } from './onRedis.ts';

beforeAll(built, 120_000);

describe.runIf(hasRedis)('replicas', () => {
  it('a write waits for them, five seconds at most; a receive does not', async () => {
    const master = await aRedis();
    const replica = await aRedis(['--replicaof', '127.0.0.1', `${master.port}`]);
    const connected = async () => (await master.client.info('replication')).includes('state=online');
    await until('the replica follows', connected, 10_000);
    const server = await aServer(master.url, { FASTQUEUE_WAIT_REPLICAS: '1' });
    const sqs = sqsOf(server.endpoint, 1);
    const QueueUrl = urlAt(server.endpoint, 'watched');
    const send = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    await sqs.send(new CreateQueueCommand({ QueueName: 'watched' }));
    await send('on both');

    replica.signal('SIGSTOP');
    const begin = performance.now();
    const refusals = await Promise.all(['a', 'b', 'c'].map((body) => send(body).then(() => 'answered', nameOf)));
    const waited = Math.round(performance.now() - begin);
    expect(refusals).toEqual([UNAVAILABLE, UNAVAILABLE, UNAVAILABLE]);
    expect(waited).toBeLessThan(5000);
    const asked = performance.now();
    const pending = send('d').catch(() => {});
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const received = Math.round(performance.now() - asked);
    expect(Messages).toHaveLength(1);
    expect(received).toBeLessThan(1000);
    expect(await isReady(server)).toBe(true);
    await pending;

    replica.signal('SIGCONT');
    await until(
      'writes are answered again',
      () =>
        send('e').then(
          () => true,
          () => false,
        ),
      10_000,
    );
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]!.ReceiptHandle }));
    console.log(`replicas: refused after ${waited} ms, a receive meanwhile took ${received} ms`);
    sqs.destroy();
  });
});
