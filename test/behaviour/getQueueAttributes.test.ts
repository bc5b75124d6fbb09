import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf } from '../helpers/clients.ts';
import { fakeClock } from '../helpers/fakeClock.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { AWS, onEvery, refusal } from './matrix.ts';

type Attributes = Record<string, string>;

onEvery('GetQueueAttributes', (context) => {
  const call = (action: string, input: object) => context.client.call(action, { ...input });
  const get = async (QueueUrl: string, ...AttributeNames: string[]) =>
    (await call('GetQueueAttributes', { QueueUrl, AttributeNames })).Attributes as Attributes;

  it('shows exactly these twelve of a fresh queue', async () => {
    const before = Math.floor(Date.now() / 1000);
    const QueueUrl = await context.createQueue();
    const { CreatedTimestamp, LastModifiedTimestamp, ...others } = await get(QueueUrl, 'All');
    const name = QueueUrl.split('/').at(-1);
    expect(others).toEqual({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      DelaySeconds: '0',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      QueueArn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
      ReceiveMessageWaitTimeSeconds: '0',
      SqsManagedSseEnabled: 'true',
      VisibilityTimeout: '30',
    });
    expect(LastModifiedTimestamp).toBe(CreatedTimestamp);
    expect(CreatedTimestamp).toMatch(/^\d{10}$/);
    expect(Number(CreatedTimestamp)).toBeGreaterThanOrEqual(before - 1);
    expect(Number(CreatedTimestamp)).toBeLessThanOrEqual(Date.now() / 1000 + 1);
  });

  it('shows what is asked for', async () => {
    const QueueUrl = await context.createQueue();
    expect(await get(QueueUrl, 'VisibilityTimeout', 'DelaySeconds', 'VisibilityTimeout')).toEqual({
      DelaySeconds: '0',
      VisibilityTimeout: '30',
    });
    expect(Object.keys(await get(QueueUrl, 'DelaySeconds', 'All'))).toHaveLength(12);
  });

  it('counts what is visible, in flight and delayed, each message once', async () => {
    const QueueUrl = await context.createQueue();
    const counts = async () => {
      const all = await get(QueueUrl, 'All');
      return ['', 'NotVisible', 'Delayed'].map((kind) => Number(all[`ApproximateNumberOfMessages${kind}`]));
    };
    const send = (DelaySeconds: number) => call('SendMessage', { QueueUrl, MessageBody: 'x', DelaySeconds });
    for (const delay of [0, 0, 0, 0, 900, 900]) await send(delay);
    expect(await counts()).toEqual([4, 0, 2]);
    const { Messages } = await call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 3 });
    const [first, second] = Messages as { ReceiptHandle: string }[];
    expect(await counts()).toEqual([1, 3, 2]);
    await call('DeleteMessage', { QueueUrl, ReceiptHandle: first!.ReceiptHandle });
    expect(await counts()).toEqual([1, 2, 2]);
    await call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle: second!.ReceiptHandle, VisibilityTimeout: 0 });
    expect(await counts()).toEqual([2, 1, 2]);
  });
});

onEvery(
  'GetQueueAttributes as AWS has it',
  (context) => {
    const get = (QueueUrl: string, AttributeNames?: string[]) =>
      context.client.call('GetQueueAttributes', { QueueUrl, AttributeNames });

    it('shows nothing unless asked, and leaves out what is not set', async () => {
      const QueueUrl = await context.createQueue();
      expect(await get(QueueUrl)).toEqual({});
      expect(await get(QueueUrl, [])).toEqual({});
      const unset = ['Policy', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds'];
      const fifo = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];
      expect(await get(QueueUrl, [...unset, ...fifo])).toEqual({});
    });

    it.each(['Nonsense', 'all', '__proto__', 'constructor', 'toString', ''])('knows no attribute %j', async (name) => {
      const QueueUrl = await context.createQueue();
      expect(await refusal(get(QueueUrl, ['All', name]))).toEqual({
        code: 'InvalidAttributeName',
        status: 400,
        message: `Unknown Attribute ${name}.`,
      });
    });
  },
  { faces: AWS },
);

describe('time', () => {
  const clock = fakeClock();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer('memory', { clock });
  });
  afterAll(() => server.stop());

  it('of creation stays, that of the last change is the last SetQueueAttributes', async () => {
    const client = await clientOf('json', server.endpoint);
    const { QueueUrl } = await client.call('CreateQueue', { QueueName: 'timed' });
    const times = async () => {
      const AttributeNames = ['CreatedTimestamp', 'LastModifiedTimestamp'];
      const { Attributes } = await client.call('GetQueueAttributes', { QueueUrl, AttributeNames });
      const { CreatedTimestamp, LastModifiedTimestamp } = Attributes as Attributes;
      return [Number(CreatedTimestamp) - 1_700_000_000, Number(LastModifiedTimestamp) - 1_700_000_000];
    };
    expect(await times()).toEqual([0, 0]);
    clock.advance(5999);
    await client.call('SendMessage', { QueueUrl, MessageBody: 'x' });
    await client.call('TagQueue', { QueueUrl, Tags: { a: 'b' } });
    await client.call('CreateQueue', { QueueName: 'timed' });
    expect(await times()).toEqual([0, 0]);
    await client.call('SetQueueAttributes', { QueueUrl, Attributes: { DelaySeconds: '1' } });
    expect(await times()).toEqual([0, 5]);
    client.close();
  });
});
