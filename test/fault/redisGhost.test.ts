/**
 * T14: commands that reach Redis after their callers were told that it is not available. Each carries a deadline in
 * Redis' time, so none of them changes anything.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { built } from '../helpers/process.ts';
import { hasRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { countsOf, nameOf, sqsOf, urlAt } from './load.ts';
import { ALWAYS, aProxy, aRedis, aServer, isReady, UNAVAILABLE } from './onRedis.ts';

const HELD_MS = 8000;
const ANSWER_MS = 5500;

beforeAll(built, 120_000);

async function queueOf(sqs: SQSClient, QueueName: string, messages: number): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const Entries = Array.from({ length: messages }, (_, i) => ({ Id: `${i}`, MessageBody: `${QueueName} ${i}` }));
  if (messages > 0) await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  return QueueUrl!;
}

/** What can be seen of the queues: their names, and the counts of two. */
async function stateOf(sqs: SQSClient, endpoint: string) {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  return {
    names: QueueUrls.map((url) => url.split('/').at(-1)).sort(),
    ghost: await countsOf(sqs, urlAt(endpoint, 'ghost')),
    purged: await countsOf(sqs, urlAt(endpoint, 'purged')),
  };
}

/** How `run` went, and how long it took. */
async function timed(run: () => Promise<unknown>): Promise<{ name: string; ms: number }> {
  const begin = performance.now();
  const name = await run().then(() => 'answered', nameOf);
  return { name, ms: Math.round(performance.now() - begin) };
}

describe.runIf(hasRedis)('T14: what is executed late', () => {
  it('changes nothing', async () => {
    const redis = await aRedis(ALWAYS);
    const proxy = await aProxy(redis);
    const server = await aServer(proxy.url);
    const witness = await aServer(redis.url);
    const sure = sqsOf(witness.endpoint, 3);
    await queueOf(sure, 'ghost', 10);
    await queueOf(sure, 'purged', 3);
    await queueOf(sure, 'kept', 0);
    const taken = await sure.send(
      new ReceiveMessageCommand({
        QueueUrl: urlAt(witness.endpoint, 'ghost'),
        MaxNumberOfMessages: 2,
        VisibilityTimeout: 600,
      }),
    );
    const [first, second] = taken.Messages!.map(({ ReceiptHandle }) => ({
      QueueUrl: urlAt(server.endpoint, 'ghost'),
      ReceiptHandle,
    }));
    const before = await stateOf(sure, witness.endpoint);
    expect(before).toMatchObject({ ghost: { visible: 8, hidden: 2 }, purged: { visible: 3, hidden: 0 } });

    const sqs = sqsOf(server.endpoint, 1);
    const QueueUrl = urlAt(server.endpoint, 'ghost');
    // So that its queue records are known, and the commands held are those that change something.
    for (const name of ['ghost', 'purged', 'kept']) await countsOf(sqs, urlAt(server.endpoint, name));
    proxy.hold();
    const began = performance.now();
    const answers = await Promise.all([
      ...Array.from({ length: 8 }, (_, i) =>
        timed(() => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `late ${i}` }))),
      ),
      ...Array.from({ length: 8 }, () =>
        timed(() => sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600, WaitTimeSeconds: 0 }))),
      ),
      timed(() => sqs.send(new DeleteMessageCommand(first!))),
      timed(() => sqs.send(new ChangeMessageVisibilityCommand({ ...second!, VisibilityTimeout: 0 }))),
      timed(() => sqs.send(new PurgeQueueCommand({ QueueUrl: urlAt(server.endpoint, 'purged') }))),
      timed(() => sqs.send(new DeleteQueueCommand({ QueueUrl: urlAt(server.endpoint, 'kept') }))),
      timed(() => sqs.send(new CreateQueueCommand({ QueueName: 'late' }))),
    ]);
    await pause(HELD_MS - (performance.now() - began));
    proxy.release();
    const released = performance.now();
    await until('the server is ready', () => isReady(server), 10_000);
    const readyAfter = Math.round(performance.now() - released);
    await pause(1000);

    const after = await stateOf(sure, witness.endpoint);
    const slowest = Math.max(...answers.map(({ ms }) => ms));
    console.log(`T14: ${answers.length} calls, slowest ${slowest} ms, ready ${readyAfter} ms after the release`);
    expect(after).toEqual(before);
    expect(new Set(answers.map(({ name }) => name))).toEqual(new Set([UNAVAILABLE]));
    expect(slowest).toBeLessThanOrEqual(ANSWER_MS);
    expect(readyAfter).toBeLessThanOrEqual(3000);

    const left = await sure.send(
      new ReceiveMessageCommand({
        QueueUrl: urlAt(witness.endpoint, 'ghost'),
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
    expect(
      left.Messages!.map(({ Body, Attributes }) => [Body!.split(' ')[0], Attributes!.ApproximateReceiveCount]),
    ).toEqual(Array(8).fill(['ghost', '1']));
    expect(await timed(() => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'in time' })))).toMatchObject({
      name: 'answered',
    });
    for (const each of [sure, sqs]) each.destroy();
  });
});
