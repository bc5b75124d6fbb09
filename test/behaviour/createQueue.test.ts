import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { AWS, onEvery, refusal } from './matrix.ts';

const NAME_RULE = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';

const invalid = (message: string) => ({ code: 'InvalidParameterValue', status: 400, message });
const unknown = (name: string) => ({
  code: 'InvalidAttributeName',
  status: 400,
  message: `Unknown Attribute ${name}.`,
});
const taken = (attribute: string) => ({
  code: 'QueueAlreadyExists',
  status: 400,
  message: `A queue already exists with the same name and a different value for attribute ${attribute}`,
});

onEvery('CreateQueue', (context) => {
  it('makes a queue that is there at once', async () => {
    const QueueUrl = await context.createQueue();
    const sent = await context.client.call('SendMessage', { QueueUrl, MessageBody: 'x' });
    expect(sent.MessageId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('keeps attributes and tags', async () => {
    const QueueUrl = await context.createQueue({ DelaySeconds: '7', VisibilityTimeout: '43200' }, { team: 'a b' });
    const asked = { QueueUrl, AttributeNames: ['DelaySeconds', 'VisibilityTimeout'] };
    expect(await context.client.call('GetQueueAttributes', asked)).toEqual({
      Attributes: { DelaySeconds: '7', VisibilityTimeout: '43200' },
    });
    expect(await context.client.call('ListQueueTags', { QueueUrl })).toEqual({ Tags: { team: 'a b' } });
  });
});

onEvery(
  'CreateQueue as AWS has it',
  (context) => {
    const create = (
      QueueName: string | undefined,
      Attributes?: Record<string, string>,
      tags?: Record<string, string>,
    ) => context.client.call('CreateQueue', { QueueName, Attributes, tags });

    it.each(['a', '_', '-', '0', `A-z_9${'x'.repeat(75)}`])('takes the name %s', async (name) => {
      const { QueueUrl } = await create(name);
      expect(QueueUrl).toBe(`${context.server.endpoint}/000000000000/${name}`);
    });

    it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('takes the name %s', async (name) => {
      const { QueueUrl } = await create(name);
      expect(await context.client.call('GetQueueUrl', { QueueName: name })).toEqual({ QueueUrl });
      expect(await context.client.call('ListQueueTags', { QueueUrl })).toEqual({});
    });

    it.each([
      'x'.repeat(81),
      'a b',
      'a.b',
      'a/b',
      'ä',
      'a\n',
      '\u0000',
      '.fifo',
      'orders.fifo',
      `${'x'.repeat(75)}.fifo`,
    ])('refuses the name %j', async (name) => {
      expect(await refusal(create(name))).toEqual(invalid(NAME_RULE));
    });

    it('refuses an empty name, and none', async () => {
      expect(await refusal(create(''))).toEqual(invalid('Queue name cannot be empty'));
      expect(await refusal(create(undefined))).toEqual(
        invalid('Value for parameter QueueName is invalid. Reason: Must specify a queue name.'),
      );
    });

    it('refuses what only FIFO queues have', async () => {
      const only = (name: string) => ({
        code: 'InvalidAttributeName',
        status: 400,
        message: `You can specify the ${name} only when FifoQueue is set to true.`,
      });
      expect(await refusal(create(randomUUID(), { FifoQueue: 'false' }))).toEqual(unknown('FifoQueue'));
      expect(await refusal(create(randomUUID(), { ContentBasedDeduplication: 'true' }))).toEqual(
        unknown('ContentBasedDeduplication'),
      );
      expect(await refusal(create(randomUUID(), { DeduplicationScope: 'queue' }))).toEqual(only('DeduplicationScope'));
      expect(await refusal(create(randomUUID(), { FifoThroughputLimit: 'perQueue' }))).toEqual(
        only('FifoThroughputLimit'),
      );
    });

    it('refuses attributes before tags, tags before the name', async () => {
      const tags = { '': 'x' };
      expect(await refusal(create('a.b', { DelaySeconds: '901' }, tags))).toEqual({
        code: 'InvalidAttributeValue',
        status: 400,
        message: 'Invalid value for the parameter DelaySeconds.',
      });
      expect(await refusal(create('a.b', {}, tags))).toEqual(
        invalid('Tag keys must be between 1 and 128 characters in length.'),
      );
      expect(await refusal(create('a.b', {}, { ok: 'x' }))).toEqual(invalid(NAME_RULE));
      expect(await refusal(create('', { DelaySeconds: '901' }))).toEqual(invalid('Queue name cannot be empty'));
    });

    it('knows attribute names before values, in whatever order they come', async () => {
      expect(await refusal(create(randomUUID(), { DelaySeconds: 'x', Nonsense: '1' }))).toEqual(unknown('Nonsense'));
    });

    it('refuses a policy that is too long to keep with a text of its own', async () => {
      const Statement = Array.from({ length: 21 }, () => ({ Effect: 'Allow' }));
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      expect(await refusal(create(randomUUID(), { Policy }))).toEqual(
        invalid('21 statements were found in the submitted policy, max allowed is 20'),
      );
    });

    it('answers the queue that is there when nothing differs from it', async () => {
      const name = randomUUID();
      const { QueueUrl } = await create(name, { DelaySeconds: '5', SqsManagedSseEnabled: 'true' });
      await context.client.call('SendMessage', { QueueUrl, MessageBody: 'x', DelaySeconds: 0 });
      expect(await create(name)).toEqual({ QueueUrl });
      expect(await create(name, {})).toEqual({ QueueUrl });
      expect(await create(name, { DelaySeconds: '5' })).toEqual({ QueueUrl });
      expect(await create(name, { SqsManagedSseEnabled: 'True' })).toEqual({ QueueUrl });
      // Only what the request names is compared, and defaults count as values.
      expect(await create(name, { VisibilityTimeout: '30' })).toEqual({ QueueUrl });
      expect(await create(name, { Policy: '' })).toEqual({ QueueUrl });
      expect(await create(name, {}, { other: 'tags' })).toEqual({ QueueUrl });
      expect(await context.client.call('ListQueueTags', { QueueUrl })).toEqual({});
      expect(
        await context.client.call('GetQueueAttributes', { QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      ).toEqual({ Attributes: { ApproximateNumberOfMessages: '1' } });
    });

    it('names the attribute that differs from the queue as it is now', async () => {
      const name = randomUUID();
      const { QueueUrl } = await create(name, { DelaySeconds: '5' });
      expect(await refusal(create(name, { DelaySeconds: '6' }))).toEqual(taken('DelaySeconds'));
      expect(await refusal(create(name, { DelaySeconds: '5', VisibilityTimeout: '31' }))).toEqual(
        taken('VisibilityTimeout'),
      );
      expect(await refusal(create(name, { KmsMasterKeyId: 'alias/a' }))).toEqual(taken('KmsMasterKeyId'));
      await context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { DelaySeconds: '6' } });
      expect(await create(name, { DelaySeconds: '6' })).toEqual({ QueueUrl });
      expect(await refusal(create(name, { DelaySeconds: '5' }))).toEqual(taken('DelaySeconds'));
      expect(await refusal(create(name, { DelaySeconds: '901' }))).toMatchObject({ code: 'InvalidAttributeValue' });
    });

    it('makes one queue of a name that many ask for at once', async () => {
      const name = randomUUID();
      const made = await Promise.all(Array.from({ length: 10 }, () => create(name)));
      expect(new Set(made.map(({ QueueUrl }) => QueueUrl)).size).toBe(1);
      const { QueueUrls } = await context.client.call('ListQueues', { QueueNamePrefix: name });
      expect(QueueUrls).toHaveLength(1);
      const refused = await Promise.allSettled(
        ['1', '2', '3', '4'].map((DelaySeconds) => create(`${name}-b`, { DelaySeconds })),
      );
      expect(refused.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  },
  { faces: AWS },
);
