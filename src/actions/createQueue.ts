import { invalidParameter, ServiceError } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import {
  attributeMap,
  changedAttributes,
  checkAttributes,
  checkEncryption,
  differingAttribute,
} from '../contract/queueAttributes.ts';
import { string } from '../contract/shape.ts';
import { tagMap, withTags } from '../contract/tags.ts';
import { newQueueId } from '../model/ids.ts';
import type { QueueRecord } from '../model/queue.ts';
import { type Caller, defineAction, type Services } from './context.ts';
import { checkRedriveTarget } from './setQueueAttributes.ts';

/** The name of a queue where an action takes one: absent has a text of its own (sqs-wire.md §§3.5, 3.10). */
export const queueName = string.required(() =>
  invalidParameter('Value for parameter QueueName is invalid. Reason: Must specify a queue name.'),
);

const STANDARD = /^[A-Za-z0-9_-]{1,80}$/;
const FIFO = /^[A-Za-z0-9_-]{1,75}\.fifo$/;

export interface QueueWish {
  QueueName: string;
  Attributes: Record<string, string>;
  tags: Record<string, string>;
  maxLength: number | null;
  /** A taken name is an error even when the queue that has it is the same. */
  exclusive: boolean;
}

/** The attributes and tags that a wish asks for, checked; then its name, which says what type of queue it is. */
function checked({ QueueName, Attributes, tags }: QueueWish): Pick<QueueRecord, 'attributes' | 'tags'> {
  if (QueueName === '') throw invalidParameter('Queue name cannot be empty');
  const isFifo = Attributes.FifoQueue?.toLowerCase() === 'true';
  checkAttributes(Attributes, isFifo ? { FifoQueue: 'true' } : {});
  checkEncryption(Attributes);
  const checkedTags = withTags(QueueName, {}, tags);
  if (!isFifo && !STANDARD.test(QueueName)) {
    throw invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
  }
  if (isFifo && !FIFO.test(QueueName)) {
    throw invalidParameter(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  }
  return { attributes: changedAttributes({}, Attributes), tags: checkedTags };
}

/** AWS has OverLimit for a long policy in SetQueueAttributes only (sqs-wire.md §3.20). */
function checkedForCreation(wish: QueueWish): ReturnType<typeof checked> {
  try {
    return checked(wish);
  } catch (error) {
    throw error instanceof ServiceError && error.error === 'OverLimit' ? invalidParameter(error.message) : error;
  }
}

/**
 * Creates a queue, or answers the one that is there and has the wanted attributes (sqs-wire.md §3.5).
 * @throws ServiceError QueueNameExists naming the attribute that differs; whatever is wrong with name, attributes, tags
 */
export async function makeQueue(services: Services, caller: Caller, wish: QueueWish): Promise<QueueRecord> {
  const { catalogue } = services.store;
  const { account, region } = caller;
  const { attributes, tags } = checkedForCreation(wish);
  const there = await catalogue.find(account, region, wish.QueueName);
  if (there === undefined) {
    const removedAgo = await catalogue.removedAgo(account, region, wish.QueueName);
    if (removedAgo !== undefined && removedAgo < services.banMs) throw new ServiceError('QueueDeletedRecently');
    await checkRedriveTarget(services, { account, region, name: wish.QueueName }, attributes);
  }
  const ownDefault = services.visibilitySecondsDefault;
  if (ownDefault !== LIMITS.visibilitySecondsDefault) attributes.VisibilityTimeout ??= String(ownDefault);
  const now = services.clock.now();
  const { created, queue } = await catalogue.create({
    id: newQueueId(),
    account,
    region,
    name: wish.QueueName,
    version: 0,
    createdAtMs: now,
    modifiedAtMs: now,
    attributes,
    tags,
    maxLength: wish.maxLength,
    ...(attributes.DeduplicationScope === 'messageGroup' && { perGroup: true }),
  });
  return created ? queue : same(queue, wish);
}

function same(queue: QueueRecord, { Attributes, exclusive }: QueueWish): QueueRecord {
  const taken = 'A queue already exists with the same name';
  if (exclusive) throw new ServiceError('QueueNameExists', `${taken}.`);
  const differs = differingAttribute(queue, Attributes);
  if (differs === undefined) return queue;
  throw new ServiceError('QueueNameExists', `${taken} and a different value for attribute ${differs}`);
}

export const createQueue = defineAction({
  name: 'CreateQueue',
  input: { QueueName: queueName, Attributes: attributeMap, tags: tagMap },
  output: { QueueUrl: string },
  errors: ['QueueDeletedRecently', 'QueueNameExists', 'InvalidAttributeName', 'InvalidAttributeValue'],
  run: async (call) => {
    const { QueueName, Attributes = {}, tags = {} } = call.input;
    const wish = { QueueName, Attributes, tags, maxLength: call.maxLengthDefault, exclusive: false };
    return { QueueUrl: call.urlOf(await makeQueue(call, call.caller, wish)) };
  },
});
