/**
 * Every function and command that the store uses, once, at the start, on keys of its own: a right that the Redis user
 * lacks is found before the first client comes.
 */
import { newQueueId } from '../../model/ids.ts';
import type { Keys } from './keys.ts';
import type { Argument, Link } from './link.ts';

/** @throws what Redis refused */
export async function selfTest(link: Link, keys: Keys): Promise<void> {
  const id = `self-test-${newQueueId()}`;
  const key = keys.queue(id);
  const call = (name: string, version: number, ...args: Argument[]) =>
    link.queueCall(key, name, [link.deadline(), 0, version, ...args]);
  await call('create', 1, '{}');
  const message = ['id', 'sender', '', '', 'md5', '', ''];
  await call('send', 1, '00', 'a', 0, 1, 1, ...message, 0, 'large');
  await call('send', 1, '00', 'b', 0, 0, 2, ...message, 0, 'plain', ...message, 900_000, 'delayed');
  await call('receive', 1, '00', 'c', 10, 0, 60_000, 100, 1);
  await call('settle', 1, 60_000, 60_000, 1, 1, 1, 1, 'gone', 0);
  await call('counts', 1);
  await call('sweep', 1, 10, 60_000);
  await call('purge', 1);
  await call('update', 1, '{}');
  await call('remove', 2);
  let more = true;
  while (more) more = (await call('discard', 0, 100))[0] === 1;
  await link.run((client) =>
    Promise.all([
      client.unlink(`${key}:q`),
      client.zrangebylex(keys.names('', ''), '-', '+', 'LIMIT', 0, 1),
      client.smembers(keys.worlds),
      client.zscore(keys.agenda, id),
      client.hlen(keys.users),
      client.time(),
    ]),
  );
}
