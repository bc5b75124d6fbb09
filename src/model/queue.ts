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
}

/** Whether a queue is a FIFO queue; its name says so too. */
export const isFifo = (queue: QueueRecord): boolean => queue.attributes.FifoQueue === 'true';

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
  };
}

/** `arn:aws:sqs:<region>:<account>:<name>` (sqs-wire.md §1.1). */
export const arnOf = (queue: QueueRecord): string => `arn:aws:sqs:${queue.region}:${queue.account}:${queue.name}`;
