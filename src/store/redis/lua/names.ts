/** The catalogue's names and the agenda's times. ARGV begins with the deadline, which functions.ts has looked at. */
import { clock } from './clock.ts';
import type { Value } from './redis.ts';

type Reply = string | Value[];
type Call = (this: void, keys: string[], values: string[]) => Reply;

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};
declare function tonumber(this: void, text: string | undefined): number;

/** How long a removal is remembered. */
const REMEMBERED_MS = 60_000;

/** `given`, or Redis' clock when that is 0. */
function timeOf(given: string | undefined): number {
  const virtual = tonumber(given);
  return virtual === 0 ? clock() : virtual;
}

/**
 * KEYS: the sorted set of names of an account and region. ARGV: name and a NUL, what comes after every queue id, the
 * queue's id. Answers the member that has the name now: ours, or that of whoever came first.
 */
function claimName(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const [, name, last, id] = values as [string, string, string, string];
  const found = redis.call('ZRANGEBYLEX', key, `[${name}`, `[${name}${last}`, 'LIMIT', 0, 1) as string[];
  const member = found[0];
  if (member !== undefined) return member;
  redis.call('ZADD', key, 0, `${name}${id}`);
  return `${name}${id}`;
}

/** KEYS: the sorted set of names of an account and region. ARGV: now, name and a NUL, the queue's id. Remembers when. */
function releaseName(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const [, given, name, id] = values as [string, string, string, string];
  const now = timeOf(given);
  redis.call('ZADD', `${key}:removed`, now, name);
  redis.call('ZREM', key, `${name}${id}`);
  redis.call('ZREMRANGEBYSCORE', `${key}:removed`, '-inf', now - REMEMBERED_MS);
  return [];
}

/**
 * KEYS: the agenda, a sorted set of queue ids by the time when something must be done. ARGV: now (0: Redis' clock), how
 * many at most, the lease in milliseconds. Answers when the lease ends, and the ids that are due; they are due again
 * then, so that another server takes over what this one leaves undone.
 */
function claimDue(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const [, given, most, leaseMs] = values as [string, string, string, string];
  const now = timeOf(given);
  const until = now + tonumber(leaseMs);
  const reply: Value[] = [until];
  for (const id of redis.call('ZRANGEBYSCORE', key, '-inf', now, 'LIMIT', 0, most) as string[]) {
    redis.call('ZADD', key, until, id);
    reply.push(id);
  }
  return reply;
}

/**
 * KEYS: the agenda. ARGV: a queue's id, when it is due, the end of the lease it was claimed with; '' for whoever has no
 * lease. With a lease, a time that somebody else has set since is left as it is: it is a sooner one.
 */
function planDue(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const [, id, due, lease] = values as [string, string, string, string];
  if (lease !== '') {
    const score = redis.call('ZSCORE', key, id);
    if (score === false || tonumber(score as string) !== tonumber(lease)) return [];
  }
  redis.call('ZADD', key, due, id);
  return [];
}

/** KEYS: the agenda. ARGV: ids; those that it does not know are due now. */
function seedDue(keys: string[], values: string[]): Reply {
  let isId = false;
  for (const id of values) {
    if (isId) redis.call('ZADD', keys[0] as string, 'NX', 0, id);
    isId = true;
  }
  return [];
}

export function registerNames(register: (name: string, call: Call, flags: string[]) => void): void {
  register('claimname', claimName, []);
  register('releasename', releaseName, ['allow-oom']);
  register('claimdue', claimDue, ['allow-oom']);
  register('plan', planDue, ['allow-oom']);
  register('seed', seedDue, ['allow-oom']);
}
