import { arnParts, deadLetterTarget } from '../contract/policies.ts';
import { attributeMap, changedAttributes, checkAttributes } from '../contract/queueAttributes.ts';
import { invalidValue, missing } from '../contract/shape.ts';
import type { QueueRecord } from '../model/queue.ts';
import { defineQueueAction, type Services } from './context.ts';
import { settled } from './outcomes.ts';

/**
 * What cannot be told from a RedrivePolicy alone: the target is a standard queue of the same account and region, and
 * exists. Other account, other type, absent: in this order (sqs-wire.md §4.4).
 */
export async function checkRedriveTarget(
  services: Services,
  source: Pick<QueueRecord, 'account' | 'region' | 'name'>,
  { RedrivePolicy }: Record<string, string>,
): Promise<void> {
  if (!RedrivePolicy) return;
  const fail = (reason: string) => invalidValue('RedrivePolicy', RedrivePolicy, reason);
  const { account, region, name } = arnParts(deadLetterTarget(RedrivePolicy))!;
  if (account !== source.account) throw fail('Dead-letter target owner should be same as the source.');
  // Two full stops, as AWS has it.
  if (name.endsWith('.fifo') !== source.name.endsWith('.fifo')) {
    throw fail('Dead-letter queue must be same type of queue as the source..');
  }
  const target = region === source.region ? await services.store.catalogue.find(account, region, name) : undefined;
  if (target === undefined) throw fail('Dead letter target does not exist.');
}

/**
 * Changes attributes and the length limit of a queue; what is not named stays.
 * @throws ServiceError for what is wrong with an attribute; StaleQueue
 */
export async function changeQueue(
  services: Services,
  queue: QueueRecord,
  change: { Attributes?: Record<string, string>; maxLength?: number | null; tags?: Record<string, string> },
): Promise<QueueRecord> {
  const { Attributes = {}, maxLength = queue.maxLength, tags = queue.tags } = change;
  checkAttributes(Attributes);
  await checkRedriveTarget(services, queue, Attributes);
  const attributes = changedAttributes(queue.attributes, Attributes);
  const modifiedAtMs = services.clock.now();
  return settled(await services.store.catalogue.update(queue, { attributes, maxLength, tags, modifiedAtMs }));
}

const noAttributes = () => missing('Attribute.Name');

export const setQueueAttributes = defineQueueAction({
  name: 'SetQueueAttributes',
  input: { Attributes: attributeMap.required(noAttributes) },
  output: {},
  errors: ['InvalidAttributeName', 'InvalidAttributeValue', 'OverLimit'],
  run: async (call) => {
    const { Attributes } = call.input;
    if (Object.keys(Attributes).length === 0) throw noAttributes();
    await changeQueue(call, call.queue, { Attributes });
    return {};
  },
});
