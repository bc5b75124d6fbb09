/** What the tests of dead letters share. */
import { until } from '../helpers/until.ts';
import { nameOf } from './fifo.ts';
import type { Context } from './matrix.ts';
import { countsOf, receive } from './messages.ts';

export const ACCOUNT = '000000000000';
export const arnOf = (QueueUrl: string) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${nameOf(QueueUrl)}`;
export const redriveTo = (QueueUrl: string, maxReceiveCount: number | string) => ({
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(QueueUrl), maxReceiveCount }),
});
export const set = ({ client }: Context, QueueUrl: string, Attributes: Record<string, string>) =>
  client.call('SetQueueAttributes', { QueueUrl, Attributes });

/** Receives everything that is there, again and again, as a consumer would that fails each time. */
export const fail = (context: Context, QueueUrl: string) => receive(context, QueueUrl, { VisibilityTimeout: 0 });

/** Resolves when as many messages are visible in the queue as there should be. */
export const arrived = (context: Context, QueueUrl: string, count: number) =>
  until(`${count} messages arrive`, async () => (await countsOf(context, QueueUrl))[0] === count);

/** A queue for dead letters and a source of them. */
export async function pair(
  context: Context,
  maxReceiveCount: number | string,
  attributes: Record<string, string> = {},
) {
  const dead = await context.createQueue();
  const source = await context.createQueue({ ...redriveTo(dead, maxReceiveCount), ...attributes });
  return { dead, source };
}
