import { batch, batchEntries, batchErrors, batchResult, one } from '../contract/batch.ts';
import { ServiceError } from '../contract/errors.ts';
import { string } from '../contract/shape.ts';
import { defineQueueAction } from './context.ts';
import { type Settling, settleAll } from './settleAll.ts';

const entry = { ReceiptHandle: string.nonEmpty().required() };

/**
 * Removes the messages that the handles name, and answers one outcome for each: `gone` when there is no such message
 * any more, which SQS counts as success and REST does not.
 */
export async function removeAll(call: Settling, handles: string[]): Promise<('done' | 'gone' | ServiceError)[]> {
  const entries = handles.map((handle) => ({ handle, to: 'gone' as const, visibilityMs: 0 }));
  const outcomes = await settleAll(call, entries);
  return outcomes.map((outcome) => (outcome instanceof ServiceError || outcome === 'done' ? outcome : 'gone'));
}

/** As SQS answers: a message that is gone already was deleted. */
async function deleteAll(call: Settling, handles: string[]): Promise<(object | ServiceError)[]> {
  const outcomes = await removeAll(call, handles);
  return outcomes.map((outcome) => (outcome instanceof ServiceError ? outcome : {}));
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
