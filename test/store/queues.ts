import { newQueueId } from '../../src/model/ids.ts';
import type { QueueRecord } from '../../src/model/queue.ts';

/** A queue record to create, with a name of its own. */
export function newQueue(change: Partial<QueueRecord> = {}): QueueRecord {
  const id = newQueueId();
  return {
    id,
    account: '000000000000',
    region: 'us-east-1',
    name: `queue${id}`,
    version: 0,
    createdAtMs: 0,
    modifiedAtMs: 0,
    attributes: {},
    tags: {},
    maxLength: null,
    ...change,
  };
}

/** What a wish says of FIFO queues and dead letters when it is about neither. */
export const PLAIN = { attemptId: '', delayMs: 0, maxReceiveCount: 0, deadLetterQueue: '' };

/** What a message that is no dead letter says of that. */
export const ALIVE = { deadLetterSource: '', receivedBefore: 0, firstReceivedBefore: 0 };
