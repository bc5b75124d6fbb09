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
  await transitions(link, keys.queue(id));
  await people(link, keys.queue(`${id}-people`));
  await commands(link, keys.queue(`${id}-names`));
}

async function transitions(link: Link, key: string): Promise<void> {
  const call = (name: string, version: number, ...args: Argument[]) =>
    link.queueCall(key, name, [link.deadline(), 0, version, ...args]);
  const message = (group: string) => ['id', 'sender', group, 'deduplication', 'md5', '', ''];
  for (const fifo of [0, 1]) {
    await call('create', 1, fifo, '{}');
    await call('send', 1, 'a', 0, 0, 1, 1, ...message(fifo ? 'x' : ''), 0, 'large');
    await call('send', 1, 'b', 0, 1, 0, 2, ...message('x'), 0, 'plain', ...message('x'), 900_000, 'delayed');
    await call('receive', 1, 'c', 'attempt', 10, 0, 60_000, 100, 1, 0, 0, '');
    await call('receive', 1, 'd', '', 10, 0, 60_000, 100, 2, 0, 1, 'elsewhere');
    await call('settle', 1, 60_000, 60_000, 1, 1, 1, 1, 'gone', 0);
    await call('counts', 1, 0);
    await call('sweep', 1, 10, 60_000);
    await call('send', 1, 'e', 0, 0, 0, 1, ...message('y'), 0, 'waiting');
    await call('leave', 1, 'f', 1, 'elsewhere', 3, 60_000, 0, 0);
    await call('departures', 1, 1);
    await call('arrive', 1, 'from', 1, 0, 1, 4, 4, 'id', 0, ...message('z').slice(1), 'source', 1, 1, 'dead');
    await call('conclude', 1, 1, 1, 1, 'done');
    await call('setnote', 1, 'tasks', '', '[]');
    await call('note', 1, 'tasks');
    await call('page', 1, 0, 10, 1);
    await call('events', 1);
    await call('quietcounts', 1);
    await call('loadseen', 1, 1, 'key', 1, 1, 'id');
    await call('purge', 1, 0);
    await call('update', 1, '{}');
    await call('remove', 2);
    let more = true;
    while (more) more = (await call('discard', 0, 100))[0] === 1;
  }
}

async function people(link: Link, key: string): Promise<void> {
  const call = (name: string, ...args: Argument[]) => link.call(key, name, args);
  await call('createuser', 'name', '{}');
  await call('updateuser', 'name', '{}');
  await call('startfamily', 'family', 'name', 'first', 1);
  await call('rotatefamily', 'family', 'first', 'second');
  await call('endfamilies', 'name');
  await call('sweepfamilies', 2, 1);
  await call('removeuser', 'name');
}

/** What is asked of Redis without a function. */
async function commands(link: Link, key: string): Promise<void> {
  await link.call(key, 'claimname', ['name\0', '~', 'id']);
  await link.call(key, 'seed', ['id']);
  await link.call(key, 'claimdue', [0, 1, 1]);
  await link.call(key, 'plan', ['id', 0, 1]);
  await link.call(key, 'releasename', [0, 'name\0', 'id']);
  await link.run(key, async (client) => {
    await client.zscore(key, 'id');
    await client.zrem(key, 'id');
    await client.zrangebylex(key, '-', '+', 'LIMIT', 0, 1);
    // A function asks it of a queue with a noisy group only.
    await client.zlexcount(key, '-', '+');
    await client.smembers(key);
    await client.sadd(key, 'world');
    await client.unlink(key, `${key}:removed`);
    await client.hset(key, 'field', 1);
    await client.hsetnx(key, 'field', 1);
    await client.hget(key, 'field');
    await client.hgetall(key);
    await client.hlen(key);
    await client.hdel(key, 'field');
    await client.time();
  });
}
