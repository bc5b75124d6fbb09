/** Two servers share one Redis, and one after the other is killed: neither messages nor wake-ups go with it. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { built, type ServerProcess } from '../helpers/process.ts';
import { freePort, hasRedis } from '../helpers/redis.ts';
import { judge, openLoad, otherErrors, quantile, sqsOf, urlAt } from './load.ts';
import { ALWAYS, aRedis, aServer, UNAVAILABLE } from './onRedis.ts';

const ROUNDS = 10;
/** The pump looks by itself once a second, give or take a fifth: later than that, a message would have been slept through. */
const WOKEN_MS = 1500;

beforeAll(built, 120_000);

/** Polls on `listener`, sends through `speaker`; answers how long after the send's answer the poll had the message. */
async function wakeUp(listener: string, speaker: string): Promise<number> {
  const [polling, sending] = [sqsOf(listener, 1), sqsOf(speaker, 1)];
  const QueueUrl = urlAt(listener, 'bell');
  const poll = polling
    .send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))
    .then(({ Messages }) => ({ Messages, at: performance.now() }));
  await pause(100);
  await sending.send(new SendMessageCommand({ QueueUrl: urlAt(speaker, 'bell'), MessageBody: 'ring' }));
  const sent = performance.now();
  const { Messages, at } = await poll;
  expect(Messages).toMatchObject([{ Body: 'ring' }]);
  await polling.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages![0]!.ReceiptHandle }));
  for (const sqs of [polling, sending]) sqs.destroy();
  return Math.max(0, at - sent);
}

describe.runIf(hasRedis)('two servers on one Redis', () => {
  it(`lose nothing when one of them is killed, ${ROUNDS} times`, async () => {
    const redis = await aRedis(ALWAYS);
    const ports = [await freePort(), await freePort()];
    const start = (port: number | undefined) => aServer(redis.url, { FASTQUEUE_PORT: `${port}` });
    const servers: ServerProcess[] = [await start(ports[0]), await start(ports[1])];
    const endpoints = servers.map(({ endpoint }) => endpoint);
    const maker = sqsOf(endpoints[0]!, 1);
    await maker.send(new CreateQueueCommand({ QueueName: 'bell' }));
    maker.destroy();
    const load = await openLoad(endpoints, 3);
    load.produce();
    load.consume();
    const wakeUps: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const victim = round % 2;
      const survivor = endpoints[1 - victim]!;
      // A message that reached the one server must wake the other, until it is dead.
      wakeUps.push(await wakeUp(survivor, endpoints[victim]!));
      await servers[victim]!.kill('SIGKILL');
      wakeUps.push(await wakeUp(survivor, survivor));
      servers[victim] = await start(ports[victim]);
      wakeUps.push(await wakeUp(survivor, endpoints[victim]!));
    }
    await load.drain();
    const figures = `p50 ${quantile(wakeUps, 0.5)} ms, max ${quantile(wakeUps, 1)} ms`;
    judge('two servers', load, `${wakeUps.length} polls woken: ${figures}`);
    expect(Math.max(...wakeUps)).toBeLessThanOrEqual(WOKEN_MS);
    expect(otherErrors(load.calls, ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', UNAVAILABLE])).toEqual([]);
  });
});
