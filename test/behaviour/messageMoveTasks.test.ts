/** What message move tasks do (sqs-wire.md §6.4), in a time that moves only when told: a slice of each task a second. */
import { expect, it } from 'vitest';
import { arnOf, redriveTo } from './dead.ts';
import { nameOf } from './fifo.ts';
import { AWS, refusal } from './matrix.ts';
import { bodies, countsOf, invalid, onFakeTime, receive, receiveOne, send } from './messages.ts';
import { bury, cancel, die, ended, pairOf, start, taskOf, tasksOf, turn, visibleIn } from './moveTasks.ts';

const NO_QUEUE = 'AWS.SimpleQueueService.NonExistentQueue';
const NO_SOURCE = 'CouldNotDetermineMessageSource';
const ACTIVE =
  'There is already a task running. Only one active task is allowed for a source queue arn at a given time.';

onFakeTime(
  'a move task',
  (context) => {
    const { face } = context;
    const sorted = async (QueueUrl: string) => bodies(await receive(context, QueueUrl)).sort();

    it('moves everything to the destination: 2 of 2, COMPLETED', async () => {
      const { dead, source } = await pairOf(context);
      const destination = await context.createQueue();
      await die(context, source, dead, 'a', 'b');
      const startedAt = context.clock.now();
      const TaskHandle = await start(context, dead, { DestinationArn: arnOf(destination) });
      const fixed = {
        SourceArn: arnOf(dead),
        DestinationArn: arnOf(destination),
        ApproximateNumberOfMessagesToMove: 2,
        StartedTimestamp: startedAt,
      };
      expect(await tasksOf(context, dead)).toEqual([
        { TaskHandle, Status: 'RUNNING', ...fixed, ApproximateNumberOfMessagesMoved: 0 },
      ]);
      await turn(context);
      // The handle is gone, and what was not given is not there.
      expect(await tasksOf(context, dead)).toEqual([
        { Status: 'COMPLETED', ...fixed, ApproximateNumberOfMessagesMoved: 2 },
      ]);
      expect(await countsOf(context, dead)).toEqual([0, 0, 0]);
      expect(await countsOf(context, source)).toEqual([0, 0, 0]);
      expect(await sorted(destination)).toEqual(['a', 'b']);
    });

    it('brings each message back to its own source when no destination is given: 4 messages, 2 sources', async () => {
      const { dead, source } = await pairOf(context);
      const other = await context.createQueue(redriveTo(dead, 1));
      await die(context, source, dead, 'a-1');
      await die(context, other, dead, 'b-1', 'b-2');
      await die(context, source, dead, 'a-2');
      await start(context, dead);
      expect(await ended(context, dead)).toEqual({
        Status: 'COMPLETED',
        SourceArn: arnOf(dead),
        ApproximateNumberOfMessagesMoved: 4,
        ApproximateNumberOfMessagesToMove: 4,
        StartedTimestamp: expect.any(Number),
      });
      expect(await sorted(source)).toEqual(['a-1', 'a-2']);
      expect(await sorted(other)).toEqual(['b-1', 'b-2']);
      expect(await countsOf(context, dead)).toEqual([0, 0, 0]);
    });

    it('makes new messages: another MessageId, another send time, received for the first time, of no source', async () => {
      const { dead, source } = await pairOf(context);
      const MessageAttributes = { color: { DataType: 'String', StringValue: 'red' } };
      const trace = { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' };
      const first = await send(context, source, 'a', {
        MessageAttributes,
        MessageSystemAttributes: { AWSTraceHeader: trace },
      });
      await bury(context, source, dead, 1);
      const before = context.clock.now();
      context.pass(7);
      await start(context, dead);
      await ended(context, dead);
      const moved = await receiveOne(context, source, { AttributeNames: ['All'], MessageAttributeNames: ['All'] });
      expect(moved).toMatchObject({ Body: 'a', MessageAttributes });
      expect(moved.MessageId).not.toBe(first);
      const { SentTimestamp, ...others } = moved.Attributes!;
      expect(Number(SentTimestamp)).toBeGreaterThanOrEqual(before + 7000);
      expect(others).toEqual({
        SenderId: expect.any(String),
        AWSTraceHeader: trace.StringValue,
        ApproximateReceiveCount: '1',
        ApproximateFirstReceiveTimestamp: String(context.clock.now()),
      });
    });

    it('begins the retention of a moved message anew', async () => {
      const dead = await context.createQueue({ MessageRetentionPeriod: '120' });
      const source = await context.createQueue({ MessageRetentionPeriod: '120', ...redriveTo(dead, 1) });
      await die(context, source, dead, 'a');
      context.pass(100);
      await start(context, dead);
      await ended(context, dead);
      context.pass(100);
      expect(await sorted(source)).toEqual(['a']);
    });

    it('takes dead letters as often as they come', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a');
      for (let round = 0; round < 3; round += 1) {
        await start(context, dead);
        expect(await ended(context, dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 });
        expect(await visibleIn(context, source)).toBe(1);
        await bury(context, source, dead, 1);
      }
    });

    it('at one message a second moves 4 in no less than 3 seconds', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a', 'b', 'c', 'd');
      const TaskHandle = await start(context, dead, { MaxNumberOfMessagesPerSecond: 1 });
      const moved: number[] = [];
      for (let second = 0; second < 4; second += 1) {
        await turn(context);
        const { ApproximateNumberOfMessagesMoved, ...task } = await taskOf(context, dead);
        expect(task).toMatchObject({ TaskHandle, Status: 'RUNNING', MaxNumberOfMessagesPerSecond: 1 });
        expect(await visibleIn(context, source)).toBe(ApproximateNumberOfMessagesMoved);
        moved.push(ApproximateNumberOfMessagesMoved);
      }
      expect(moved).toEqual([1, 2, 3, 4]);
      expect(await ended(context, dead)).toEqual({
        Status: 'COMPLETED',
        SourceArn: arnOf(dead),
        MaxNumberOfMessagesPerSecond: 1,
        ApproximateNumberOfMessagesMoved: 4,
        ApproximateNumberOfMessagesToMove: 4,
        StartedTimestamp: expect.any(Number),
      });
    });

    it('keeps to a rate that is no multiple of ten', async () => {
      const { dead, source } = await pairOf(context);
      const all = Array.from({ length: 30 }, (_, i) => `${i}`);
      await die(context, source, dead, ...all);
      await start(context, dead, { MaxNumberOfMessagesPerSecond: 13 });
      const moved: number[] = [];
      for (let second = 0; second < 3; second += 1) {
        await turn(context);
        moved.push((await taskOf(context, dead)).ApproximateNumberOfMessagesMoved);
      }
      expect(moved).toEqual([13, 26, 30]);
    });

    it('leaves alone what is in flight or delayed', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a', 'b', 'c');
      const held = await receiveOne(context, dead, { MaxNumberOfMessages: 1, VisibilityTimeout: 60 });
      await send(context, dead, 'delayed', { DelaySeconds: 90 });
      await start(context, dead);
      expect(await ended(context, dead)).toMatchObject({
        Status: 'COMPLETED',
        ApproximateNumberOfMessagesMoved: 2,
        ApproximateNumberOfMessagesToMove: 2,
      });
      expect(await countsOf(context, dead)).toEqual([0, 1, 1]);
      expect(await visibleIn(context, source)).toBe(2);
      context.pass(60);
      expect(bodies(await receive(context, dead))).toEqual([held.Body]);
    });

    it('takes what returns while it runs', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a', 'b', 'c');
      await receiveOne(context, dead, { MaxNumberOfMessages: 1, VisibilityTimeout: 1 });
      await start(context, dead, { MaxNumberOfMessagesPerSecond: 1 });
      expect(await ended(context, dead)).toMatchObject({
        Status: 'COMPLETED',
        ApproximateNumberOfMessagesMoved: 3,
        ApproximateNumberOfMessagesToMove: 2,
      });
      expect(await visibleIn(context, source)).toBe(3);
    });

    it('of an empty queue is COMPLETED, 0 of 0', async () => {
      const { dead } = await pairOf(context);
      await start(context, dead);
      expect(await ended(context, dead)).toMatchObject({
        Status: 'COMPLETED',
        ApproximateNumberOfMessagesMoved: 0,
        ApproximateNumberOfMessagesToMove: 0,
      });
    });

    it('begins with the next turn, though the queue has just had one', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a');
      await context.client.call('SetQueueAttributes', { QueueUrl: dead, Attributes: { VisibilityTimeout: '31' } });
      await turn(context);
      await start(context, dead);
      await turn(context);
      expect(await taskOf(context, dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 });
    });

    it('stops when it is cancelled, tells how far it came, and moves nothing back', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a', 'b', 'c', 'd', 'e');
      const handle = await start(context, dead, { MaxNumberOfMessagesPerSecond: 1 });
      await turn(context, 2);
      expect(await cancel(context, handle)).toEqual({ ApproximateNumberOfMessagesMoved: 2 });
      const fixed = {
        SourceArn: arnOf(dead),
        MaxNumberOfMessagesPerSecond: 1,
        ApproximateNumberOfMessagesMoved: 2,
        ApproximateNumberOfMessagesToMove: 5,
        StartedTimestamp: expect.any(Number),
      };
      expect(await tasksOf(context, dead)).toEqual([{ Status: 'CANCELLING', ...fixed }]);
      // Until it has stopped it is active, and cannot be cancelled again.
      expect(await refusal(start(context, dead))).toEqual(invalid(face, ACTIVE));
      const inactive = invalid(face, 'Only active tasks can be cancelled.');
      expect(await refusal(cancel(context, handle))).toEqual(inactive);
      await turn(context);
      expect(await tasksOf(context, dead)).toEqual([{ Status: 'CANCELLED', ...fixed }]);
      expect(await refusal(cancel(context, handle))).toEqual(inactive);
      await turn(context, 3);
      expect(await countsOf(context, dead)).toEqual([3, 0, 0]);
      expect(await countsOf(context, source)).toEqual([2, 0, 0]);
      await start(context, dead);
      expect(await ended(context, dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 3 });
    });

    it('that has not begun is cancelled with 0', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a');
      const handle = await start(context, dead);
      expect(await cancel(context, handle)).toEqual({ ApproximateNumberOfMessagesMoved: 0 });
      expect(await ended(context, dead)).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesMoved: 0 });
      expect(await visibleIn(context, dead)).toBe(1);
    });

    it('fails when its destination is deleted: counts stay, what is not moved is in the source', async () => {
      const { dead, source } = await pairOf(context);
      const destination = await context.createQueue();
      await die(context, source, dead, 'a', 'b', 'c');
      const wish = { DestinationArn: arnOf(destination), MaxNumberOfMessagesPerSecond: 1 };
      await start(context, dead, wish);
      await turn(context);
      await context.client.call('DeleteQueue', { QueueUrl: destination });
      await turn(context);
      expect(await tasksOf(context, dead)).toEqual([
        {
          Status: 'FAILED',
          SourceArn: arnOf(dead),
          ...wish,
          FailureReason: NO_QUEUE,
          ApproximateNumberOfMessagesMoved: 1,
          ApproximateNumberOfMessagesToMove: 3,
          StartedTimestamp: expect.any(Number),
        },
      ]);
      expect(await countsOf(context, dead)).toEqual([2, 0, 0]);
      const left = await receive(context, dead, { AttributeNames: ['All'] });
      expect(left).toHaveLength(2);
      // They are the dead letters they were.
      for (const { Attributes } of left) {
        expect(Attributes).toMatchObject({ ApproximateReceiveCount: '2', DeadLetterQueueSourceArn: arnOf(source) });
      }
      await start(context, dead);
      await ended(context, dead);
    });

    it('fails when the own source of a message is no more', async () => {
      const { dead, source } = await pairOf(context);
      const other = await context.createQueue(redriveTo(dead, 1));
      await die(context, other, dead, 'stays');
      await die(context, source, dead, 'goes');
      await context.client.call('DeleteQueue', { QueueUrl: other });
      await start(context, dead);
      expect(await ended(context, dead)).toMatchObject({ Status: 'FAILED', FailureReason: NO_QUEUE });
      expect(bodies(await receive(context, dead))).toEqual(['stays']);
    });

    it('fails at a message of which nobody knows the source, and leaves it', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a');
      await send(context, dead, 'stranger');
      await start(context, dead);
      expect(await ended(context, dead)).toMatchObject({
        Status: 'FAILED',
        FailureReason: NO_SOURCE,
        ApproximateNumberOfMessagesMoved: 1,
        ApproximateNumberOfMessagesToMove: 2,
      });
      expect(bodies(await receive(context, dead, { VisibilityTimeout: 0 }))).toEqual(['stranger']);
      const destination = await context.createQueue();
      await start(context, dead, { DestinationArn: arnOf(destination) });
      expect(await ended(context, dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 });
      expect(bodies(await receive(context, destination))).toEqual(['stranger']);
    });

    it('goes with its queue', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a', 'b');
      const handle = await start(context, dead, { MaxNumberOfMessagesPerSecond: 1 });
      await turn(context);
      await context.client.call('DeleteQueue', { QueueUrl: dead });
      await turn(context, 2);
      expect(await visibleIn(context, source)).toBe(1);
      const gone = {
        code: 'ResourceNotFoundException',
        status: 404,
        message: "The resource that you specified for the SourceArn parameter doesn't exist.",
      };
      expect(await refusal(cancel(context, handle))).toEqual(gone);
      expect(await refusal(tasksOf(context, dead))).toEqual(gone);
      // A queue of the same name knows nothing of the tasks of the old one.
      await context.client.call('CreateQueue', { QueueName: nameOf(dead) });
      expect(await tasksOf(context, dead)).toEqual([]);
      expect(await refusal(cancel(context, handle))).toEqual({ ...gone, message: 'Task does not exist.' });
    });

    it('is done when its queue is purged', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a', 'b', 'c');
      await start(context, dead, { MaxNumberOfMessagesPerSecond: 1 });
      await turn(context);
      await context.client.call('PurgeQueue', { QueueUrl: dead });
      expect(await ended(context, dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 });
      expect(await visibleIn(context, source)).toBe(1);
    });

    it('goes on when its queue is changed meanwhile', async () => {
      const { dead, source } = await pairOf(context);
      await die(context, source, dead, 'a', 'b', 'c');
      await start(context, dead, { MaxNumberOfMessagesPerSecond: 1 });
      for (const VisibilityTimeout of ['5', '6']) {
        await turn(context);
        await context.client.call('SetQueueAttributes', { QueueUrl: dead, Attributes: { VisibilityTimeout } });
        await context.client.call('SetQueueAttributes', { QueueUrl: source, Attributes: { VisibilityTimeout } });
      }
      expect(await ended(context, dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 3 });
      expect(await visibleIn(context, source)).toBe(3);
    });
  },
  { faces: AWS },
);
