/** Receiving from FIFO queues: attempts, handles, the queue's delay (sqs-wire.md §§3.3, 3.6, 3.16, 5.10, 7.7). */
import { expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { fifoQueue, fill, hide, remove, sendFifo, take } from './fifo.ts';
import { AWS, onEvery, refusal } from './matrix.ts';
import {
  type BatchResult,
  badHandle,
  bodies,
  countsOf,
  failed,
  invalid,
  invalidValue,
  onFakeTime,
  receive,
  receiveOne,
  send,
} from './messages.ts';

const ATTEMPT = 'ReceiveRequestAttemptId';
const NOT_RETRYABLE = 'The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.';
const HANDLE = (handle: string, reason: string) =>
  `Value ${handle} for parameter ReceiptHandle is invalid. Reason: ${reason}`;
const EXPIRED = 'The receipt handle has expired.';
const UNAVAILABLE = 'Message does not exist or is not available for visibility timeout change.';

onEvery('an attempt id', (context) => {
  const { face } = context;
  const attempt = (QueueUrl: string, id: string, wish: object = {}) =>
    receive(context, QueueUrl, { [ATTEMPT]: id, ...wish });
  const three = async () => {
    const QueueUrl = await fifoQueue(context);
    await fill(context, QueueUrl, ['a', 2], ['b', 1]);
    return QueueUrl;
  };

  it('brings the same messages with the same handles, counted once', async () => {
    const QueueUrl = await three();
    const first = await attempt(QueueUrl, 'one', { MaxNumberOfMessages: 2, AttributeNames: ['All'] });
    expect(bodies(first)).toEqual(['a-1', 'a-2']);
    for (const most of [2, 10, 1]) {
      expect(await attempt(QueueUrl, 'one', { MaxNumberOfMessages: most, AttributeNames: ['All'] })).toEqual(first);
    }
    expect(await countsOf(context, QueueUrl)).toEqual([1, 2, 0]);
    expect(bodies(await attempt(QueueUrl, 'two'))).toEqual(['b-1']);
    expect(await attempt(QueueUrl, 'three')).toEqual([]);
    for (const { ReceiptHandle } of first) await remove(context, QueueUrl, ReceiptHandle);
  });

  it('is not remembered when it brought nothing', async () => {
    const QueueUrl = await fifoQueue(context);
    expect(await attempt(QueueUrl, 'one')).toEqual([]);
    await fill(context, QueueUrl, ['a', 1]);
    expect(bodies(await attempt(QueueUrl, 'one'))).toEqual(['a-1']);
  });

  const refused = (id: string) => invalidValue(face, ATTEMPT, id, NOT_RETRYABLE);
  it('is of no use any more after a delete', async () => {
    const QueueUrl = await three();
    const [, second] = await attempt(QueueUrl, 'one');
    await remove(context, QueueUrl, second!.ReceiptHandle);
    for (let i = 0; i < 2; i += 1) expect(await refusal(attempt(QueueUrl, 'one'))).toEqual(refused('one'));
    expect(await countsOf(context, QueueUrl)).toEqual([0, 2, 0]);
  });

  it.each([0, 30, 1000])('is of no use any more after a visibility timeout of %i', async (seconds) => {
    const QueueUrl = await three();
    const [first] = await attempt(QueueUrl, 'one');
    await hide(context, QueueUrl, first!.ReceiptHandle, seconds);
    expect(await refusal(attempt(QueueUrl, 'one'))).toEqual(refused('one'));
  });

  it('is told so at once though it would wait', async () => {
    const QueueUrl = await three();
    const [first] = await attempt(QueueUrl, 'one');
    await remove(context, QueueUrl, first!.ReceiptHandle);
    expect(await refusal(attempt(QueueUrl, 'one', { WaitTimeSeconds: 20 }))).toEqual(refused('one'));
  });

  it('is one of its queue, and of no receive without it', async () => {
    const QueueUrl = await three();
    expect(bodies(await receive(context, QueueUrl, { MaxNumberOfMessages: 2 }))).toEqual(['a-1', 'a-2']);
    expect(bodies(await attempt(QueueUrl, 'one'))).toEqual(['b-1']);
    expect(await take(context, QueueUrl)).toEqual([]);
    const other = await three();
    expect(bodies(await attempt(other, 'one'))).toEqual(['a-1', 'a-2', 'b-1']);
  });

  const ALPHABET = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');
  it('has 1 to 128 letters, digits and punctuation characters', async () => {
    const QueueUrl = await fifoQueue(context);
    for (const id of ['x', ALPHABET, 'x'.repeat(128)]) expect(await attempt(QueueUrl, id)).toEqual([]);
    for (const id of ['', 'a b', 'é', 'x'.repeat(129)]) {
      expect(await refusal(attempt(QueueUrl, id))).toEqual(
        invalidValue(
          face,
          ATTEMPT,
          id,
          `${ATTEMPT} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
        ),
      );
    }
    // The other members come first.
    expect((await refusal(attempt(QueueUrl, '', { VisibilityTimeout: -1 }))).message).toContain('VisibilityTimeout');
  });

  it('means nothing on a standard queue, whatever it is', async () => {
    const QueueUrl = await context.createQueue();
    for (let i = 0; i < 3; i += 1) await send(context, QueueUrl, String(i));
    for (const id of ['one', 'one', 'x'.repeat(500)]) {
      expect(await attempt(QueueUrl, id, { MaxNumberOfMessages: 1 })).toHaveLength(1);
    }
    expect(await countsOf(context, QueueUrl)).toEqual([0, 3, 0]);
  });
});

onFakeTime(
  'an attempt id, in time,',
  (context) => {
    const attempt = (QueueUrl: string, wish: object = {}) => receive(context, QueueUrl, { [ATTEMPT]: 'one', ...wish });

    it('begins the visibility timeout anew', async () => {
      const QueueUrl = await fifoQueue(context, { VisibilityTimeout: '30' });
      await fill(context, QueueUrl, ['a', 1]);
      const first = await attempt(QueueUrl);
      context.pass(20);
      expect(await attempt(QueueUrl)).toEqual(first);
      context.pass(29.999);
      expect(await take(context, QueueUrl)).toEqual([]);
      await remove(context, QueueUrl, first[0]!.ReceiptHandle);
      expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
    });

    it('is a new receive when everything has come back by itself', async () => {
      const QueueUrl = await fifoQueue(context, { VisibilityTimeout: '30' });
      await fill(context, QueueUrl, ['a', 1]);
      const [first] = await attempt(QueueUrl);
      context.pass(30);
      const [second] = await attempt(QueueUrl);
      expect(second!.Body).toBe('a-1');
      expect(second!.ReceiptHandle).not.toBe(first!.ReceiptHandle);
    });

    it('is forgotten after five minutes', async () => {
      const QueueUrl = await fifoQueue(context, { VisibilityTimeout: '1000' });
      await fill(context, QueueUrl, ['a', 1], ['b', 1]);
      const first = await attempt(QueueUrl, { MaxNumberOfMessages: 1 });
      context.pass(299.999);
      expect(await attempt(QueueUrl, { MaxNumberOfMessages: 1 })).toEqual(first);
      context.pass(0.001);
      expect(bodies(await attempt(QueueUrl, { MaxNumberOfMessages: 1 }))).toEqual(['b-1']);
    });
  },
  { faces: AWS },
);

onFakeTime(
  'a handle of a FIFO queue',
  (context) => {
    const { face } = context;
    const received = async () => {
      const QueueUrl = await fifoQueue(context, { VisibilityTimeout: '30', MessageRetentionPeriod: '120' });
      await fill(context, QueueUrl, ['a', 1]);
      return { QueueUrl, handle: (await receiveOne(context, QueueUrl)).ReceiptHandle };
    };
    const expired = (handle: string) => ({
      ...invalid(face, HANDLE(handle, EXPIRED)),
      // To REST it finds no message.
      status: face === 'rest' ? 404 : 400,
    });

    it('deletes nothing after its visibility timeout, and the message stays', async () => {
      const { QueueUrl, handle } = await received();
      context.pass(30);
      expect(await refusal(remove(context, QueueUrl, handle))).toEqual(expired(handle));
      expect(await countsOf(context, QueueUrl)).toEqual([1, 0, 0]);
      const { ReceiptHandle } = await receiveOne(context, QueueUrl);
      expect(await refusal(remove(context, QueueUrl, handle))).toEqual(expired(handle));
      await remove(context, QueueUrl, ReceiptHandle);
      expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
    });

    it('deletes when its visibility was extended in time', async () => {
      const { QueueUrl, handle } = await received();
      context.pass(29);
      await hide(context, QueueUrl, handle, 60);
      context.pass(59);
      await remove(context, QueueUrl, handle);
      expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
    });

    it('deletes again, and what was purged or has expired by itself', async () => {
      const gone = async (QueueUrl: string, handle: string) => {
        if (face === 'rest') expect(await refusal(remove(context, QueueUrl, handle))).toEqual(badHandle(face, handle));
        else expect(await remove(context, QueueUrl, handle)).toEqual({});
      };
      const deleted = await received();
      await remove(context, deleted.QueueUrl, deleted.handle);
      await gone(deleted.QueueUrl, deleted.handle);
      context.pass(40);
      await gone(deleted.QueueUrl, deleted.handle);
      const purged = await received();
      await context.client.call('PurgeQueue', { QueueUrl: purged.QueueUrl });
      await gone(purged.QueueUrl, purged.handle);
      const old = await received();
      context.pass(120);
      await gone(old.QueueUrl, old.handle);
    });

    it('changes no visibility after its timeout', async () => {
      const { QueueUrl, handle } = await received();
      const unavailable = invalid(face, HANDLE(handle, UNAVAILABLE));
      context.pass(30);
      expect(await refusal(hide(context, QueueUrl, handle, 10))).toEqual(unavailable);
      expect(await take(context, QueueUrl)).toEqual(['a-1']);
      expect(await refusal(hide(context, QueueUrl, handle, 0))).toEqual(unavailable);
      expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
    });

    it('is of no use after it released its message', async () => {
      const { QueueUrl, handle } = await received();
      await hide(context, QueueUrl, handle, 0);
      expect(await refusal(hide(context, QueueUrl, handle, 10))).toEqual(invalid(face, HANDLE(handle, UNAVAILABLE)));
      expect(await refusal(remove(context, QueueUrl, handle))).toEqual(expired(handle));
      expect(await take(context, QueueUrl)).toEqual(['a-1']);
    });

    it('fails alone in a batch', async () => {
      const QueueUrl = await fifoQueue(context, { VisibilityTimeout: '30' });
      await fill(context, QueueUrl, ['a', 1]);
      const { ReceiptHandle: old } = await receiveOne(context, QueueUrl);
      context.pass(30);
      await fill(context, QueueUrl, ['b', 1]);
      const [, b] = await receive(context, QueueUrl);
      const Entries = [
        { Id: 'old', ReceiptHandle: old, VisibilityTimeout: 60 },
        { Id: 'good', ReceiptHandle: b!.ReceiptHandle, VisibilityTimeout: 60 },
      ];
      const changed = await context.client.call('ChangeMessageVisibilityBatch', { QueueUrl, Entries });
      expect(changed).toEqual({
        Successful: [{ Id: 'good' }],
        Failed: [failed('old', 'InvalidParameterValue', HANDLE(old, UNAVAILABLE))],
      });
      const deleted = await context.client.call('DeleteMessageBatch', {
        QueueUrl,
        Entries: Entries.map(({ Id, ReceiptHandle }) => ({ Id, ReceiptHandle })),
      });
      expect(deleted).toEqual({
        Successful: [{ Id: 'good' }],
        Failed: [failed('old', 'InvalidParameterValue', HANDLE(old, EXPIRED))],
      } satisfies BatchResult);
      expect(await countsOf(context, QueueUrl)).toEqual([0, 1, 0]);
    });
  },
  { faces: ['json', 'query', 'rest'] },
);

onFakeTime(
  'the delay of a FIFO queue',
  (context) => {
    const set = (QueueUrl: string, DelaySeconds: string) =>
      context.client.call('SetQueueAttributes', { QueueUrl, Attributes: { DelaySeconds } });

    it('is that of every message, a 0 of its own or not', async () => {
      const QueueUrl = await fifoQueue(context, { DelaySeconds: '10' });
      await sendFifo(context, QueueUrl, 'a', 'a-1', { DelaySeconds: 0 });
      await sendFifo(context, QueueUrl, 'a', 'a-2');
      context.pass(9.999);
      expect(await take(context, QueueUrl)).toEqual([]);
      expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 2]);
      context.pass(0.001);
      expect(await countsOf(context, QueueUrl)).toEqual([2, 0, 0]);
      expect(await take(context, QueueUrl)).toEqual(['a-1', 'a-2']);
    });

    it('changes for messages that are there already', async () => {
      const QueueUrl = await fifoQueue(context, { DelaySeconds: '100' });
      await fill(context, QueueUrl, ['a', 2]);
      context.pass(5);
      await set(QueueUrl, '5');
      expect(await countsOf(context, QueueUrl)).toEqual([2, 0, 0]);
      expect(await take(context, QueueUrl)).toEqual(['a-1', 'a-2']);
      const later = await fifoQueue(context);
      await set(later, '50');
      await fill(context, later, ['a', 1]);
      await set(later, '60');
      context.pass(59.999);
      expect(await take(context, later)).toEqual([]);
      context.pass(0.001);
      expect(await take(context, later)).toEqual(['a-1']);
    });

    it('wakes a long poll when it ends', async () => {
      const QueueUrl = await fifoQueue(context, { DelaySeconds: '7' });
      await fill(context, QueueUrl, ['a', 1]);
      const ends = context.clock.now() + 20_000;
      const messages = receive(context, QueueUrl, { WaitTimeSeconds: 20 });
      await until('the poll waits', () => context.clock.plannedAt(ends) === 1);
      await until('it knows when', () => context.clock.plannedAt(ends - 13_000) === 1);
      context.pass(7);
      expect(bodies(await messages)).toEqual(['a-1']);
    });

    it('is not begun anew by a receive, and not that of a retry', async () => {
      const QueueUrl = await fifoQueue(context, { DelaySeconds: '10', VisibilityTimeout: '5' });
      await fill(context, QueueUrl, ['a', 1]);
      context.pass(10);
      expect(await take(context, QueueUrl)).toEqual(['a-1']);
      context.pass(5);
      expect(await take(context, QueueUrl)).toEqual(['a-1']);
    });
  },
  { faces: AWS },
);

onFakeTime('a FIFO queue with 120,000 messages in flight', (context) => {
  it('answers a short poll with nothing, and no error', async () => {
    const QueueUrl = await fifoQueue(context);
    await fill(context, QueueUrl, ['a', 1]);
    // The limit is the store's to keep; here it counts what is said when there is no room.
    const { messages } = context.server.store;
    const real = messages.receive;
    messages.receive = (queue, wish) => real.call(messages, queue, { ...wish, inFlightLimit: 0 });
    try {
      expect(await take(context, QueueUrl)).toEqual([]);
      const standard = await context.createQueue();
      await send(context, standard, 'x');
      expect((await refusal(receive(context, standard))).code).toBe('OverLimit');
    } finally {
      messages.receive = real;
    }
    expect(await take(context, QueueUrl)).toEqual(['a-1']);
  });
});
