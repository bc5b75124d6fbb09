import { batch, batchEntries, batchErrors, batchResult, one } from '../contract/batch.ts';
import { ServiceError } from '../contract/errors.ts';
import { string } from '../contract/shape.ts';
import { defineQueueAction } from './context.ts';
import { type Settling, settleAll } from './settleAll.ts';

const entry = { ReceiptHandle: string.nonEmpty().required() };

/** The answer for a message that was gone already: success to SQS, while the REST face tells it apart by identity. */
export const GONE: object = Object.freeze({});

async function deleteAll(call: Settling, handles: string[]): Promise<(object | ServiceError)[]> {
  const entries = handles.map((handle) => ({ handle, to: 'gone' as const, visibilityMs: 0 }));
  const outcomes = await settleAll(call, entries);
  return outcomes.map((outcome) => {
    if (outcome instanceof ServiceError) return outcome;
    return outcome === 'done' ? {} : GONE;
  });
}

export const deleteMessage = defineQueueAction({
  name: 'DeleteMessage',
  input: entry,
  output: {},
  errors: ['ReceiptHandleIsInvalid'],
  run: async (call) => one(await deleteAll(call, [call.input.ReceiptHandle])),
});

export const deleteMessageBatch = defineQueueAction({
  name: 'DeleteMessageBatch',
  input: { Entries: batchEntries('DeleteMessageBatch', entry) },
  output: batchResult('DeleteMessageBatch', {}),
  errors: [...batchErrors, 'ReceiptHandleIsInvalid'],
  run: (call) =>
    batch('DeleteMessageBatch', call.input.Entries, (entries) =>
      deleteAll(
        call,
        entries.map(({ ReceiptHandle }) => ReceiptHandle),
      ),
    ),
});
