import { attributeMap, attributeNames, settableAttributes, unknownAttribute } from '../contract/queueAttributes.ts';
import { list, string } from '../contract/shape.ts';
import { arnOf, type QueueRecord } from '../model/queue.ts';
import type { Counts } from '../queue/counts.ts';
import { defineQueueAction } from './context.ts';
import { settled } from './outcomes.ts';

const seconds = (ms: number) => String(Math.floor(ms / 1000));

/** Every attribute that the queue shows (sqs-wire.md §4.3). */
export function attributesOf(queue: QueueRecord, { visible, inFlight, delayed }: Counts): Record<string, string> {
  return {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    CreatedTimestamp: seconds(queue.createdAtMs),
    LastModifiedTimestamp: seconds(queue.modifiedAtMs),
    QueueArn: arnOf(queue),
    ...settableAttributes(queue),
  };
}

export const getQueueAttributes = defineQueueAction({
  name: 'GetQueueAttributes',
  input: { AttributeNames: list(string, { wire: 'AttributeName' }) },
  output: { Attributes: attributeMap },
  errors: ['InvalidAttributeName'],
  run: async ({ input, queue, store }) => {
    const names = new Set(input.AttributeNames);
    for (const name of names) if (name !== 'All' && !attributeNames.includes(name)) throw unknownAttribute(name);
    if (names.size === 0) return {};
    const all = attributesOf(queue, settled(await store.messages.counts(queue)));
    const shown = Object.entries(all).filter(([name]) => names.has('All') || names.has(name));
    return shown.length === 0 ? {} : { Attributes: Object.fromEntries(shown) };
  },
});
