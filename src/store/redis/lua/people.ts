/**
 * Users and refresh families: what must be looked at and changed in one step. ARGV begins with the deadline, which
 * functions.ts has looked at. All keys begin with KEYS[1], a hash of users by name; below it stand
 *
 *   :f<family>    hash: username, current
 *   :u<username>  set: the families of a user
 *   :expiry       sorted set: families by the time when they expire
 */
import type { Value } from './redis.ts';

type Reply = string | Value[];
type Call = (this: void, keys: string[], values: string[]) => Reply;

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};

/** ARGV: name, user. */
function updateUser(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const [, name, user] = values as [string, string, string];
  if (redis.call('HEXISTS', key, name) === 0) return [0];
  redis.call('HSET', key, name, user);
  return [1];
}

/** ARGV: name, user. The same user again is a call that was repeated. */
function createUser(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const [, name, user] = values as [string, string, string];
  const there = redis.call('HGET', key, name);
  if (there !== false) return [there === user ? 1 : 0];
  redis.call('HSET', key, name, user);
  return [1];
}

/** ARGV: name. */
function removeUser(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  endFamilies(keys, values);
  return [redis.call('HDEL', key, values[1] as string) as number];
}

/** ARGV: family, name, current, expiry. */
function startFamily(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const [, family, name, current, expiresAtMs] = values as [string, string, string, string, string];
  redis.call('ZADD', `${key}:expiry`, expiresAtMs, family);
  redis.call('HSET', `${key}:f${family}`, 'username', name, 'current', current);
  redis.call('SADD', `${key}:u${name}`, family);
  return [];
}

function endFamily(key: string, family: string): void {
  const name = redis.call('HGET', `${key}:f${family}`, 'username');
  // Void at once; what leads to it goes before it does.
  redis.call('HDEL', `${key}:f${family}`, 'current');
  if (name !== false) redis.call('SREM', `${key}:u${name as string}`, family);
  redis.call('UNLINK', `${key}:f${family}`);
  redis.call('ZREM', `${key}:expiry`, family);
}

/** ARGV: family, current, next. A repeated call finds its own `next`. */
function rotateFamily(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const [, family, current, next] = values as [string, string, string, string];
  const known = redis.call('HGET', `${key}:f${family}`, 'current');
  if (known === false) return 'unknown';
  if (known === next) return 'rotated';
  if (known !== current) {
    endFamily(key, family);
    return 'reused';
  }
  redis.call('HSET', `${key}:f${family}`, 'current', next);
  return 'rotated';
}

/** ARGV: name. */
function endFamilies(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const families = redis.call('SMEMBERS', `${key}:u${values[1] as string}`) as string[];
  for (const family of families) endFamily(key, family);
  return [];
}

/** ARGV: now, how many at most. */
function sweepFamilies(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const [, now, most] = values as [string, string, string];
  const expired = redis.call('ZRANGEBYSCORE', `${key}:expiry`, '-inf', now, 'LIMIT', 0, most) as string[];
  for (const family of expired) endFamily(key, family);
  return [];
}

/** Whoever wants to drain a full Redis must be able to log in. */
export function registerPeople(register: (name: string, call: Call, flags: string[]) => void): void {
  register('createuser', createUser, []);
  register('updateuser', updateUser, ['allow-oom']);
  register('removeuser', removeUser, ['allow-oom']);
  register('startfamily', startFamily, ['allow-oom']);
  register('rotatefamily', rotateFamily, ['allow-oom']);
  register('endfamilies', endFamilies, ['allow-oom']);
  register('sweepfamilies', sweepFamilies, ['allow-oom']);
}
