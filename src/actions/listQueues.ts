import { invalidParameter } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { integer, list, string } from '../contract/shape.ts';
import { defineAction } from './context.ts';
import { checkMaxResults, fingerprint, positionOf, tokenOf } from './pages.ts';

export const listQueues = defineAction({
  name: 'ListQueues',
  input: { QueueNamePrefix: string, MaxResults: integer.tested(checkMaxResults), NextToken: string },
  output: { QueueUrls: list(string, { wire: 'QueueUrl' }), NextToken: string },
  errors: [],
  run: async ({ input, caller, store, urlOf }) => {
    const { QueueNamePrefix: prefix = '', MaxResults, NextToken } = input;
    const { account, region } = caller;
    if (NextToken !== undefined && MaxResults === undefined) {
      throw invalidParameter('MaxResults is a mandatory parameter when you provide a value for NextToken.');
    }
    const limit = MaxResults ?? LIMITS.page;
    const print = fingerprint(account, region, prefix, limit);
    const after =
      NextToken === undefined ? '' : positionOf(NextToken, print, invalidParameter('Invalid NextToken value.'));
    // One more than asked tells whether there is another page; without MaxResults AWS never gives a token.
    const found = await store.catalogue.list(account, region, { prefix, after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const QueueUrls = page.map(urlOf);
    const more = MaxResults !== undefined && found.length > limit;
    return more ? { QueueUrls, NextToken: tokenOf(page.at(-1)!.name, print) } : { QueueUrls };
  },
});
