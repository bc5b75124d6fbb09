import { createHash } from 'node:crypto';
import { ServiceError } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { integer, list, string } from '../contract/shape.ts';
import { defineAction } from './context.ts';

const invalid = (text: string) => new ServiceError('InvalidParameterValue', text);

const maxResults = integer.tested((value) =>
  value >= 1 && value <= LIMITS.page
    ? undefined
    : invalid(
        `Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and ${LIMITS.page}.`,
      ),
);

/** What must not change between the pages of a listing. */
const fingerprint = (...parameters: (string | number)[]) =>
  createHash('sha256').update(JSON.stringify(parameters)).digest('base64url').slice(0, 12);

/** An opaque token: where the listing goes on, and of which listing. */
const tokenOf = (after: string, print: string) => Buffer.from(JSON.stringify([after, print])).toString('base64url');

/** Where a listing goes on. @throws ServiceError InvalidParameterValue (texts of sqs-wire.md §3.13) */
function positionOf(token: string, print: string): string {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw invalid('Invalid NextToken value.');
  }
  if (!Array.isArray(parts) || typeof parts[0] !== 'string' || parts.length !== 2)
    throw invalid('Invalid NextToken value.');
  if (parts[1] !== print) {
    throw invalid(
      'Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.',
    );
  }
  return parts[0];
}

export const listQueues = defineAction({
  name: 'ListQueues',
  input: { QueueNamePrefix: string, MaxResults: maxResults, NextToken: string },
  output: { QueueUrls: list(string, { wire: 'QueueUrl' }), NextToken: string },
  errors: [],
  run: async ({ input, caller, store, urlOf }) => {
    const { QueueNamePrefix: prefix = '', MaxResults, NextToken } = input;
    const { account, region } = caller;
    if (NextToken !== undefined && MaxResults === undefined) {
      throw invalid('MaxResults is a mandatory parameter when you provide a value for NextToken.');
    }
    const limit = MaxResults ?? LIMITS.page;
    const print = fingerprint(account, region, prefix, limit);
    const after = NextToken === undefined ? '' : positionOf(NextToken, print);
    // One more than asked tells whether there is another page; without MaxResults AWS never gives a token.
    const found = await store.catalogue.list(account, region, { prefix, after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const QueueUrls = page.map(urlOf);
    const more = MaxResults !== undefined && found.length > limit;
    return more ? { QueueUrls, NextToken: tokenOf(page.at(-1)!.name, print) } : { QueueUrls };
  },
});
