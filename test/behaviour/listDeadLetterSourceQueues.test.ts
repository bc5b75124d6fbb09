import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { clientOf } from '../helpers/clients.ts';
import { AWS, onEvery, refusal } from './matrix.ts';

const invalid = (message: string) => ({ code: 'InvalidParameterValue', status: 400, message });
const CHANGED =
  'Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.';

const nameOf = (url: string) => url.split('/').at(-1)!;
const redrive = (QueueUrl: string, more: object = {}) => ({
  RedrivePolicy: JSON.stringify({
    deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${nameOf(QueueUrl)}`,
    maxReceiveCount: 3,
    ...more,
  }),
});

onEvery('ListDeadLetterSourceQueues', (context) => {
  it('gives the queues whose RedrivePolicy names the queue, by name', async () => {
    const list = async (QueueUrl: string) =>
      ((await context.client.call('ListDeadLetterSourceQueues', { QueueUrl })).queueUrls as string[] | undefined) ?? [];
    const [dead, other] = [await context.createQueue(), await context.createQueue()];
    expect(await list(dead)).toEqual([]);
    const sources = [await context.createQueue(redrive(dead)), await context.createQueue(redrive(dead))];
    await context.createQueue(redrive(other));
    const names = sources.map(nameOf).sort();
    expect((await list(dead)).map(nameOf)).toEqual(names);
    expect(await list(sources[0]!)).toEqual([]);
    const [first, second] = sources as [string, string];
    await context.client.call('SetQueueAttributes', { QueueUrl: first, Attributes: { RedrivePolicy: '' } });
    await context.client.call('SetQueueAttributes', {
      QueueUrl: second,
      Attributes: redrive(dead, { maxReceiveCount: '9' }),
    });
    expect((await list(dead)).map(nameOf)).toEqual([nameOf(second)]);
    await context.client.call('DeleteQueue', { QueueUrl: second });
    expect(await list(dead)).toEqual([]);
  });
});

onEvery(
  'ListDeadLetterSourceQueues as AWS has it',
  (context) => {
    const list = (input: object) => context.client.call('ListDeadLetterSourceQueues', { ...input });
    const names = (answer: { queueUrls?: unknown }) => ((answer.queueUrls ?? []) as string[]).map(nameOf);
    /** A queue and its sources, by name. */
    async function make(count: number): Promise<{ QueueUrl: string; sources: string[] }> {
      const QueueUrl = await context.createQueue();
      const sources = [];
      for (let i = 0; i < count; i += 1) sources.push(nameOf(await context.createQueue(redrive(QueueUrl))));
      return { QueueUrl, sources: sources.sort() };
    }

    it('gives pages of MaxResults and a token while there is more', async () => {
      const { QueueUrl, sources } = await make(5);
      const first = await list({ QueueUrl, MaxResults: 2 });
      const second = await list({ QueueUrl, MaxResults: 2, NextToken: first.NextToken });
      const third = await list({ QueueUrl, MaxResults: 2, NextToken: second.NextToken });
      expect([first, second, third].map(names)).toEqual([sources.slice(0, 2), sources.slice(2, 4), sources.slice(4)]);
      expect(third.NextToken).toBeUndefined();
      for (const MaxResults of [undefined, 0, 5, 1000]) {
        const all = await list({ QueueUrl, MaxResults });
        expect(names(all)).toEqual(sources);
        expect(all.NextToken).toBeUndefined();
      }
    });

    it('takes a token only with what it was given for', async () => {
      const { QueueUrl } = await make(3);
      const { NextToken } = await list({ QueueUrl, MaxResults: 1 });
      expect(await refusal(list({ QueueUrl, MaxResults: 2, NextToken }))).toEqual(invalid(CHANGED));
      expect(await refusal(list({ QueueUrl, NextToken }))).toEqual(invalid(CHANGED));
      const other = await context.createQueue();
      expect(await refusal(list({ QueueUrl: other, MaxResults: 1, NextToken }))).toEqual(invalid(CHANGED));
      for (const token of ['garbage', 'bnVsbA', 'W10', '']) {
        const wish = { QueueUrl, MaxResults: 1, NextToken: token };
        expect(await refusal(list(wish)), token).toEqual(invalid('Invalid or expired next token.'));
      }
    });

    it.each([-1, 1001])('takes no MaxResults of %d', async (MaxResults) => {
      const QueueUrl = await context.createQueue();
      expect(await refusal(list({ QueueUrl, MaxResults }))).toEqual(
        invalid('Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.'),
      );
    });

    it('needs a queue', async () => {
      expect(await refusal(list({ QueueUrl: randomUUID(), MaxResults: -1 }))).toMatchObject({
        code: 'AWS.SimpleQueueService.NonExistentQueue',
      });
    });

    it("shows nobody another account's queues", async () => {
      const { QueueUrl } = await make(1);
      const stranger = await clientOf(context.face, context.server.endpoint, '333333333333');
      const made = await stranger.call('CreateQueue', { QueueName: nameOf(QueueUrl) });
      expect(names(await stranger.call('ListDeadLetterSourceQueues', made))).toEqual([]);
      stranger.close();
    });
  },
  { faces: AWS },
);
