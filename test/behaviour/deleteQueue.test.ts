import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { onEvery, refusal } from './matrix.ts';

const GONE = {
  json: {
    code: 'AWS.SimpleQueueService.NonExistentQueue',
    status: 400,
    message: 'The specified queue does not exist.',
  },
  query: {
    code: 'AWS.SimpleQueueService.NonExistentQueue',
    status: 400,
    message: 'The specified queue does not exist for this wsdl version.',
  },
  rest: { code: '', status: 404, message: 'Queue not found.' },
};

const COUNTS = ['', 'NotVisible', 'Delayed'].map((kind) => `ApproximateNumberOfMessages${kind}`);

onEvery('queues and their messages', (context) => {
  const call = (action: string, input: object) => context.client.call(action, { ...input });
  const create = async (QueueName: string) => String((await call('CreateQueue', { QueueName })).QueueUrl);
  const counts = async (QueueUrl: string) => {
    const { Attributes } = await call('GetQueueAttributes', { QueueUrl, AttributeNames: COUNTS });
    return COUNTS.map((name) => Number((Attributes as Record<string, string>)[name]));
  };
  /** One message of each kind; answers the handle of the one in flight. */
  async function fill(QueueUrl: string): Promise<string> {
    await call('SendMessage', { QueueUrl, MessageBody: 'in flight' });
    const { Messages } = await call('ReceiveMessage', { QueueUrl });
    await call('SendMessage', { QueueUrl, MessageBody: 'visible' });
    await call('SendMessage', { QueueUrl, MessageBody: 'delayed', DelaySeconds: 900 });
    expect(await counts(QueueUrl)).toEqual([1, 1, 1]);
    return (Messages as { ReceiptHandle: string }[])[0]!.ReceiptHandle;
  }

  it('DeleteQueue takes a queue away, once', async () => {
    const QueueUrl = await create(randomUUID());
    await fill(QueueUrl);
    await call('DeleteQueue', { QueueUrl });
    const gone = GONE[context.face];
    expect(await refusal(call('DeleteQueue', { QueueUrl }))).toEqual(gone);
    expect(await refusal(call('SendMessage', { QueueUrl, MessageBody: 'x' }))).toEqual(gone);
    expect(await refusal(call('ReceiveMessage', { QueueUrl }))).toEqual(gone);
    expect(await refusal(call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] }))).toEqual(gone);
    expect(await refusal(call('PurgeQueue', { QueueUrl }))).toEqual(gone);
    expect(await refusal(call('ListQueueTags', { QueueUrl }))).toEqual(gone);
  });

  it('a queue that is made again has nothing of the one before', async () => {
    const name = randomUUID();
    const QueueUrl = await create(name);
    await call('SetQueueAttributes', { QueueUrl, Attributes: { VisibilityTimeout: '1' } });
    await call('TagQueue', { QueueUrl, Tags: { a: 'b' } });
    const ReceiptHandle = await fill(QueueUrl);
    await call('DeleteQueue', { QueueUrl });
    expect(await create(name)).toBe(QueueUrl);
    expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
    const { Attributes } = await call('GetQueueAttributes', { QueueUrl, AttributeNames: ['VisibilityTimeout'] });
    expect(Attributes).toEqual({ VisibilityTimeout: '30' });
    expect((await call('ListQueueTags', { QueueUrl })).Tags ?? {}).toEqual({});
    const { code, status, message } = await refusal(call('DeleteMessage', { QueueUrl, ReceiptHandle }));
    expect(status).toBe(404);
    if (context.face === 'rest') expect(message).toBe('Message not found.');
    else {
      expect(code).toBe('ReceiptHandleIsInvalid');
      expect(message).toBe(`The input receipt handle "${ReceiptHandle}" is not a valid receipt handle.`);
    }
  });

  it('PurgeQueue removes what is visible, in flight and delayed, and can be done again at once', async () => {
    const QueueUrl = await create(randomUUID());
    for (const time of ['first', 'second']) {
      const ReceiptHandle = await fill(QueueUrl);
      await call('PurgeQueue', { QueueUrl });
      expect(await counts(QueueUrl), time).toEqual([0, 0, 0]);
      const { Messages } = await call('ReceiveMessage', { QueueUrl });
      expect(Messages ?? []).toEqual([]);
      // AWS takes the deletion of a message that is gone for done; REST tells.
      const deletion = call('DeleteMessage', { QueueUrl, ReceiptHandle });
      if (context.face === 'rest') expect(await refusal(deletion)).toMatchObject({ status: 404 });
      else expect(await deletion).toEqual({});
    }
    await call('SendMessage', { QueueUrl, MessageBody: 'after' });
    const { Messages } = await call('ReceiveMessage', { QueueUrl });
    expect(Messages).toMatchObject([{ Body: 'after' }]);
  });

  it('PurgeQueue leaves other queues and the settings alone', async () => {
    const other = await create(randomUUID());
    await fill(other);
    const QueueUrl = await context.createQueue({ DelaySeconds: '9' });
    await call('PurgeQueue', { QueueUrl });
    expect(await counts(other)).toEqual([1, 1, 1]);
    const { Attributes } = await call('GetQueueAttributes', { QueueUrl, AttributeNames: ['DelaySeconds'] });
    expect(Attributes).toEqual({ DelaySeconds: '9' });
  });
});
