/** The record of the queue that a path names. */
import type { Caller } from '../actions/context.ts';
import { StaleQueue } from '../actions/outcomes.ts';
import { ServiceError } from '../contract/errors.ts';
import { TRIES } from '../dispatch.ts';
import type { QueueRecord } from '../model/queue.ts';
import type { Catalogue } from '../store/store.ts';

/** The current record. @throws ServiceError QueueDoesNotExist */
export async function recordOf(catalogue: Catalogue, caller: Caller, name: string): Promise<QueueRecord> {
  const queue = await catalogue.find(caller.account, caller.region, name);
  if (queue === undefined) throw new ServiceError('QueueDoesNotExist');
  return queue;
}

/** What `work` makes of the record; done again when the record turned out to be old. */
export async function onRecord<T>(
  catalogue: Catalogue,
  caller: Caller,
  name: string,
  work: (queue: QueueRecord) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const queue = await recordOf(catalogue, caller, name);
    try {
      return await work(queue);
    } catch (error) {
      if (!(error instanceof StaleQueue) || tries === TRIES) throw error;
    }
  }
}
