import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { type Client, clientOf } from '../helpers/clients.ts';
import { AWS, onEvery, refusal } from './matrix.ts';

const invalid = (message: string) => ({ code: 'InvalidParameterValue', status: 400, message });

onEvery(
  'ListQueues',
  (context) => {
    const list = (input: object) => context.client.call('ListQueues', { ...input });
    const names = (answer: { QueueUrls?: unknown }) =>
      ((answer.QueueUrls ?? []) as string[]).map((url) => url.split('/').at(-1)!);
    /** Queues that share a new prefix, made in no order. */
    async function make(...endings: string[]): Promise<string> {
      const prefix = randomUUID();
      for (const ending of endings) await context.client.call('CreateQueue', { QueueName: prefix + ending });
      return prefix;
    }

    it('gives the QueueUrls of a prefix, in the order of names', async () => {
      const prefix = await make('b', 'A', 'a1', 'a10', '_', 'a2', '-');
      const { QueueUrls } = await list({ QueueNamePrefix: prefix });
      expect(QueueUrls).toEqual(
        ['-', 'A', '_', 'a1', 'a10', 'a2', 'b'].map(
          (ending) => `${context.server.endpoint}/000000000000/${prefix}${ending}`,
        ),
      );
      expect(names(await list({ QueueNamePrefix: `${prefix}a` }))).toEqual(
        ['a1', 'a10', 'a2'].map((ending) => prefix + ending),
      );
      expect(names(await list({}))).toEqual(expect.arrayContaining([`${prefix}a1`]));
    });

    it('has no QueueUrls when there is none', async () => {
      const prefix = await make('a');
      for (const QueueNamePrefix of [`${prefix}A`, `${prefix}ab`, `x${prefix}`, '%', '__proto__x', ' ', '\uffff']) {
        expect(await list({ QueueNamePrefix })).toEqual({});
      }
    });

    it('gives pages of MaxResults and a token while there is more', async () => {
      const prefix = await make('1', '2', '3', '4', '5');
      const wish = { QueueNamePrefix: prefix, MaxResults: 2 };
      const first = await list(wish);
      const second = await list({ ...wish, NextToken: first.NextToken });
      const third = await list({ ...wish, NextToken: second.NextToken });
      expect([first, second, third].map(names)).toEqual([
        [`${prefix}1`, `${prefix}2`],
        [`${prefix}3`, `${prefix}4`],
        [`${prefix}5`],
      ]);
      expect(third.NextToken).toBeUndefined();
      expect(await list({ ...wish, NextToken: first.NextToken })).toEqual(second);
      for (const MaxResults of [5, 6, 1000]) {
        const all = await list({ QueueNamePrefix: prefix, MaxResults });
        expect(names(all)).toHaveLength(5);
        expect(all.NextToken).toBeUndefined();
      }
    });

    it('goes on after a queue that was deleted between two pages', async () => {
      const prefix = await make('1', '2', '3');
      const wish = { QueueNamePrefix: prefix, MaxResults: 1 };
      const { QueueUrls, NextToken } = await list(wish);
      await context.client.call('DeleteQueue', { QueueUrl: (QueueUrls as string[])[0] });
      expect(names(await list({ ...wish, NextToken }))).toEqual([`${prefix}2`]);
    });

    it('takes a token only with what it was given for', async () => {
      const prefix = await make('1', '2', '3');
      const wish = { QueueNamePrefix: prefix, MaxResults: 1 };
      const { NextToken } = await list(wish);
      const changed = invalid(
        'Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.',
      );
      expect(await refusal(list({ ...wish, MaxResults: 2, NextToken }))).toEqual(changed);
      expect(await refusal(list({ QueueNamePrefix: prefix.slice(1), MaxResults: 1, NextToken }))).toEqual(changed);
      expect(await refusal(list({ MaxResults: 1, NextToken }))).toEqual(changed);
      const stranger = await clientOf(context.face, context.server.endpoint, '111111111111');
      expect(await refusal(stranger.call('ListQueues', { ...wish, NextToken }))).toEqual(changed);
      stranger.close();
      for (const token of ['garbage', 'bnVsbA', 'W10', 'WzEsMl0', '"', '\u0000', 'x'.repeat(5000), `${NextToken}x`]) {
        expect(await refusal(list({ ...wish, NextToken: token })), token).toEqual(invalid('Invalid NextToken value.'));
      }
      expect(await refusal(list({ QueueNamePrefix: prefix, NextToken }))).toEqual(
        invalid('MaxResults is a mandatory parameter when you provide a value for NextToken.'),
      );
    });

    it.each([0, -1, 1001, 2 ** 40])('takes no MaxResults of %d', async (MaxResults) => {
      expect(await refusal(list({ MaxResults }))).toEqual(
        invalid('Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.'),
      );
    });
  },
  { faces: AWS },
);

onEvery(
  'ListQueues of an account',
  (context) => {
    let owner: Client;
    it('shows what is its own', async () => {
      owner = await clientOf('query', context.server.endpoint, '222222222222');
      expect(await owner.call('ListQueues', {})).toEqual({});
      const { QueueUrl } = await owner.call('CreateQueue', { QueueName: 'mine' });
      await context.createQueue();
      expect(await owner.call('ListQueues', {})).toEqual({ QueueUrls: [QueueUrl] });
      expect(QueueUrl).toBe(`${context.server.endpoint}/222222222222/mine`);
    });

    it('ends at a thousand, without a token unless MaxResults asked for one', async () => {
      const names = Array.from({ length: 1001 }, (_, i) => `q${String(i).padStart(4, '0')}`);
      const prefix = { QueueNamePrefix: 'q' };
      for (let i = 0; i < names.length; i += 100) {
        const some = names.slice(i, i + 100);
        await Promise.all(some.map((QueueName) => owner.call('CreateQueue', { QueueName })));
      }
      const { QueueUrls, NextToken } = await owner.call('ListQueues', prefix);
      expect(QueueUrls).toHaveLength(1000);
      expect(NextToken).toBeUndefined();
      const page = await owner.call('ListQueues', { ...prefix, MaxResults: 1000 });
      expect(page.QueueUrls).toEqual(QueueUrls);
      const rest = await owner.call('ListQueues', { ...prefix, MaxResults: 1000, NextToken: page.NextToken });
      expect(rest).toEqual({ QueueUrls: [`${context.server.endpoint}/222222222222/q1000`] });
    });
  },
  { faces: ['query'] },
);
