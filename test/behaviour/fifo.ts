/** What the tests of FIFO queues share. */
import { randomUUID } from 'node:crypto';
import type { Context } from './matrix.ts';
import { bodies, receive } from './messages.ts';

type Wish = Record<string, unknown>;

/** Creates a FIFO queue of a random name and answers its QueueUrl. */
export async function fifoQueue({ client }: Context, attributes: Record<string, string> = {}): Promise<string> {
  const Attributes = { FifoQueue: 'true', ...attributes };
  return String((await client.call('CreateQueue', { QueueName: `${randomUUID()}.fifo`, Attributes })).QueueUrl);
}

export const nameOf = (QueueUrl: string): string => String(QueueUrl.split('/').at(-1));

/** Sends one message to a FIFO queue, under a deduplication id of its own unless told; answers everything. */
export function sendFifo({ client }: Context, QueueUrl: string, group: string, body: string, more: Wish = {}) {
  const ids = { MessageGroupId: group, MessageDeduplicationId: randomUUID() };
  return client.call('SendMessage', { QueueUrl, MessageBody: body, ...ids, ...more });
}

/** Sends messages named `<group>-<n>`, one after the other: each group's name is followed by how many it gets. */
export async function fill(context: Context, QueueUrl: string, ...groups: [group: string, count: number][]) {
  for (const [group, count] of groups) {
    for (let n = 1; n <= count; n += 1) await sendFifo(context, QueueUrl, group, `${group}-${n}`);
  }
}

/** The bodies of up to `most` messages. */
export const take = async (context: Context, QueueUrl: string, most = 10, wish: Wish = {}): Promise<string[]> =>
  bodies(await receive(context, QueueUrl, { MaxNumberOfMessages: most, ...wish }));

/** Changes the visibility of a received message. */
export const hide = ({ client }: Context, QueueUrl: string, ReceiptHandle: string, VisibilityTimeout: number) =>
  client.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout });

export const remove = ({ client }: Context, QueueUrl: string, ReceiptHandle: string) =>
  client.call('DeleteMessage', { QueueUrl, ReceiptHandle });
