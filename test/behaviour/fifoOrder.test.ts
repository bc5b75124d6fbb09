/** What a FIFO queue hands out, and when: every line of sqs-wire.md §§7.1 and 7.2. */
import { expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { fifoQueue, fill, hide, remove, sendFifo, take } from './fifo.ts';
import { AWS, onEvery } from './matrix.ts';
import { bodies, countsOf, onFakeTime, receive, receiveOne } from './messages.ts';

/** Each group's messages out of several, in the order in which they came. */
function byGroup(messages: string[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const body of messages) {
    const [group = ''] = body.split('-');
    groups[group] = [...(groups[group] ?? []), body];
  }
  return groups;
}

onEvery('a FIFO queue', (context) => {
  const queueWith = async (...groups: [string, number][]) => {
    const QueueUrl = await fifoQueue(context);
    await fill(context, QueueUrl, ...groups);
    return QueueUrl;
  };

  it('hands out a group in the order of sending', async () => {
    const QueueUrl = await queueWith(['a', 25]);
    const got: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const messages = await receive(context, QueueUrl);
      got.push(...bodies(messages));
      for (const { ReceiptHandle } of messages) await remove(context, QueueUrl, ReceiptHandle);
    }
    expect(got).toEqual(Array.from({ length: 25 }, (_, i) => `a-${i + 1}`));
    expect(await countsOf(context, QueueUrl)).toEqual([0, 0, 0]);
  });

  it('blocks a group while its first message is in flight, with what is sent meanwhile', async () => {
    const QueueUrl = await queueWith(['a', 2]);
    expect(await take(context, QueueUrl, 1)).toEqual(['a-1']);
    await sendFifo(context, QueueUrl, 'a', 'a-3');
    expect(await take(context, QueueUrl)).toEqual([]);
  });

  it('blocks the rest until all that are in flight are deleted', async () => {
    const QueueUrl = await queueWith(['a', 4]);
    const [first, second] = await receive(context, QueueUrl, { MaxNumberOfMessages: 2 });
    expect(await take(context, QueueUrl)).toEqual([]);
    await remove(context, QueueUrl, second!.ReceiptHandle);
    expect(await take(context, QueueUrl)).toEqual([]);
    await remove(context, QueueUrl, first!.ReceiptHandle);
    expect(await take(context, QueueUrl)).toEqual(['a-3', 'a-4']);
  });

  it('goes on with a message that was released while a later one is still in flight', async () => {
    const QueueUrl = await queueWith(['a', 2]);
    const [first] = await receive(context, QueueUrl, { MaxNumberOfMessages: 2 });
    await hide(context, QueueUrl, first!.ReceiptHandle, 0);
    expect(await take(context, QueueUrl)).toEqual(['a-1']);
    expect(await take(context, QueueUrl)).toEqual([]);
  });

  it('does not lock a group by a receive that hides nothing', async () => {
    const QueueUrl = await queueWith(['a', 3]);
    for (let i = 0; i < 3; i += 1) {
      expect(await take(context, QueueUrl, 10, { VisibilityTimeout: 0 })).toEqual(['a-1', 'a-2', 'a-3']);
    }
    expect(await take(context, QueueUrl, 2)).toEqual(['a-1', 'a-2']);
  });

  it('fills up with messages of one group, then goes to the next', async () => {
    const QueueUrl = await queueWith(['a', 3], ['b', 1]);
    expect(await take(context, QueueUrl)).toEqual(['a-1', 'a-2', 'a-3', 'b-1']);
  });

  it('serves other groups while one is locked, and each in order', async () => {
    const QueueUrl = await queueWith(['a', 4], ['b', 2], ['c', 1]);
    const first = await receive(context, QueueUrl, { MaxNumberOfMessages: 2 });
    expect(bodies(first)).toEqual(['a-1', 'a-2']);
    expect(byGroup(await take(context, QueueUrl))).toEqual({ b: ['b-1', 'b-2'], c: ['c-1'] });
    expect(await take(context, QueueUrl)).toEqual([]);
    for (const { ReceiptHandle } of first) await remove(context, QueueUrl, ReceiptHandle);
    expect(await take(context, QueueUrl)).toEqual(['a-3', 'a-4']);
  });

  it('does not let a group with a long backlog starve another', async () => {
    const QueueUrl = await queueWith(['a', 12], ['b', 2]);
    const groups = new Set<string>();
    for (let i = 0; i < 2; i += 1) {
      for (const { Body, ReceiptHandle } of await receive(context, QueueUrl, { MaxNumberOfMessages: 2 })) {
        groups.add(Body.split('-')[0]!);
        await remove(context, QueueUrl, ReceiptHandle);
      }
    }
    expect(groups).toEqual(new Set(['a', 'b']));
  });

  it('counts as in flight what was handed out, not what is blocked', async () => {
    const QueueUrl = await queueWith(['a', 6]);
    expect(await take(context, QueueUrl, 2)).toEqual(['a-1', 'a-2']);
    expect(await countsOf(context, QueueUrl)).toEqual([4, 2, 0]);
    expect(await take(context, QueueUrl)).toEqual([]);
    expect(await countsOf(context, QueueUrl)).toEqual([4, 2, 0]);
  });

  it('goes on where a message was deleted out of the middle', async () => {
    const QueueUrl = await queueWith(['a', 4]);
    const messages = await receive(context, QueueUrl, { MaxNumberOfMessages: 3 });
    await remove(context, QueueUrl, messages[1]!.ReceiptHandle);
    for (const i of [0, 2]) await hide(context, QueueUrl, messages[i]!.ReceiptHandle, 0);
    expect(await take(context, QueueUrl)).toEqual(['a-1', 'a-3', 'a-4']);
  });

  it('gives each group to one consumer at a time', async () => {
    const QueueUrl = await queueWith(['a', 5], ['b', 5], ['c', 5]);
    const taken = await Promise.all(Array.from({ length: 6 }, () => take(context, QueueUrl, 5)));
    const inFlight = taken.flat().map((body) => body.split('-')[0]);
    // Whoever got messages of a group got all that were handed out of it, and in order.
    for (const got of taken) {
      for (const [group, some] of Object.entries(byGroup(got))) {
        expect(some).toEqual(some.map((_, i) => `${group}-${i + 1}`));
        expect(inFlight.filter((other) => other === group)).toHaveLength(some.length);
      }
    }
    expect(new Set(inFlight)).toEqual(new Set(['a', 'b', 'c']));
  });
});

onFakeTime(
  'time on a FIFO queue',
  (context) => {
    const three = async () => {
      const QueueUrl = await fifoQueue(context, { VisibilityTimeout: '30' });
      await fill(context, QueueUrl, ['a', 3]);
      return { QueueUrl, messages: await receive(context, QueueUrl) };
    };

    it('brings a group back in its order', async () => {
      const { QueueUrl, messages } = await three();
      expect(bodies(messages)).toEqual(['a-1', 'a-2', 'a-3']);
      await sendFifo(context, QueueUrl, 'a', 'a-4');
      context.pass(29.999);
      expect(await take(context, QueueUrl)).toEqual([]);
      context.pass(0.001);
      expect(await take(context, QueueUrl)).toEqual(['a-1', 'a-2', 'a-3', 'a-4']);
    });

    it.each([
      [1, []],
      [2, ['a-1']],
      [3, ['a-1', 'a-2']],
    ])('gives what comes before an extended message %i, no more', async (position, expected) => {
      const { QueueUrl, messages } = await three();
      await hide(context, QueueUrl, messages[position - 1]!.ReceiptHandle, 1000);
      context.pass(30);
      expect(await take(context, QueueUrl)).toEqual(expected);
    });

    it('gives the rest when the extension ends', async () => {
      const { QueueUrl, messages } = await three();
      await hide(context, QueueUrl, messages[1]!.ReceiptHandle, 60);
      context.pass(30);
      const [first] = await receive(context, QueueUrl);
      await remove(context, QueueUrl, first!.ReceiptHandle);
      expect(await take(context, QueueUrl)).toEqual([]);
      context.pass(30);
      expect(await take(context, QueueUrl)).toEqual(['a-2', 'a-3']);
    });

    it('frees a group as its messages expire', async () => {
      const QueueUrl = await fifoQueue(context, { MessageRetentionPeriod: '60', VisibilityTimeout: '300' });
      await fill(context, QueueUrl, ['a', 2]);
      context.pass(30);
      await fill(context, QueueUrl, ['b', 1]);
      await sendFifo(context, QueueUrl, 'a', 'a-3');
      context.pass(30);
      expect((await take(context, QueueUrl)).sort()).toEqual(['a-3', 'b-1']);
    });

    /** Begins a poll; resolves with the promise of its messages when it waits. */
    const polling = async (QueueUrl: string) => {
      const ends = context.clock.now() + 20_000;
      const messages = receive(context, QueueUrl, { WaitTimeSeconds: 20 });
      await until('the poll waits', () => context.clock.plannedAt(ends) === 1);
      return { messages };
    };

    it('wakes a long poll when the last message in flight of a group is deleted', async () => {
      const QueueUrl = await fifoQueue(context);
      await fill(context, QueueUrl, ['a', 3]);
      const { ReceiptHandle } = await receiveOne(context, QueueUrl, { MaxNumberOfMessages: 1 });
      const { messages } = await polling(QueueUrl);
      await remove(context, QueueUrl, ReceiptHandle);
      expect(bodies(await messages)).toEqual(['a-2', 'a-3']);
    });

    it('wakes a long poll by a send, a release, and the end of a visibility timeout', async () => {
      const QueueUrl = await fifoQueue(context, { VisibilityTimeout: '5' });
      const sent = await polling(QueueUrl);
      await fill(context, QueueUrl, ['a', 1]);
      const [first] = await sent.messages;
      const released = await polling(QueueUrl);
      await hide(context, QueueUrl, first!.ReceiptHandle, 0);
      expect(bodies(await released.messages)).toEqual(['a-1']);
      const back = await polling(QueueUrl);
      context.pass(5);
      expect(bodies(await back.messages)).toEqual(['a-1']);
    });
  },
  { faces: AWS },
);
