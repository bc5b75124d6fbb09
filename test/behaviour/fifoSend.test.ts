/** Sending to FIFO queues: ids, deduplication, sequence numbers (sqs-wire.md §§3.18, 3.19, 7.3–7.6). */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { fifoQueue, remove, sendFifo, take } from './fifo.ts';
import { AWS, onEvery, refusal } from './matrix.ts';
import {
  type BatchResult,
  countsOf,
  failed,
  invalid,
  invalidValue,
  missing,
  onFakeTime,
  receive,
  receiveOne,
} from './messages.ts';

const sha256 = (body: string) => createHash('sha256').update(body).digest('hex');
const md5 = (body: string) => createHash('md5').update(body).digest('hex');
/** Letters, digits and every punctuation character of ASCII: 94. */
const ALPHABET = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');
const BAD_IDS = ['', ' ', 'a b', 'a\tb', 'a\n', 'é', '😀', '\u007f', '\u0000', 'x'.repeat(129)];
const rule = (name: string) => `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length`;
const NO_ID =
  'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly';
const CONTENT = { ContentBasedDeduplication: 'true' };
const OTHER_TYPE = 'The request include parameter that is not valid for this queue type.';

onEvery('SendMessage to a FIFO queue', (context) => {
  const { face } = context;
  const send = (QueueUrl: string, MessageBody: string, more: object = {}) =>
    context.client.call('SendMessage', { QueueUrl, MessageBody, ...more });
  const ids = (MessageGroupId: string, MessageDeduplicationId?: string) => ({
    MessageGroupId,
    ...(MessageDeduplicationId !== undefined && { MessageDeduplicationId }),
  });

  it('answers a number that the message has from then on', async () => {
    const QueueUrl = await fifoQueue(context);
    const sent = await send(QueueUrl, 'x', ids('g', 'd'));
    expect(sent).toMatchObject({ MD5OfMessageBody: md5('x'), SequenceNumber: expect.stringMatching(/^\d{20}$/) });
    for (const ApproximateReceiveCount of ['1', '2']) {
      const [message] = await receive(context, QueueUrl, { AttributeNames: ['All'], VisibilityTimeout: 0 });
      expect(message).toMatchObject({ MessageId: sent.MessageId, Body: 'x' });
      expect(message!.Attributes).toEqual({
        SenderId: expect.any(String),
        SentTimestamp: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.any(String),
        ApproximateReceiveCount,
        MessageGroupId: 'g',
        MessageDeduplicationId: 'd',
        SequenceNumber: sent.SequenceNumber,
      });
    }
  });

  it('gives numbers that grow, over a purge too', async () => {
    const QueueUrl = await fifoQueue(context);
    const numbers: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      if (i === 6) await context.client.call('PurgeQueue', { QueueUrl });
      numbers.push(String((await sendFifo(context, QueueUrl, `g${i % 2}`, 'x')).SequenceNumber));
    }
    expect(numbers).toEqual([...new Set(numbers)].sort());
  });

  it('needs a group', async () => {
    const QueueUrl = await fifoQueue(context, CONTENT);
    expect(await refusal(send(QueueUrl, 'x'))).toEqual(missing(face, 'MessageGroupId'));
    expect(await refusal(send(QueueUrl, 'x', { MessageDeduplicationId: 'a b', DelaySeconds: 1 }))).toEqual(
      missing(face, 'MessageGroupId'),
    );
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
  });

  it('needs a deduplication id, or a queue that makes one', async () => {
    const QueueUrl = await fifoQueue(context);
    expect(await refusal(send(QueueUrl, 'x', ids('g')))).toEqual(invalid(face, NO_ID));
    await send(await fifoQueue(context, CONTENT), 'x', ids('g'));
  });

  it('takes ids of 1 to 128 letters, digits and punctuation characters', async () => {
    const QueueUrl = await fifoQueue(context);
    const good = ['x', '0', '.', 'x'.repeat(128), ALPHABET];
    for (const id of good) await send(QueueUrl, id, ids(id, id));
    const messages = await receive(context, QueueUrl, { AttributeNames: ['All'] });
    expect(messages.map(({ Attributes }) => Attributes?.MessageGroupId).sort()).toEqual([...good].sort());
    for (const { Attributes } of messages) expect(Attributes?.MessageDeduplicationId).toBe(Attributes?.MessageGroupId);
  });

  it.each(BAD_IDS)('takes no id %j', async (id) => {
    // A REST body and JSON carry anything; a form that XML cannot answer is not compared.
    if (face === 'query' && id === '\u0000') return;
    const QueueUrl = await fifoQueue(context);
    const wrong = (name: string) => invalidValue(face, name, id, `${rule(name)}.`);
    expect(await refusal(send(QueueUrl, 'x', ids(id, 'd')))).toEqual(wrong('MessageGroupId'));
    expect(await refusal(send(QueueUrl, 'x', ids('g', id)))).toEqual(wrong('MessageDeduplicationId'));
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
  });

  it('takes no delay but 0, which means nothing', async () => {
    const QueueUrl = await fifoQueue(context);
    for (const DelaySeconds of [1, 2, 900, 901]) {
      expect(await refusal(send(QueueUrl, 'x', { ...ids('g', 'd'), DelaySeconds }))).toEqual(
        invalidValue(face, 'DelaySeconds', DelaySeconds, OTHER_TYPE),
      );
    }
    expect(await refusal(send(QueueUrl, 'x', { ...ids('g', 'd'), DelaySeconds: -1 }))).toEqual(
      invalidValue(face, 'DelaySeconds', -1, 'DelaySeconds must be >= 0 and <= 900.'),
    );
    await send(QueueUrl, 'x', { ...ids('g', 'd'), DelaySeconds: 0 });
    const delaying = await fifoQueue(context, { DelaySeconds: '100' });
    await send(delaying, 'x', { ...ids('g', 'd'), DelaySeconds: 0 });
    expect(await countsOf(context, delaying)).toEqual([0, 0, 1]);
  });

  it('swallows a repetition and answers as before, with the digest of the new body', async () => {
    const QueueUrl = await fifoQueue(context);
    const first = await send(QueueUrl, 'one', ids('g', 'd'));
    const second = await send(QueueUrl, 'two', ids('g', 'd'));
    expect(second).toEqual({ ...first, MD5OfMessageBody: md5('two') });
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
    expect(await take(context, QueueUrl)).toEqual(['one']);
  });

  it('remembers what was received and deleted', async () => {
    const QueueUrl = await fifoQueue(context);
    const first = await send(QueueUrl, 'x', ids('g', 'd'));
    const { ReceiptHandle } = await receiveOne(context, QueueUrl);
    expect((await send(QueueUrl, 'x', ids('g', 'd'))).MessageId).toBe(first.MessageId);
    await remove(context, QueueUrl, ReceiptHandle);
    expect((await send(QueueUrl, 'x', ids('g', 'd'))).SequenceNumber).toBe(first.SequenceNumber);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
  });

  it('remembers nothing after a purge', async () => {
    const QueueUrl = await fifoQueue(context);
    const first = await send(QueueUrl, 'x', ids('g', 'd'));
    await context.client.call('PurgeQueue', { QueueUrl });
    const second = await send(QueueUrl, 'x', ids('g', 'd'));
    expect(second.MessageId).not.toBe(first.MessageId);
    expect(await take(context, QueueUrl)).toEqual(['x']);
  });

  it('tells messages apart by their id, not by their body', async () => {
    const QueueUrl = await fifoQueue(context);
    await send(QueueUrl, 'same', ids('g', 'a'));
    await send(QueueUrl, 'same', ids('g', 'b'));
    expect(await take(context, QueueUrl)).toEqual(['same', 'same']);
  });

  it('knows one id in one queue', async () => {
    const queues = [await fifoQueue(context), await fifoQueue(context)];
    for (const QueueUrl of queues) await send(QueueUrl, 'x', ids('g', 'd'));
    for (const QueueUrl of queues) expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
  });

  it('makes an id of the body where the queue says so', async () => {
    const QueueUrl = await fifoQueue(context, CONTENT);
    const MessageAttributes = { a: { DataType: 'String', StringValue: 'x' } };
    const first = await send(QueueUrl, 'é😀', ids('g'));
    // Attributes take no part in it.
    expect((await send(QueueUrl, 'é😀', { ...ids('g'), MessageAttributes })).MessageId).toBe(first.MessageId);
    await send(QueueUrl, 'other', ids('g'));
    const messages = await receive(context, QueueUrl, { AttributeNames: ['MessageDeduplicationId'] });
    expect(messages.map(({ Attributes }) => Attributes?.MessageDeduplicationId)).toEqual([
      sha256('é😀'),
      sha256('other'),
    ]);
  });

  it('prefers an explicit id, which may be that of a body', async () => {
    const QueueUrl = await fifoQueue(context, CONTENT);
    await send(QueueUrl, 'same', ids('g', 'a'));
    await send(QueueUrl, 'same', ids('g', 'b'));
    expect(await countsOf(context, QueueUrl)).toEqual([2, 0, 0]);
    const third = await send(QueueUrl, 'same', ids('g'));
    expect(await countsOf(context, QueueUrl)).toEqual([3, 0, 0]);
    expect((await send(QueueUrl, 'different', ids('g', sha256('same')))).MessageId).toBe(third.MessageId);
    expect(await countsOf(context, QueueUrl)).toEqual([3, 0, 0]);
  });

  it.each([{}, CONTENT])('finds a duplicate in another group of the queue (%j)', async (attributes) => {
    const QueueUrl = await fifoQueue(context, attributes);
    const id = 'ContentBasedDeduplication' in attributes ? undefined : 'd';
    const first = await send(QueueUrl, 'x', ids('a', id));
    expect((await send(QueueUrl, 'x', ids('b', id))).MessageId).toBe(first.MessageId);
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
  });

  it.each([
    ['perQueue', {}],
    ['perMessageGroupId', {}],
    ['perQueue', CONTENT],
    ['perMessageGroupId', CONTENT],
  ])('finds none where groups are told apart (%s, %j)', async (FifoThroughputLimit, attributes) => {
    const wanted = { DeduplicationScope: 'messageGroup', FifoThroughputLimit, ...attributes };
    const QueueUrl = await fifoQueue(context, wanted);
    const id = 'ContentBasedDeduplication' in attributes ? undefined : 'd';
    for (const group of ['a', 'b', 'a', 'b']) await send(QueueUrl, 'x', ids(group, id));
    expect(await countsOf(context, QueueUrl)).toEqual([2, 0, 0]);
  });

  it.each([
    ['queue', 'messageGroup', 1],
    ['messageGroup', 'queue', 2],
  ])('keeps the scope of its creation: %s, changed to %s', async (before, after, expected) => {
    const QueueUrl = await fifoQueue(context, { DeduplicationScope: before });
    const Attributes = { DeduplicationScope: after };
    await context.client.call('SetQueueAttributes', { QueueUrl, Attributes });
    for (const group of ['a', 'b']) await send(QueueUrl, 'x', ids(group, 'd'));
    expect(await countsOf(context, QueueUrl)).toEqual([expected, 0, 0]);
    const shown = await context.client.call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
    expect(shown.Attributes).toMatchObject(Attributes);
    expect(Object.keys(shown.Attributes as object)).toHaveLength(16);
    // Not even a change back, or of something else, makes a difference.
    await context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { DelaySeconds: '0' } });
    await send(QueueUrl, 'x', ids('c', 'd'));
    expect(await countsOf(context, QueueUrl)).toEqual([expected === 1 ? 1 : 3, 0, 0]);
  });

  it('follows ContentBasedDeduplication when that is changed', async () => {
    const QueueUrl = await fifoQueue(context);
    const set = (ContentBasedDeduplication: string) =>
      context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { ContentBasedDeduplication } });
    await set('True');
    for (let i = 0; i < 2; i += 1) await send(QueueUrl, 'x', ids('g'));
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
    await set('false');
    expect(await refusal(send(QueueUrl, 'x', ids('g')))).toEqual(invalid(face, NO_ID));
  });

  it('stores one of many repetitions at once', async () => {
    const QueueUrl = await fifoQueue(context);
    const sent = await Promise.all(Array.from({ length: 20 }, () => send(QueueUrl, 'x', ids('g', 'd'))));
    expect(new Set(sent.map(({ MessageId }) => MessageId)).size).toBe(1);
    expect(new Set(sent.map(({ SequenceNumber }) => SequenceNumber)).size).toBe(1);
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
  });

  it('refuses a wrong body before it counts as sent', async () => {
    const QueueUrl = await fifoQueue(context, { MaximumMessageSize: '1024' });
    const tooLong = 'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.';
    expect(await refusal(send(QueueUrl, 'x'.repeat(1025), ids('g', 'd')))).toEqual(invalid(face, tooLong));
    expect((await refusal(send(QueueUrl, 'a\u0001', ids('g', 'd')))).status).toBe(400);
    await send(QueueUrl, 'good', ids('g', 'd'));
    expect(await take(context, QueueUrl)).toEqual(['good']);
  });
});

onEvery(
  'ids on a standard queue',
  (context) => {
    it('are a tenant, and nothing else', async () => {
      const QueueUrl = await context.createQueue();
      const MessageDeduplicationId = 'd';
      const sent = await context.client.call('SendMessage', { QueueUrl, MessageBody: 'x', MessageGroupId: 'g' });
      expect(sent.SequenceNumber).toBeUndefined();
      const single = context.client.call('SendMessage', { QueueUrl, MessageBody: 'x', MessageDeduplicationId });
      expect(await refusal(single)).toEqual(invalidValue(context.face, 'MessageDeduplicationId', 'd', OTHER_TYPE));
      const { Successful, Failed } = (await context.client.call('SendMessageBatch', {
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId },
          { Id: 'b', MessageBody: 'x', MessageGroupId: 'g' },
        ],
      })) as BatchResult;
      expect(Successful).toEqual([{ Id: 'b', MessageId: expect.any(String), MD5OfMessageBody: md5('x') }]);
      expect(Failed).toEqual([failed('a', 'InvalidParameterValue', OTHER_TYPE.slice(0, -1))]);
      const [message] = await receive(context, QueueUrl, { AttributeNames: ['All'] });
      expect(Object.keys(message!.Attributes!).sort()).toEqual([
        'ApproximateFirstReceiveTimestamp',
        'ApproximateReceiveCount',
        'MessageGroupId',
        'SenderId',
        'SentTimestamp',
      ]);
    });
  },
  { faces: AWS },
);

onFakeTime(
  'the memory of a FIFO queue',
  (context) => {
    const send = async (QueueUrl: string, id = 'd') =>
      String((await sendFifo(context, QueueUrl, 'g', 'x', { MessageDeduplicationId: id })).MessageId);

    it('lasts five minutes from the first send, not from a repetition', async () => {
      const QueueUrl = await fifoQueue(context);
      const first = await send(QueueUrl);
      for (const seconds of [3, 200, 96.999]) {
        context.pass(seconds);
        expect(await send(QueueUrl)).toBe(first);
      }
      context.pass(0.001);
      const second = await send(QueueUrl);
      expect(second).not.toBe(first);
      context.pass(299.999);
      expect(await send(QueueUrl)).toBe(second);
      expect(await countsOf(context, QueueUrl)).toEqual([2, 0, 0]);
    });

    it('outlives the message: its retention, its removal', async () => {
      const QueueUrl = await fifoQueue(context, { MessageRetentionPeriod: '60' });
      const first = await send(QueueUrl);
      context.pass(61);
      expect(await take(context, QueueUrl)).toEqual([]);
      expect(await send(QueueUrl)).toBe(first);
      expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
    });

    it('is of a queue that is there: another with its name begins anew', async () => {
      const QueueUrl = await fifoQueue(context);
      const first = await send(QueueUrl);
      await context.client.call('DeleteQueue', { QueueUrl });
      const QueueName = String(QueueUrl.split('/').at(-1));
      await context.client.call('CreateQueue', { QueueName, Attributes: { FifoQueue: 'true' } });
      expect(await send(QueueUrl)).not.toBe(first);
    });
  },
  { faces: AWS },
);
