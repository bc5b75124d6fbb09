/** A store's outcome as the error that a client sees: the one place where they meet. */
import { ServiceError } from '../contract/errors.ts';
import type { Outcome } from '../store/store.ts';

/** The queue was changed after its record was read. Dispatch reads it again and runs the action once more. */
export class StaleQueue extends Error {}

/** What was asked for. @throws ServiceError QueueDoesNotExist, StaleQueue */
export function settled<T>(outcome: Outcome<T>): T {
  if (outcome.refused === undefined) return outcome.value;
  throw outcome.refused === 'gone' ? new ServiceError('QueueDoesNotExist') : new StaleQueue();
}
