/** FIFO queues as such: their creation and their attributes (sqs-wire.md §§3.5, 3.20, 4.3, 4.8). */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { fifoQueue, nameOf, sendFifo } from './fifo.ts';
import { AWS, type Context, onEvery, refusal } from './matrix.ts';
import { invalid } from './messages.ts';

type Attributes = Record<string, string>;

const FIFO_FOUR = {
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoQueue: 'true',
  FifoThroughputLimit: 'perQueue',
};

const get = async ({ client }: Context, QueueUrl: string, ...AttributeNames: string[]) =>
  (await client.call('GetQueueAttributes', { QueueUrl, AttributeNames })).Attributes as Attributes;

onEvery('a FIFO queue', (context) => {
  it('shows exactly these sixteen when it is fresh', async () => {
    const QueueUrl = await fifoQueue(context);
    const { CreatedTimestamp, LastModifiedTimestamp, ...others } = await get(context, QueueUrl, 'All');
    expect(others).toEqual({
      ...FIFO_FOUR,
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      DelaySeconds: '0',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      QueueArn: `arn:aws:sqs:us-east-1:000000000000:${nameOf(QueueUrl)}`,
      ReceiveMessageWaitTimeSeconds: '0',
      SqsManagedSseEnabled: 'true',
      VisibilityTimeout: '30',
    });
    expect(CreatedTimestamp).toBe(LastModifiedTimestamp);
  });

  it('shows those of its own when it is asked for them', async () => {
    const QueueUrl = await fifoQueue(context, {
      ContentBasedDeduplication: 'TRUE',
      DeduplicationScope: 'messageGroup',
    });
    const asked = await get(context, QueueUrl, 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoQueue');
    expect(asked).toEqual({
      ContentBasedDeduplication: 'true',
      DeduplicationScope: 'messageGroup',
      FifoQueue: 'true',
    });
    expect(Object.keys(await get(context, QueueUrl, 'All'))).toHaveLength(16);
  });

  it('takes changes of all of them but its type', async () => {
    const QueueUrl = await fifoQueue(context);
    const set = (Attributes: Attributes) => context.client.call('SetQueueAttributes', { QueueUrl, Attributes });
    const four = () => get(context, QueueUrl, ...Object.keys(FIFO_FOUR));
    await set({ ContentBasedDeduplication: 'True' });
    expect(await four()).toEqual({ ...FIFO_FOUR, ContentBasedDeduplication: 'true' });
    await set({ ContentBasedDeduplication: 'false', FifoQueue: 'TRUE' });
    expect(await four()).toEqual(FIFO_FOUR);
    for (const [DeduplicationScope, FifoThroughputLimit] of [
      ['messageGroup', 'perMessageGroupId'],
      ['messageGroup', 'perQueue'],
      ['queue', 'perQueue'],
    ] as const) {
      await set({ DeduplicationScope, FifoThroughputLimit });
      expect(await four()).toEqual({ ...FIFO_FOUR, DeduplicationScope, FifoThroughputLimit });
    }
  });
});

onEvery(
  'a FIFO queue as AWS has it',
  (context) => {
    const create = async (QueueName: string, Attributes?: Attributes) =>
      (await context.client.call('CreateQueue', { QueueName, Attributes })).QueueUrl;
    const FIFO = { FifoQueue: 'true' };
    const badValue = (name: string, reason?: string) => ({
      code: 'InvalidAttributeValue',
      status: 400,
      message: `Invalid value for the parameter ${name}.${reason === undefined ? '' : ` Reason: ${reason}`}`,
    });
    const badName = (message: string) => ({ code: 'InvalidAttributeName', status: 400, message });
    const COMBINATION = badValue(
      'FifoThroughputLimit',
      'To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.',
    );

    it.each(['a.fifo', '-_0.fifo', `${'x'.repeat(75)}.fifo`])('takes the name %s', async (name) => {
      for (const FifoQueue of ['true', 'True', 'TRUE']) {
        expect(await create(name, { FifoQueue })).toBe(`${context.server.endpoint}/000000000000/${name}`);
      }
      expect(await context.client.call('GetQueueUrl', { QueueName: name })).toMatchObject({
        QueueUrl: `${context.server.endpoint}/000000000000/${name}`,
      });
    });

    it.each(['orders', '.fifo', `${'x'.repeat(76)}.fifo`, 'a.b.fifo', 'a b.fifo', 'a.FIFO', 'a.fifo\n', 'é.fifo'])(
      'has no name %j',
      async (name) => {
        expect(await refusal(create(name, FIFO))).toEqual(
          invalid(
            'json',
            'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
          ),
        );
      },
    );

    it('is what its name says', async () => {
      const name = `${randomUUID()}.fifo`;
      const rule = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';
      expect(await refusal(create(name))).toEqual(invalid('json', rule));
      expect(await refusal(create(name, { FifoQueue: 'false' }))).toEqual(badName('Unknown Attribute FifoQueue.'));
      await create(name, FIFO);
      // Without attributes the request is about a standard queue, and its name is wrong.
      expect(await refusal(create(name))).toEqual(invalid('json', rule));
    });

    it('is created once, and again by whoever wants the same', async () => {
      const name = `${randomUUID()}.fifo`;
      const wanted = { ...FIFO, ContentBasedDeduplication: 'true' };
      const taken = (attribute: string) => ({
        code: 'QueueAlreadyExists',
        status: 400,
        message: `A queue already exists with the same name and a different value for attribute ${attribute}`,
      });
      const QueueUrl = await create(name, wanted);
      await sendFifo(context, String(QueueUrl), 'g', 'x');
      expect(await create(name, wanted)).toBe(QueueUrl);
      expect(await create(name, FIFO)).toBe(QueueUrl);
      expect(await create(name, { ...wanted, DeduplicationScope: 'queue' })).toBe(QueueUrl);
      expect(await refusal(create(name, { ...FIFO, ContentBasedDeduplication: 'false' }))).toEqual(
        taken('ContentBasedDeduplication'),
      );
      expect(await refusal(create(name, { ...wanted, DeduplicationScope: 'messageGroup' }))).toEqual(
        taken('DeduplicationScope'),
      );
      await context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { ContentBasedDeduplication: 'false' } });
      expect(await create(name, { ...FIFO, ContentBasedDeduplication: 'False' })).toBe(QueueUrl);
      expect(await refusal(create(name, wanted))).toEqual(taken('ContentBasedDeduplication'));
    });

    /** What both actions say to attributes that a FIFO queue has not. */
    async function refusedBoth(attributes: Attributes, current: Attributes = {}) {
      const QueueUrl = await fifoQueue(context, current);
      const before = await get(context, QueueUrl, 'All');
      const bySet = await refusal(context.client.call('SetQueueAttributes', { QueueUrl, Attributes: attributes }));
      expect(await get(context, QueueUrl, 'All')).toEqual(before);
      const name = `${randomUUID()}.fifo`;
      expect(await refusal(create(name, { ...FIFO, ...current, ...attributes }))).toEqual(bySet);
      return bySet;
    }

    it.each([
      ['ContentBasedDeduplication', ['', 'yes', '1']],
      ['DeduplicationScope', ['', 'Queue', 'messagegroup', 'perQueue']],
      ['FifoThroughputLimit', ['', 'perqueue', 'perMessageGroup', 'messageGroup']],
      ['FifoQueue', ['', 'yes', '1']],
    ])('has no %s %j', async (name, values) => {
      for (const value of values) expect(await refusedBoth({ [name]: value })).toEqual(badValue(name));
    });

    it('has no throughput per group without deduplication per group', async () => {
      const perGroup = { FifoThroughputLimit: 'perMessageGroupId' };
      expect(await refusedBoth(perGroup)).toEqual(COMBINATION);
      expect(await refusedBoth({ ...perGroup, DeduplicationScope: 'queue' })).toEqual(COMBINATION);
      const high = { DeduplicationScope: 'messageGroup', ...perGroup };
      expect(await refusedBoth({ DeduplicationScope: 'queue' }, high)).toEqual(COMBINATION);
    });

    it('stays one', async () => {
      const QueueUrl = await fifoQueue(context);
      const Attributes = { FifoQueue: 'False', DelaySeconds: '5' };
      expect(await refusal(context.client.call('SetQueueAttributes', { QueueUrl, Attributes }))).toEqual(
        badValue('FifoQueue', 'Modifying queue type is not supported.'),
      );
      expect(await get(context, QueueUrl, 'DelaySeconds', 'FifoQueue')).toEqual({
        DelaySeconds: '0',
        FifoQueue: 'true',
      });
    });

    it('knows every name before values, values before combinations', async () => {
      expect(await refusedBoth({ DeduplicationScope: 'x', Nonsense: '1' })).toEqual(
        badName('Unknown Attribute Nonsense.'),
      );
      expect(await refusedBoth({ FifoThroughputLimit: 'perMessageGroupId', DelaySeconds: '901' })).toEqual(
        badValue('DelaySeconds'),
      );
    });

    it('goes, and comes again with another scope', async () => {
      const QueueUrl = await fifoQueue(context);
      await context.client.call('DeleteQueue', { QueueUrl });
      expect((await refusal(get(context, QueueUrl, 'All'))).code).toBe('AWS.SimpleQueueService.NonExistentQueue');
      await create(nameOf(QueueUrl), { ...FIFO, DeduplicationScope: 'messageGroup' });
      expect(await get(context, QueueUrl, 'DeduplicationScope')).toEqual({ DeduplicationScope: 'messageGroup' });
    });
  },
  { faces: AWS },
);
