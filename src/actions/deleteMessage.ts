import { batch, batchEntries, batchErrors, batchResult, one } from '../contract/batch.ts';
import { ServiceError } from '../contract/errors.ts';
import { invalidValue, string } from '../contract/shape.ts';
import { defineQueueAction } from './context.ts';
import { type Settling, settleAll } from './settleAll.ts';

const entry = { ReceiptHandle: string.nonEmpty().required() };

/** The answer for a message that was gone already: success to SQS, while the REST face tells it apart by identity. */
export const GONE: object = Object.freeze({});

async function deleteAll(call: Settling, handles: string[]): Promise<(object | ServiceError)[]> {
  const entries = handles.map((handle) => ({ handle, to: 'gone' as const, visibilityMs: 0 }));
  const outcomes = await settleAll(call, entries);
  return outcomes.map((outcome, i) => {
    if (outcome instanceof ServiceError) return outcome;
    if (outcome === 'expired') return expired(handles[i]!);
    return outcome === 'done' ? {} : GONE;
  });
}

/** On a FIFO queue a handle is good for as long as its own receive hides the message (sqs-wire.md §3.6). */
function expired(handle: string): ServiceError {
  const { message } = invalidValue('ReceiptHandle', handle, 'The receipt handle has expired.');
  return new ServiceError('ReceiptHandleExpired', message);
}

export const deleteMessage = defineQueueAction({
  name: 'DeleteMessage',
  input: entry,
  output: {},
  errors: ['ReceiptHandleIsInvalid', 'ReceiptHandleExpired'],
  run: async (call) => one(await deleteAll(call, [call.input.ReceiptHandle])),
});

export const deleteMessageBatch = defineQueueAction({
  name: 'DeleteMessageBatch',
  input: { Entries: batchEntries('DeleteMessageBatch', entry) },
  output: batchResult('DeleteMessageBatch', {}),
  errors: [...batchErrors, 'ReceiptHandleIsInvalid', 'ReceiptHandleExpired'],
  run: (call) =>
    batch('DeleteMessageBatch', call.input.Entries, (entries) =>
      deleteAll(
        call,
        entries.map(({ ReceiptHandle }) => ReceiptHandle),
      ),
    ),
});
