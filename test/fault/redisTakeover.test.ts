/**
 * Two servers share one Redis, and one after the other is killed while FIFO groups are produced and consumed and a move
 * task runs: each group keeps its order, nothing is lost or doubled, and the task is taken over by whoever is left.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { built, type ServerProcess, spawnServer } from '../helpers/process.ts';
import { freePort, hasRedis, type RedisProcess } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';
import { startFifoLoad } from './fifoLoad.ts';
import { sqsOf, urlAt } from './load.ts';
import { ALWAYS, aRedis, aServer, UNAVAILABLE } from './onRedis.ts';

const ROUNDS = 10;
/** The lease of a claimed queue is ten seconds, and each server looks once a second. */
const TAKEN_OVER_MS = 15_000;
const LOOK_MS = 100;
const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

beforeAll(built, 120_000);

/** A task that moves `count` messages at `rate` a second. */
interface Wish {
  count: number;
  rate: number;
}

async function startTask(sqs: SQSClient, endpoint: string, { count, rate }: Wish): Promise<void> {
  const create = (QueueName: string, Attributes = {}) => sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  await create('dead');
  await create('target');
  await create('source', { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 1 }) });
  for (let first = 0; first < count; first += 10) {
    const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `${i}`, MessageBody: `${first + i}` }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: urlAt(endpoint, 'dead'), Entries }));
  }
  const wish = { DestinationArn: arnOf('target'), MaxNumberOfMessagesPerSecond: rate };
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('dead'), ...wish }));
}

async function look(sqs: SQSClient): Promise<{ moved: number; status: string }> {
  const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf('dead') }));
  const { Status = '', ApproximateNumberOfMessagesMoved = 0 } = Results![0]!;
  return { moved: ApproximateNumberOfMessagesMoved, status: Status };
}

/** Waits for the end of the task, and takes out of the target what has arrived: each message once. */
async function expectEnd(sqs: SQSClient, endpoint: string, { count }: Wish): Promise<void> {
  const hasEnded = async () => {
    await pause(LOOK_MS);
    return (await look(sqs)).status !== 'RUNNING';
  };
  await until('the task has ended', hasEnded, 3 * TAKEN_OVER_MS);
  expect((await look(sqs)).status).toBe('COMPLETED');
  const QueueUrl = urlAt(endpoint, 'target');
  const bodies: string[] = [];
  for (;;) {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages === undefined) break;
    bodies.push(...Messages.map(({ Body }) => Body!));
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
  expect({ arrived: bodies.length, distinct: new Set(bodies).size }).toEqual({ arrived: count, distinct: count });
}

function clientOf(endpoint: string): SQSClient {
  const sqs = sqsOf(endpoint, 3);
  onTestFinished(() => sqs.destroy());
  return sqs;
}

/** Kills one server after the other under load. */
async function killInTurns(redis: RedisProcess): Promise<void> {
  const ports = [await freePort(), await freePort()];
  const start = (port: number | undefined) => aServer(redis.url, { FASTQUEUE_PORT: `${port}` });
  const servers: ServerProcess[] = [await start(ports[0]), await start(ports[1])];
  const endpoints = servers.map(({ endpoint }) => endpoint);
  const sqs = clientOf(endpoints[0]!);
  const wish = { count: 800, rate: 40 };
  await startTask(sqs, endpoints[0]!, wish);
  const load = await startFifoLoad(endpoints);
  for (let round = 0; round < ROUNDS; round += 1) {
    await pause(700);
    const victim = round % 2;
    await servers[victim]!.kill('SIGKILL');
    await pause(300);
    servers[victim] = await start(ports[victim]);
  }
  await load.drain();
  const { acknowledged, recovered, lost, unexpected, duplicates } = load.checker.verdict();
  const errors = [...load.errors].map(([kind, times]) => `${kind} × ${times}`).join(', ');
  console.log(
    `FIFO on two servers, ${ROUNDS} kills: ${acknowledged} acknowledged, ${recovered} recovered, ${lost.length} lost, ` +
      `${duplicates.length} duplicates, ${load.disorder.length} out of order; errors: ${errors || 'none'}`,
  );
  expect({ lost, unexpected, duplicates, disorder: load.disorder }).toEqual({
    lost: [],
    unexpected: [],
    duplicates: [],
    disorder: [],
  });
  expect(acknowledged).toBeGreaterThan(200);
  const legal = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', UNAVAILABLE];
  expect([...load.errors.keys()].filter((kind) => !legal.includes(kind))).toEqual([]);
  await expectEnd(sqs, endpoints[0]!, wish);
}

/** A server dies in the middle of a task, and the other one has to notice. */
async function takeOver(redis: RedisProcess): Promise<void> {
  const prefix = { FASTQUEUE_REDIS_PREFIX: 'other' };
  const survivor = await aServer(redis.url, prefix);
  // With ten messages in the outbox and the lease in its hands.
  const env = { ...prefix, FASTQUEUE_STORE: 'redis', FASTQUEUE_REDIS_URL: redis.url, MORTAL: 'arrive:before:4' };
  const mortal = await spawnServer(env, { main: 'test/fault/mortal.mjs' });
  onTestFinished(async () => {
    await mortal.kill('SIGKILL');
  });
  const wish = { count: 100, rate: 20 };
  const sqs = clientOf(survivor.endpoint);
  await startTask(sqs, survivor.endpoint, wish);
  // Busy with something else, or it would be the one that has the task.
  survivor.child.kill('SIGSTOP');
  expect(await mortal.ended).toBe('SIGKILL');
  survivor.child.kill('SIGCONT');
  const died = performance.now();
  const { moved } = await look(sqs);
  const goesOn = async () => {
    await pause(LOOK_MS);
    return (await look(sqs)).moved > moved;
  };
  await until('somebody goes on', goesOn, 2 * TAKEN_OVER_MS);
  const tookMs = performance.now() - died;
  console.log(`a move task is taken over in ${(tookMs / 1000).toFixed(1)} s, at ${moved} of ${wish.count}`);
  expect(tookMs).toBeLessThanOrEqual(TAKEN_OVER_MS);
  await expectEnd(sqs, survivor.endpoint, wish);
}

describe.runIf(hasRedis)('two servers on one Redis, one of them killed', () => {
  it('keep the order of FIFO groups, lose nothing, and take over move tasks', async () => {
    const redis = await aRedis(ALWAYS);
    await Promise.all([killInTurns(redis), takeOver(redis)]);
  });
});
