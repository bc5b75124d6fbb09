/** What a server on disk still knows after it was stopped and started. */
import { expect, it } from 'vitest';
import { clientOf } from '../helpers/clients.ts';
import { fakeClock } from '../helpers/fakeClock.ts';
import { startServer } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { redriveTo } from './dead.ts';
import { fifoQueue, fill, nameOf, sendFifo, take } from './fifo.ts';
import type { Context } from './matrix.ts';
import { refusal } from './matrix.ts';
import { badHandle, bodies, countsOf, receive, receiveOne, send } from './messages.ts';

const NAME = 'kept';

/** The same client, whatever port the server has now. */
async function contextOf(server: { endpoint: string }): Promise<Context & { QueueUrl: string }> {
  const client = await clientOf('json', server.endpoint);
  const QueueUrl = `${server.endpoint}/000000000000/${NAME}`;
  return { face: 'json', store: 'embedded', client, QueueUrl } as Context & { QueueUrl: string };
}

const login = (endpoint: string, username: string, password: string) =>
  fetch(`${endpoint}/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });

it('keeps queues, messages and their states, tags, attributes, handles and users', async () => {
  const clock = fakeClock();
  let server = await startServer('embedded', { clock });
  let context = await contextOf(server);
  const Attributes = { VisibilityTimeout: '77', MessageRetentionPeriod: '86400' };
  await context.client.call('CreateQueue', { QueueName: NAME, Attributes, tags: { team: 'a' } });
  const MessageAttributes = {
    text: { DataType: 'String.x', StringValue: 'é😀' },
    bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
  };
  await send(context, context.QueueUrl, 'in flight', { MessageAttributes, MessageGroupId: 'tenant' });
  // One that belongs to a tenant and one that does not have no order within a millisecond.
  clock.advance(1);
  await send(context, context.QueueUrl, 'deleted');
  const [first, second] = await receive(context, context.QueueUrl, { AttributeNames: ['All'] });
  await context.client.call('DeleteMessage', { QueueUrl: context.QueueUrl, ReceiptHandle: second!.ReceiptHandle });
  await send(context, context.QueueUrl, 'delayed', { DelaySeconds: 100 });
  await send(context, context.QueueUrl, 'visible\r\n\uFFFD');
  await fetch(`${server.endpoint}/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ann', password: 'a long password' }),
  });

  context.client.close();
  server = await server.restart();
  context = await contextOf(server);
  const { client, QueueUrl } = context;
  expect(await countsOf(context, QueueUrl)).toEqual([1, 1, 1]);
  expect(await client.call('ListQueueTags', { QueueUrl })).toEqual({ Tags: { team: 'a' } });
  const { Attributes: kept } = await client.call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
  expect(kept).toMatchObject(Attributes);
  expect((await login(server.endpoint, 'ann', 'a long password')).status).toBe(200);
  expect((await login(server.endpoint, 'ann', 'another password')).status).toBe(401);
  expect((await login(server.endpoint, 'admin', 'password')).status).toBe(200);

  clock.advance(1);
  expect(bodies(await receive(context, QueueUrl))).toEqual(['visible\r\n\uFFFD']);
  clock.advance(77_000);
  const again = await receive(context, QueueUrl, { AttributeNames: ['All'], MessageAttributeNames: ['All'] });
  expect(bodies(again)).toEqual(['in flight', 'visible\r\n\uFFFD']);
  const [returned] = again;
  expect(returned).toMatchObject({ MessageId: first!.MessageId, MessageAttributes });
  expect(returned!.Attributes).toEqual({ ...first!.Attributes, ApproximateReceiveCount: '2' });
  clock.advance(23_000);
  expect(bodies(await receive(context, QueueUrl))).toEqual(['delayed']);
  // A handle of before the restart is still one.
  await client.call('DeleteMessage', { QueueUrl, ReceiptHandle: first!.ReceiptHandle });
  expect(await countsOf(context, QueueUrl)).toEqual([0, 2, 0]);

  context.client.close();
  await server.stop();
});

it('keeps the groups of a FIFO queue, what it remembers, and its dead letters', async () => {
  const clock = fakeClock();
  let server = await startServer('embedded', { clock });
  let context = await contextOf(server);
  const dead = await fifoQueue(context);
  const attributes = { DeduplicationScope: 'messageGroup', VisibilityTimeout: '60', ...redriveTo(dead, 1) };
  const name = nameOf(await fifoQueue(context, attributes));
  const urlOf = (queueName: string) => `${server.endpoint}/000000000000/${queueName}`;
  await fill(context, urlOf(name), ['a', 3]);
  const once = { MessageDeduplicationId: 'once' };
  const first = await sendFifo(context, urlOf(name), 'b', 'b-1', once);
  expect(await take(context, urlOf(name), 1)).toEqual(['a-1']);
  await context.client.call('SetQueueAttributes', {
    QueueUrl: urlOf(name),
    Attributes: { DeduplicationScope: 'queue' },
  });

  context.client.close();
  server = await server.restart();
  context = await contextOf(server);
  const QueueUrl = urlOf(name);
  // The group of what is in flight is locked.
  expect(await take(context, QueueUrl, 10, { VisibilityTimeout: 0 })).toEqual(['b-1']);
  expect((await sendFifo(context, QueueUrl, 'b', 'again', once)).SequenceNumber).toBe(first.SequenceNumber);
  const next = await sendFifo(context, QueueUrl, 'c', 'c-1', once);
  expect(String(next.SequenceNumber) > String(first.SequenceNumber)).toBe(true);
  clock.advance(60_000);
  // a-1 and b-1 have been delivered once.
  expect((await take(context, QueueUrl)).sort()).toEqual(['a-2', 'a-3', 'c-1']);
  const moved = await until('both have moved', async () => {
    const messages = await receive(context, urlOf(nameOf(dead)), { VisibilityTimeout: 0, AttributeNames: ['All'] });
    return messages.length === 2 && messages;
  });
  expect(bodies(moved).sort()).toEqual(['a-1', 'b-1']);

  context.client.close();
  server = await server.restart();
  context = await contextOf(server);
  const kept = await receive(context, urlOf(nameOf(dead)), { AttributeNames: ['All'] });
  expect(kept.map(({ Body, Attributes }) => [Body, Attributes?.SequenceNumber]).sort()).toEqual(
    moved.map(({ Body, Attributes }) => [Body, Attributes?.SequenceNumber]).sort(),
  );
  for (const { Attributes } of kept) expect(Attributes?.DeadLetterQueueSourceArn).toContain(name);
  context.client.close();
  await server.stop();
});

it('keeps nothing in memory', async () => {
  let server = await startServer('memory');
  let context = await contextOf(server);
  await context.client.call('CreateQueue', { QueueName: NAME });
  await send(context, context.QueueUrl, 'x');
  const { ReceiptHandle } = await receiveOne(context, context.QueueUrl);
  context.client.close();
  server = await server.restart();
  context = await contextOf(server);
  expect(await context.client.call('ListQueues', {})).toEqual({});
  await context.client.call('CreateQueue', { QueueName: NAME });
  const call = context.client.call('DeleteMessage', { QueueUrl: context.QueueUrl, ReceiptHandle });
  expect(await refusal(call)).toEqual(badHandle('json', ReceiptHandle));
  context.client.close();
  await server.stop();
});
