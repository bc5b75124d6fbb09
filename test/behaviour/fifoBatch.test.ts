/** SendMessageBatch to FIFO queues: what a whole request is refused for, and what one entry (sqs-wire.md §3.19). */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { fifoQueue, take } from './fifo.ts';
import { onEvery, refusal } from './matrix.ts';
import { type BatchResult, countsOf, invalid, invalidValue } from './messages.ts';

const md5 = (body: string) => createHash('md5').update(body).digest('hex');
const rule = (name: string) => `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length`;
const NO_ID =
  'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly';
const OTHER_TYPE = 'The request include parameter that is not valid for this queue type.';

onEvery('SendMessageBatch to a FIFO queue', (context) => {
  const { face } = context;
  const batch = (QueueUrl: string, Entries: object[]) =>
    context.client.call('SendMessageBatch', { QueueUrl, Entries }) as Promise<BatchResult>;
  const entry = (Id: string, more: object = {}) => ({
    Id,
    MessageBody: Id,
    MessageGroupId: 'g',
    MessageDeduplicationId: Id,
    ...more,
  });

  it('sends in the order of the request', async () => {
    const QueueUrl = await fifoQueue(context);
    const wanted = ['c', 'a', 'b', 'z', 'y'];
    const { Successful = [], Failed } = await batch(
      QueueUrl,
      wanted.map((Id) => entry(Id)),
    );
    expect(Failed ?? []).toEqual([]);
    const numbers = Successful.map(({ SequenceNumber }) => SequenceNumber);
    expect(numbers).toEqual([...new Set(numbers)].sort());
    for (const number of numbers) expect(number).toMatch(/^\d{20}$/);
    expect(await take(context, QueueUrl)).toEqual(wanted);
  });

  it('swallows a repetition within the batch, and of an earlier one', async () => {
    const QueueUrl = await fifoQueue(context);
    const { Successful: first = [] } = await batch(QueueUrl, [entry('a'), entry('b', { MessageDeduplicationId: 'a' })]);
    expect(first).toHaveLength(2);
    expect(first[1]).toMatchObject({ Id: 'b', MD5OfMessageBody: md5('b'), MessageId: first[0]!.MessageId });
    expect(first[1]!.SequenceNumber).toBe(first[0]!.SequenceNumber);
    const { Successful: second = [] } = await batch(QueueUrl, [entry('c'), entry('a')]);
    expect(second[1]!.MessageId).toBe(first[0]!.MessageId);
    expect(await take(context, QueueUrl)).toEqual(['a', 'c']);
  });

  const delayed = (seconds: number) => invalidValue(face, 'DelaySeconds', seconds, OTHER_TYPE);
  it.each<[string, object, () => object]>([
    [
      'no group',
      { MessageGroupId: undefined },
      () => invalid(face, 'The request must contain the parameter MessageGroupId.'),
    ],
    ['no deduplication id', { MessageDeduplicationId: undefined }, () => invalid(face, NO_ID)],
    ['a bad group', { MessageGroupId: 'a b' }, () => invalid(face, rule('MessageGroupId'))],
    ['an empty group', { MessageGroupId: '' }, () => invalid(face, rule('MessageGroupId'))],
    ['a bad deduplication id', { MessageDeduplicationId: 'é' }, () => invalid(face, rule('MessageDeduplicationId'))],
    ['a delay', { DelaySeconds: 2 }, () => delayed(2)],
    [
      'a delay that is none anywhere',
      { DelaySeconds: -1 },
      () => invalidValue(face, 'DelaySeconds', -1, 'DelaySeconds must be >= 0 and <= 900.'),
    ],
    [
      'an empty body',
      { MessageBody: '' },
      () => invalid(face, 'The request must contain the parameter SendMessageBatchRequestEntry.2.MessageBody.'),
    ],
  ])('is refused as a whole for an entry with %s', async (_, wrong, expected) => {
    const QueueUrl = await fifoQueue(context);
    expect(await refusal(batch(QueueUrl, [entry('a'), entry('b', wrong), entry('c')]))).toEqual(expected());
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
    // Nothing of it is remembered either.
    const { Successful } = await batch(QueueUrl, [entry('a', { DelaySeconds: 0 })]);
    expect(Successful).toHaveLength(1);
    expect(await take(context, QueueUrl)).toEqual(['a']);
  });

  it('fails one entry for what does not depend on the type of the queue', async () => {
    const QueueUrl = await fifoQueue(context, { MaximumMessageSize: '1024' });
    const { Successful, Failed } = await batch(QueueUrl, [
      entry('a', { MessageBody: 'a\u0001' }),
      entry('b', { MessageBody: 'x'.repeat(1025) }),
      entry('c', { MessageAttributes: { a: { DataType: 'String', StringValue: '' } } }),
      entry('d'),
    ]);
    expect(Successful?.map(({ Id }) => Id)).toEqual(['d']);
    expect(Failed?.map(({ Id, Code }) => [Id, Code])).toEqual([
      ['a', 'InvalidMessageContents'],
      ['b', 'InvalidParameterValue'],
      ['c', 'InvalidParameterValue'],
    ]);
    expect(await take(context, QueueUrl)).toEqual(['d']);
  });
});
