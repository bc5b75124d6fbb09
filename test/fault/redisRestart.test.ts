/** Redis goes away: it is restarted, stands still, or is not heard of any more. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { built, type ServerProcess } from '../helpers/process.ts';
import { hasRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { countsOf, judge, type Load, nameOf, openLoad, otherErrors, slowest, sqsOf, urlAt } from './load.ts';
import { ALWAYS, aProxy, aRedis, aServer, isReady, UNAVAILABLE } from './onRedis.ts';

const RESTARTS = process.env.LONG ? 10 : 4;
/** How long anybody may wait for an answer. */
const ANSWER_MS = 5500;

beforeAll(built, 120_000);

/** How long after this moment the first send succeeds. */
async function untilFirstSend({ calls }: Load): Promise<number> {
  const back = performance.now();
  const from = calls.length;
  const first = await until(
    'a send succeeds',
    () => calls.slice(from).find(({ action, error }) => action === 'SendMessage' && error === undefined),
    20_000,
  );
  return Math.round(first.ended - back);
}

/** How long after this moment the server is ready, or is not. */
async function untilReady(server: ServerProcess, expected: boolean): Promise<number> {
  const begin = performance.now();
  await until(`ready is ${expected}`, async () => (await isReady(server)) === expected, 20_000);
  return Math.round(performance.now() - begin);
}

/** A queue with ten messages that nobody has touched. */
async function stillQueue(sqs: SQSClient, endpoint: string): Promise<string> {
  await sqs.send(new CreateQueueCommand({ QueueName: 'still' }));
  const QueueUrl = urlAt(endpoint, 'still');
  const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `${i}`, MessageBody: `still ${i}` }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  return QueueUrl;
}

/** Asks for the messages of `still` while nothing answers; says how that went. */
function ghosts(sqs: SQSClient, QueueUrl: string): Promise<string[]> {
  const ask = () => sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }));
  return Promise.all(Array.from({ length: 10 }, () => ask().then(() => 'answered', nameOf)));
}

/** No receive has taken anything: all are there, and this is their first receive. */
async function expectUntouched(sqs: SQSClient, QueueUrl: string): Promise<void> {
  expect(await countsOf(sqs, QueueUrl)).toEqual({ visible: 10, hidden: 0 });
  const counts: (string | undefined)[] = [];
  while (counts.length < 10) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
    expect(Messages).not.toEqual([]);
    counts.push(...Messages.map(({ Attributes }) => Attributes?.ApproximateReceiveCount));
  }
  expect(counts).toEqual(Array(10).fill('1'));
}

describe.runIf(hasRedis)('Redis goes away', () => {
  it(`T9: ${RESTARTS} restarts, asked for and by kill -9`, async () => {
    const redis = await aRedis(ALWAYS);
    const server = await aServer(redis.url);
    const load = await openLoad([server.endpoint], 3);
    load.produce();
    load.consume();
    const gaps: number[] = [];
    for (let i = 0; i < RESTARTS; i += 1) {
      await pause(1500);
      await redis.end(i % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
      await pause(500);
      await redis.start();
      gaps.push(await untilFirstSend(load));
    }
    await pause(1000);
    await load.drain();
    judge('T9', load, `first send ${gaps.join(', ')} ms after Redis was back`);
    expect(otherErrors(load.calls, [UNAVAILABLE])).toEqual([]);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2000);
  });

  it('T12: Redis stands still for ten seconds and goes on', async () => {
    const redis = await aRedis(ALWAYS);
    const server = await aServer(redis.url);
    const sqs = sqsOf(server.endpoint, 1);
    const still = await stillQueue(sqs, server.endpoint);
    const load = await openLoad([server.endpoint], 1);
    load.produce();
    load.consume();
    await pause(1500);
    redis.signal('SIGSTOP');
    const continued = pause(10_000).then(() => redis.signal('SIGCONT'));
    const [taken, unreadyAfter] = await Promise.all([ghosts(sqs, still), untilReady(server, false)]);
    await continued;
    const readyAfter = await untilReady(server, true);
    await pause(1500);
    await expectUntouched(sqs, still);
    sqs.destroy();
    await load.drain();
    judge('T12', load, `not ready after ${unreadyAfter} ms, ready ${readyAfter} ms after the end`);
    expect(new Set(taken)).toEqual(new Set([UNAVAILABLE]));
    expect(otherErrors(load.calls, [UNAVAILABLE])).toEqual([]);
    expect(slowest(load.calls)).toBeLessThanOrEqual(ANSWER_MS);
    expect(unreadyAfter).toBeLessThanOrEqual(6000);
    expect(readyAfter).toBeLessThanOrEqual(3000);
  });

  it('T12: the way to Redis becomes a black hole for eight seconds', async () => {
    const redis = await aRedis();
    const proxy = await aProxy(redis);
    const server = await aServer(proxy.url);
    const load = await openLoad([server.endpoint], 1);
    load.produce();
    load.consume();
    await pause(1000);
    proxy.blackHole(true);
    const [unreadyAfter] = await Promise.all([untilReady(server, false), pause(8000)]);
    proxy.blackHole(false);
    const readyAfter = await untilReady(server, true);
    await pause(1000);
    await load.drain();
    judge('T12 black hole', load, `not ready after ${unreadyAfter} ms, ready ${readyAfter} ms after the end`);
    expect(otherErrors(load.calls, [UNAVAILABLE])).toEqual([]);
    expect(slowest(load.calls)).toBeLessThanOrEqual(ANSWER_MS);
    expect(unreadyAfter).toBeLessThanOrEqual(6000);
    expect(readyAfter).toBeLessThanOrEqual(3000);
  });
});
