import { allowsSource, arnParts, deadLetterTarget } from '../contract/policies.ts';
import { attributeMap, changedAttributes, checkAttributes, checkEncryption } from '../contract/queueAttributes.ts';
import { invalidValue, missing } from '../contract/shape.ts';
import { arnOf, type QueueRecord } from '../model/queue.ts';
import { defineQueueAction, type Services } from './context.ts';
import { settled } from './outcomes.ts';

type Source = Pick<QueueRecord, 'account' | 'region' | 'name'>;

const denied = (target: string, source: string) =>
  `The RedriveAllowPolicy of ${target} does not allow ${source} as a source queue.`;

/**
 * What cannot be told from a RedrivePolicy alone: the target is another queue of the same account, region and type, it
 * exists, and its RedriveAllowPolicy lets the source in. In this order (sqs-wire.md §§4.4, 4.5; AWS's texts for the source
 * itself and for a target that denies it are not known).
 */
export async function checkRedriveTarget(
  services: Services,
  source: Source,
  { RedrivePolicy }: Record<string, string>,
): Promise<void> {
  if (!RedrivePolicy) return;
  const fail = (reason: string) => invalidValue('RedrivePolicy', RedrivePolicy, reason);
  const arn = deadLetterTarget(RedrivePolicy);
  const { account, region, name } = arnParts(arn)!;
  if (account !== source.account) throw fail('Dead-letter target owner should be same as the source.');
  // Two full stops, as AWS has it.
  if (name.endsWith('.fifo') !== source.name.endsWith('.fifo')) {
    throw fail('Dead-letter queue must be same type of queue as the source..');
  }
  const isHere = region === source.region;
  if (isHere && name === source.name) throw fail('Dead-letter queue must be another queue than the source.');
  const target = isHere ? await services.store.catalogue.find(account, region, name) : undefined;
  if (target === undefined) throw fail('Dead letter target does not exist.');
  if (!allowsSource(target.attributes, source)) throw fail(denied(arn, arnOf(source)));
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
  checkAttributes(Attributes, queue.attributes);
  await checkRedriveTarget(services, queue, Attributes);
  checkEncryption(Attributes);
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
