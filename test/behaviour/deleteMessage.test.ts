import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { clientOf } from '../helpers/clients.ts';
import { onEvery, refusal } from './matrix.ts';
import {
  type BatchResult,
  badHandle,
  batchRules,
  bodies,
  countsOf,
  failed,
  missing,
  noQueue,
  onFakeTime,
  receive,
  receiveOne,
  send,
} from './messages.ts';

/** What no server ever handed out. */
const GARBAGE = ['garbage', '"', '\\"<&>', 'é😀', '__proto__', 'AAAA', '=', 'x'.repeat(2000), 'MTIz+/=='];

/** The handle with one bit of the byte at `place` turned. */
function bent(handle: string, place: number): string {
  const bytes = Buffer.from(handle, 'base64');
  bytes[place]! ^= 1;
  return bytes.toString('base64');
}

onEvery('DeleteMessage', (context) => {
  const { face } = context;
  const remove = (QueueUrl: string, ReceiptHandle?: string) =>
    context.client.call('DeleteMessage', { QueueUrl, ReceiptHandle });
  const received = async () => {
    const QueueUrl = await context.createQueue();
    await send(context, QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(context, QueueUrl);
    return { QueueUrl, ReceiptHandle };
  };
  /** Deleting what is gone succeeds, but REST says that nothing was there. */
  const removeGone = async (QueueUrl: string, handle: string) => {
    if (face === 'rest') expect(await refusal(remove(QueueUrl, handle))).toEqual(badHandle(face, handle));
    else expect(await remove(QueueUrl, handle)).toEqual({});
  };

  it('removes the message that was received, and no other', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    await send(context, QueueUrl, 'other');
    expect(await remove(QueueUrl, ReceiptHandle)).toEqual(
      face === 'rest' ? { message: 'Message deleted successfully' } : {},
    );
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
    expect(bodies(await receive(context, QueueUrl))).toEqual(['other']);
  });

  it('succeeds again for what is gone', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    await remove(QueueUrl, ReceiptHandle);
    await removeGone(QueueUrl, ReceiptHandle);
  });

  it('succeeds for what was purged, and spares what came after', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    await context.client.call('PurgeQueue', { QueueUrl });
    await send(context, QueueUrl, 'after');
    await removeGone(QueueUrl, ReceiptHandle);
    expect(bodies(await receive(context, QueueUrl))).toEqual(['after']);
  });

  it('removes with an old handle what has been received again', async () => {
    const QueueUrl = await context.createQueue();
    await send(context, QueueUrl, 'x');
    const { ReceiptHandle: old } = await receiveOne(context, QueueUrl, { VisibilityTimeout: 0 });
    const { ReceiptHandle: latest } = await receiveOne(context, QueueUrl);
    await remove(QueueUrl, old);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
    await removeGone(QueueUrl, latest);
  });

  it.each(GARBAGE)('takes no handle %j', async (handle) => {
    const { QueueUrl } = await received();
    expect(await refusal(remove(QueueUrl, handle))).toEqual(badHandle(face, handle));
    expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
  });

  it('takes no handle that was changed in any byte, cut or made longer', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    const { length } = Buffer.from(ReceiptHandle, 'base64');
    const forged = Array.from({ length }, (_, place) => bent(ReceiptHandle, place));
    forged.push(ReceiptHandle.slice(0, -4), ReceiptHandle.slice(4), `${ReceiptHandle}AAAA`, ReceiptHandle.repeat(2));
    for (const handle of forged) expect(await refusal(remove(QueueUrl, handle))).toEqual(badHandle(face, handle));
    expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
    await remove(QueueUrl, ReceiptHandle);
  });

  it('takes no handle of another queue, nor of an earlier queue of the same name', async () => {
    const { QueueUrl, ReceiptHandle } = await received();
    const other = await context.createQueue();
    await send(context, other, 'x');
    expect(await refusal(remove(other, ReceiptHandle))).toEqual(badHandle(face, ReceiptHandle));
    await context.client.call('DeleteQueue', { QueueUrl });
    expect(await refusal(remove(QueueUrl, ReceiptHandle))).toEqual(noQueue(face));
    await context.client.call('CreateQueue', { QueueName: QueueUrl.split('/').at(-1) });
    await send(context, QueueUrl, 'x');
    expect(await refusal(remove(QueueUrl, ReceiptHandle))).toEqual(badHandle(face, ReceiptHandle));
    for (const url of [other, QueueUrl]) expect(await countsOf(context, url)).toEqual([1, 0, 0]);
  });

  it('needs a handle', async () => {
    const QueueUrl = await context.createQueue();
    for (const handle of [undefined, '', '  ']) {
      expect(await refusal(remove(QueueUrl, handle))).toEqual(missing(face, 'ReceiptHandle'));
    }
    expect(await refusal(remove(`${context.server.endpoint}/000000000000/no-queue`))).toEqual(noQueue(face));
  });
});

onEvery(
  'a handle of another account',
  (context) => {
    it('is no handle', async () => {
      const other = await clientOf(context.face, context.server.endpoint, '111111111111');
      const QueueName = randomUUID();
      const theirs = { ...context, client: other };
      const { QueueUrl } = (await other.call('CreateQueue', { QueueName })) as { QueueUrl: string };
      const { QueueUrl: mine } = (await context.client.call('CreateQueue', { QueueName })) as { QueueUrl: string };
      await send(theirs, QueueUrl, 'x');
      await send(context, mine, 'x');
      const { ReceiptHandle } = await receiveOne(theirs, QueueUrl);
      const call = context.client.call('DeleteMessage', { QueueUrl: mine, ReceiptHandle });
      expect(await refusal(call)).toEqual(badHandle(context.face, ReceiptHandle));
      const { message, ...absent } = noQueue(context.face);
      const asked = 'this request is for account 111111111111, region us-east-1, and comes from account 000000000000.';
      expect(await refusal(context.client.call('DeleteMessage', { QueueUrl, ReceiptHandle }))).toEqual({
        ...absent,
        message: `${message} A queue of that name is in account 111111111111, region us-east-1; ${asked}`,
      });
      expect(await countsOf(theirs, QueueUrl)).toEqual([0, 1, 0]);
      other.close();
    });
  },
  { faces: ['json', 'query'] },
);

onEvery('DeleteMessageBatch', (context) => {
  const batch = (QueueUrl: string, Entries: object[]) =>
    context.client.call('DeleteMessageBatch', { QueueUrl, Entries }) as Promise<BatchResult>;

  batchRules(context, 'DeleteMessageBatch', { ReceiptHandle: 'garbage' });

  it('removes up to ten, and says of each entry what became of it', async () => {
    const QueueUrl = await context.createQueue();
    for (let i = 0; i < 6; i += 1) await send(context, QueueUrl, String(i));
    const handles = (await receive(context, QueueUrl)).map(({ ReceiptHandle }) => ReceiptHandle);
    const { Successful, Failed } = await batch(QueueUrl, [
      { Id: 'a', ReceiptHandle: handles[5] },
      { Id: 'b', ReceiptHandle: 'gar"bage' },
      { Id: 'c', ReceiptHandle: handles[0] },
      { Id: 'd', ReceiptHandle: handles[0] },
      { Id: 'e' },
      { Id: 'f', ReceiptHandle: '' },
    ]);
    expect(Successful).toEqual([{ Id: 'a' }, { Id: 'c' }, { Id: 'd' }]);
    const none = 'The request must contain the parameter ReceiptHandle.';
    expect(Failed).toEqual([
      failed('b', 'ReceiptHandleIsInvalid', 'The input receipt handle "gar"bage" is not a valid receipt handle.'),
      failed('e', 'MissingParameter', none),
      failed('f', 'MissingParameter', none),
    ]);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 4, 0]);
    const rest = handles.slice(1, 5).map((ReceiptHandle, i) => ({ Id: String(i), ReceiptHandle }));
    expect((await batch(QueueUrl, rest)).Failed ?? []).toEqual([]);
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
  });
});

onFakeTime('a handle whose visibility has ended', (context) => {
  it('still removes the message of a standard queue', async () => {
    const { client, pass } = context;
    const QueueUrl = await context.createQueue({ VisibilityTimeout: '5' });
    await send(context, QueueUrl, 'x');
    const { ReceiptHandle } = await receiveOne(context, QueueUrl);
    pass(60);
    expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
    expect(await client.call('DeleteMessage', { QueueUrl, ReceiptHandle })).toEqual({});
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
    expect(await receive(context, QueueUrl)).toEqual([]);
  });
});
