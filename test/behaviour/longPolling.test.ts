import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clientOf, FACES } from '../helpers/clients.ts';
import { fakeClock } from '../helpers/fakeClock.ts';
import { STORES, startServer } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { refusal } from './matrix.ts';
import {
  bodies,
  countsOf,
  invalidValue,
  type Message,
  noQueue,
  onFakeTime,
  receive,
  receiveOne,
  send,
} from './messages.ts';

onFakeTime(
  'a long poll',
  (context) => {
    const { face, pass } = context;
    /** Begins a poll; resolves with the promise of its messages when it stands in line behind `others`. */
    const polling = async (QueueUrl: string, wish: Record<string, unknown> = {}, signal?: AbortSignal) => {
      const seconds = Number(wish.WaitTimeSeconds ?? 20);
      const ends = context.clock.now() + seconds * 1000;
      const others = context.clock.plannedAt(ends);
      const messages = receive(context, QueueUrl, { WaitTimeSeconds: seconds, ...wish }, signal);
      // A refusal is looked at later than it comes.
      messages.catch(() => undefined);
      await until('the poll waits', () => context.clock.plannedAt(ends) === others + 1);
      return { messages, ends };
    };

    it('is woken by a send, and does not wait for more', async () => {
      const QueueUrl = await context.createQueue();
      const { messages } = await polling(QueueUrl, { MaxNumberOfMessages: 10 });
      await send(context, QueueUrl, 'x');
      expect(bodies(await messages)).toEqual(['x']);
      expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
    });

    it('is woken by a batch and takes all of it', async () => {
      const QueueUrl = await context.createQueue();
      const { messages } = await polling(QueueUrl);
      const Entries = ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: Id }));
      await context.client.call('SendMessageBatch', { QueueUrl, Entries });
      expect(bodies(await messages)).toEqual(['a', 'b', 'c']);
    });

    it('answers at once what is there', async () => {
      const QueueUrl = await context.createQueue();
      await send(context, QueueUrl, 'x');
      expect(bodies(await receive(context, QueueUrl, { WaitTimeSeconds: 20 }))).toEqual(['x']);
    });

    it('is woken by the end of a delay', async () => {
      const QueueUrl = await context.createQueue();
      await send(context, QueueUrl, 'x', { DelaySeconds: 7 });
      const { messages } = await polling(QueueUrl);
      pass(6.999);
      expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 1]);
      pass(0.001);
      expect(bodies(await messages)).toEqual(['x']);
    });

    it('is woken by the end of a delay that began while it waited', async () => {
      const QueueUrl = await context.createQueue();
      const { messages } = await polling(QueueUrl);
      await send(context, QueueUrl, 'later', { DelaySeconds: 9 });
      await send(context, QueueUrl, 'sooner', { DelaySeconds: 3 });
      const due = context.clock.now() + 3000;
      await until('the poll knows of it', () => context.clock.plannedAt(due) > 0);
      pass(3);
      expect(bodies(await messages)).toEqual(['sooner']);
    });

    it('is woken by the end of a visibility timeout', async () => {
      const QueueUrl = await context.createQueue({ VisibilityTimeout: '12' });
      await send(context, QueueUrl, 'x');
      await receiveOne(context, QueueUrl);
      const { messages } = await polling(QueueUrl);
      pass(12);
      expect(bodies(await messages)).toEqual(['x']);
    });

    it('is woken by ChangeMessageVisibility to 0', async () => {
      const QueueUrl = await context.createQueue();
      await send(context, QueueUrl, 'x');
      const { ReceiptHandle } = await receiveOne(context, QueueUrl);
      const { messages } = await polling(QueueUrl);
      await context.client.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
      expect(bodies(await messages)).toEqual(['x']);
    });

    it('ends empty after its time, and not before', async () => {
      const QueueUrl = await context.createQueue();
      const { messages, ends } = await polling(QueueUrl, { WaitTimeSeconds: 5 });
      pass(4.999);
      expect(context.clock.plannedAt(ends)).toBe(1);
      pass(0.001);
      expect(await messages).toEqual([]);
      expect(context.clock.plannedAt(ends)).toBe(0);
    });

    it('waits as long as the queue says, unless the request says 0', async () => {
      const QueueUrl = await context.createQueue({ ReceiveMessageWaitTimeSeconds: '8' });
      expect(await receive(context, QueueUrl, { WaitTimeSeconds: 0 })).toEqual([]);
      const ends = context.clock.now() + 8000;
      const messages = receive(context, QueueUrl);
      await until('the poll waits', () => context.clock.plannedAt(ends) === 1);
      pass(8);
      expect(await messages).toEqual([]);
    });

    it('hides what it takes as it was asked to', async () => {
      const QueueUrl = await context.createQueue();
      const { messages } = await polling(QueueUrl, { VisibilityTimeout: 3 });
      pass(10);
      await send(context, QueueUrl, 'x');
      await messages;
      pass(2.999);
      expect(await receive(context, QueueUrl)).toEqual([]);
      pass(0.001);
      await receiveOne(context, QueueUrl);
    });

    it('is served in order of arrival', async () => {
      const QueueUrl = await context.createQueue();
      const polls: Promise<Message[]>[] = [];
      for (let i = 0; i < 5; i += 1) polls.push((await polling(QueueUrl, { MaxNumberOfMessages: 1 })).messages);
      const sent = ['a', 'b', 'c', 'd', 'e'];
      for (const body of sent) await send(context, QueueUrl, body);
      expect((await Promise.all(polls)).flatMap(bodies)).toEqual(sent);
    });

    it('takes no message when its client has gone', async () => {
      const QueueUrl = await context.createQueue();
      const gone = new AbortController();
      const { messages, ends } = await polling(QueueUrl, {}, gone.signal);
      gone.abort();
      await expect(messages).rejects.toThrow();
      await until('the server has seen it', () => context.clock.plannedAt(ends) === 0);
      const { messages: next } = await polling(QueueUrl, { AttributeNames: ['ApproximateReceiveCount'] });
      await send(context, QueueUrl, 'x');
      expect((await next)[0]?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
      expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
    });

    it('is told at once that its queue was deleted', async () => {
      const QueueUrl = await context.createQueue();
      const { messages: first } = await polling(QueueUrl);
      const { messages: second } = await polling(QueueUrl);
      await context.client.call('DeleteQueue', { QueueUrl });
      expect(await refusal(first)).toEqual(noQueue(face));
      expect(await refusal(second)).toEqual(noQueue(face));
    });

    it('goes on when its queue is purged or changed', async () => {
      const QueueUrl = await context.createQueue();
      const { messages } = await polling(QueueUrl);
      await context.client.call('PurgeQueue', { QueueUrl });
      await context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { MessageRetentionPeriod: '60' } });
      await context.client.call('TagQueue', { QueueUrl, Tags: { a: 'b' } });
      await send(context, QueueUrl, 'x');
      expect(bodies(await messages)).toEqual(['x']);
    });

    it('waits for its own queue only', async () => {
      const [mine, other] = [await context.createQueue(), await context.createQueue()];
      const { messages, ends } = await polling(mine, { WaitTimeSeconds: 4 });
      await send(context, other, 'x');
      expect(context.clock.plannedAt(ends)).toBe(1);
      pass(4);
      expect(await messages).toEqual([]);
      expect(await countsOf(context, other)).toEqual([1, 0, 0]);
    });

    it('does not wait when it is refused', async () => {
      const QueueUrl = await context.createQueue();
      const call = receive(context, QueueUrl, { WaitTimeSeconds: 20, MaxNumberOfMessages: 0 });
      expect(await refusal(call)).toEqual(
        invalidValue(face, 'MaxNumberOfMessages', 0, 'Must be between 1 and 10, if provided.'),
      );
    });
  },
  { faces: FACES },
);

describe.each(STORES)('a server that closes, store %s', (store) => {
  it('answers open polls on every face with an empty 200', async () => {
    const clock = fakeClock();
    const server = await startServer(store, { clock });
    const clients = await Promise.all(FACES.map((face) => clientOf(face, server.endpoint)));
    const QueueUrl = String((await clients[0]!.call('CreateQueue', { QueueName: randomUUID() })).QueueUrl);
    const polls = clients.flatMap((client) =>
      Array.from({ length: 3 }, () => client.call('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 20 })),
    );
    await until('all of them wait', () => clock.plannedAt(clock.now() + 20_000) === polls.length);
    const begun = performance.now();
    await server.stop();
    expect(performance.now() - begun).toBeLessThan(5000);
    const answers = await Promise.all(polls);
    expect(answers).toEqual(FACES.flatMap((face) => Array(3).fill(face === 'rest' ? { Messages: [] } : {})));
    for (const client of clients) client.close();
  });
});
