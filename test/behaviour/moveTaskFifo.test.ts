/** Message move tasks between FIFO queues (sqs-wire.md §§6.2, 6.4, 7). */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { arnOf, redriveTo } from './dead.ts';
import { fifoQueue, fill, remove, sendFifo, take } from './fifo.ts';
import { AWS } from './matrix.ts';
import { countsOf, onFakeTime, receive } from './messages.ts';
import { bury, ended, start, taskOf, turn, visibleIn } from './moveTasks.ts';

onFakeTime(
  'a move task between FIFO queues',
  (context) => {
    const pair = async (attributes: Record<string, string> = {}) => {
      const dead = await fifoQueue(context, attributes);
      return { dead, source: await fifoQueue(context, { ...redriveTo(dead, 1), ...attributes }) };
    };
    const details = { AttributeNames: ['All'] };
    /** Everything that is in a queue, in the order in which it comes. */
    async function drain(QueueUrl: string) {
      const all = [];
      for (let some = await receive(context, QueueUrl, details); some.length > 0; ) {
        all.push(...some);
        for (const { ReceiptHandle } of some) await remove(context, QueueUrl, ReceiptHandle);
        some = await receive(context, QueueUrl, details);
      }
      return all;
    }
    const ordered = (all: Awaited<ReturnType<typeof drain>>, group: string) =>
      all.flatMap(({ Body, Attributes }) => (Attributes!.MessageGroupId === group ? [Body] : []));

    it('keeps groups and their order, and gives new sequence numbers and ids', async () => {
      const { dead, source } = await pair();
      await fill(context, source, ['a', 12], ['b', 3], ['c', 7]);
      await bury(context, source, dead, 22);
      const old = await receive(context, dead, { ...details, VisibilityTimeout: 0 });
      await start(context, dead);
      expect(await ended(context, dead)).toMatchObject({
        Status: 'COMPLETED',
        ApproximateNumberOfMessagesMoved: 22,
        ApproximateNumberOfMessagesToMove: 22,
      });
      expect(await countsOf(context, dead)).toEqual([0, 0, 0]);
      const all = await drain(source);
      expect(all).toHaveLength(22);
      const named = (group: string, count: number) => Array.from({ length: count }, (_, i) => `${group}-${i + 1}`);
      for (const [group, count] of [['a', 12] as const, ['b', 3] as const, ['c', 7] as const]) {
        expect(ordered(all, group)).toEqual(named(group, count));
      }
      const numbers = all.map(({ Attributes }) => Attributes!.SequenceNumber);
      expect(new Set(numbers).size).toBe(22);
      const ids = new Set(old.map(({ MessageId }) => MessageId));
      expect(all.filter(({ MessageId }) => ids.has(MessageId))).toEqual([]);
      for (const { Attributes } of all) {
        expect(Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
        expect(Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
      }
    });

    it('moves what would be a duplicate of what is remembered', async () => {
      const { dead, source } = await pair({ ContentBasedDeduplication: 'true' });
      const MessageDeduplicationId = randomUUID();
      await sendFifo(context, source, 'a', 'again', { MessageDeduplicationId });
      await bury(context, source, dead, 1);
      await start(context, dead);
      expect(await ended(context, dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 });
      const [message] = await receive(context, source, details);
      expect(message).toMatchObject({ Body: 'again', Attributes: { MessageGroupId: 'a', MessageDeduplicationId } });
    });

    it('to a destination appends to what its groups have already', async () => {
      const { dead, source } = await pair();
      const destination = await fifoQueue(context);
      await sendFifo(context, destination, 'a', 'was there');
      await fill(context, source, ['a', 3]);
      await bury(context, source, dead, 3);
      await start(context, dead, { DestinationArn: arnOf(destination) });
      expect(await ended(context, dead)).toMatchObject({ Status: 'COMPLETED' });
      expect(await take(context, destination)).toEqual(['was there', 'a-1', 'a-2', 'a-3']);
    });

    it('leaves a group alone while one of it is in flight', async () => {
      const { dead, source } = await pair();
      await fill(context, source, ['a', 3], ['b', 2]);
      await bury(context, source, dead, 5);
      const [held] = await receive(context, dead, { ...details, MaxNumberOfMessages: 1, VisibilityTimeout: 60 });
      const group = held!.Attributes!.MessageGroupId!;
      await start(context, dead);
      expect(await ended(context, dead)).toMatchObject({ Status: 'COMPLETED' });
      const others = await drain(source);
      expect(ordered(others, group)).toEqual([]);
      expect(others.length).toBe(group === 'a' ? 2 : 3);
      context.pass(60);
      await start(context, dead);
      await ended(context, dead);
      const rest = ordered(await drain(source), group);
      expect(rest).toEqual(rest.toSorted());
      expect(others.length + rest.length).toBe(5);
    });

    it('keeps to its rate, and the order across its slices', async () => {
      const { dead, source } = await pair();
      await fill(context, source, ['a', 4]);
      await bury(context, source, dead, 4);
      await start(context, dead, { MaxNumberOfMessagesPerSecond: 1 });
      for (let moved = 1; moved <= 3; moved += 1) {
        await turn(context);
        expect(await taskOf(context, dead)).toMatchObject({ ApproximateNumberOfMessagesMoved: moved });
        expect(await visibleIn(context, source)).toBe(moved);
      }
      await ended(context, dead);
      expect((await drain(source)).map(({ Body }) => Body)).toEqual(['a-1', 'a-2', 'a-3', 'a-4']);
    });

    it('brings back to their places what it cannot move', async () => {
      const { dead, source } = await pair();
      await fill(context, source, ['a', 3]);
      await bury(context, source, dead, 3);
      const destination = await fifoQueue(context);
      await start(context, dead, { DestinationArn: arnOf(destination) });
      await context.client.call('DeleteQueue', { QueueUrl: destination });
      expect(await ended(context, dead)).toMatchObject({
        Status: 'FAILED',
        FailureReason: 'AWS.SimpleQueueService.NonExistentQueue',
        ApproximateNumberOfMessagesMoved: 0,
      });
      await sendFifo(context, dead, 'a', 'a-4');
      expect(await take(context, dead)).toEqual(['a-1', 'a-2', 'a-3', 'a-4']);
    });
  },
  { faces: AWS },
);
