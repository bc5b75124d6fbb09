import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newGeneration } from '../../src/model/ids.ts';
import { draftOf } from '../../src/model/message.ts';
import type { QueueRecord } from '../../src/model/queue.ts';
import { clientOf } from '../helpers/clients.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { PLAIN } from '../store/queues.ts';
import { AWS, onEvery, refusal } from './matrix.ts';
import {
  type BatchResult,
  bodies,
  countsOf,
  errorOn,
  failed,
  onFakeTime,
  receive,
  receiveOne,
  send,
  type TimedContext,
} from './messages.ts';

const IN_FLIGHT_MOST = 120_000;

/** Sends and receives `count` messages past the faces; they stay in flight for twelve hours. */
async function putInFlight({ store }: TestServer, queue: QueueRecord, count: number): Promise<void> {
  const wish = {
    max: 100,
    visibilityMs: 43_200_000,
    retentionMs: 345_600_000,
    inFlightLimit: IN_FLIGHT_MOST,
    requestId: '',
    ...PLAIN,
  };
  const draft = () =>
    draftOf({ body: 'x', attributes: [], senderId: '', group: '', deduplicationId: '', traceHeader: '', delayMs: 0 });
  for (let done = 0; done < count; done += 1000) {
    const drafts = Array.from({ length: 1000 }, draft);
    await store.messages.send(queue, drafts, { maxLength: 0, requestId: '', perGroup: false });
    for (let i = 0; i < 10; i += 1) await store.messages.receive(queue, { ...wish, generation: newGeneration() });
  }
}

async function filled(context: TimedContext): Promise<string> {
  const QueueUrl = await context.createQueue();
  const queue = await context.server.store.catalogue.find(
    '000000000000',
    'us-east-1',
    String(QueueUrl.split('/').at(-1)),
  );
  await putInFlight(context.server, queue!, IN_FLIGHT_MOST);
  return QueueUrl;
}

onFakeTime('120,000 messages in flight', (context) => {
  it('are the most: a short poll is told, a long one waits', async () => {
    const QueueUrl = await filled(context);
    expect(await receive(context, QueueUrl)).toEqual([]);
    await send(context, QueueUrl, 'one too many');
    expect(await countsOf(context, QueueUrl)).toEqual([1, IN_FLIGHT_MOST, 0]);
    expect(await refusal(receive(context, QueueUrl))).toEqual(
      errorOn('json', 'OverLimit', 'The maximum number of in flight messages is reached', 403),
    );
    const ends = context.clock.now() + 20_000;
    const long = receive(context, QueueUrl, { WaitTimeSeconds: 20 });
    await until('the poll waits', () => context.clock.plannedAt(ends) === 1);
    context.pass(20);
    expect(await long).toEqual([]);
    context.pass(43_180);
    const messages = await receive(context, QueueUrl);
    expect(messages).toHaveLength(10);
    expect(await countsOf(context, QueueUrl)).toEqual([IN_FLIGHT_MOST - 9, 10, 0]);
  }, 60_000);
});

onEvery('a full queue', (context) => {
  const full = errorOn(context.face, 'OverLimit', 'Queue is full.', context.face === 'rest' ? 409 : 403);
  const createFull = async (max_length: number) => {
    const name = randomUUID();
    const json = { 'content-type': 'application/json' };
    const login = await fetch(`${context.server.endpoint}/v1/auth/login`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ username: 'admin', password: 'password' }),
    });
    const { access_token } = (await login.json()) as { access_token: string };
    const created = await fetch(`${context.server.endpoint}/v1/queues`, {
      method: 'POST',
      headers: { ...json, authorization: `Bearer ${access_token}` },
      body: JSON.stringify({ name, max_length }),
    });
    expect(created.status).toBe(201);
    return `${context.server.endpoint}/000000000000/${name}`;
  };

  it('takes no more until a message is deleted, whatever the state of the others', async () => {
    const QueueUrl = await createFull(3);
    await send(context, QueueUrl, 'in flight');
    const { ReceiptHandle } = await receiveOne(context, QueueUrl);
    await send(context, QueueUrl, 'delayed', { DelaySeconds: 900 });
    await send(context, QueueUrl, 'visible');
    expect(await refusal(send(context, QueueUrl, 'too many'))).toEqual(full);
    expect(await countsOf(context, QueueUrl)).toEqual([1, 1, 1]);
    await context.client.call('DeleteMessage', { QueueUrl, ReceiptHandle });
    await send(context, QueueUrl, 'again');
    expect(await refusal(send(context, QueueUrl, 'too many'))).toEqual(full);
    expect(bodies(await receive(context, QueueUrl))).toEqual(['visible', 'again']);
  });

  it('takes of a batch what there is place for', async () => {
    const QueueUrl = await createFull(2);
    const Entries = ['a', 'b', 'c', 'd'].map((Id) => ({ Id, MessageBody: Id }));
    const call = context.client.call('SendMessageBatch', { QueueUrl, Entries });
    const { Successful, Failed } = (await call) as BatchResult;
    expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'b']);
    expect(Failed).toEqual(['c', 'd'].map((Id) => failed(Id, 'OverLimit', 'Queue is full.')));
    expect(bodies(await receive(context, QueueUrl))).toEqual(['a', 'b']);
  });
});

describe('max_queue_length', () => {
  it.each(AWS)('limits queues of %s when it is set', async (face) => {
    const server = await startServer('memory', { env: { max_queue_length: '1' } });
    const client = await clientOf(face, server.endpoint);
    const { QueueUrl } = await client.call('CreateQueue', { QueueName: 'short' });
    await client.call('SendMessage', { QueueUrl, MessageBody: 'x' });
    expect(await refusal(client.call('SendMessage', { QueueUrl, MessageBody: 'x' }))).toEqual(
      errorOn(face, 'OverLimit', 'Queue is full.', 403),
    );
    client.close();
    await server.stop();
  });
});
