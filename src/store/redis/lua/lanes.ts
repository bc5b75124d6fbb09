/** Lanes, their line and the tenants over Redis keys (parts.ts names them). Made once, pointed at a queue by `openLanes`. */
import type { Lanes, Line, Tenants } from '../../../queue/parts.ts';
import type { Value } from './redis.ts';

declare const redis: {
  call(this: void, command: string, ...values: Value[]): unknown;
};
declare const string: {
  sub(this: void, text: string, from: number): string;
};
declare function tonumber(this: void, text: string): number;

/** The digits of every number of the side log. */
const DIGITS = 13;

let lanesKey = '';
let lineKey = '';
let tenantsKey = '';

export function openLanes(key: string, epoch: number): void {
  lanesKey = `${key}:g${epoch}`;
  lineKey = `${key}:w${epoch}`;
  tenantsKey = `${key}:t${epoch}`;
}

/** Between two bounds of the lanes; `!` comes after the blank, and no lane's name holds either. */
function firstBetween(from: string, to: string): number | undefined {
  const found = redis.call('ZRANGEBYLEX', lanesKey, from, to, 'LIMIT', 0, 1) as string[];
  const member = found[0];
  return member === undefined ? undefined : tonumber(string.sub(member, -DIGITS));
}

export const lanes: Lanes = {
  add(lane, number) {
    redis.call('ZADD', lanesKey, 0, `${lane} ${number}`);
  },
  first: (lane) => firstBetween(`[${lane} `, `(${lane}!`),
  after: (lane, number) => firstBetween(`(${lane} ${number}`, `(${lane}!`),
  count: (lane) => redis.call('ZLEXCOUNT', lanesKey, `[${lane} `, `(${lane}!`) as number,
  remove(lane, number) {
    redis.call('ZREM', lanesKey, `${lane} ${number}`);
  },
};

export const line: Line = {
  place(lane, place) {
    redis.call('ZADD', lineKey, place, lane);
  },
  leave(lane) {
    redis.call('ZREM', lineKey, lane);
  },
  placeOf(lane) {
    const score = redis.call('ZSCORE', lineKey, lane);
    return score === false ? undefined : tonumber(score as string);
  },
  first() {
    const [lane, score] = redis.call('ZRANGE', lineKey, 0, 0, 'WITHSCORES') as string[];
    return lane === undefined ? undefined : { lane, place: tonumber(score as string) };
  },
};

export const tenants: Tenants = {
  get(lane) {
    const touched = redis.call('ZSCORE', tenantsKey, lane);
    return touched === false ? 0 : tonumber(touched as string);
  },
  set(lane, touched) {
    if (touched === 0) redis.call('ZREM', tenantsKey, lane);
    else redis.call('ZADD', tenantsKey, touched, lane);
  },
  busiest: (least, most) => redis.call('ZREVRANGEBYSCORE', tenantsKey, '+inf', least, 'LIMIT', 0, most) as string[],
};
