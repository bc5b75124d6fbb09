import { invalidParameter } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { arnParts, deadLetterTarget } from '../contract/policies.ts';
import { integer, list, string } from '../contract/shape.ts';
import type { QueueRecord } from '../model/queue.ts';
import type { Catalogue } from '../store/store.ts';
import { defineQueueAction } from './context.ts';
import { checkMaxResults, fingerprint, positionOf, tokenOf } from './pages.ts';

/** Whether the first queue's RedrivePolicy names the second. A policy may have been written for any partition. */
function isSource({ attributes: { RedrivePolicy } }: QueueRecord, { account, region, name }: QueueRecord): boolean {
  const target = RedrivePolicy ? arnParts(deadLetterTarget(RedrivePolicy)) : undefined;
  return target?.name === name && target.account === account && target.region === region;
}

/** Up to `most` sources of a queue whose names come after `after`, by name. A source has its target's account and region. */
export async function sourcesOf(
  catalogue: Catalogue,
  queue: QueueRecord,
  after: string,
  most: number,
): Promise<QueueRecord[]> {
  const found: QueueRecord[] = [];
  for (let at = after; found.length < most; ) {
    const page = await catalogue.list(queue.account, queue.region, { prefix: '', after: at, limit: LIMITS.page });
    found.push(...page.filter((other) => isSource(other, queue)));
    if (page.length < LIMITS.page) break;
    at = page.at(-1)!.name;
  }
  return found.slice(0, most);
}

export const listDeadLetterSourceQueues = defineQueueAction({
  name: 'ListDeadLetterSourceQueues',
  // 0 counts as not given, here only (sqs-wire.md §3.11).
  input: {
    MaxResults: integer.tested((value) => (value === 0 ? undefined : checkMaxResults(value))),
    NextToken: string,
  },
  output: { queueUrls: list(string, { wire: 'QueueUrl' }).required().evenEmpty(), NextToken: string },
  errors: [],
  run: async ({ input, queue, store, urlOf, fail }) => {
    const { account, region, name } = queue;
    // The record at hand may be an old one, and nothing else here would tell.
    if ((await store.catalogue.find(account, region, name)) === undefined) fail('QueueDoesNotExist');
    const limit = input.MaxResults || LIMITS.page;
    const print = fingerprint(account, region, name, limit);
    const expired = invalidParameter('Invalid or expired next token.');
    const after = input.NextToken === undefined ? '' : positionOf(input.NextToken, print, expired);
    // One more than asked tells whether there is another page; without MaxResults AWS never gives a token.
    const found = await sourcesOf(store.catalogue, queue, after, limit + 1);
    const page = found.slice(0, limit);
    const queueUrls = page.map(urlOf);
    const more = Boolean(input.MaxResults) && found.length > limit;
    return more ? { queueUrls, NextToken: tokenOf(page.at(-1)!.name, print) } : { queueUrls };
  },
});
