/**
 * What the three *Batch actions share (sqs-wire.md §3): the shapes around their entries, the rules for ids, and partial
 * failure. An action's work is written once, for many entries; the action without Batch is `one` of it.
 */
import { ServiceError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { boolean, list, type Members, missing, string, structure } from './shape.ts';

/** Input member Entries of `<action>`. Presence and range inside an entry are checked by the action, entry by entry. */
export const batchEntries = <M extends Members>(action: string, members: M) =>
  list(structure({ Id: string.coerced().required(), ...members }), { wire: `${action}RequestEntry` }).required(() =>
    noEntries(`${action}RequestEntry`),
  );

/** Query has no parameter Entries: it names the entries' own. */
const noEntries = (wire: string) =>
  new ServiceError('MissingParameter', missing('Entries').message, missing(wire).message);

/** Output members of `<action>`. */
export const batchResult = <M extends Members>(action: string, members: M) => ({
  Successful: list(structure({ Id: string.required(), ...members }), { wire: `${action}ResultEntry` }).required(),
  Failed: list(batchResultErrorEntry, { wire: 'BatchResultErrorEntry' }).required(),
});

/** In the order of AWS's elements (sqs-wire.md §1.3). */
const batchResultErrorEntry = structure({
  Id: string.required(),
  Code: string.required(),
  Message: string,
  SenderFault: boolean.required(),
});

interface BatchResult<R> {
  Successful: (R & { Id: string })[];
  Failed: (typeof batchResultErrorEntry)['type'][];
}

/** The errors that refuse a whole batch. */
export const batchErrors = [
  'EmptyBatchRequest',
  'TooManyEntriesInBatchRequest',
  'InvalidBatchEntryId',
  'BatchEntryIdsNotDistinct',
] as const;

const ID = /^[A-Za-z0-9_-]{1,80}$/;

/**
 * Runs the entries of `<action>` and sorts the outcomes, both lists in request order.
 * @throws ServiceError when the batch as a whole is refused; what `run` throws
 */
export async function batch<E extends { Id: string }, R extends object>(
  action: string,
  entries: E[],
  run: (entries: E[]) => Promise<(R | ServiceError)[]>,
): Promise<BatchResult<R>> {
  checkEntries(action, entries);
  const outcomes = await run(entries);
  const result: BatchResult<R> = { Successful: [], Failed: [] };
  for (const [i, { Id }] of entries.entries()) {
    const outcome = outcomes[i]!;
    if (outcome instanceof ServiceError) {
      const { row, fault, message } = outcome;
      result.Failed.push({ Id, Code: row.code, Message: message, SenderFault: fault === 'Sender' });
    } else {
      result.Successful.push({ Id, ...outcome });
    }
  }
  return result;
}

/** The rules for a batch as a whole, in AWS's order. */
function checkEntries(action: string, entries: { Id: string }[]): void {
  if (entries.length === 0) {
    // AWS's own slip: only this action's text lacks RequestEntry.
    const noun = action === 'ChangeMessageVisibilityBatch' ? action : `${action}RequestEntry`;
    throw new ServiceError('EmptyBatchRequest', `There should be at least one ${noun} in the request.`);
  }
  if (entries.length > LIMITS.batchEntries) {
    throw new ServiceError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${LIMITS.batchEntries}. You have sent ${entries.length}.`,
    );
  }
  for (const [i, { Id }] of entries.entries()) {
    if (Id === undefined) throw missing(`${action}RequestEntry.${i + 1}.Id`);
    if (!ID.test(Id)) throw new ServiceError('InvalidBatchEntryId');
  }
  const seen = new Set<string>();
  for (const { Id } of entries) {
    if (seen.has(Id)) throw new ServiceError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    seen.add(Id);
  }
}

/** The outcome of a plural that was given one entry. */
export function one<R>(outcomes: (R | ServiceError)[]): R {
  const [outcome] = outcomes;
  if (outcome instanceof ServiceError) throw outcome;
  return outcome!;
}

/** What `work` answers, or the ServiceError that it throws. */
export function attempt<T>(work: () => T): T | ServiceError {
  try {
    return work();
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}
