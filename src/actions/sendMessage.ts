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
import { type Infer, integer, string } from '../contract/shape.ts';
import { md5OfAttributes } from '../model/md5.ts';
import { draftOf, sequenceOf } from '../model/message.ts';
import { isFifo, settingsOf } from '../model/queue.ts';
import type { Draft, Sent } from '../queue/send.ts';
import { defineQueueAction, type QueueCall } from './context.ts';
import { settled } from './outcomes.ts';
import {
  ALONE,
  checkDelay,
  checkForFifo,
  checkForStandard,
  deduplicationIdOf,
  delayMsOf,
  IN_BATCH,
  type Wording,
} from './sendRules.ts';

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

/**
 * Sends each entry on its own: one store call, and for each entry its result or why it was refused.
 * @throws ServiceError what a FIFO queue refuses the whole request for
 */
async function sendAll(call: Sending, entries: Entry[], wording: Wording): Promise<(Result | ServiceError)[]> {
  checkForFifo(call.queue, entries, wording);
  const prepared = entries.map((entry, i) => attempt(() => prepare(call, entry, wording, i + 1)));
  const drafts: Draft[] = [];
  for (const one of prepared) if (!(one instanceof ServiceError)) drafts.push(one.draft);
  if (drafts.length === 0) return prepared as ServiceError[];
  const { maxLength } = settingsOf(call.queue);
  const rules = { maxLength, requestId: call.requestId, perGroup: call.queue.perGroup === true };
  const sent = settled(await call.store.messages.send(call.queue, drafts, rules)).values();
  return prepared.map((one) => (one instanceof ServiceError ? one : answer(call, one.result, sent.next().value!)));
}

/** Id and number are those of the first when this message, or this call, was made before (sqs-wire.md §7.4). */
function answer({ queue }: Sending, result: Result, { outcome, id, number }: Sent): Result | ServiceError {
  if (outcome === 'full') return new ServiceError('QueueFull');
  return { ...result, MessageId: id, ...(isFifo(queue) && { SequenceNumber: sequenceOf(number) }) };
}

/** The draft of an entry, checked in AWS's order (sqs-wire.md §14), and what the client is told when it is sent. */
function prepare(call: Sending, entry: Entry, wording: Wording, position: number): { draft: Draft; result: Result } {
  const { queue } = call;
  const { maximumMessageSize } = settingsOf(queue);
  checkForStandard(queue, entry, wording);
  checkBody(entry.MessageBody, position);
  checkDelay(entry.DelaySeconds);
  const attributes = userAttributes(entry.MessageAttributes);
  if (sizeOf(entry.MessageBody, entry.MessageAttributes) > maximumMessageSize) {
    const reason = `Reason: Message must be shorter than ${maximumMessageSize} bytes.`;
    throw new ServiceError('InvalidParameterValue', `${wording.tooLong} ${reason}`);
  }
  const system = sentSystemAttributes(entry.MessageSystemAttributes);
  const draft = draftOf({
    body: entry.MessageBody,
    attributes,
    senderId: call.caller.principal,
    group: entry.MessageGroupId ?? '',
    deduplicationId: deduplicationIdOf(queue, entry),
    traceHeader: (system[0]?.value as string | undefined) ?? call.traceHeader,
    delayMs: delayMsOf(queue, entry),
  });
  const result: Result = { MessageId: draft.message.id, MD5OfMessageBody: draft.message.bodyMd5 };
  if (attributes.length > 0) result.MD5OfMessageAttributes = md5OfAttributes(attributes);
  if (system.length > 0) result.MD5OfMessageSystemAttributes = md5OfAttributes(system);
  return { draft, result };
}

function checkBody(body: string, position: number): void {
  // Only a batch gets here without a body, with a code of its own (sqs-wire.md §3.19).
  if (!body) {
    const name = `SendMessageBatchRequestEntry.${position}.MessageBody`;
    throw new ServiceError('EmptyValue', `The request must contain the parameter ${name}.`);
  }
  if (!isLegalText(body)) throw new ServiceError('InvalidMessageContents');
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
