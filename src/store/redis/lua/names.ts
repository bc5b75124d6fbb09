/** The catalogue's names and the agenda's times. ARGV begins with the deadline, which functions.ts has looked at. */
import type { Value } from './parts.ts';

type Reply = string | Value[];
type Call = (this: void, keys: string[], values: string[]) => Reply;

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};
declare function tonumber(this: void, text: string | undefined): number;

/**
 * KEYS: the sorted set of names of an account and region. ARGV: name, a NUL, and what comes after every queue id; the
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

/** KEYS: the sorted set of names of an account and region. ARGV: the member. */
function releaseName(keys: string[], values: string[]): Reply {
  return [redis.call('ZREM', keys[0] as string, values[1] as string) as number];
}

/**
 * KEYS: the agenda, a sorted set of queue ids by the time when something must be done. ARGV: now (0: Redis' clock), how
 * many at most, the lease in milliseconds. Answers the ids that are due; they are due again when the lease has ended, so
 * that another server takes over what this one leaves undone.
 */
function claimDue(keys: string[], values: string[]): Reply {
  const key = keys[0] as string;
  const most = tonumber(values[2]);
  const leaseMs = tonumber(values[3]);
  let now = tonumber(values[1]);
  if (now === 0) {
    const time = redis.call('TIME') as string[];
    now = tonumber(time[0]) * 1000 + Math.floor(tonumber(time[1]) / 1000);
  }
  const ids = redis.call('ZRANGEBYSCORE', key, '-inf', now, 'LIMIT', 0, most) as string[];
  for (const id of ids) redis.call('ZADD', key, now + leaseMs, id);
  return ids;
}

export function registerNames(register: (name: string, call: Call, flags: string[]) => void): void {
  register('claimname', claimName, []);
  register('releasename', releaseName, ['allow-oom']);
  register('claimdue', claimDue, ['allow-oom']);
}
