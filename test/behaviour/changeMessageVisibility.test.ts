import { expect, it } from 'vitest';
import { onEvery, refusal } from './matrix.ts';
import {
  type BatchResult,
  badHandle,
  batchRules,
  bodies,
  countsOf,
  failed,
  invalidValue,
  missing,
  noQueue,
  onFakeTime,
  receive,
  receiveOne,
  send,
} from './messages.ts';

const GONE = 'Message does not exist or is not available for visibility timeout change.';
const OVERLONG = 'Total VisibilityTimeout for the message is beyond the limit [43200 seconds]';

onEvery('ChangeMessageVisibility', (context) => {
  const { face } = context;
  const change = (QueueUrl: string, ReceiptHandle: string | undefined, VisibilityTimeout: number | undefined) =>
    context.client.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout });
  const received = async () => {
    const QueueUrl = await context.createQueue();
    await send(context, QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(context, QueueUrl);
    return { QueueUrl, ReceiptHandle };
  };

  it('makes a message visible at once with 0', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    expect(await change(QueueUrl, ReceiptHandle, 0)).toEqual({});
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
    const again = await receiveOne(context, QueueUrl, { MessageSystemAttributeNames: ['All'] });
    expect(again.Attributes).toMatchObject({ ApproximateReceiveCount: '2' });
  });

  it('hides a message that is visible again', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    await change(QueueUrl, ReceiptHandle, 0);
    await change(QueueUrl, ReceiptHandle, 100);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
    expect(await receive(context, QueueUrl)).toEqual([]);
  });

  it('takes an old handle of a message that has been received again', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    await change(QueueUrl, ReceiptHandle, 0);
    await receiveOne(context, QueueUrl);
    await change(QueueUrl, ReceiptHandle, 0);
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
  });

  it('knows that a message was deleted', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    await context.client.call('DeleteMessage', { QueueUrl, ReceiptHandle });
    const gone = invalidValue(face, 'ReceiptHandle', ReceiptHandle, GONE);
    expect(await refusal(change(QueueUrl, ReceiptHandle, 5))).toEqual(gone);
  });

  it('knows that a message was purged', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    await context.client.call('PurgeQueue', { QueueUrl });
    await send(context, QueueUrl, 'after');
    const gone = invalidValue(face, 'ReceiptHandle', ReceiptHandle, GONE);
    expect(await refusal(change(QueueUrl, ReceiptHandle, 5))).toEqual(gone);
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
  });

  it('takes no handle that is none, or of another queue', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    for (const handle of ['garbage', '<&">', `${ReceiptHandle}x`]) {
      expect(await refusal(change(QueueUrl, handle, 5))).toEqual(badHandle(face, handle));
    }
    const other = await context.createQueue();
    await send(context, other, 'x');
    await receiveOne(context, other);
    expect(await refusal(change(other, ReceiptHandle, 0))).toEqual(badHandle(face, ReceiptHandle));
    expect(await countsOf(context, other)).toEqual([0, 1, 0]);
  });

  it.each([-1, 43201, 2 ** 31 - 1])('takes no VisibilityTimeout %i', async (timeout) => {
    const { QueueUrl, ReceiptHandle } = await received();
    expect(await refusal(change(QueueUrl, ReceiptHandle, timeout))).toEqual(
      invalidValue(face, 'VisibilityTimeout', timeout, 'Must be between 0 and 43200.'),
    );
  });

  it('needs a queue, a handle and a timeout', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    const none = `${context.server.endpoint}/000000000000/no-queue`;
    expect(await refusal(change(none, undefined, -1))).toEqual(noQueue(face));
    for (const handle of [undefined, '']) {
      expect(await refusal(change(QueueUrl, handle, 5))).toEqual(missing(face, 'ReceiptHandle'));
    }
    expect(await refusal(change(QueueUrl, ReceiptHandle, undefined))).toEqual(missing(face, 'VisibilityTimeout'));
  });
});

onEvery('ChangeMessageVisibilityBatch', (context) => {
  const batch = (QueueUrl: string, Entries: object[]) =>
    context.client.call('ChangeMessageVisibilityBatch', { QueueUrl, Entries }) as Promise<BatchResult>;

  batchRules(context, 'ChangeMessageVisibilityBatch', { ReceiptHandle: 'garbage', VisibilityTimeout: 5 });

  it('says of each entry what became of it', async () => {
    const QueueUrl = await context.createQueue();
    for (let i = 0; i < 4; i += 1) await send(context, QueueUrl, String(i));
    const [first, second, third, fourth] = (await receive(context, QueueUrl)).map((one) => one.ReceiptHandle);
    await context.client.call('DeleteMessage', { QueueUrl, ReceiptHandle: fourth });
    const { Successful, Failed } = await batch(QueueUrl, [
      { Id: 'low', ReceiptHandle: first, VisibilityTimeout: -1 },
      { Id: 'back', ReceiptHandle: second, VisibilityTimeout: 0 },
      { Id: 'high', ReceiptHandle: first, VisibilityTimeout: 43201 },
      { Id: 'none', ReceiptHandle: first },
      { Id: 'garbage', ReceiptHandle: 'garbage', VisibilityTimeout: 5 },
      { Id: 'blank', ReceiptHandle: ' ', VisibilityTimeout: -1 },
      { Id: 'gone', ReceiptHandle: fourth, VisibilityTimeout: 5 },
      { Id: 'longer', ReceiptHandle: third, VisibilityTimeout: 600 },
    ]);
    expect(Successful).toEqual([{ Id: 'back' }, { Id: 'longer' }]);
    const value = 'InvalidParameterValue';
    const range = (n: number) =>
      `Value ${n} for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.`;
    expect(Failed).toEqual([
      failed('low', value, range(-1)),
      failed('high', value, range(43201)),
      failed(
        'none',
        'MissingParameter',
        'The request must contain the parameter ChangeMessageVisibilityBatchRequestEntry.4.VisibilityTimeout.',
      ),
      failed('garbage', 'ReceiptHandleIsInvalid', 'The input receipt handle "garbage" is not a valid receipt handle.'),
      failed('blank', 'MissingParameter', 'The request must contain the parameter ReceiptHandle.'),
      failed('gone', value, `Value ${fourth} for parameter ReceiptHandle is invalid. Reason: ${GONE}`),
    ]);
    expect(bodies(await receive(context, QueueUrl))).toEqual(['1']);
  });
});

onFakeTime('a changed visibility', (context) => {
  const { pass } = context;
  const change = (QueueUrl: string, ReceiptHandle: string, VisibilityTimeout: number) =>
    context.client.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout });
  const received = async (VisibilityTimeout: string) => {
    const QueueUrl = await context.createQueue({ VisibilityTimeout });
    await send(context, QueueUrl, 'x');
    return { QueueUrl, ReceiptHandle: (await receiveOne(context, QueueUrl)).ReceiptHandle };
  };

  it.each([
    ['longer', 100],
    ['shorter', 2],
  ])('counts from the call: %s', async (_, seconds) => {
    const { QueueUrl, ReceiptHandle } = await received('30');
    pass(10);
    await change(QueueUrl, ReceiptHandle, seconds);
    pass(seconds - 0.001);
    expect(await receive(context, QueueUrl)).toEqual([]);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
    pass(0.001);
    await receiveOne(context, QueueUrl);
  });

  it('holds with a handle whose time has ended', async () => {
    const { QueueUrl, ReceiptHandle } = await received('5');
    pass(60);
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
    await change(QueueUrl, ReceiptHandle, 20);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
    pass(19.999);
    expect(await receive(context, QueueUrl)).toEqual([]);
    pass(0.001);
    await receiveOne(context, QueueUrl);
  });

  it('is for this receive only', async () => {
    const { QueueUrl, ReceiptHandle } = await received('5');
    await change(QueueUrl, ReceiptHandle, 100);
    pass(100);
    await receiveOne(context, QueueUrl);
    pass(5);
    await receiveOne(context, QueueUrl);
  });

  it('ends twelve hours after the receive at most', async () => {
    const { QueueUrl, ReceiptHandle } = await received('30');
    await change(QueueUrl, ReceiptHandle, 43200);
    pass(1);
    expect(await refusal(change(QueueUrl, ReceiptHandle, 43200))).toEqual(
      invalidValue('json', 'VisibilityTimeout', 43200, OVERLONG),
    );
    const { Failed } = (await context.client.call('ChangeMessageVisibilityBatch', {
      QueueUrl,
      Entries: [{ Id: 'a', ReceiptHandle, VisibilityTimeout: 43200 }],
    })) as BatchResult;
    const text = `Value 43200 for parameter VisibilityTimeout is invalid. Reason: ${OVERLONG}`;
    expect(Failed).toEqual([failed('a', 'InvalidParameterValue', text)]);
    await change(QueueUrl, ReceiptHandle, 43199);
    pass(43198.999);
    expect(await receive(context, QueueUrl)).toEqual([]);
    pass(0.001);
    const { ReceiptHandle: next } = await receiveOne(context, QueueUrl);
    await change(QueueUrl, next, 43200);
  });
});
