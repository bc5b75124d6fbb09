import { LIMITS } from '../contract/limits.ts';

/** A queue as the catalogue keeps it. Attributes are exactly the strings the owner set; defaults are not stored. */
export interface QueueRecord {
  /** Internal, never used again, never shown. */
  id: string;
  account: string;
  region: string;
  name: string;
  /** Grows with every change. A transition decided with an older one is refused as stale. */
  version: number;
  createdAtMs: number;
  modifiedAtMs: number;
  attributes: Record<string, string>;
  tags: Record<string, string>;
  /** REST's max_length; null says no limit. */
  maxLength: number | null;
  /**
   * FIFO: a deduplication id counts within its group only. Decided by DeduplicationScope at creation: a later change of that
   * attribute is shown and not followed (sqs-wire.md §§7.4, 13).
   */
  perGroup?: true;
}

/** The numbers that rules need, read from the attributes. */
export interface QueueSettings {
  delayMs: number;
  maximumMessageSize: number;
  retentionMs: number;
  waitMs: number;
  visibilityMs: number;
  inFlightLimit: number;
  /** 0 says no limit. */
  maxLength: number;
  /** How often a message is received before it is a dead letter, and the name of their queue; 0 and '' for never. */
  maxReceiveCount: number;
  deadLetterQueue: string;
}

/** Whether a queue is a FIFO queue; its name says so too. */
export const isFifo = (queue: Pick<QueueRecord, 'attributes'>): boolean => queue.attributes.FifoQueue === 'true';

const known = new WeakMap<QueueRecord, QueueSettings>();

/** The settings of a queue. Records are immutable, so this is computed once for each. */
export function settingsOf(queue: QueueRecord): QueueSettings {
  let settings = known.get(queue);
  if (settings === undefined) {
    settings = read(queue);
    known.set(queue, settings);
  }
  return settings;
}

function read(queue: QueueRecord): QueueSettings {
  const number = (name: string, byDefault: number) => Number(queue.attributes[name] ?? byDefault);
  return {
    delayMs: number('DelaySeconds', LIMITS.delaySecondsDefault) * 1000,
    maximumMessageSize: number('MaximumMessageSize', LIMITS.messageBytes),
    retentionMs: number('MessageRetentionPeriod', LIMITS.retentionSecondsDefault) * 1000,
    waitMs: number('ReceiveMessageWaitTimeSeconds', LIMITS.waitSecondsDefault) * 1000,
    visibilityMs: number('VisibilityTimeout', LIMITS.visibilitySecondsDefault) * 1000,
    inFlightLimit: LIMITS.inFlight,
    maxLength: queue.maxLength ?? 0,
    ...redriveOf(queue.attributes.RedrivePolicy),
  };
}

/** A RedrivePolicy was checked when it was set: its target has the account and region of the queue. */
function redriveOf(policy: string | undefined): Pick<QueueSettings, 'maxReceiveCount' | 'deadLetterQueue'> {
  if (!policy) return { maxReceiveCount: 0, deadLetterQueue: '' };
  const { maxReceiveCount, deadLetterTargetArn } = JSON.parse(policy) as Record<string, unknown>;
  return { maxReceiveCount: Number(maxReceiveCount), deadLetterQueue: nameInArn(String(deadLetterTargetArn)) };
}

/** `arn:aws:sqs:<region>:<account>:<name>` (sqs-wire.md §1.1). */
export const arnOf = (queue: Pick<QueueRecord, 'account' | 'region' | 'name'>): string =>
  `arn:aws:sqs:${queue.region}:${queue.account}:${queue.name}`;

/** The name in a queue's ARN; '' for what is none. */
export const nameInArn = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);
