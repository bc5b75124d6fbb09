/** Dead letters: when a message moves, and what it looks like then (sqs-wire.md §§5.11, 6.1–6.3). */
import { expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { arnOf, arrived, fail, pair, redriveTo, set } from './dead.ts';
import { fifoQueue, fill, nameOf, remove, sendFifo, take } from './fifo.ts';
import { AWS, onEvery } from './matrix.ts';
import { bodies, countsOf, type Message, onFakeTime, receive, receiveOne, send } from './messages.ts';

const TRACE = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

onEvery('a dead letter', (context) => {
  it.each([1, 3, '2'])('is delivered maxReceiveCount times (%j), and moves at the next attempt', async (most) => {
    const { dead, source } = await pair(context, most);
    await send(context, source, 'x');
    for (let n = 1; n <= Number(most); n += 1) {
      const [message] = await receive(context, source, { VisibilityTimeout: 0, AttributeNames: ['All'] });
      expect(message?.Attributes?.ApproximateReceiveCount).toBe(String(n));
    }
    // Nobody has asked again yet.
    expect(await countsOf(context, source)).toEqual([1, 0, 0]);
    expect(await countsOf(context, dead)).toEqual([0, 0, 0]);
    expect(await receive(context, source)).toEqual([]);
    expect(await countsOf(context, source)).toEqual([0, 0, 0]);
    await arrived(context, dead, 1);
    expect(await take(context, dead)).toEqual(['x']);
    expect(await receive(context, source)).toEqual([]);
  });

  it('is the same message, but for its source and its count', async () => {
    const { dead, source } = await pair(context, 1);
    const MessageAttributes = {
      text: { DataType: 'String.x', StringValue: 'é😀' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    };
    const MessageSystemAttributes = { AWSTraceHeader: { DataType: 'String', StringValue: TRACE } };
    await send(context, source, 'body', { MessageAttributes, MessageSystemAttributes, MessageGroupId: 'tenant' });
    const asked = { AttributeNames: ['All'], MessageAttributeNames: ['All'] };
    const [before] = await receive(context, source, { VisibilityTimeout: 0, ...asked });
    expect(before!.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
    expect(await receive(context, source)).toEqual([]);
    await arrived(context, dead, 1);
    const after = await receiveOne(context, dead, asked);
    expect(after.ReceiptHandle).not.toBe(before!.ReceiptHandle);
    expect(after).toEqual({
      ...before,
      ReceiptHandle: after.ReceiptHandle,
      Attributes: {
        ...before!.Attributes,
        ApproximateReceiveCount: '2',
        DeadLetterQueueSourceArn: arnOf(source),
      },
    });
    expect(after.Attributes).toMatchObject({ AWSTraceHeader: TRACE, MessageGroupId: 'tenant' });
    await remove(context, dead, after.ReceiptHandle);
    expect(await countsOf(context, dead)).toEqual([0, 0, 0]);
  });

  it('makes place in the same call for what can be delivered', async () => {
    const { dead, source } = await pair(context, 1);
    await send(context, source, 'bad');
    expect(bodies(await fail(context, source))).toEqual(['bad']);
    await send(context, source, 'good');
    expect(await take(context, source)).toEqual(['good']);
    await arrived(context, dead, 1);
  });

  it('is none while its last delivery lasts, and can be deleted then', async () => {
    const { dead, source } = await pair(context, 1);
    await send(context, source, 'x');
    const { ReceiptHandle } = await receiveOne(context, source);
    expect(await receive(context, source)).toEqual([]);
    expect(await countsOf(context, source)).toEqual([0, 1, 0]);
    await remove(context, source, ReceiptHandle);
    expect(await countsOf(context, source)).toEqual([0, 0, 0]);
    expect(await countsOf(context, dead)).toEqual([0, 0, 0]);
  });

  it('is moved though its receiver deletes it with an old handle', async () => {
    const { dead, source } = await pair(context, 1);
    await send(context, source, 'x');
    const [{ ReceiptHandle } = {} as Message] = await fail(context, source);
    expect(await receive(context, source)).toEqual([]);
    await arrived(context, dead, 1);
    await remove(context, source, ReceiptHandle).catch(() => undefined);
    expect(await countsOf(context, dead)).toEqual([1, 0, 0]);
  });

  it('is one of many', async () => {
    const { dead, source } = await pair(context, 1);
    for (let i = 0; i < 35; i += 1) await send(context, source, String(i));
    const seen = new Set<string>();
    while (seen.size < 35)
      for (const { Body } of await receive(context, source, { VisibilityTimeout: 0 })) seen.add(Body);
    await until('all have left', async () => {
      await receive(context, source);
      return (await countsOf(context, source)).every((count) => count === 0);
    });
    await arrived(context, dead, 35);
    const moved = new Set<string>();
    for (let i = 0; i < 4; i += 1) for (const body of await take(context, dead)) moved.add(body);
    expect(moved).toEqual(seen);
  });

  it('wakes whoever waits for dead letters, found by a receive that waits itself', async () => {
    const { dead, source } = await pair(context, 1);
    await send(context, source, 'x');
    await fail(context, source);
    const waiting = receive(context, dead, { WaitTimeSeconds: 20 });
    const long = receive(context, source, { WaitTimeSeconds: 1 });
    expect(bodies(await waiting)).toEqual(['x']);
    expect(await long).toEqual([]);
  });

  it('is judged by the policy of the moment', async () => {
    const { dead, source } = await pair(context, 1);
    await send(context, source, 'x');
    await fail(context, source);
    await set(context, source, redriveTo(dead, 3));
    for (let n = 2; n <= 3; n += 1) expect(bodies(await fail(context, source))).toEqual(['x']);
    await set(context, source, { RedrivePolicy: '' });
    for (let n = 4; n <= 6; n += 1) expect(bodies(await fail(context, source))).toEqual(['x']);
    expect(await countsOf(context, dead)).toEqual([0, 0, 0]);
    await set(context, source, redriveTo(dead, 6));
    expect(await receive(context, source)).toEqual([]);
    await arrived(context, dead, 1);
    const { Attributes } = await receiveOne(context, dead, { AttributeNames: ['All'] });
    expect(Attributes?.ApproximateReceiveCount).toBe('7');
  });

  it('comes from any of several sources', async () => {
    const dead = await context.createQueue();
    const sources = [await context.createQueue(redriveTo(dead, 1)), await context.createQueue(redriveTo(dead, 1))];
    for (const source of sources) {
      await send(context, source, nameOf(source));
      await fail(context, source);
      expect(await receive(context, source)).toEqual([]);
    }
    await arrived(context, dead, 2);
    const messages = await receive(context, dead, { AttributeNames: ['DeadLetterQueueSourceArn'] });
    const found = messages.map(({ Body, Attributes }) => [Body, Attributes?.DeadLetterQueueSourceArn]);
    expect(found.sort()).toEqual(sources.map((source) => [nameOf(source), arnOf(source)]).sort());
  });

  it('begins to count anew where dead letters have dead letters', async () => {
    const last = await context.createQueue();
    const middle = await context.createQueue(redriveTo(last, 2));
    const first = await context.createQueue(redriveTo(middle, 3));
    await send(context, first, 'x');
    for (let n = 1; n <= 3; n += 1) await fail(context, first);
    expect(await receive(context, first)).toEqual([]);
    await arrived(context, middle, 1);
    for (let n = 4; n <= 5; n += 1) {
      const [message] = await receive(context, middle, { VisibilityTimeout: 0, AttributeNames: ['All'] });
      expect(message?.Attributes?.ApproximateReceiveCount).toBe(String(n));
    }
    expect(await receive(context, middle)).toEqual([]);
    await arrived(context, last, 1);
    const { Attributes } = await receiveOne(context, last, { AttributeNames: ['All'] });
    expect(Attributes).toMatchObject({ ApproximateReceiveCount: '6', DeadLetterQueueSourceArn: arnOf(middle) });
  });

  it('is delivered on while its queue is not there', async () => {
    const { dead, source } = await pair(context, 1);
    await send(context, source, 'x');
    await fail(context, source);
    await context.client.call('DeleteQueue', { QueueUrl: dead });
    for (let n = 2; n <= 4; n += 1) expect(bodies(await fail(context, source))).toEqual(['x']);
    const { Attributes } = (await context.client.call('GetQueueAttributes', {
      QueueUrl: source,
      AttributeNames: ['RedrivePolicy'],
    })) as { Attributes: Record<string, string> };
    expect(Attributes).toEqual(redriveTo(dead, 1));
    await context.client.call('CreateQueue', { QueueName: nameOf(dead) });
    await until('it is found again', async () => (await receive(context, source)).length === 0);
    await arrived(context, dead, 1);
  });

  it('goes into a queue that delays what is sent to it', async () => {
    const { dead, source } = await pair(context, 1);
    await set(context, dead, { DelaySeconds: '900' });
    await send(context, source, 'x');
    await fail(context, source);
    expect(await receive(context, source)).toEqual([]);
    await arrived(context, dead, 1);
  });

  it('goes with its source', async () => {
    const { dead, source } = await pair(context, 1);
    await send(context, source, 'x');
    await fail(context, source);
    await context.client.call('PurgeQueue', { QueueUrl: source });
    expect(await receive(context, source)).toEqual([]);
    expect(await countsOf(context, dead)).toEqual([0, 0, 0]);
  });
});

onEvery('a dead letter of a FIFO queue', (context) => {
  const fifoPair = async (most: number, attributes: Record<string, string> = {}) => {
    const dead = await fifoQueue(context, attributes);
    return { dead, source: await fifoQueue(context, { ...redriveTo(dead, most), ...attributes }) };
  };

  it('keeps group and deduplication id, and gets a number of its new queue', async () => {
    const { dead, source } = await fifoPair(1, { ContentBasedDeduplication: 'true' });
    await context.client.call('SendMessage', { QueueUrl: source, MessageBody: 'x', MessageGroupId: 'g' });
    const [before] = await receive(context, source, { VisibilityTimeout: 0, AttributeNames: ['All'] });
    expect(await receive(context, source)).toEqual([]);
    await arrived(context, dead, 1);
    const after = await receiveOne(context, dead, { AttributeNames: ['All'] });
    expect(after.MessageId).toBe(before!.MessageId);
    expect(after.Attributes).toMatchObject({
      MessageGroupId: 'g',
      MessageDeduplicationId: before!.Attributes!.MessageDeduplicationId,
      ApproximateReceiveCount: '2',
      DeadLetterQueueSourceArn: arnOf(source),
      SequenceNumber: expect.stringMatching(/^\d{20}$/),
    });
  });

  it('stops blocking its group, whose order stays', async () => {
    const { dead, source } = await fifoPair(1);
    await fill(context, source, ['a', 4], ['b', 1]);
    expect(await take(context, source, 2, { VisibilityTimeout: 0 })).toEqual(['a-1', 'a-2']);
    // The two are moved by the receive that gets what came after them.
    expect((await take(context, source)).sort()).toEqual(['a-3', 'a-4', 'b-1']);
    await arrived(context, dead, 2);
    expect(await take(context, dead)).toEqual(['a-1', 'a-2']);
  });

  it('arrives in the order of the group, in however many receives', async () => {
    const { dead, source } = await fifoPair(1);
    await fill(context, source, ['a', 25]);
    for (let i = 0; i < 40 && (await countsOf(context, source))[0] > 0; i += 1) await fail(context, source);
    await arrived(context, dead, 25);
    const got: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const messages = await receive(context, dead);
      got.push(...bodies(messages));
      for (const { ReceiptHandle } of messages) await remove(context, dead, ReceiptHandle);
    }
    expect(got).toEqual(Array.from({ length: 25 }, (_, i) => `a-${i + 1}`));
  });

  it('is no duplicate of what has its id there', async () => {
    const { dead, source } = await fifoPair(1);
    await sendFifo(context, dead, 'g', 'sent', { MessageDeduplicationId: 'd' });
    await sendFifo(context, source, 'g', 'moved', { MessageDeduplicationId: 'd' });
    await fail(context, source);
    expect(await receive(context, source)).toEqual([]);
    await arrived(context, dead, 2);
    expect(await take(context, dead)).toEqual(['sent', 'moved']);
  });
});

onFakeTime(
  'the retention of a dead letter',
  (context) => {
    const DAY = 86_400;
    const movedAfterHalfADay = async (dead: string, source: string, sending: () => Promise<unknown>) => {
      await sending();
      const sentAt = context.clock.now();
      context.pass(DAY / 2);
      await fail(context, source);
      expect(await receive(context, source)).toEqual([]);
      await arrived(context, dead, 1);
      return sentAt;
    };
    const sentTimeIn = async (dead: string) =>
      Number(
        (await receiveOne(context, dead, { AttributeNames: ['All'], VisibilityTimeout: 0 })).Attributes?.SentTimestamp,
      );

    it('goes on from its sending on a standard queue', async () => {
      const dead = await context.createQueue({ MessageRetentionPeriod: String(DAY) });
      const source = await context.createQueue(redriveTo(dead, 1));
      const sentAt = await movedAfterHalfADay(dead, source, () => send(context, source, 'x'));
      expect(await sentTimeIn(dead)).toBe(sentAt);
      context.pass(DAY / 2 - 1);
      expect(await take(context, dead, 1, { VisibilityTimeout: 0 })).toEqual(['x']);
      context.pass(1);
      expect(await take(context, dead)).toEqual([]);
    });

    it('begins anew on a FIFO queue', async () => {
      const dead = await fifoQueue(context, { MessageRetentionPeriod: String(DAY) });
      const source = await fifoQueue(context, redriveTo(dead, 1));
      const sentAt = await movedAfterHalfADay(dead, source, () => sendFifo(context, source, 'g', 'x'));
      expect(await sentTimeIn(dead)).toBe(sentAt + (DAY / 2) * 1000);
      context.pass(DAY - 1);
      expect(await take(context, dead, 1, { VisibilityTimeout: 0 })).toEqual(['x']);
      context.pass(1);
      expect(await take(context, dead)).toEqual([]);
    });

    it('has moved whatever a server left undone, when the agenda looks', async () => {
      const { dead, source } = await pair(context, 1);
      const { store } = context.server;
      await send(context, source, 'x');
      await fail(context, source);
      const departures = store.messages.departures;
      store.messages.departures = async () => ({ value: { look: 0, departing: [] } });
      expect(await receive(context, source)).toEqual([]);
      store.messages.departures = departures;
      expect(await countsOf(context, dead)).toEqual([0, 0, 0]);
      await until('it is moved', async () => {
        context.pass(1);
        return (await countsOf(context, dead))[0] === 1;
      });
    });
  },
  { faces: AWS },
);
