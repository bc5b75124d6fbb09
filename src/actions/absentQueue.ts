import { ServiceError } from '../contract/errors.ts';
import type { QueueRecord } from '../model/queue.ts';
import type { Catalogue } from '../store/store.ts';
import type { Caller, Services } from './context.ts';

type Place = Pick<QueueRecord, 'account' | 'region' | 'name'>;

/** How many queues are looked at for one that the client may have meant. */
const LOOKED_AT = 1000;

async function others(catalogue: Catalogue, name: string): Promise<QueueRecord[]> {
  const found: QueueRecord[] = [];
  let looks = 0;
  for await (const queue of catalogue.all()) {
    if (queue.name === name) found.push(queue);
    looks += 1;
    if (looks === LOOKED_AT) break;
  }
  return found;
}

const isAt = (place: Place) => (queue: QueueRecord) => queue.account === place.account && queue.region === place.region;

/**
 * That the queue which `caller` asked for is not there, as AWS says it. Where errors may say more, and a queue of that name
 * is in another account or region, a second sentence says where: to set one of them wrong is a newcomer's first mistake.
 */
export async function absentQueue(
  { store, hints }: Pick<Services, 'store' | 'hints'>,
  caller: Pick<Caller, 'account' | 'region'>,
  asked: Place,
): Promise<ServiceError> {
  const error = new ServiceError('QueueDoesNotExist');
  if (!hints) return error;
  const found = await others(store.catalogue, asked.name);
  const there = found.find(isAt(asked)) ?? found.find(({ account }) => account === caller.account) ?? found[0];
  if (there === undefined) return error;
  const from = asked.account === caller.account ? '' : `, and comes from account ${caller.account}`;
  const request = `this request is for account ${asked.account}, region ${asked.region}${from}`;
  const hint = `A queue of that name is in account ${there.account}, region ${there.region}; ${request}.`;
  return new ServiceError(error.error, `${error.textFor('json')} ${hint}`, `${error.textFor('query')} ${hint}`);
}
