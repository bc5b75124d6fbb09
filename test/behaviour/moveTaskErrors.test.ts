/** What the three actions on message move tasks refuse, in which order, and what they list (sqs-wire.md §§3.2, 3.12, 3.21). */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../helpers/clients.ts';
import { arnOf } from './dead.ts';
import { fifoQueue } from './fifo.ts';
import { AWS, refusal } from './matrix.ts';
import { errorOn, invalid, missing, onFakeTime } from './messages.ts';
import { cancel, die, ended, pairOf, start, taskOf, tasksOf, turn } from './moveTasks.ts';

const handleOf = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
const readHandle = (handle: string) => JSON.parse(Buffer.from(handle, 'base64').toString()) as Record<string, string>;

/** None of these is an ARN of a queue. */
const MALFORMED = [
  'queue',
  'arn:aws:sqs',
  'arn:aws:sqs:us-east-1:000000000000',
  'arn:aws:sqs:us-east-1:000000000000:',
  'arn:aws:sqs:us-east-1:nobody:queue',
  'arn:aws:sns:us-east-1:000000000000:queue',
  'http://sqs.us-east-1.amazonaws.com/000000000000/queue',
];
const NOWHERE = [
  'arn:aws:sqs:us-east-1:000000000000:no-queue',
  'arn:aws:sqs:eu-west-1:000000000000:no-queue',
  'arn:aws:sqs:us-east-1:111111111111:no-queue',
];

onFakeTime(
  'the move task actions',
  (context) => {
    const { face } = context;
    const call = (action: string, input: object) => refusal(context.client.call(action, { ...input }));
    const format = (name: string) =>
      invalid(
        face,
        `You must use this format to specify the ${name}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
      );
    const noResource = (name: string) =>
      errorOn(
        face,
        'ResourceNotFoundException',
        `The resource that you specified for the ${name} parameter doesn't exist.`,
        404,
      );
    const range = (name: string, most: number) =>
      invalid(
        face,
        `Value for parameter ${name} is invalid. Reason: You must enter a number that's between 1 and ${most}.`,
      );
    const badHandle = invalid(face, 'Value for parameter TaskHandle is invalid.');
    const noTask = errorOn(face, 'ResourceNotFoundException', 'Task does not exist.', 404);

    /** A dead-letter queue with a task that runs until somebody cancels it. */
    async function running(): Promise<{ dead: string; source: string; handle: string }> {
      const pair = await pairOf(context);
      await die(context, pair.source, pair.dead, 'a', 'b');
      return { ...pair, handle: await start(context, pair.dead, { MaxNumberOfMessagesPerSecond: 1 }) };
    }

    async function asStranger<T>(work: (client: Client) => Promise<T>): Promise<T> {
      const client = await clientOf(face, context.server.endpoint, '333333333333');
      try {
        return await work(client);
      } finally {
        client.close();
      }
    }

    describe('StartMessageMoveTask', () => {
      it('checks in the order of AWS: each wrong thing is told when all before it is right', async () => {
        const { dead } = await running();
        const plain = arnOf(await context.createQueue());
        const fifo = arnOf(await fifoQueue(context));
        const right = { SourceArn: arnOf(dead), DestinationArn: plain, MaxNumberOfMessagesPerSecond: 500 };
        const rate = { MaxNumberOfMessagesPerSecond: 0 };
        const steps: [wrong: object, error: object][] = [
          [{ ...rate, DestinationArn: 'queue', SourceArn: undefined }, missing(face, 'SourceArn')],
          [{ ...rate, DestinationArn: 'queue', SourceArn: 'queue' }, format('SourceArn')],
          [{ ...rate, DestinationArn: 'queue', SourceArn: NOWHERE[0] }, noResource('SourceArn')],
          [
            { ...rate, DestinationArn: 'queue', SourceArn: plain },
            invalid(face, 'Source queue must be configured as a Dead Letter Queue.'),
          ],
          [{ ...rate, DestinationArn: 'queue' }, format('DestinationArn')],
          [
            { ...rate, DestinationArn: right.SourceArn },
            invalid(face, 'Source queue arn and destination queue arn cannot be the same.'),
          ],
          [{ ...rate, DestinationArn: NOWHERE[0] }, noResource('DestinationArn')],
          [
            { ...rate, DestinationArn: fifo },
            invalid(face, 'The source queue and destination queue must be of the same queue type.'),
          ],
          [rate, range('MaxNumberOfMessagesPerSecond', 500)],
          [
            {},
            invalid(
              face,
              'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
            ),
          ],
        ];
        for (const [wrong, error] of steps) {
          expect(await call('StartMessageMoveTask', { ...right, ...wrong })).toEqual(error);
        }
      });

      it('needs a SourceArn that is not empty', async () => {
        expect(await call('StartMessageMoveTask', { SourceArn: '' })).toEqual(missing(face, 'SourceArn'));
      });

      it.each(MALFORMED)('takes no ARN %s', async (arn) => {
        const { dead } = await pairOf(context);
        expect(await call('StartMessageMoveTask', { SourceArn: arn })).toEqual(format('SourceArn'));
        const wish = { SourceArn: arnOf(dead), DestinationArn: arn };
        expect(await call('StartMessageMoveTask', wish)).toEqual(format('DestinationArn'));
      });

      it.each(NOWHERE)('finds no queue %s', async (arn) => {
        const { dead } = await pairOf(context);
        expect(await call('StartMessageMoveTask', { SourceArn: arn })).toEqual(noResource('SourceArn'));
        const wish = { SourceArn: arnOf(dead), DestinationArn: arn };
        expect(await call('StartMessageMoveTask', wish)).toEqual(noResource('DestinationArn'));
      });

      it('does not reach another account', async () => {
        const { dead } = await pairOf(context);
        const destination = await context.createQueue();
        await asStranger(async (stranger) => {
          const SourceArn = arnOf(dead);
          expect(await refusal(stranger.call('StartMessageMoveTask', { SourceArn }))).toEqual(noResource('SourceArn'));
          const own = String((await stranger.call('CreateQueue', { QueueName: randomUUID() })).QueueUrl);
          const theirs = arnOf(own).replace('000000000000', '333333333333');
          const Attributes = {
            RedrivePolicy: JSON.stringify({ deadLetterTargetArn: theirs, maxReceiveCount: 1 }),
          };
          await stranger.call('CreateQueue', { QueueName: randomUUID(), Attributes });
          const wish = { SourceArn: theirs, DestinationArn: arnOf(destination) };
          expect(await refusal(stranger.call('StartMessageMoveTask', wish))).toEqual(noResource('DestinationArn'));
        });
      });

      it('does not reach another region', async () => {
        const { dead } = await pairOf(context);
        const name = randomUUID();
        const host = { QueueUrl: `${context.server.endpoint}/eu-west-1/000000000000/${name}` };
        await createInEurope(context.server.endpoint, name);
        // It is there, and it is not where the source is.
        await context.client.call('GetQueueAttributes', host);
        const wish = { SourceArn: arnOf(dead), DestinationArn: `arn:aws:sqs:eu-west-1:000000000000:${name}` };
        expect(await call('StartMessageMoveTask', wish)).toEqual(noResource('DestinationArn'));
      });

      it.each([-1, 0, 501])('takes no rate of %d', async (rate) => {
        const { dead } = await pairOf(context);
        const wish = { SourceArn: arnOf(dead), MaxNumberOfMessagesPerSecond: rate };
        expect(await call('StartMessageMoveTask', wish)).toEqual(range('MaxNumberOfMessagesPerSecond', 500));
      });

      it.each([1, 500])('takes a rate of %d', async (rate) => {
        const { dead } = await pairOf(context);
        await start(context, dead, { MaxNumberOfMessagesPerSecond: rate });
        expect(await taskOf(context, dead)).toMatchObject({ MaxNumberOfMessagesPerSecond: rate });
      });

      it('takes a queue whose last source has gone no more', async () => {
        const { dead, source } = await pairOf(context);
        await context.client.call('SetQueueAttributes', { QueueUrl: source, Attributes: { RedrivePolicy: '' } });
        expect(await call('StartMessageMoveTask', { SourceArn: arnOf(dead) })).toEqual(
          invalid(face, 'Source queue must be configured as a Dead Letter Queue.'),
        );
      });

      it('lets one of many that come at once begin', async () => {
        const { dead } = await pairOf(context);
        const starts = await Promise.allSettled(Array.from({ length: 10 }, () => start(context, dead)));
        expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await tasksOf(context, dead, 10)).toHaveLength(1);
      });

      it('lets every source have a task of its own', async () => {
        const one = await running();
        const two = await running();
        await turn(context);
        for (const { dead, handle } of [one, two]) {
          expect(await taskOf(context, dead)).toMatchObject({
            TaskHandle: handle,
            ApproximateNumberOfMessagesMoved: 1,
          });
        }
      });

      it('gives a handle as AWS does', async () => {
        const { dead, handle } = await running();
        expect(readHandle(handle)).toEqual({
          taskId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
          sourceArn: arnOf(dead),
        });
      });
    });

    describe('ListMessageMoveTasks', () => {
      it('checks in the order of AWS', async () => {
        const { dead } = await pairOf(context);
        const list = (SourceArn?: string, MaxResults = 0) => call('ListMessageMoveTasks', { SourceArn, MaxResults });
        expect(await list()).toEqual(missing(face, 'SourceArn'));
        expect(await list('')).toEqual(missing(face, 'SourceArn'));
        for (const arn of MALFORMED) expect(await list(arn), arn).toEqual(format('SourceArn'));
        for (const arn of NOWHERE) expect(await list(arn), arn).toEqual(noResource('SourceArn'));
        for (const most of [-1, 0, 11]) expect(await list(arnOf(dead), most)).toEqual(range('MaxResults', 10));
      });

      it('shows nothing of a queue without tasks, whether it is a dead-letter queue or not', async () => {
        const { dead, source } = await pairOf(context);
        expect(await tasksOf(context, dead, 10)).toEqual([]);
        expect(await tasksOf(context, source, 10)).toEqual([]);
      });

      it('shows the newest first, one unless told, and knows the last ten', async () => {
        const { dead } = await pairOf(context);
        const starts: number[] = [];
        for (let n = 0; n < 12; n += 1) {
          starts.unshift(context.clock.now());
          await start(context, dead);
          if (n < 11) await ended(context, dead);
        }
        const times = async (most?: number) =>
          (await tasksOf(context, dead, most)).map(({ StartedTimestamp }) => StartedTimestamp);
        expect(await times()).toEqual(starts.slice(0, 1));
        expect(await times(3)).toEqual(starts.slice(0, 3));
        expect(await times(10)).toEqual(starts.slice(0, 10));
        const states = (await tasksOf(context, dead, 10)).map(({ Status, TaskHandle }) => [
          Status,
          TaskHandle !== undefined,
        ]);
        expect(states).toEqual([['RUNNING', true], ...Array.from({ length: 9 }, () => ['COMPLETED', false])]);
      });

      it('is not for another account', async () => {
        const { dead } = await running();
        await asStranger(async (stranger) => {
          const list = stranger.call('ListMessageMoveTasks', { SourceArn: arnOf(dead) });
          expect(await refusal(list)).toEqual(noResource('SourceArn'));
        });
      });
    });

    describe('CancelMessageMoveTask', () => {
      it('needs a handle', async () => {
        expect(await call('CancelMessageMoveTask', {})).toEqual(missing(face, 'TaskHandle'));
        expect(await call('CancelMessageMoveTask', { TaskHandle: '' })).toEqual(missing(face, 'TaskHandle'));
      });

      const taskId = randomUUID();
      it.each([
        ['text', 'no handle'],
        ['base64 of text', Buffer.from('no handle').toString('base64')],
        ['null', handleOf(null)],
        ['a text in JSON', handleOf('handle')],
        ['a list', handleOf([taskId, NOWHERE[0]])],
        ['nothing', handleOf({})],
        ['no source', handleOf({ taskId })],
        ['no task', handleOf({ sourceArn: NOWHERE[0] })],
        ['a number', handleOf({ taskId: 1, sourceArn: NOWHERE[0] })],
        ['a source that is no ARN', handleOf({ taskId, sourceArn: 'queue' })],
      ])('takes no handle that is %s', async (_, TaskHandle) => {
        expect(await call('CancelMessageMoveTask', { TaskHandle })).toEqual(badHandle);
      });

      it('finds nothing by a handle that was made up', async () => {
        const { dead, source, handle } = await running();
        const real = readHandle(handle);
        for (const sourceArn of NOWHERE) {
          expect(await call('CancelMessageMoveTask', { TaskHandle: handleOf({ ...real, sourceArn }) })).toEqual(
            noResource('SourceArn'),
          );
        }
        for (const made of [
          { ...real, taskId },
          { ...real, taskId: '' },
          { ...real, sourceArn: arnOf(source) },
        ]) {
          expect(await call('CancelMessageMoveTask', { TaskHandle: handleOf(made) })).toEqual(noTask);
        }
        expect(await taskOf(context, dead)).toMatchObject({ Status: 'RUNNING' });
      });

      it('is not for another account', async () => {
        const { dead, handle } = await running();
        await asStranger(async (stranger) => {
          const own = { TaskHandle: handleOf({ ...readHandle(handle), sourceArn: arnOf(dead) }) };
          expect(await refusal(stranger.call('CancelMessageMoveTask', own))).toEqual(noResource('SourceArn'));
        });
        expect(await taskOf(context, dead)).toMatchObject({ Status: 'RUNNING' });
      });

      it('cancels a task for one of many who come at once, and tells the others', async () => {
        const { dead, handle } = await running();
        const all = await Promise.allSettled(Array.from({ length: 5 }, () => cancel(context, handle)));
        expect(all.some(({ status }) => status === 'fulfilled')).toBe(true);
        const told = all.flatMap((one) => (one.status === 'rejected' ? [one.reason.message] : []));
        // On Redis, some who come in the very same moment are told that they did it.
        expect(told).toEqual(told.map(() => 'Only active tasks can be cancelled.'));
        expect(await ended(context, dead)).toMatchObject({ Status: 'CANCELLED' });
      });

      it('does nothing to a task that has ended', async () => {
        const { dead, handle } = await running();
        await ended(context, dead);
        expect(await refusal(cancel(context, handle))).toEqual(invalid(face, 'Only active tasks can be cancelled.'));
        expect(await taskOf(context, dead)).toMatchObject({ Status: 'COMPLETED' });
      });

      it('does not know a task that eleven others have followed', async () => {
        const { dead, handle } = await running();
        await ended(context, dead);
        for (let n = 0; n < 10; n += 1) {
          await start(context, dead);
          await ended(context, dead);
        }
        expect(await refusal(cancel(context, handle))).toEqual(noTask);
      });
    });
  },
  { faces: AWS },
);

/** Creates a queue in another region, as a client there would. */
async function createInEurope(endpoint: string, QueueName: string): Promise<void> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.CreateQueue',
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20261124/eu-west-1/sqs/aws4_request',
    },
    body: JSON.stringify({ QueueName }),
  });
  if (!response.ok) throw new Error(await response.text());
}
