/** What DeleteMessage and ChangeMessageVisibility share: from receipt handles to outcomes. */
import { type ErrorName, ServiceError } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { missing } from '../contract/shape.ts';
import { settingsOf } from '../model/queue.ts';
import type { Settled, Settlement } from '../queue/settle.ts';
import type { QueueCall } from './context.ts';
import { settled } from './outcomes.ts';

export type Settling = Pick<QueueCall<object, ErrorName>, 'queue' | 'store' | 'receipts'>;

/** A handle as the client sent it, and what is to become of its message. */
export interface Wanted extends Pick<Settlement, 'to' | 'visibilityMs'> {
  handle: string;
  /** What else is wrong with the entry; comes after a missing handle and before a wrong one. */
  problem?: ServiceError | undefined;
}

/** Settles each entry on its own: one store call, and for each entry its outcome or why its handle was refused. */
export async function settleAll(call: Settling, entries: Wanted[]): Promise<(Settled | ServiceError)[]> {
  const opened = entries.map((entry) => open(call, entry));
  const settlements = opened.filter((entry): entry is Settlement => !(entry instanceof ServiceError));
  if (settlements.length === 0) return opened as ServiceError[];
  const { retentionMs } = settingsOf(call.queue);
  const rules = { retentionMs, visibilityLimitMs: LIMITS.visibilitySeconds * 1000 };
  const outcomes = settled(await call.store.messages.settle(call.queue, settlements, rules)).values();
  return opened.map((entry) => (entry instanceof ServiceError ? entry : outcomes.next().value!));
}

function open({ queue, receipts }: Settling, { handle, problem, to, visibilityMs }: Wanted): Settlement | ServiceError {
  if (!handle?.trim()) return missing('ReceiptHandle');
  if (problem !== undefined) return problem;
  const receipt = receipts.open(queue, handle);
  if (receipt !== undefined) return { ...receipt, to, visibilityMs };
  return new ServiceError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  );
}
