import { batch, batchEntries, batchErrors, batchResult, one } from '../contract/batch.ts';
import { ServiceError } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { type Infer, integer, invalidValue, missing, string } from '../contract/shape.ts';
import type { Settled } from '../queue/settle.ts';
import { defineQueueAction } from './context.ts';
import { type Settling, settleAll } from './settleAll.ts';

const most = LIMITS.visibilitySeconds;

const entry = { ReceiptHandle: string.nonEmpty().required(), VisibilityTimeout: integer };

type Entry = Infer<typeof entry>;

/** Hides each message for its time, counted from now: for each entry {} or why it was refused. */
async function changeAll(call: Settling, entries: Entry[]): Promise<(object | ServiceError)[]> {
  const wanted = entries.map((entry, i) => ({
    handle: entry.ReceiptHandle,
    problem: timeoutProblem(entry, i + 1),
    to: 'hidden' as const,
    visibilityMs: (entry.VisibilityTimeout ?? 0) * 1000,
  }));
  const outcomes = await settleAll(call, wanted);
  return outcomes.map((outcome, i) => (outcome instanceof ServiceError ? outcome : answer(outcome, entries[i]!)));
}

function answer(outcome: Settled, { ReceiptHandle, VisibilityTimeout }: Entry): object | ServiceError {
  if (outcome === 'done') return {};
  if (outcome === 'overlong') {
    const reason = `Total VisibilityTimeout for the message is beyond the limit [${most} seconds]`;
    return invalidValue('VisibilityTimeout', String(VisibilityTimeout), reason);
  }
  const reason = 'Message does not exist or is not available for visibility timeout change.';
  return invalidValue('ReceiptHandle', ReceiptHandle, reason);
}

/** In a batch each entry's timeout is checked by itself, with a text of its own (sqs-wire.md §3.4). */
function timeoutProblem({ VisibilityTimeout }: Entry, position: number): ServiceError | undefined {
  if (VisibilityTimeout === undefined) {
    return missing(`ChangeMessageVisibilityBatchRequestEntry.${position}.VisibilityTimeout`);
  }
  if (VisibilityTimeout >= 0 && VisibilityTimeout <= most) return undefined;
  const reason = `VisibilityTimeout must be an integer between 0 and ${most}.`;
  return invalidValue('VisibilityTimeout', String(VisibilityTimeout), reason);
}

export const changeMessageVisibility = defineQueueAction({
  name: 'ChangeMessageVisibility',
  input: {
    ...entry,
    VisibilityTimeout: integer.required().between(0, most, `Must be between 0 and ${most}.`),
  },
  output: {},
  errors: ['ReceiptHandleIsInvalid'],
  run: async (call) => one(await changeAll(call, [call.input])),
});

export const changeMessageVisibilityBatch = defineQueueAction({
  name: 'ChangeMessageVisibilityBatch',
  input: { Entries: batchEntries('ChangeMessageVisibilityBatch', entry) },
  output: batchResult('ChangeMessageVisibilityBatch', {}),
  errors: [...batchErrors, 'ReceiptHandleIsInvalid'],
  run: (call) => batch('ChangeMessageVisibilityBatch', call.input.Entries, (entries) => changeAll(call, entries)),
});
