/**
 * The queue attributes (sqs-wire.md §4): a row each. What a client sets is kept as the string it sent (booleans in lower
 * case) and read back byte-equal; defaults are not stored.
 *
 * Columns
 *   byDefault   what GetQueueAttributes shows when nothing was set; undefined: the attribute is shown only when set
 *   check       undefined when the value will do, else what is wrong; absent: the attribute is read-only
 *   resettable  '' takes the attribute away instead of being a value
 *   fifo        the attribute is for FIFO queues only: what a standard queue says to it
 *   fixed       why it keeps the value that it was created with
 */
import { isFifo, type QueueRecord } from '../model/queue.ts';
import { ServiceError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { policyProblem, redriveAllowProblem, redriveProblem } from './policies.ts';
import { map, string } from './shape.ts';

/** The shape of Attributes, on every action that has them. */
export const attributeMap = map(string.notList('Unrecognized collection type class java.lang.String'), {
  wire: 'Attribute',
  key: 'Name',
  value: 'Value',
});

interface AttributeRow {
  byDefault?: string;
  check?: (value: string, name: string) => ServiceError | undefined;
  resettable?: true;
  fifo?: (name: string) => ServiceError;
  fixed?: string;
}

type Attributes = Record<string, string>;

/** `Invalid value for the parameter <Name>.` */
export const invalidAttribute = (name: string, reason?: string) =>
  new ServiceError(
    'InvalidAttributeValue',
    reason === undefined
      ? `Invalid value for the parameter ${name}.`
      : `Invalid value for the parameter ${name}. Reason: ${reason}`,
  );

export const unknownAttribute = (name: string) =>
  new ServiceError('InvalidAttributeName', `Unknown Attribute ${name}.`);

const onlyFifo = (name: string) =>
  new ServiceError('InvalidAttributeName', `You can specify the ${name} only when FifoQueue is set to true.`);

const whole = (least: number, most: number) => (value: string, name: string) =>
  /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most ? undefined : invalidAttribute(name);

const flag = (value: string, name: string) => (/^(?:true|false)$/i.test(value) ? undefined : invalidAttribute(name));

const oneOf =
  (...values: string[]) =>
  (value: string, name: string) =>
    values.includes(value) ? undefined : invalidAttribute(name);

const anything = () => undefined;

const rows: Record<string, AttributeRow> = {
  ApproximateNumberOfMessages: {},
  ApproximateNumberOfMessagesDelayed: {},
  ApproximateNumberOfMessagesNotVisible: {},
  CreatedTimestamp: {},
  DelaySeconds: { byDefault: String(LIMITS.delaySecondsDefault), check: whole(0, LIMITS.delaySeconds) },
  LastModifiedTimestamp: {},
  MaximumMessageSize: {
    byDefault: String(LIMITS.messageBytes),
    check: whole(LIMITS.messageBytesLeast, LIMITS.messageBytes),
  },
  MessageRetentionPeriod: {
    byDefault: String(LIMITS.retentionSecondsDefault),
    check: whole(LIMITS.retentionSecondsLeast, LIMITS.retentionSeconds),
  },
  QueueArn: {},
  ReceiveMessageWaitTimeSeconds: { byDefault: String(LIMITS.waitSecondsDefault), check: whole(0, LIMITS.waitSeconds) },
  SqsManagedSseEnabled: { byDefault: 'true', check: flag },
  VisibilityTimeout: { byDefault: String(LIMITS.visibilitySecondsDefault), check: whole(0, LIMITS.visibilitySeconds) },
  Policy: { check: policyProblem, resettable: true },
  RedrivePolicy: { check: redriveProblem, resettable: true },
  RedriveAllowPolicy: { check: redriveAllowProblem, resettable: true },
  KmsMasterKeyId: { check: anything, resettable: true },
  KmsDataKeyReusePeriodSeconds: { check: whole(60, 86_400) },
  FifoQueue: { check: flag, fifo: unknownAttribute, fixed: 'Modifying queue type is not supported.' },
  ContentBasedDeduplication: { byDefault: 'false', check: flag, fifo: unknownAttribute },
  DeduplicationScope: { byDefault: 'queue', check: oneOf('queue', 'messageGroup'), fifo: onlyFifo },
  FifoThroughputLimit: { byDefault: 'perQueue', check: oneOf('perQueue', 'perMessageGroupId'), fifo: onlyFifo },
};

/** The names of all attributes. */
export const attributeNames: readonly string[] = Object.keys(rows);

const rowOf = (name: string): AttributeRow | undefined => (Object.hasOwn(rows, name) ? rows[name] : undefined);

/** Shown with a key only, and then with this default. */
const KMS_REUSE_DEFAULT = '300';

/**
 * Checks attributes that a client wants to set, on a queue that has `current` ones: every name, then every value, then
 * what depends on the queue's type (sqs-wire.md §14). A queue that is being created has only the FifoQueue that is wanted.
 * @throws ServiceError InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue
 */
export function checkAttributes(wanted: Attributes, current: Attributes): void {
  const entries = Object.entries(wanted);
  for (const [name] of entries) if (rowOf(name)?.check === undefined) throw unknownAttribute(name);
  for (const [name, value] of entries) {
    const { check, resettable } = rowOf(name)!;
    const problem = value === '' && resettable ? undefined : check!(value, name);
    if (problem) throw problem;
  }
  const onFifo = isFifo({ attributes: current });
  for (const [name, value] of entries) {
    const { fifo, fixed } = rowOf(name)!;
    if (fifo && !onFifo) throw fifo(name);
    if (fixed && value.toLowerCase() !== current[name]) throw invalidAttribute(name, fixed);
  }
  if (onFifo) checkThroughput({ ...current, ...wanted });
}

/** Which combinations of the two attributes there are: sqs-wire.md §4.8. */
function checkThroughput({ DeduplicationScope, FifoThroughputLimit }: Attributes): void {
  if (FifoThroughputLimit !== 'perMessageGroupId' || DeduplicationScope === 'messageGroup') return;
  const reason = 'To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.';
  throw invalidAttribute('FifoThroughputLimit', reason);
}

/**
 * The last of the checks (sqs-wire.md §14): one kind of encryption at a time.
 * @throws ServiceError InvalidAttributeName
 */
export function checkEncryption(wanted: Attributes): void {
  if (!wanted.KmsMasterKeyId || wanted.SqsManagedSseEnabled?.toLowerCase() !== 'true') return;
  throw new ServiceError(
    'InvalidAttributeName',
    'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
  );
}

/** The attributes of a queue after a change that has been checked. */
export function changedAttributes(current: Attributes, wanted: Attributes): Attributes {
  const changed = new Map(Object.entries(current));
  for (const [name, value] of Object.entries(wanted)) {
    const { check, resettable } = rowOf(name)!;
    if (value === '' && resettable) changed.delete(name);
    else changed.set(name, check === flag ? value.toLowerCase() : value);
  }
  // One kind of encryption at a time (§4.7): the one that is set last ends the other.
  if (wanted.KmsMasterKeyId) changed.set('SqsManagedSseEnabled', 'false');
  if (wanted.KmsMasterKeyId === '' || wanted.SqsManagedSseEnabled?.toLowerCase() === 'true') {
    changed.delete('KmsMasterKeyId');
    changed.delete('KmsDataKeyReusePeriodSeconds');
  }
  return Object.fromEntries(changed);
}

/** The settable attributes as GetQueueAttributes shows them (sqs-wire.md §4.3): what was set, and defaults. */
export function settableAttributes(queue: Pick<QueueRecord, 'attributes'>): Attributes {
  const shown: Attributes = {};
  const onFifo = isFifo(queue);
  for (const [name, { byDefault, check, fifo }] of Object.entries(rows)) {
    const value = queue.attributes[name] ?? (fifo && !onFifo ? undefined : byDefault);
    if (check !== undefined && value !== undefined) shown[name] = value;
  }
  if (shown.KmsMasterKeyId === undefined) delete shown.KmsDataKeyReusePeriodSeconds;
  else shown.KmsDataKeyReusePeriodSeconds ??= KMS_REUSE_DEFAULT;
  return shown;
}

/**
 * The first of the wanted attributes whose value differs from the queue's current one, defaults included; what a
 * repeated CreateQueue is judged by (§3.5).
 */
export function differingAttribute({ attributes }: QueueRecord, wanted: Attributes): string | undefined {
  const now = settableAttributes({ attributes });
  const then = settableAttributes({ attributes: changedAttributes(attributes, wanted) });
  return Object.keys(wanted).find((name) => canonical(now[name]) !== canonical(then[name]));
}

/** `007` is kept as it was sent and is equal to `7`. */
const canonical = (value: string | undefined) => (value !== undefined && /^\d+$/.test(value) ? Number(value) : value);
