/**
 * What the type of a queue has to say about a message that is sent to it: its group, its deduplication id and its delay.
 * Everything else about a message is in sendMessage.ts.
 */
import { hash } from 'node:crypto';
import { invalidParameter, type ServiceError } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { invalidValue, missing } from '../contract/shape.ts';
import { isFifo, type QueueRecord, settingsOf } from '../model/queue.ts';

interface Entry {
  MessageBody: string;
  DelaySeconds?: number | undefined;
  MessageDeduplicationId?: string | undefined;
  MessageGroupId?: string | undefined;
}

/** A batch says some things differently (sqs-wire.md §3.19). */
export interface Wording {
  tooLong: string;
  /** What is wrong with an id; `reason` has no full stop. */
  id(name: string, value: string, reason: string): ServiceError;
  /** What a FIFO queue says to a message without a group. */
  noGroup(): ServiceError;
  /** What a FIFO queue checks before it looks at any message, in order (sqs-wire.md §14). */
  fifo: readonly FifoCheck[];
}

type FifoCheck = (entry: Entry, position: number, queue: QueueRecord, wording: Wording) => void;

/** Alphanumeric and punctuation characters, 1 to 128 (sqs-wire.md §7.3). */
const ID = /^[!-~]{1,128}$/;
export const ID_RULE = 'can only include alphanumeric and punctuation characters. 1 to 128 in length';

/** Whether SQS takes an id of a message or an attempt. */
export const isId = (id: string): boolean => ID.test(id);

const otherType = 'The request include parameter that is not valid for this queue type';

function checkId(name: 'MessageGroupId' | 'MessageDeduplicationId', entry: Entry, wording: Wording): void {
  const id = entry[name];
  if (id !== undefined && !isId(id)) throw wording.id(name, id, `${name} ${ID_RULE}`);
}

const bodyGiven: FifoCheck = ({ MessageBody }, position) => {
  if (!MessageBody) throw invalidParameter(missing(`SendMessageBatchRequestEntry.${position}.MessageBody`).message);
};

const groupGiven: FifoCheck = ({ MessageGroupId }, _position, _queue, wording) => {
  if (MessageGroupId === undefined) throw wording.noGroup();
};

const groupFormed: FifoCheck = (entry, _position, _queue, wording) => checkId('MessageGroupId', entry, wording);

const deduplication: FifoCheck = (entry, _position, queue, wording) => {
  checkId('MessageDeduplicationId', entry, wording);
  if (entry.MessageDeduplicationId !== undefined || queue.attributes.ContentBasedDeduplication === 'true') return;
  throw invalidParameter(
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
};

/** Only the queue delays; 0 is taken and means nothing (sqs-wire.md §5.10). */
const notDelayed: FifoCheck = ({ DelaySeconds = 0 }) => {
  if (DelaySeconds > 0) throw invalidValue('DelaySeconds', String(DelaySeconds), `${otherType}.`);
  checkDelay(DelaySeconds);
};

export const ALONE: Wording = {
  tooLong: 'One or more parameters are invalid.',
  id: (name, value, reason) => invalidValue(name, value, `${reason}.`),
  noGroup: () => missing('MessageGroupId'),
  fifo: [groupGiven, groupFormed, deduplication, notDelayed],
};

export const IN_BATCH: Wording = {
  tooLong: 'One or more parameters cannot be validated.',
  id: (_name, _value, reason) => invalidParameter(reason),
  // Not MissingParameter, as recorded (§3.19).
  noGroup: () => invalidParameter(missing('MessageGroupId').message),
  fifo: [bodyGiven, groupGiven, notDelayed, groupFormed, deduplication],
};

/**
 * What a FIFO queue refuses a whole request for, be it a batch; a standard queue has nothing to say here.
 * @throws ServiceError
 */
export function checkForFifo(queue: QueueRecord, entries: Entry[], wording: Wording): void {
  if (!isFifo(queue)) return;
  for (const [i, entry] of entries.entries()) for (const check of wording.fifo) check(entry, i + 1, queue, wording);
}

/** On a standard queue a deduplication id is refused, a group id names a tenant (sqs-wire.md §8). @throws ServiceError */
export function checkForStandard(queue: QueueRecord, entry: Entry, wording: Wording): void {
  if (isFifo(queue)) return;
  const { MessageDeduplicationId: id } = entry;
  if (id !== undefined) throw wording.id('MessageDeduplicationId', id, otherType);
  checkId('MessageGroupId', entry, wording);
}

/** @throws ServiceError */
export function checkDelay(seconds: number | undefined): void {
  if (seconds === undefined || (seconds >= 0 && seconds <= LIMITS.delaySeconds)) return;
  throw invalidValue('DelaySeconds', String(seconds), `DelaySeconds must be >= 0 and <= ${LIMITS.delaySeconds}.`);
}

/** What a message of that queue is known by when it comes again: the id given, or the body's SHA-256 (sqs-wire.md §7.4). */
export function deduplicationIdOf(queue: QueueRecord, { MessageDeduplicationId, MessageBody }: Entry): string {
  return isFifo(queue) ? (MessageDeduplicationId ?? hash('sha256', MessageBody)) : '';
}

/** How long a message is delayed: on a FIFO queue as long as the queue says (sqs-wire.md §5.10). */
export function delayMsOf(queue: QueueRecord, { DelaySeconds }: Entry): number {
  const { delayMs } = settingsOf(queue);
  return DelaySeconds === undefined || isFifo(queue) ? delayMs : DelaySeconds * 1000;
}
