import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { AWS, onEvery, refusal } from './matrix.ts';

const SYMBOLS = 'unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @';
const KEY_LENGTH = 'Tag keys must be between 1 and 128 characters in length.';
const KEY_CHARACTERS = `Tag keys may only contain ${SYMBOLS}`;
const VALUE_CHARACTERS = `Tag values may only contain ${SYMBOLS}'`;
const VALUE_LENGTH = 'Tag values must be between 0 and 256 characters in length.';

const invalid = (message: string) => ({ code: 'InvalidParameterValue', status: 400, message });
const missing = (name: string) => ({
  code: 'MissingParameter',
  status: 400,
  message: `The request must contain the parameter ${name}.`,
});

onEvery('tags of a queue', (context) => {
  it('are added, overwritten and taken away', async () => {
    const { client } = context;
    const QueueUrl = await context.createQueue({}, { team: 'a', Team: 'b' });
    await client.call('TagQueue', { QueueUrl, Tags: { team: 'c', empty: '' } });
    expect(await client.call('ListQueueTags', { QueueUrl })).toEqual({ Tags: { team: 'c', Team: 'b', empty: '' } });
    await client.call('UntagQueue', { QueueUrl, TagKeys: ['team', 'empty', 'unknown', 'team', '__proto__'] });
    expect(await client.call('ListQueueTags', { QueueUrl })).toEqual({ Tags: { Team: 'b' } });
  });

  it('may have any name', async () => {
    const { client } = context;
    const Tags = Object.fromEntries([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['x'.repeat(128), 'z'.repeat(256)],
      [' ä_.:/=+-@ 日本 9', ' ä_.:/=+-@ 日本 9'],
    ]);
    const QueueUrl = await context.createQueue();
    await client.call('TagQueue', { QueueUrl, Tags });
    const { Tags: kept } = await client.call('ListQueueTags', { QueueUrl });
    expect(Object.entries(kept as object).sort()).toEqual(Object.entries(Tags).sort());
    await client.call('UntagQueue', { QueueUrl, TagKeys: ['__proto__', 'x'.repeat(128)] });
    const { Tags: left } = await client.call('ListQueueTags', { QueueUrl });
    expect(Object.keys(left as object).sort()).toEqual([' ä_.:/=+-@ 日本 9', 'constructor']);
  });

  it('come from many at once', async () => {
    const QueueUrl = await context.createQueue();
    const keys = Array.from({ length: 8 }, (_, i) => `key-${i}`);
    await Promise.all(keys.map((key) => context.client.call('TagQueue', { QueueUrl, Tags: { [key]: key } })));
    const { Tags } = await context.client.call('ListQueueTags', { QueueUrl });
    expect(Object.keys(Tags as object).sort()).toEqual(keys);
  });
});

onEvery(
  'tags as AWS has them',
  (context) => {
    const tag = (QueueUrl: string, Tags: Record<string, string> | undefined) =>
      context.client.call('TagQueue', { QueueUrl, Tags });
    const untag = (QueueUrl: string, TagKeys: string[] | undefined) =>
      context.client.call('UntagQueue', { QueueUrl, TagKeys });
    const tagsOf = (QueueUrl: string) => context.client.call('ListQueueTags', { QueueUrl });

    it('are not there until set', async () => {
      const QueueUrl = await context.createQueue();
      expect(await tagsOf(QueueUrl)).toEqual({});
      await tag(QueueUrl, { a: 'b' });
      await untag(QueueUrl, ['a']);
      expect(await tagsOf(QueueUrl)).toEqual({});
    });

    it.each<[string, Record<string, string>, string]>([
      ['an empty key', { '': 'x' }, KEY_LENGTH],
      ['a key of 129 characters', { ['x'.repeat(129)]: 'x' }, KEY_LENGTH],
      ['a key with a symbol', { 'a!': 'x' }, KEY_CHARACTERS],
      ['a value with a symbol', { a: '<b>' }, VALUE_CHARACTERS],
      ['a value of 257 characters', { a: 'x'.repeat(257) }, VALUE_LENGTH],
      ['a long key after a bad one', { 'a!': '!', ['!'.repeat(129)]: '!' }, KEY_LENGTH],
      ['a bad key after a bad value', { a: '!', 'b!': 'x' }, KEY_CHARACTERS],
    ])('have not %s', async (_, tags, message) => {
      const QueueUrl = await context.createQueue({}, { kept: 'yes' });
      expect(await refusal(tag(QueueUrl, { fine: 'x', ...tags }))).toEqual(invalid(message));
      expect(await tagsOf(QueueUrl)).toEqual({ Tags: { kept: 'yes' } });
      expect(await refusal(context.client.call('CreateQueue', { QueueName: randomUUID(), tags }))).toEqual(
        invalid(message),
      );
    });

    it('are fifty at most', async () => {
      const many = (count: number, value = 'x') =>
        Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, value]));
      const QueueUrl = await context.createQueue({}, many(49));
      await tag(QueueUrl, { last: 'x' });
      const full = invalid(`Too many tags added for queue ${QueueUrl.split('/').at(-1)}.`);
      expect(await refusal(tag(QueueUrl, { 'one-more': 'x' }))).toEqual(full);
      await tag(QueueUrl, many(49, 'y'));
      expect(await tagsOf(QueueUrl)).toEqual({ Tags: { ...many(49, 'y'), last: 'x' } });
      await untag(QueueUrl, ['last']);
      await tag(QueueUrl, { 'one-more': 'x' });
      const QueueName = randomUUID();
      expect(await refusal(context.client.call('CreateQueue', { QueueName, tags: many(51) }))).toEqual(
        invalid(`Too many tags added for queue ${QueueName}.`),
      );
    });

    it('need to be said', async () => {
      const QueueUrl = await context.createQueue();
      expect(await refusal(tag(QueueUrl, undefined))).toEqual(missing('Tags'));
      expect(await refusal(tag(QueueUrl, {}))).toEqual(missing('Tags'));
      expect(await refusal(untag(QueueUrl, undefined))).toEqual(missing('TagKeys'));
      expect(await refusal(untag(QueueUrl, []))).toEqual(missing('TagKeys'));
    });

    it('are not taken away by a key that none can have', async () => {
      const QueueUrl = await context.createQueue({}, { kept: 'yes' });
      expect(await refusal(untag(QueueUrl, ['kept', 'x'.repeat(129)]))).toEqual(invalid(KEY_LENGTH));
      expect(await refusal(untag(QueueUrl, ['kept', '']))).toEqual(invalid(KEY_LENGTH));
      expect(await refusal(untag(QueueUrl, ['kept', '!']))).toEqual(invalid(KEY_CHARACTERS));
      expect(await tagsOf(QueueUrl)).toEqual({ Tags: { kept: 'yes' } });
    });
  },
  { faces: AWS },
);
