/** examples/redis/users.acl: enough for everything, and nothing in it that is not needed. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { openRedis } from '../../src/store/redis/store.ts';
import { hasRedis, type RedisProcess, startRedis } from '../helpers/redis.ts';
import { storeSuite } from './storeSuite.ts';
import { fatal, redisOpener } from './stores.ts';

const [, , ...rules] = readFileSync('examples/redis/users.acl', 'utf8').split('\n')[0]!.split(' ');
/** What connections, clusters and later days need: a single Redis that has just been filled does not ask for them. */
const ELSEWHERE =
  /^\+(?:hello|auth|select|client\|setname|cluster\|\w+|asking|wait|publish|function\|delete|ssubscribe|sunsubscribe)$/;

let redis: RedisProcess;
beforeAll(async () => {
  if (hasRedis) redis = await startRedis();
});
afterAll(() => redis?.stop());

const user = (name: string, rights: string[]) => redis.client.call('ACL', 'SETUSER', name, ...rights);
const urlOf = (name: string) => `redis://${name}:change-me@127.0.0.1:${redis.port}`;
const open = (name: string) =>
  openRedis({
    url: urlOf(name),
    prefix: `fq:${name}`,
    clock: systemClock(),
    virtual: false,
    requireDurability: 'none',
    waitReplicas: 0,
    fatal,
  });

describe.runIf(hasRedis)('with the rights of the example', () => {
  storeSuite('redis, under the rights of the example', async (clock) => {
    await user('fastqueue', rules);
    return redisOpener(urlOf('fastqueue'), clock, 'fq:')();
  });
});

describe.runIf(hasRedis)('a right that is missing', () => {
  it.each(rules.filter((rule) => rule.startsWith('+') && !ELSEWHERE.test(rule)))(
    '%s is told at the start',
    async (right) => {
      await user('without', ['reset', ...rules, right.replace('+', '-')]);
      await expect(open('without')).rejects.toMatchObject({
        exitCode: 78,
        message: expect.stringContaining('examples/redis/users.acl'),
      });
    },
  );
});
