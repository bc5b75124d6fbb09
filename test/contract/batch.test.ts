/** The rules that the three batch actions share, with AWS's texts (sqs-wire.md §3). */
import { describe, expect, it } from 'vitest';
import { attempt, batch, one } from '../../src/contract/batch.ts';
import { ServiceError } from '../../src/contract/errors.ts';

const ids = (...names: string[]) => names.map((Id) => ({ Id }));
const allDone = async (entries: object[]) => entries.map(() => ({}));

async function refused(action: string, entries: { Id: string }[]): Promise<[string, string]> {
  let ran = false;
  const outcome = await batch(action, entries, (all) => {
    ran = true;
    return allDone(all);
  }).catch((error: ServiceError) => error);
  expect(ran).toBe(false);
  if (!(outcome instanceof ServiceError)) throw new Error('was not refused');
  return [outcome.error, outcome.message];
}

const BAD_ID =
  'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';

describe('a batch as a whole', () => {
  it.each([
    ['SendMessageBatch', 'There should be at least one SendMessageBatchRequestEntry in the request.'],
    ['DeleteMessageBatch', 'There should be at least one DeleteMessageBatchRequestEntry in the request.'],
    ['ChangeMessageVisibilityBatch', 'There should be at least one ChangeMessageVisibilityBatch in the request.'],
  ])('%s needs an entry', async (action, text) => {
    expect(await refused(action, [])).toEqual(['EmptyBatchRequest', text]);
  });

  it('has at most ten entries', async () => {
    const entries = (count: number) => ids(...Array.from({ length: count }, (_, i) => `id-${i}`));
    const text = 'Maximum number of entries per request are 10. You have sent 20.';
    expect(await refused('SendMessageBatch', entries(20))).toEqual(['TooManyEntriesInBatchRequest', text]);
    expect((await batch('SendMessageBatch', entries(10), allDone)).Successful).toHaveLength(10);
  });

  it.each(['', 'invalid:id', 'a b', 'é', 'x'.repeat(81), 'a\n'])('refuses the id %j', async (id) => {
    expect(await refused('DeleteMessageBatch', ids('good', id))).toEqual(['InvalidBatchEntryId', BAD_ID]);
  });

  it('takes ids of 80 letters, digits, hyphens and underscores', async () => {
    const Id = `${'x'.repeat(76)}_-9Z`;
    expect((await batch('DeleteMessageBatch', ids(Id), allDone)).Successful).toEqual([{ Id }]);
  });

  it('names an entry without an id by its place', async () => {
    const entries = [{ Id: 'a' }, {}] as { Id: string }[];
    const text = 'The request must contain the parameter DeleteMessageBatchRequestEntry.2.Id.';
    expect(await refused('DeleteMessageBatch', entries)).toEqual(['MissingParameter', text]);
  });

  it('names the first id that was there before', async () => {
    const entries = ids('id_1', 'id_2', 'id_2', 'id_1');
    expect(await refused('SendMessageBatch', entries)).toEqual(['BatchEntryIdsNotDistinct', 'Id id_2 repeated.']);
  });

  it('looks at the count before the ids and at the ids before repetition', async () => {
    const bad = ids(...Array.from({ length: 11 }, () => 'b:d'));
    expect((await refused('SendMessageBatch', bad))[0]).toBe('TooManyEntriesInBatchRequest');
    expect((await refused('SendMessageBatch', ids('a', 'a', 'b:d')))[0]).toBe('InvalidBatchEntryId');
  });
});

describe('partial failure', () => {
  it('keeps request order in both lists and says the Query code', async () => {
    const outcomes = [
      { MessageId: '1' },
      new ServiceError('ReceiptHandleIsInvalid', 'bad'),
      { MessageId: '3' },
      new ServiceError('ServiceUnavailable', 'later'),
    ];
    expect(await batch('SendMessageBatch', ids('a', 'b', 'c', 'd'), async () => outcomes)).toEqual({
      Successful: [
        { Id: 'a', MessageId: '1' },
        { Id: 'c', MessageId: '3' },
      ],
      Failed: [
        { Id: 'b', SenderFault: true, Code: 'ReceiptHandleIsInvalid', Message: 'bad' },
        { Id: 'd', SenderFault: false, Code: 'ServiceUnavailable', Message: 'later' },
      ],
    });
  });

  it('is not made out of what breaks the whole', async () => {
    const broken = () => Promise.reject(new ServiceError('BatchRequestTooLong', 'too long'));
    await expect(batch('SendMessageBatch', ids('a'), broken)).rejects.toThrow('too long');
  });
});

describe('one and attempt', () => {
  it('are each other’s reverse', () => {
    const error = new ServiceError('OverLimit', 'full');
    const refuse = () => {
      throw error;
    };
    expect(attempt(() => 7)).toBe(7);
    expect(attempt(refuse)).toBe(error);
    expect(one([7])).toBe(7);
    expect(() => one([error])).toThrow(error);
  });

  it('let a bug through', () => {
    const bug = () => {
      throw new TypeError('a bug');
    };
    expect(() => attempt(bug)).toThrow(TypeError);
  });
});
