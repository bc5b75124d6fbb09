import { attempt, batch, batchEntries, batchErrors, batchResult, one } from '../contract/batch.ts';
import { type ErrorName, ServiceError } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import {
  isLegalText,
  messageAttributes,
  messageSystemAttributes,
  sentSystemAttributes,
  sizeOf,
  userAttributes,
} from '../contract/messageAttributes.ts';
import { type Infer, integer, invalidValue, string } from '../contract/shape.ts';
import { md5OfAttributes } from '../model/md5.ts';
import { draftOf } from '../model/message.ts';
import { settingsOf } from '../model/queue.ts';
import type { Draft } from '../queue/send.ts';
import { defineQueueAction, type QueueCall } from './context.ts';
import { settled } from './outcomes.ts';

const entry = {
  MessageBody: string.coerced().nonEmpty().required(),
  DelaySeconds: integer,
  MessageAttributes: messageAttributes,
  MessageSystemAttributes: messageSystemAttributes,
  MessageDeduplicationId: string,
  MessageGroupId: string,
};

const result = {
  MessageId: string,
  MD5OfMessageBody: string,
  MD5OfMessageAttributes: string,
  MD5OfMessageSystemAttributes: string,
  SequenceNumber: string,
};

/** AWS marks these two as required in a batch's results only. */
const entryResult = {
  ...result,
  MessageId: result.MessageId.required(),
  MD5OfMessageBody: result.MD5OfMessageBody.required(),
};

type Entry = Infer<typeof entry>;
type Result = Infer<typeof entryResult>;
type Sending = Pick<QueueCall<object, ErrorName>, 'queue' | 'store' | 'caller' | 'traceHeader' | 'requestId'>;

/** A batch says some things differently (sqs-wire.md §3.19). */
interface Wording {
  tooLong: string;
  /** What is wrong with an id; `reason` has no full stop. */
  id(name: string, value: string, reason: string): ServiceError;
}

const ALONE: Wording = {
  tooLong: 'One or more parameters are invalid.',
  id: (name, value, reason) => invalidValue(name, value, `${reason}.`),
};

const IN_BATCH: Wording = {
  tooLong: 'One or more parameters cannot be validated.',
  id: (_name, _value, reason) => new ServiceError('InvalidParameterValue', reason),
};

/** Alphanumeric and punctuation characters, 1 to 128 (sqs-wire.md §7.3). */
const GROUP_ID = /^[!-~]{1,128}$/;

/** Sends each entry on its own: one store call, and for each entry its result or why it was refused. */
async function sendAll(call: Sending, entries: Entry[], wording: Wording): Promise<(Result | ServiceError)[]> {
  const prepared = entries.map((entry, i) => attempt(() => prepare(call, entry, wording, i + 1)));
  const drafts: Draft[] = [];
  for (const one of prepared) if (!(one instanceof ServiceError)) drafts.push(one.draft);
  if (drafts.length === 0) return prepared as ServiceError[];
  const { maxLength } = settingsOf(call.queue);
  const sent = settled(
    await call.store.messages.send(call.queue, drafts, { maxLength, requestId: call.requestId, perGroup: false }),
  ).values();
  return prepared.map((one) => {
    if (one instanceof ServiceError) return one;
    const { outcome, id } = sent.next().value!;
    // The id of the first attempt, when this call was made before.
    return outcome === 'full' ? new ServiceError('QueueFull') : { ...one.result, MessageId: id };
  });
}

/** The draft of an entry, checked in AWS's order (sqs-wire.md §14), and what the client is told when it is sent. */
function prepare(call: Sending, entry: Entry, wording: Wording, position: number): { draft: Draft; result: Result } {
  const settings = settingsOf(call.queue);
  checkIds(entry, wording);
  checkBody(entry.MessageBody, position);
  checkDelay(entry.DelaySeconds);
  const attributes = userAttributes(entry.MessageAttributes);
  if (sizeOf(entry.MessageBody, entry.MessageAttributes) > settings.maximumMessageSize) {
    const reason = `Reason: Message must be shorter than ${settings.maximumMessageSize} bytes.`;
    throw new ServiceError('InvalidParameterValue', `${wording.tooLong} ${reason}`);
  }
  const system = sentSystemAttributes(entry.MessageSystemAttributes);
  const draft = draftOf({
    body: entry.MessageBody,
    attributes,
    senderId: call.caller.principal,
    group: entry.MessageGroupId ?? '',
    deduplicationId: '',
    traceHeader: (system[0]?.value as string | undefined) ?? call.traceHeader,
    delayMs: entry.DelaySeconds === undefined ? settings.delayMs : entry.DelaySeconds * 1000,
  });
  const result: Result = { MessageId: draft.message.id, MD5OfMessageBody: draft.message.bodyMd5 };
  if (attributes.length > 0) result.MD5OfMessageAttributes = md5OfAttributes(attributes);
  if (system.length > 0) result.MD5OfMessageSystemAttributes = md5OfAttributes(system);
  return { draft, result };
}

/** On a standard queue a deduplication id is refused, a group id names a tenant (sqs-wire.md §8). */
function checkIds({ MessageDeduplicationId, MessageGroupId }: Entry, wording: Wording): void {
  if (MessageDeduplicationId !== undefined) {
    const reason = 'The request include parameter that is not valid for this queue type';
    throw wording.id('MessageDeduplicationId', MessageDeduplicationId, reason);
  }
  if (MessageGroupId !== undefined && !GROUP_ID.test(MessageGroupId)) {
    const reason = 'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length';
    throw wording.id('MessageGroupId', MessageGroupId, reason);
  }
}

function checkBody(body: string, position: number): void {
  // Only a batch gets here without a body, with a code of its own (sqs-wire.md §3.19).
  if (!body) {
    const name = `SendMessageBatchRequestEntry.${position}.MessageBody`;
    throw new ServiceError('EmptyValue', `The request must contain the parameter ${name}.`);
  }
  if (!isLegalText(body)) throw new ServiceError('InvalidMessageContents');
}

function checkDelay(seconds: number | undefined): void {
  if (seconds === undefined || (seconds >= 0 && seconds <= LIMITS.delaySeconds)) return;
  throw invalidValue('DelaySeconds', String(seconds), `DelaySeconds must be >= 0 and <= ${LIMITS.delaySeconds}.`);
}

/** The limit for a batch is SQS's own, whatever the queue's MaximumMessageSize is. */
function checkTotal(entries: Entry[]): void {
  const total = entries.reduce((sum, entry) => sum + sizeOf(entry.MessageBody ?? '', entry.MessageAttributes), 0);
  if (total <= LIMITS.messageBytes) return;
  throw new ServiceError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${LIMITS.messageBytes} bytes. You have sent ${total} bytes.`,
  );
}

export const sendMessage = defineQueueAction({
  name: 'SendMessage',
  input: entry,
  output: result,
  errors: ['InvalidMessageContents', 'QueueFull'],
  run: async (call) => one(await sendAll(call, [call.input], ALONE)),
});

export const sendMessageBatch = defineQueueAction({
  name: 'SendMessageBatch',
  input: { Entries: batchEntries('SendMessageBatch', entry) },
  output: batchResult('SendMessageBatch', entryResult),
  errors: [...batchErrors, 'BatchRequestTooLong', 'EmptyValue', 'InvalidMessageContents', 'QueueFull'],
  run: (call) =>
    batch('SendMessageBatch', call.input.Entries, (entries) => {
      checkTotal(entries);
      return sendAll(call, entries, IN_BATCH);
    }),
});
